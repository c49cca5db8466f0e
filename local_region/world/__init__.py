# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind the API: hosts, agents, load balancers."""
