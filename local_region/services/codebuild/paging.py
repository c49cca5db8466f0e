# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in pages of at most a hundred, in either order."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from local_region.services.codebuild.errors import invalid

PAGE = 100


def page(items: Sequence, params: dict, key: str, descending: bool = False) -> dict[str, Any]:
    """`{key: the next items, nextToken: where the page after begins}`, without a token on the last page.

    `items` ascend; `sortOrder` turns them round, `descending` is the operation's default.
    """
    if params.get("sortOrder", "DESCENDING" if descending else "ASCENDING") == "DESCENDING":
        items = items[::-1]
    start, size = _start(params.get("nextToken")), params.get("maxResults", PAGE)
    answer: dict[str, Any] = {key: list(items[start : start + size])}
    if start + size < len(items):
        answer["nextToken"] = base64.urlsafe_b64encode(f"from {start + size}".encode()).decode()
    return answer


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, number = base64.urlsafe_b64decode(token.encode()).decode().split()
        if word != "from":
            raise ValueError(word)
        return int(number)
    except (ValueError, binascii.Error):
        raise invalid("Invalid next token: it was not given by this operation.") from None
