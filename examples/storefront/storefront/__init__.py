# SPDX-License-Identifier: GPL-3.0-or-later
"""Storefront: a small shop, the application that the examples release."""
