# SPDX-License-Identifier: GPL-3.0-or-later
"""What an HTTP request to the region is: which service, which operation, does it write? And the record of them all."""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from moto.core.request import Request
from moto.core.routing import get_service_router

log = logging.getLogger("local_region.calls")

DEFAULT_REGION = "us-east-1"

# AWS names reading operations by their first word. All others count as writes.
_READING = re.compile(
    r"(Get|List|Describe|BatchGet|BatchDescribe|BatchCheck|Head|Poll|Lookup|Check|Validate|Verify|Test|Select|Query|Search"
    r"|Scan|Filter|Simulate|Decode|Estimate|Preview|AssumeRole|Encrypt|Decrypt|GenerateDataKey|GenerateRandom)"
)
_READING_METHODS = ("GET", "HEAD", "OPTIONS")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]*)/([^/]*)/aws4_request")


@dataclass(frozen=True)
class Operation:
    """One request, named. `service` is the signing name ("ec2", "elasticloadbalancing"), `name` the API operation."""

    service: str
    name: str
    region: str
    access_key: str | None
    reads: bool

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


def operation_of(environ: dict, form: bytes | None) -> Operation:
    """Names a request from its headers, its path and, for the query protocol, its form-encoded body."""
    access_key, region, service = _signed_with(environ)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        service, name = service or target.rpartition(".")[0], target.rpartition(".")[2]
    elif action := _query_action(environ, form):
        name = action
    else:
        service = service or "s3"
        name = _rest_operation(service, environ)
    method = environ.get("REQUEST_METHOD", "GET")
    # S3's POST requests select or start things; its names do not tell reading from writing, its methods do.
    reads = method in _READING_METHODS if service == "s3" else bool(_READING.match(name)) or method in ("GET", "HEAD")
    return Operation(service or "unknown", name, region or DEFAULT_REGION, access_key, reads)


def _query_action(environ: dict, form: bytes | None) -> str | None:
    """The `Action` of a request in the query protocol, from its body or its query string."""
    fields = parse_qs((form or b"").decode("utf-8", "replace")) | parse_qs(environ.get("QUERY_STRING", ""))
    return fields.get("Action", [None])[0]


def _signed_with(environ: dict) -> tuple[str | None, str | None, str | None]:
    """(access key, region, service) of a SigV4 header or a presigned URL; None for each that is not given."""
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return found[1], found[2], found[3].lower()
    credential = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0].split("/")
    if len(credential) == 5:
        return credential[0], credential[2], credential[3].lower()
    return None, None, None


def _rest_operation(service: str, environ: dict) -> str:
    """The operation of a REST request by botocore's model; its method and path where the model does not know it."""
    try:
        operation, _ = get_service_router(service).match(Request(environ.copy(), populate_request=False))
        return operation.name
    except Exception:  # a service without a model, a path without an operation: only the log's wording depends on it
        return f"{environ.get('REQUEST_METHOD', 'GET')} {environ.get('PATH_INFO', '/')}"


@dataclass(frozen=True)
class Call:
    """A request that was answered. `error` is the AWS error code, None for success; `milliseconds` is real time."""

    operation: Operation
    account: str
    status: int
    milliseconds: float
    request_id: str
    error: str | None = None

    @property
    def wrote(self) -> bool:
        return not self.operation.reads and self.status < 400


class CallRecord:
    """Counts the calls, writes one log line for each and tells the observers about those that wrote."""

    def __init__(self):
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._writes: Counter[str] = Counter()
        self._observers: list[tuple[frozenset[str], Callable[[Call], None]]] = []

    def after_write(self, services: set[str], observer: Callable[[Call], None]) -> None:
        """Calls `observer` after each successful write to one of the services (signing names), in the call's thread."""
        self._observers.append((frozenset(services), observer))

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls[str(call.operation)] += 1
            if not call.operation.reads:
                self._writes[str(call.operation)] += 1
        log.info(
            "%s %s%s %.0f ms %s",
            call.operation,
            call.status,
            f" {call.error}" if call.error else "",
            call.milliseconds,
            call.request_id,
        )
        if call.wrote:
            for services, observer in self._observers:
                if call.operation.service in services:
                    observer(call)

    def counts(self) -> dict:
        """`{"total": int, "writes": int, "writes_by_operation": {"s3:PutObject": int}}` since the region started.

        Writes that were refused count too: a run that should write nothing should not try either.
        """
        with self._lock:
            return {
                "total": self._calls.total(),
                "writes": self._writes.total(),
                "writes_by_operation": dict(sorted(self._writes.items())),
            }

    def by_operation(self) -> Counter[str]:
        """How many calls there were of each operation (`ec2:DescribeInstances`) since the region started."""
        with self._lock:
            return self._calls.copy()
