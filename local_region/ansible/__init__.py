# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible needs to work on the region's hosts."""
