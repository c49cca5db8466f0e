# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in pages, as services of AWS give them: with a token of the service's own for the page after."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from local_region.protocol import ServiceError

PAGE = 100


def page(
    items: Sequence,
    params: dict,
    key: str,
    token: str = "nextToken",
    limit: str = "maxResults",
    most: int = PAGE,
    error: str = "InvalidNextTokenException",
) -> dict[str, Any]:
    """`{key: the next items, token: where the page after begins}`, without a token on the last page.

    `token` and `limit` are the members of the request that continue a list and ask for smaller pages, where the
    operation has the latter. Raises the service's `error` for a token of another making.
    """
    start = _start(params.get(token), error)
    size = params.get(limit, most)
    answer: dict[str, Any] = {key: list(items[start : start + size])}
    if start + size < len(items):
        answer[token] = base64.urlsafe_b64encode(f"from {start + size}".encode()).decode()
    return answer


def _start(token: str | None, error: str) -> int:
    if not token:
        return 0
    try:
        word, number = base64.urlsafe_b64decode(token.encode()).decode().split()
        if word != "from":
            raise ValueError(word)
        return int(number)
    except (ValueError, binascii.Error):
        raise ServiceError(error, "The next token was not given by this operation.") from None
