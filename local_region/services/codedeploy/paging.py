# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in pages of 100, as CodeDeploy gives them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from local_region.protocol import ServiceError

PAGE = 100


def page(items: list, token: str | None, key: str, token_key: str = "nextToken") -> dict[str, Any]:
    """`{key: the next items, token_key: where the page after begins}`, without a token on the last page."""
    start = _start(token)
    answer: dict[str, Any] = {key: items[start : start + PAGE]}
    if start + PAGE < len(items):
        answer[token_key] = base64.urlsafe_b64encode(f"from {start + PAGE}".encode()).decode()
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
        raise ServiceError("InvalidNextTokenException", "The next token was not given by this operation.") from None
