# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides of docs/, read and run."""
