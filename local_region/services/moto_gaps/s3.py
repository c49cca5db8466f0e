# SPDX-License-Identifier: GPL-3.0-or-later
"""Bucket policies: TLS, encryption, and who may write logs.

The region serves HTTP on the loopback interface, where TLS would protect nothing. A request to it counts as secure, so
that the statement every careful bucket has (deny when `aws:SecureTransport` is false) does not deny everything. moto
looks at no conditions of bucket policies and takes such a statement for an unconditional denial. Conditions on the
encryption that a request asks for hold as on AWS; statements with other conditions are left to moto.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

_SECURE_TRANSPORT = "aws:securetransport"
_ENCRYPTION = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id")
_LOGGING = "logging.s3.amazonaws.com"

# Operator: whether it holds for a key's value in the request (None: not in it) and one that the policy names.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_OPERATORS: dict[str, Callable[[str | None, str], bool]] = {
    "bool": lambda value, named: value is not None and value == named.lower(),
    "null": lambda value, named: (value is None) == (named.lower() == "true"),
    "stringequals": lambda value, named: value == named,
    "stringlike": lambda value, named: value is not None and fnmatchcase(value, named),
    "stringnotequals": lambda value, named: value != named,
    "stringnotlike": lambda value, named: value is None or not fnmatchcase(value, named),
}

# The condition keys of the object request that is being answered, in small letters.
_request: contextvars.ContextVar[Mapping[str, str | None]] = contextvars.ContextVar(
    "request", default=MappingProxyType({})
)

_get_permission = FakeBucket.get_permission
_key_response = S3Response._key_response


def key_response(self: S3Response, request: Any, full_url: str) -> Any:
    """As moto's, and remembers which encryption the request asks for."""
    token = _request.set({f"s3:{name}": request.headers.get(name) for name in _ENCRYPTION})
    try:
        return _key_response(self, request, full_url)
    finally:
        _request.reset(token)


def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """As moto's, without the statements whose conditions do not hold."""
    if self.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(self.policy)
    statements = [_judged(statement) for statement in _listed(document["Statement"])]
    view = _BucketView(json.dumps(document | {"Statement": [one for one in statements if one]}).encode())
    return _get_permission(view, action, resource)


class _BucketView:
    """The part of a bucket that `get_permission` reads, so that the stored policy is never touched."""

    def __init__(self, policy: bytes):
        self.policy = policy


def _judged(statement: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A statement without the conditions that hold, None when one of them does not."""
    known: Mapping[str, str | None] = {_SECURE_TRANSPORT: "true", **_request.get()}
    left: dict[str, dict[str, Any]] = {}
    for operator, keys in (statement.get("Condition") or {}).items():
        holds = _OPERATORS.get(operator.lower())
        for key, named in keys.items():
            if holds is None or key.lower() not in known:
                left.setdefault(operator, {})[key] = named
            elif not _holds(operator.lower(), known[key.lower()], [str(one) for one in _listed(named)]):
                return None
    return {name: value for name, value in statement.items() if name != "Condition"} | (
        {"Condition": left} if left else {}
    )


def _holds(operator: str, value: str | None, named: list[str]) -> bool:
    """Any of the named values is enough, but with a negated operator none of them may be the request's."""
    results = [_OPERATORS[operator](value, one) for one in named]
    return all(results) if "not" in operator else any(results)


def logs_may_be_written(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    """Whether the target's policy lets S3 write logs with that prefix; moto asks for one spelling of the resource.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    return lets_write(target_bucket, _LOGGING, f"{target_prefix or ''}log")


def lets_write(bucket: FakeBucket, service: str, key: str) -> bool:
    """Whether a bucket's policy lets a service of AWS write an object; conditions are taken for fulfilled."""
    if not bucket.policy:
        return False
    arn = f"arn:{bucket.partition}:s3:::{bucket.name}/{key}"
    return any(
        statement.get("Effect") == "Allow"
        and isinstance(statement.get("Principal"), dict)
        and service in _listed(statement["Principal"].get("Service", []))
        and any(fnmatchcase("s3:PutObject", action) for action in _listed(statement.get("Action", [])))
        and any(fnmatchcase(arn, resource) for resource in _listed(statement.get("Resource", [])))
        for statement in _listed(json.loads(bucket.policy)["Statement"])
    )


def _listed(value: Any) -> list:
    return value if isinstance(value, list) else [value]


FakeBucket.get_permission = get_permission
FakeBucket._log_permissions_enabled_policy = staticmethod(logs_may_be_written)
S3Response._key_response = key_response
