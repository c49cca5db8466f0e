# SPDX-License-Identifier: GPL-3.0-or-later
"""A mapping of a YAML document, read key by key: what has the wrong type is an error, what nobody reads a warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class BuildspecError(Exception):
    """The build specification cannot be used; the message names the key and what would be right."""


class Section:
    """One mapping. `path` is how it is called in messages, such as ``phases/build``."""

    def __init__(self, path: str, content: Any, warnings: list[str]):
        if content is None:
            content = {}
        if not isinstance(content, Mapping):
            raise BuildspecError(f"{path or 'The buildspec'} must be a mapping of keys, not {_kind(content)}.")
        self._path, self._warnings = path, warnings
        self._content = {str(key): value for key, value in content.items()}
        self._left = dict.fromkeys(self._content)

    def __contains__(self, key: str) -> bool:
        return self._content.get(key) is not None

    def keys(self) -> list[str]:
        return list(self._content)

    def get(self, key: str) -> Any:
        self._left.pop(key, None)
        return self._content.get(key)

    def section(self, key: str) -> Section:
        return Section(self._called(key), self.get(key), self._warnings)

    def text(self, key: str) -> str | None:
        value = self.get(key)
        if value is None:
            return None
        if isinstance(value, (list, Mapping)):
            raise BuildspecError(f"{self._called(key)} must be a text, not {_kind(value)}.")
        return scalar(value)

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        if str(value).lower() in ("yes", "true", "no", "false"):
            return str(value).lower() in ("yes", "true")
        raise BuildspecError(f"{self._called(key)} is {value!r}, it must be yes or no.")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise BuildspecError(f"{self._called(key)} must be a list, not {_kind(value)}.")
        for number, item in enumerate(value):
            if item is None or isinstance(item, (list, Mapping)):
                raise BuildspecError(
                    f"Expected {self._called(key)}[{number}] to be of string type: found {_kind(item)} instead. "
                    "A text with a colon and a space in it must be in quotation marks."
                )
        return tuple(scalar(item) for item in value)

    def pairs(self, key: str) -> dict[str, str]:
        section = self.section(key)
        return {name: section.text(name) or "" for name in section.keys()}  # noqa: SIM118  (a method of ours)

    def warn_of_the_rest(self) -> None:
        for key in self._left:
            self._warnings.append(f"The buildspec's key {self._called(key)} is unknown and is ignored.")

    def _called(self, key: str) -> str:
        return f"{self._path}/{key}" if self._path else key


def scalar(value: Any) -> str:
    """A YAML scalar as the text that was meant: CodeBuild's own values are texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "subkeys"
    return "a list" if isinstance(value, list) else f"the value {scalar(value)!r}"
