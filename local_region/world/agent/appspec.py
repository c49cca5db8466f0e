# SPDX-License-Identifier: GPL-3.0-or-later
"""The AppSpec file of a revision, as the agent reads it on the host.

Source of the rules: AWS CodeDeploy User Guide, "AppSpec file reference", and the agent where it differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

FILE_EXISTS_BEHAVIORS = ("DISALLOW", "OVERWRITE", "RETAIN")
TYPES = ("file", "directory")
ANYTHING = "**"
DEFAULT_TIMEOUT = 3600


class AppSpecError(Exception):
    """The AppSpec file is not valid; the message names the member and what is right."""


@dataclass(frozen=True)
class FileMapping:
    """`source` is relative to the revision, `destination` a directory of the host."""

    source: str
    destination: str


@dataclass(frozen=True)
class Permission:
    """One entry of ``permissions``. `mode` is an octal text; `acls` are entries of setfacl, None when not given."""

    object: str
    pattern: str = ANYTHING
    exclude: tuple[str, ...] = ()
    types: tuple[str, ...] = TYPES
    owner: str | None = None
    group: str | None = None
    mode: str | None = None
    acls: tuple[str, ...] | None = None
    context: Mapping | None = None


@dataclass(frozen=True)
class Script:
    """One script of a hook; `timeout` in seconds."""

    location: str
    timeout: int = DEFAULT_TIMEOUT
    runas: str | None = None
    sudo: bool = False


@dataclass(frozen=True)
class AppSpec:
    """A valid AppSpec file."""

    files: tuple[FileMapping, ...] = ()
    permissions: tuple[Permission, ...] = ()
    hooks: Mapping[str, tuple[Script, ...]] = None
    file_exists_behavior: str | None = None


def parse(text: str) -> AppSpec:
    """Reads the YAML text; raises `AppSpecError`."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise AppSpecError(f"The AppSpec file is no valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise AppSpecError("The AppSpec file must be a mapping with at least version and os.")
    version = content.get("version")
    if isinstance(version, bool) or not isinstance(version, int | float) or version != 0:
        raise AppSpecError(f"The AppSpec file's version is {version!r}; it must be the number 0.0.")
    if content.get("os") != "linux":
        raise AppSpecError(f"The AppSpec file's os is {content.get('os')!r}; this host needs linux.")
    behavior = content.get("file_exists_behavior")
    if behavior not in (None, *FILE_EXISTS_BEHAVIORS):
        allowed = ", ".join(FILE_EXISTS_BEHAVIORS)
        raise AppSpecError(f"The AppSpec file's file_exists_behavior is {behavior!r}; it must be one of {allowed}.")
    return AppSpec(
        files=tuple(_file(entry) for entry in _entries(content, "files")),
        permissions=tuple(_permission(entry) for entry in _entries(content, "permissions")),
        hooks=_hooks(content.get("hooks") or {}),
        file_exists_behavior=behavior,
    )


def _entries(content: Mapping, section: str) -> list[Mapping]:
    entries = content.get(section) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise AppSpecError(f"The AppSpec file's {section} must be a list of mappings.")
    return entries


def _file(entry: Mapping) -> FileMapping:
    source, destination = entry.get("source"), entry.get("destination")
    if source is None or destination is None:
        raise AppSpecError(f"An entry of files needs both source and destination: {dict(entry)}.")
    return FileMapping(_inside(str(source), "source"), str(destination))


def _hooks(content: object) -> dict[str, tuple[Script, ...]]:
    if not isinstance(content, dict):
        raise AppSpecError("The AppSpec file's hooks must be a mapping of lifecycle events to lists of scripts.")
    return {event: tuple(_script(event, entry) for entry in scripts) for event, scripts in content.items() if scripts}


def _script(event: str, entry: object) -> Script:
    location = str((entry.get("location") if isinstance(entry, dict) else None) or "").strip()
    if not location:
        raise AppSpecError(f"A script of the hook {event} has no location.")
    timeout = entry.get("timeout") or DEFAULT_TIMEOUT
    if not str(timeout).isdecimal() or int(timeout) <= 0:
        raise AppSpecError(f"The timeout of {location} in the hook {event} is {timeout!r}; give seconds, 1 or more.")
    runas = entry.get("runas")
    return Script(
        _inside(location, "location"),
        int(timeout),
        str(runas).strip() if runas is not None else None,
        bool(entry.get("sudo")),
    )


def _permission(entry: Mapping) -> Permission:
    target = str(entry.get("object") or "").strip()
    if not target:
        raise AppSpecError(f"An entry of permissions has no object: {dict(entry)}.")
    types = tuple(entry.get("type") or TYPES)
    wrong = [one for one in types if one not in TYPES]
    if wrong:
        raise AppSpecError(f"The type of the permission of {target} is {wrong[0]!r}; it must be file or directory.")
    return Permission(
        object=target,
        pattern=str(entry.get("pattern") or ANYTHING),
        exclude=tuple(str(one) for one in entry.get("except") or ()),
        types=types,
        owner=_text(entry.get("owner")),
        group=_text(entry.get("group")),
        mode=_mode(entry.get("mode"), target),
        acls=tuple(str(one) for one in entry["acls"]) if entry.get("acls") else None,
        context=entry.get("context"),
    )


def _mode(mode: object, target: str) -> str | None:
    if mode is None:
        return None
    if not re.fullmatch(r"[0-7]{1,4}", str(mode)):
        raise AppSpecError(f"The mode of {target} is {mode!r}; it must be one to four octal digits, in quotes.")
    return str(mode).zfill(3)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _inside(path: str, member: str) -> str:
    """A path that stays inside the revision; agents since 2.1 refuse others."""
    depth = 0
    for part in path.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            raise AppSpecError(f"The {member} {path} leaves the revision.")
    return path
