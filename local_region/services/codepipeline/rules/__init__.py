# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluators of the rules of stage conditions, one file each. They are performers, of the category Rule."""
