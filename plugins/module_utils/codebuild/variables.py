# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Environment variables of builds: their kinds, and those that hold a secret in plain text.

Everybody who may read a project or a build sees its PLAINTEXT variables: in the console, in answers, in CloudTrail. A
secret belongs in PARAMETER_STORE or SECRETS_MANAGER, of which only the name is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..engine.errors import Failure

PLAINTEXT = "PLAINTEXT"
SHORTEST_SECRET = 8  # characters: a shorter one would be found in the midst of harmless words, too
HIDDEN = "********"
HIDDEN_NEW = "******** (another value)"

_SECRET = re.compile(
    r"(^|_)(password|passwd|pwd|passphrase|secret|token|credentials?|(api|access|private|signing|encryption)_?key)(_|$)"
    r"|(password|secret|token|apikey)$",
    re.IGNORECASE,
)
# DATABASE_SECRET_ARN names a secret and does not hold it.
_NAMES_ONE = re.compile(r"_(arn|name|id|url|uri|path|file|parameter|region|ttl|expiry|type|length)$", re.IGNORECASE)
_ACCESS_KEY = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b")
_FLAGS = frozenset(("", "true", "false", "yes", "no", "on", "off", "0", "1", "none", "null"))


def typed(variables: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Variables with the kind that CodeBuild gives those that say none."""
    return [{**variable, "type": variable.get("type") or PLAINTEXT} for variable in variables]


def holds_a_secret(variable: dict[str, Any]) -> bool:
    """Whether a PLAINTEXT variable seems to hold a secret, by its name or by the looks of its value."""
    name, value = variable.get("name") or "", variable.get("value") or ""
    if (variable.get("type") or PLAINTEXT) != PLAINTEXT or value.lower() in _FLAGS:
        return False
    by_name = _SECRET.search(name) and not _NAMES_ONE.search(name)
    return bool(by_name or _ACCESS_KEY.search(value))


def check_variables(option: str, variables: Sequence[dict[str, Any]]) -> None:
    """Refuse a name that is given twice, or that a shell can't have."""
    seen = set()
    for variable in variables:
        name = variable["name"]
        if name in seen:
            raise Failure(f"{option}: {name} is given twice.")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise Failure(f"{option}: {name!r} is no name of a variable. Use letters, digits and _, no digit first.")
        seen.add(name)


def warn_of_secrets(context, option: str, variables: Sequence[dict[str, Any]]) -> None:
    """One sentence for each variable that seems to hold a secret in plain text, which is hidden from here on."""
    for variable in variables:
        if holds_a_secret(variable):
            if len(variable["value"]) >= SHORTEST_SECRET:
                context.secret(variable["value"])
            context.warn(
                f"{option}: {variable['name']} seems to hold a secret in plain text, which everybody sees who may read "
                "the project. Keep the value in Systems Manager or Secrets Manager and set "
                "type=PARAMETER_STORE or type=SECRETS_MANAGER with its name as value."
            )


def hide(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> tuple[list, list]:
    """Both lists with the secrets hidden, and so that one sees that a value changes."""
    known = {variable.get("name"): variable.get("value") for variable in before}
    hidden = [_hidden(variable, HIDDEN) for variable in before]
    changed = []
    for variable in after:
        other = variable.get("name") in known and known[variable.get("name")] != variable.get("value")
        changed.append(_hidden(variable, HIDDEN_NEW if other else HIDDEN))
    return hidden, changed


def _hidden(variable: dict[str, Any], mask: str) -> dict[str, Any]:
    return {**variable, "value": mask} if holds_a_secret(variable) else variable
