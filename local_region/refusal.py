# SPDX-License-Identifier: GPL-3.0-or-later
"""How the region says no to its own command line (AWS's errors are `protocol.ServiceError`)."""

from __future__ import annotations


class Refused(Exception):
    """Something cannot be done as asked. The message is a sentence for the user, with the remedy."""
