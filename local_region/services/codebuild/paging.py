# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in pages of at most a hundred, in either order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local_region.services import paging


def page(items: Sequence, params: dict, key: str, descending: bool = False) -> dict[str, Any]:
    """A page of the items, as `paging.page` gives it.

    `items` ascend; `sortOrder` turns them round, `descending` is the operation's default.
    """
    if params.get("sortOrder", "DESCENDING" if descending else "ASCENDING") == "DESCENDING":
        items = items[::-1]
    return paging.page(items, params, key, error="InvalidInputException")
