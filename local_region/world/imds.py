# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance metadata service (IMDSv1 and v2) of the region's hosts, at http://169.254.169.254.

Source of the paths and rules: EC2 User Guide, "Use instance metadata to manage your EC2 instance" and its list of
categories. Who asks is known by the address that asks, as on AWS.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, MethodNotAllowed, NotFound, Unauthorized
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local_region.world.network import METADATA_ADDRESS

TOKEN_HEADER = "X-aws-ec2-metadata-token"
TTL_HEADER = "X-aws-ec2-metadata-token-ttl-seconds"
LONGEST_TTL = 21600  # seconds

_API_VERSION = re.compile(r"latest|\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class RoleCredentials:
    """What the role of an instance profile gives the programs of its instance. Times are aware, in UTC."""

    role_name: str
    instance_profile_arn: str
    instance_profile_id: str
    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(repr=False)
    updated: datetime
    expiration: datetime


@dataclass(frozen=True)
class InstanceMetadata:
    """What an instance may know of itself. `tags` are None where instance metadata tags are not enabled."""

    instance_id: str
    private_ip: str
    hostname: str
    zone: str
    region: str
    account: str
    image_id: str
    instance_type: str
    mac: str
    launched: datetime
    user_data: bytes | None = None
    tags: Mapping[str, str] | None = None
    role: RoleCredentials | None = None
    token_required: bool = False  # MetadataOptions.HttpTokens = required


Lookup = Callable[[str], InstanceMetadata | None]
Node = Mapping[str, "Node"] | str | bytes


def tree(about: InstanceMetadata) -> Node:
    """Everything below ``/latest/``: directories are mappings, documents are texts."""
    data: dict[str, Node] = {
        "ami-id": about.image_id,
        "ami-launch-index": "0",
        "hostname": about.hostname,
        "instance-id": about.instance_id,
        "instance-type": about.instance_type,
        "local-hostname": about.hostname,
        "local-ipv4": about.private_ip,
        "mac": about.mac,
        "placement": {"availability-zone": about.zone, "region": about.region},
        "services": {"domain": "amazonaws.com", "partition": "aws"},
    }
    if about.role is not None:
        data["iam"] = {
            "info": json.dumps(_profile(about.role), indent=2),
            "security-credentials": {about.role.role_name: json.dumps(_credentials(about.role), indent=2)},
        }
    if about.tags is not None:
        data["tags"] = {"instance": dict(about.tags)}
    latest: dict[str, Node] = {
        "dynamic": {"instance-identity": {"document": json.dumps(_identity(about), indent=2)}},
        "meta-data": data,
    }
    if about.user_data is not None:
        latest["user-data"] = about.user_data
    return latest


def _profile(role: RoleCredentials) -> dict[str, str]:
    return {
        "Code": "Success",
        "LastUpdated": _instant(role.updated),
        "InstanceProfileArn": role.instance_profile_arn,
        "InstanceProfileId": role.instance_profile_id,
    }


def _credentials(role: RoleCredentials) -> dict[str, str]:
    return {
        "Code": "Success",
        "LastUpdated": _instant(role.updated),
        "Type": "AWS-HMAC",
        "AccessKeyId": role.access_key,
        "SecretAccessKey": role.secret_key,
        "Token": role.token,
        "Expiration": _instant(role.expiration),
    }


def _identity(about: InstanceMetadata) -> dict[str, str | None]:
    return {
        "accountId": about.account,
        "architecture": "x86_64",
        "availabilityZone": about.zone,
        "imageId": about.image_id,
        "instanceId": about.instance_id,
        "instanceType": about.instance_type,
        "pendingTime": _instant(about.launched),
        "privateIp": about.private_ip,
        "region": about.region,
        "version": "2017-09-30",
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def render(node: Node) -> str | bytes:
    """A document as it is; a directory as the list of its entries, directories with a slash."""
    if isinstance(node, Mapping):
        return "\n".join(f"{name}/" if isinstance(below, Mapping) else name for name, below in sorted(node.items()))
    return node


class Tokens:
    """The session tokens of IMDSv2, each good for one instance and for at most six hours."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic):
        self._seconds = seconds
        self._lock = threading.Lock()
        self._valid: dict[str, tuple[str, float]] = {}  # token -> instance, end

    def issue(self, instance_id: str, ttl: int) -> str:
        """A new token for `instance_id`, valid for `ttl` seconds."""
        token, now = secrets.token_urlsafe(40), self._seconds()
        with self._lock:
            self._valid = {kept: entry for kept, entry in self._valid.items() if entry[1] > now}
            self._valid[token] = (instance_id, now + ttl)
        return token

    def accepts(self, token: str, instance_id: str) -> bool:
        """Whether `token` is one of that instance and has not run out."""
        owner, end = self._valid.get(token, (None, 0.0))
        return owner == instance_id and end > self._seconds()


class MetadataService:
    """The WSGI application. `lookup` maps the asking address to its instance, None for a stranger (404)."""

    def __init__(self, lookup: Lookup, tokens: Tokens | None = None):
        self._lookup = lookup
        self._tokens = tokens or Tokens()

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = error.get_response(environ)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        about = self._lookup(request.remote_addr or "")
        if about is None:
            raise NotFound()
        if request.method == "PUT" and request.path == "/latest/api/token":
            return self._issue(request, about)
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(["GET", "HEAD"])
        token = request.headers.get(TOKEN_HEADER)
        if about.token_required if token is None else not self._tokens.accepts(token, about.instance_id):
            raise Unauthorized()
        return Response(render(_find(tree(about), request.path)), mimetype="text/plain")

    def _issue(self, request: Request, about: InstanceMetadata) -> Response:
        if "X-Forwarded-For" in request.headers:
            raise Forbidden()  # an open proxy on the instance asks: no token for it
        ttl = request.headers.get(TTL_HEADER, "")
        if not ttl.isdecimal() or not 1 <= int(ttl) <= LONGEST_TTL:
            raise BadRequest()
        token = self._tokens.issue(about.instance_id, int(ttl))
        return Response(token, mimetype="text/plain", headers={TTL_HEADER: ttl})


def _find(latest: Node, path: str) -> Node:
    version, *names = [part for part in path.split("/") if part] or ["latest"]
    if not _API_VERSION.fullmatch(version):
        raise NotFound()
    node = latest
    for name in names:
        if not isinstance(node, Mapping) or name not in node:
            raise NotFound()
        node = node[name]
    return node


class MetadataServer:
    """Serves the hosts from a thread of its own, from its creation until `close`."""

    def __init__(self, lookup: Lookup, address: str = METADATA_ADDRESS, port: int = 80):
        self._server = make_server(
            address, port, MetadataService(lookup), threaded=True, request_handler=_QuietRequestHandler
        )
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="imds", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops serving and frees the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _QuietRequestHandler(WSGIRequestHandler):
    def log(self, type, message, *args) -> None:
        logging.getLogger(__name__).debug(message, *args)
