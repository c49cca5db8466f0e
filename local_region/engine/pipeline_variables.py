# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in configurations: #{Namespace.key}, #{codepipeline.PipelineExecutionId}, #{variables.name}.

Source of the rules: user guide, "Variables".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

CODEPIPELINE, PIPELINE_VARIABLES = "codepipeline", "variables"
RESERVED = (CODEPIPELINE, PIPELINE_VARIABLES)
REFERENCE = re.compile(r"#\{([^{}]*)\}")

# All output variables of an action together (user guide, "Quotas").
MOST_OUTPUT_BYTES = 122_880

# Keys of configurations whose values are JSON.
IN_JSON = frozenset({"EnvironmentVariables"})

Namespaces = Mapping[str, Mapping[str, str]]


class Unresolved(Exception):
    """A reference leads nowhere. `reference` is its text."""

    def __init__(self, reference: str):
        super().__init__(reference)
        self.reference = reference


def references(text: str) -> Iterator[tuple[str, str, str]]:
    """(whole reference, namespace, key) of each reference in a text; an empty key where there is no period."""
    for found in REFERENCE.finditer(text):
        namespace, _, key = found[1].partition(".")
        yield found[0], namespace, key


def resolve(text: str, namespaces: Namespaces, in_json: bool = False) -> str:
    """The text with every reference replaced by its value. Raises Unresolved for the first that has none.

    Values are not searched for references themselves: what an action puts out is text. With `in_json` the references
    are inside JSON strings: quotes and line breaks of the values (a commit's message) are escaped.
    """

    def value(found: re.Match) -> str:
        namespace, _, key = found[1].partition(".")
        try:
            text = namespaces[namespace][key]
        except KeyError:
            raise Unresolved(found[0]) from None
        return json.dumps(text)[1:-1] if in_json else text

    return REFERENCE.sub(value, text)


def resolve_all(configuration: Mapping[str, str], namespaces: Namespaces) -> dict[str, str]:
    """A configuration with every value resolved."""
    return {key: resolve(text, namespaces, key in IN_JSON) for key, text in configuration.items()}


def size(variables: Mapping[str, str]) -> int:
    """Bytes of an action's output variables, as the quota counts them."""
    return sum(len(key.encode()) + len(value.encode()) for key, value in variables.items())
