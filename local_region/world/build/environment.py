# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that a build's commands see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .buildspec import Buildspec

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/root/.local/bin"
BASE = {
    "PATH": PATH,
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "SHELL": "/bin/sh",
    "LANG": "C.UTF-8",
    # On CodeBuild's images `pip install` needs no virtual environment; a build's host is thrown away like a container.
    "PIP_BREAK_SYSTEM_PACKAGES": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
}
_CODES = {"PARAMETER_STORE": "Decrypted Variables Error", "SECRETS_MANAGER": "Secrets Manager Error"}


class Unresolved(Exception):
    """A parameter or secret that there is not: `code` of the phase's context, and what to say."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


# Asks the region for a parameter's or secret's value: (kind, name) -> value, or raises `LookupError`.
Ask = Callable[[str, str], str]


def resolve(spec: Buildspec, given: Mapping[str, str], ask: Ask) -> tuple[dict[str, str], set[str]]:
    """The variables of the buildspec's env section, and which values are secret. Raises `Unresolved`.

    `given` are those of the project and of StartBuild: they take precedence, so what they name is not asked for.
    """
    variables, secrets = dict(spec.variables), set()
    for kind, wanted in (("PARAMETER_STORE", spec.parameters), ("SECRETS_MANAGER", spec.secrets)):
        for variable, name in wanted.items():
            if variable in given:
                continue
            try:
                variables[variable] = ask(kind, name)
            except LookupError as error:
                raise Unresolved(_CODES[kind], str(error.args[0])) from None
            secrets.add(variables[variable])
    return variables, secrets
