# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the CodeDeploy agent that speaks its protocol and does its work on a host."""
