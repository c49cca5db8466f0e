# SPDX-License-Identifier: GPL-3.0-or-later
"""The address that webhooks are called at: a WSGI application."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from http.client import responses
from typing import Protocol
from urllib.parse import parse_qs

from local_region.services.codepipeline.webhooks import WebhookRefused

# More than any source repository sends.
MOST_BYTES = 25 * 1024**2


class Called(Protocol):
    """A service that has webhooks."""

    def webhook_called(self, secret: str, headers: Mapping[str, str], body: bytes, source_ip: str) -> str | None:
        """Returns the id of what the request has started, None when it is nothing. Raises WebhookRefused."""


def webhook_application(
    service: Called, member: str = "pipelineExecutionId"
) -> Callable[[dict, Callable], Iterable[bytes]]:
    """Answers 200 with what a request has started as `member`, or the status and the reason of a refusal."""

    def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
        try:
            status, answer = 200, {member: _call(service, environ)}
        except WebhookRefused as refusal:
            status, answer = refusal.status, {"message": str(refusal)}
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status} {responses[status]}", headers)
        return [body]

    return application


def _call(service: Called, environ: dict) -> str | None:
    if environ["REQUEST_METHOD"] != "POST":
        raise WebhookRefused(405, "A webhook is called with POST.")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES:
        raise WebhookRefused(413, f"The request has {length} bytes; {MOST_BYTES} is the most.")
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    secret = parse_qs(environ.get("QUERY_STRING", "")).get("t", [""])[0]
    body = environ["wsgi.input"].read(length)
    return service.webhook_called(secret, headers, body, environ.get("REMOTE_ADDR", ""))
