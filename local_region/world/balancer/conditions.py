# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule conditions as regular expressions (RE2), which Envoy matches against a request's headers.

The rules of matching: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import re

from local_region.world.balancer.spec import Condition

ANY_CASE = "(?i)"


def wildcard(pattern: str, one: str = ".") -> str:
    """ELBv2's wildcards: * is 0 or more characters, ? exactly one; a backslash makes the next one literal.

    `one` is the expression for one character: what a wildcard must not run over differs from part to part of a URL.
    """
    expression, escaped = "", False
    for character in pattern:
        if not escaped and character == "\\":
            escaped = True
            continue
        wild = not escaped and character in "*?"
        expression += one + ("*" if character == "*" else "") if wild else re.escape(character)
        escaped = False
    return expression


def header_matcher(condition: Condition) -> dict:
    """The Envoy header matcher that holds exactly when the condition does."""
    match condition.field:
        case "path-pattern":  # case-sensitive; looks at the path only, not at the query string
            return _matcher(":path", rf"(?:{_any(condition.values, '[^?]')})(?:\?.*)?")
        case "host-header":  # a port in the Host header is not part of the name
            return _matcher(":authority", rf"{ANY_CASE}(?:{_any(condition.values)})(?::[0-9]+)?")
        case "http-request-method":  # case-sensitive, no wildcards
            return _matcher(":method", "|".join(re.escape(value) for value in condition.values))
        case "http-header":
            return _matcher(str(condition.name), f"{ANY_CASE}(?:{_any(condition.values)})")
        case "query-string":
            any_of = "|".join(_pair(key, value) for key, value in condition.pairs)
            return _matcher(":path", rf"{ANY_CASE}[^?]*\?(?:.*&)?(?:{any_of})(?:&.*)?")
    raise ValueError(f"no such condition: {condition.field}")


def _any(values: tuple[str, ...], one: str = ".") -> str:
    return "|".join(wildcard(value, one) for value in values)


def _pair(key: str | None, value: str) -> str:
    name = "[^=&]*" if key is None else wildcard(key, "[^=&]")
    return f"{name}={wildcard(value, '[^&]')}"


def _matcher(header: str, expression: str) -> dict:
    return {"name": header, "string_match": {"safe_regex": {"regex": expression}}}
