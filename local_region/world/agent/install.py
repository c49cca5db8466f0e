# SPDX-License-Identifier: GPL-3.0-or-later
"""The Install event: first the old files go, then the steps are planned, written down and carried out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from .appspec import ANYTHING, AppSpec, FileMapping, Permission
from .instructions import ChangeAcl, ChangeMode, ChangeOwner, Copy, Instruction, MakeDirectory, clean_up


class InstallError(Exception):
    """The revision cannot be installed as its AppSpec says."""


def install(archive: Path, appspec: AppSpec, file_exists_behavior: str, instructions: Path, group_id: str) -> None:
    """Installs the unpacked revision `archive`.

    The AppSpec's own file_exists_behavior beats the given one. Raises `InstallError`, `InstructionError` or OSError; as
    with AWS's agent the files of the revision before are gone by then.
    """
    instructions.mkdir(parents=True, exist_ok=True)
    listing = instructions / f"{group_id}-cleanup"
    clean_up(listing)
    steps = plan(archive, appspec, appspec.file_exists_behavior or file_exists_behavior)
    document = {"instructions": [step.as_json() for step in steps]}
    (instructions / f"{group_id}-install.json").write_text(json.dumps(document))
    with open(listing, "w") as cleanup:
        for step in steps:
            step.execute(cleanup)


def plan(archive: Path, appspec: AppSpec, file_exists_behavior: str) -> list[Instruction]:
    """The steps in their order; looks at the host, changes nothing. Raises `InstallError`."""
    planned = _Plan(file_exists_behavior)
    for mapping in appspec.files:
        planned.add_files(archive, mapping)
    for permission in appspec.permissions:
        planned.add_permission(permission)
    return planned.steps


def matches(permission: Permission, path: str) -> bool:
    """Whether the permission's pattern and except let it apply to `path`, which is neither its object nor outside it.

    ``**`` reaches any depth; other patterns, in which only ``*`` is special, and all exceptions name what is directly
    in the object.
    """
    base = _normal(permission.object).rstrip("/") + "/"
    if not path.startswith(base):
        return False
    name = path[len(base) :]
    if any(_glob(one, name) for one in permission.exclude):
        return False
    return permission.pattern == ANYTHING or _glob(permission.pattern, name)


def _glob(pattern: str, name: str) -> bool:
    return "/" not in name and re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def _normal(path: str) -> str:
    return os.path.normpath(os.path.join("/", path)).replace("//", "/", 1)


class _Plan:
    """Collects steps and sees to it that none contradicts another."""

    def __init__(self, file_exists_behavior: str):
        self.steps: list[Instruction] = []
        self._behavior = file_exists_behavior
        self._copies: dict[str, str] = {}  # destination -> source
        self._directories: dict[str, None] = {}
        self._permitted: set[str] = set()

    def add_files(self, archive: Path, mapping: FileMapping) -> None:
        source = os.path.normpath(archive / mapping.source.lstrip("/"))
        if os.path.isdir(source):
            self._add_missing_parents(mapping.destination)
            self._add_tree(source, mapping.destination)
        elif os.path.lexists(source):
            destination = os.path.join(mapping.destination, os.path.basename(source))
            self._add_missing_parents(destination)
            self._add_copy(source, destination)
        else:
            raise InstallError(f"The AppSpec's files name {mapping.source}, which is not in the revision.")

    def _add_missing_parents(self, destination: str) -> None:
        missing = []
        parent = os.path.dirname(_normal(destination))
        while not os.path.exists(parent):
            missing.append(parent)
            parent = os.path.dirname(parent)
        for directory in reversed(missing):
            self._add_directory(directory)

    def _add_tree(self, source: str, destination: str) -> None:
        if not os.path.isdir(destination):
            self._add_directory(destination)
        for entry in sorted(os.scandir(source), key=lambda one: one.name):
            target = os.path.join(destination, entry.name)
            if entry.is_dir(follow_symlinks=False):
                self._add_tree(entry.path, target)
            else:
                self._add_copy(entry.path, target)

    def _add_directory(self, directory: str) -> None:
        directory = _normal(directory)
        if directory in self._copies:
            raise InstallError(f"{directory} would be both a file (from {self._copies[directory]}) and a directory.")
        if directory not in self._directories:
            self._directories[directory] = None
            self.steps.append(MakeDirectory(directory))

    def _add_copy(self, source: str, destination: str) -> None:
        destination = _normal(destination)
        if os.path.exists(destination) and self._behavior != "OVERWRITE":
            if self._behavior == "RETAIN":
                return
            raise InstallError(
                f"The file {destination} already exists on the host and was not installed by the last revision of this "
                "deployment group. Remove it, or choose the file_exists_behavior OVERWRITE or RETAIN."
            )
        if destination in self._copies:
            raise InstallError(f"Two files go to {destination}: {self._copies[destination]} and {source}.")
        if destination in self._directories:
            raise InstallError(f"{destination} would be both a file (from {source}) and a directory.")
        self._copies[destination] = source
        self.steps.append(Copy(source, destination))

    def add_permission(self, permission: Permission) -> None:
        target = _normal(permission.object)
        if target in self._copies:
            if "file" in permission.types:
                _check_for_file(permission)
                self._permit(target, permission)
        elif target in self._directories or os.path.isdir(target):
            for path in self._matching(permission):
                self._permit(path, permission)

    def _matching(self, permission: Permission) -> Iterator[str]:
        if "file" in permission.types:
            for path in self._copies:
                if matches(permission, path):
                    _check_acls_for_file(permission)
                    yield path
        if "directory" in permission.types:
            yield from (path for path in self._directories if matches(permission, path))

    def _permit(self, path: str, permission: Permission) -> None:
        if path in self._permitted:
            raise InstallError(
                f"Two entries of the AppSpec's permissions apply to {path}. Make their patterns disjoint."
            )
        self._permitted.add(path)
        if permission.context is not None:
            raise InstallError(f"The context of {path} cannot be set: the hosts of the local region have no SELinux.")
        if permission.mode is not None:
            self.steps.append(ChangeMode(path, permission.mode))
        if permission.acls is not None:
            self.steps.append(ChangeAcl(path, permission.acls))
        if permission.owner is not None or permission.group is not None:
            self.steps.append(ChangeOwner(path, permission.owner, permission.group))


def _check_for_file(permission: Permission) -> None:
    if permission.pattern != ANYTHING or permission.exclude:
        raise InstallError(
            f"The permission of the file {permission.object} has a pattern or except: those need a directory."
        )
    _check_acls_for_file(permission)


def _check_acls_for_file(permission: Permission) -> None:
    if any(entry.startswith(("d:", "default:")) for entry in permission.acls or ()):
        raise InstallError(
            f"The permission of {permission.object} gives default acls to a file: only directories have them."
        )
