# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: the main job, from an empty local region to a release that fails and comes back."""
