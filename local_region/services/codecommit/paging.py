# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in pages, as CodeCommit gives them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from local_region.protocol import ServiceError


def page(items: list, params: dict, key: str, size: int = 1000, token: str = "nextToken", limit: str = "maxResults"):
    """`{key: the next items, token: where the page after begins}`, without a token on the last page."""
    start, most = _start(params.get(token)), min(size, params.get(limit) or size)
    answer: dict[str, Any] = {key: items[start : start + most]}
    if start + most < len(items):
        answer[token] = base64.urlsafe_b64encode(f"from {start + most}".encode()).decode()
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
        raise ServiceError(
            "InvalidContinuationTokenException", "The continuation token was not given by this operation."
        ) from None
