# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials that builds have by their project's service role, served as containers get them.

Source: "Container credential provider" of the AWS SDKs: http://169.254.170.2 and the path that a variable holds.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local_region.moto_access import Moto
from local_region.services.codebuild.builder import Order
from local_region.world.network import CREDENTIALS_ADDRESS

VARIABLE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
# The longest build lasts eight hours.
_LIFETIME = timedelta(hours=12)

# What a role's credentials are: RoleArn, AccessKeyId, SecretAccessKey, Token, Expiration.
Document = Mapping[str, str]
Assume = Callable[[Order], Document]


def assuming(moto: Moto) -> Assume:
    """Assumes roles with moto's STS, so that a call signed with the credentials belongs to the role's account."""

    def assume(order: Order) -> Document:
        assumed = moto.backend("sts", order.account, order.region).assume_role(
            region_name=order.region,
            role_session_name=f"AWSCodeBuild-{order.id.rpartition(':')[2]}",
            role_arn=order.role_arn,
            policy=None,
            duration=int(_LIFETIME.total_seconds()),
            external_id=None,
        )
        return {
            "RoleArn": order.role_arn,
            "AccessKeyId": assumed.access_key_id,
            "SecretAccessKey": assumed.secret_access_key,
            "Token": assumed.session_token,
            "Expiration": (datetime.now(UTC) + _LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    return assume


class CredentialsServer:
    """Serves builds their credentials from its creation until `close`; who knows the path gets them, as on AWS."""

    def __init__(self, address: str = CREDENTIALS_ADDRESS, port: int = 80):
        self._documents: dict[str, Document] = {}
        self._server = make_server(address, port, self._answer, threaded=True, request_handler=_QuietRequestHandler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="credentials", daemon=True
        )
        self._thread.start()

    def offer(self, document: Document) -> str:
        """The path at which the credentials are from now on."""
        path = f"/v2/credentials/{secrets.token_urlsafe(24)}"
        self._documents[path] = document
        return path

    def withdraw(self, path: str) -> None:
        self._documents.pop(path, None)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ, start_response):
        document = self._documents.get(Request(environ).path)
        found = Response(json.dumps(document), mimetype="application/json") if document else Response(status=404)
        return found(environ, start_response)


class _QuietRequestHandler(WSGIRequestHandler):
    def log(self, type, message, *args) -> None:
        logging.getLogger(__name__).debug(message, *args)
