# SPDX-License-Identifier: GPL-3.0-or-later
"""Performers of actions, one file each. `performer.py` says what one is, `registry.py` how they are found."""
