# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that the region has itself; all others are moto's."""
