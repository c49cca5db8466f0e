# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a request, or an answer, fit botocore's model of the service?

botocore's own validator does the types, the required and the unknown members and the minima. The server's side of the
contract that a client leaves to the server (enumerations, maxima, patterns) is added here. No message repeats a value
that was sent: it may be a secret.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from botocore.model import Shape
from botocore.utils import parse_timestamp
from botocore.validate import ParamValidator

Kind = Literal["missing", "unknown", "type", "range", "enum", "pattern", "union"]

_KINDS: dict[str, Kind] = {
    "missing required field": "missing",
    "unknown field": "unknown",
    "invalid range": "range",
    "invalid length": "range",
    "more than one input": "union",
    "empty input": "union",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with one member. `path` is e.g. `ec2TagFilters[0].Type`, empty for the request itself."""

    kind: Kind
    path: str
    text: str

    @property
    def members(self) -> list[str]:
        """The member names of the path, outermost first, without list positions."""
        return [part for part in re.sub(r"\[\d+\]", "", self.path).split(".") if part]


def from_json(shape: Shape | None, value: Any) -> Any:
    """A JSON value as boto3 would hold it: timestamps as datetimes, blobs as bytes, null members left out.

    What does not fit the shape is handed on as it is, for the validator to name.
    """
    if shape is None:
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict) and not shape.is_document_type:
        members = shape.members
        return {name: from_json(members.get(name), item) for name, item in value.items() if item is not None}
    if kind == "list" and isinstance(value, list):
        return [from_json(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: from_json(shape.value, item) for key, item in value.items()}
    if kind == "timestamp" and isinstance(value, int | float | str) and not isinstance(value, bool):
        return _or_unchanged(parse_timestamp, value)
    if kind == "blob" and isinstance(value, str):
        return _or_unchanged(lambda text: base64.b64decode(text, validate=True), value)
    return value


def check_request(params: dict, shape: Shape | None) -> list[Problem]:
    """All that is wrong with a request; empty when it fits. `shape` is the operation's input shape."""
    problems = check_answer(params, shape)
    return problems or (list(_server_side(shape, params, "")) if shape else [])


def check_answer(result: dict, shape: Shape | None) -> list[Problem]:
    """What does not fit the shape by botocore's own rules: types, required and unknown members, minima."""
    if shape is None:
        return [Problem("unknown", name, f"{name} is not a member.") for name in result]
    report = ParamValidator().validate(result, shape)
    return [_problem(reason, name.lstrip("."), details) for reason, name, details in report._errors]


def _problem(reason: str, path: str, details: dict) -> Problem:
    member = details.get("required_name") or details.get("unknown_param")
    if member:
        path = f"{path}.{member}" if path else str(member)
    kind = _KINDS.get(reason, "type")
    if kind == "missing":
        text = f"{path} is required."
    elif kind == "unknown":
        text = f"{path} is not known; known are {', '.join(sorted(details['valid_names'])) or 'no members at all'}."
    elif kind == "range":
        what = "at least" if reason == "invalid range" else "of a length of at least"
        text = f"{path} must be {what} {details['min_allowed']}."
    elif kind == "union":
        text = f"{path or 'The request'} must have exactly one of {', '.join(details['members'])}."
    else:
        valid = [re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", str(name)) for name in details.get("valid_types", [])]
        sent = type(details.get("param")).__name__
        text = f"{path or 'The request'} must be of type {' or '.join(valid)}, not {sent}."
    return Problem(kind, path, text)


def _server_side(shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    """Enumerations, maxima and patterns, which botocore leaves to the server."""
    kind, limits = shape.type_name, shape.metadata
    if kind == "structure" and not shape.is_document_type:
        for name, item in value.items():
            yield from _server_side(shape.members[name], item, f"{path}.{name}" if path else name)
    elif kind == "list":
        for index, item in enumerate(value):
            yield from _server_side(shape.member, item, f"{path}[{index}]")
    elif kind == "map":
        for key, item in value.items():
            yield from _server_side(shape.value, item, f"{path}.{key}")
    size = len(value) if kind in ("string", "list", "map", "blob") else value
    if kind in ("integer", "long", "float", "double"):
        if isinstance(value, bool):
            yield Problem("type", path, f"{path} must be a number, not a boolean.")
        elif size > limits.get("max", size):
            yield Problem("range", path, f"{path} must be at most {limits['max']}.")
    elif kind in ("string", "list", "map", "blob") and size > limits.get("max", size):
        yield Problem("range", path, f"{path} is {size} long; {limits['max']} is the most.")
    if kind == "string":
        if value not in (getattr(shape, "enum", None) or [value]):
            yield Problem("enum", path, f"{path} must be one of {', '.join(shape.enum)}.")
        elif not _matches(limits.get("pattern"), value):
            yield Problem("pattern", path, f"{path} does not match the pattern {limits['pattern']}")


def _matches(pattern: str | None, value: str) -> bool:
    compiled = _compile(pattern) if pattern else None
    return compiled is None or compiled.fullmatch(value) is not None


@cache
def _compile(pattern: str) -> re.Pattern | None:
    """None for the few patterns of the models that only Java's regular expressions understand."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _or_unchanged(convert, value):
    try:
        return convert(value)
    except (ValueError, binascii.Error, RuntimeError, OverflowError):
        return value
