# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a role's trust policy lets take the role.

Source: IAM user guide, "Policy evaluation logic" and "AWS JSON policy elements: Principal" (a principal that is an
account stands for everybody in it; what they may do by their own policies, the region does not look at).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from local_region.protocol import NotImplementedInLocalRegion

ASSUME_ROLE = "sts:AssumeRole"

# Operators on text. Without the ARNs' six parts, which none of the roles' names could cross.
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda value, wanted: value == wanted,
    "stringnotequals": lambda value, wanted: value != wanted,
    "stringlike": lambda value, wanted: _like(value, wanted),
    "stringnotlike": lambda value, wanted: not _like(value, wanted),
    "arnequals": lambda value, wanted: _like(value, wanted),
    "arnlike": lambda value, wanted: _like(value, wanted),
    "arnnotequals": lambda value, wanted: not _like(value, wanted),
    "arnnotlike": lambda value, wanted: not _like(value, wanted),
    "bool": lambda value, wanted: value.lower() == wanted.lower(),
}


def trusts(policy: Mapping[str, Any], principal: str, context: Mapping[str, str]) -> bool:
    """Whether a trust policy lets `principal` take its role: the ARN of a role, a user, or an account's root.

    `context` holds the request's condition keys beside aws:PrincipalArn and aws:PrincipalAccount: sts:ExternalId,
    sts:RoleSessionName. Raises NotImplementedInLocalRegion for a condition that the region cannot evaluate.
    """
    known = {"aws:principalarn": principal, "aws:principalaccount": _account(principal)}
    known |= {name.lower(): value for name, value in context.items()}
    effects = {
        statement["Effect"]
        for statement in _listed(policy.get("Statement", []))
        if _of_action(statement) and _of_principal(statement, principal) and _holds(statement, known)
    }
    return effects == {"Allow"}


def _of_action(statement: Mapping[str, Any]) -> bool:
    return any(_like(ASSUME_ROLE.lower(), one.lower()) for one in _listed(statement.get("Action", [])))


def _of_principal(statement: Mapping[str, Any], principal: str) -> bool:
    if "NotPrincipal" in statement:
        raise NotImplementedInLocalRegion("The local region does not evaluate NotPrincipal in trust policies.")
    named = statement.get("Principal", {})
    if named == "*":
        return True
    account = _account(principal)
    everybody = ("*", account, f"arn:aws:iam::{account}:root")
    return any(one in everybody or one == principal for one in _listed(named.get("AWS", [])))


def _holds(statement: Mapping[str, Any], known: Mapping[str, str]) -> bool:
    """Every condition of a statement: all operators, all keys, one of a key's values (all of a negated one's)."""
    return all(
        _meets(operator, known.get(key.lower()), _listed(values))
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, values in keys.items()
    )


def _meets(operator: str, value: str | None, wanted: list[str]) -> bool:
    name = operator.lower()
    if name == "null":
        return [one.lower() for one in map(str, wanted)] == [str(value is None).lower()]
    optional, name = name.endswith("ifexists"), name.removesuffix("ifexists")
    if name not in _OPERATORS:
        raise NotImplementedInLocalRegion(f"The local region does not evaluate {operator} in trust policies.")
    negated = "not" in name
    if value is None:  # a key that the request does not have: only a negation holds
        return optional or negated
    answers = [_OPERATORS[name](value, str(one)) for one in wanted]
    return all(answers) if negated else any(answers)


def _like(value: str, pattern: str) -> bool:
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else [value]
