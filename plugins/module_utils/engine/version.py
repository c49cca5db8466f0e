# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The collection's version, as galaxy.yml has it (a test compares them). It is part of the user agent."""

VERSION = "0.1.0"
