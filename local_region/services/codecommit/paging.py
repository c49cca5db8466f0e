# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in pages, as CodeCommit gives them."""

from __future__ import annotations

from functools import partial

from local_region.services import paging

page = partial(paging.page, most=1000, error="InvalidContinuationTokenException")
