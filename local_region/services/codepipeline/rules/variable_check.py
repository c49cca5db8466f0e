# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule VariableCheck. Source: user guide, "VariableCheck" of the rule reference."""

from __future__ import annotations

import re
from collections.abc import Callable

from local_region.services.codepipeline.actions.performer import (
    Failed,
    Info,
    Job,
    Outcome,
    Performer,
    Property,
    Succeeded,
    Type,
)
from local_region.services.codepipeline.errors import invalid

OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "EQ": lambda variable, value: variable == value,
    "NE": lambda variable, value: variable != value,
    "CONTAINS": lambda variable, value: value in variable,
    # AWS takes Java's regular expressions, which are Python's but for rare constructs; both match the whole text here.
    "MATCHES": lambda variable, value: re.fullmatch(value, variable) is not None,
}


class VariableCheck(Performer):
    """Compares a variable, once resolved, with a value."""

    type = Type(
        "Rule",
        "VariableCheck",
        (Property("Variable", required=True), Property("Value", required=True), Property("Operator", required=True)),
    )

    def check(self, declaration: Info) -> None:
        configuration = declaration["configuration"]
        if configuration["Operator"] not in OPERATORS:
            raise invalid(f"Operator of the rule {declaration['name']} must be one of {', '.join(OPERATORS)}.")
        if configuration["Operator"] == "MATCHES":
            try:
                re.compile(configuration["Value"])
            except re.error as error:
                raise invalid(f"Value of the rule {declaration['name']} is no regular expression: {error}.") from None

    def start(self, job: Job) -> Outcome:
        variable, value = job.configuration["Variable"], job.configuration["Value"]
        operator = job.configuration["Operator"]
        job.summary = f"{operator} was checked against the variable's value."
        if OPERATORS[operator](variable, value):
            return Succeeded()
        return Failed(f"The variable does not meet {operator} {value!r}.")
