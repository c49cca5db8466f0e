# SPDX-License-Identifier: GPL-3.0-or-later
"""The single steps of an installation: written down as JSON, carried out one by one, undone from the clean-up list."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO


class InstructionError(Exception):
    """A step could not be carried out."""


@dataclass(frozen=True)
class MakeDirectory:
    directory: str

    def execute(self, cleanup: TextIO) -> None:
        os.mkdir(self.directory)
        cleanup.write(f"{self.directory}\n")

    def as_json(self) -> dict:
        return {"type": "mkdir", "directory": self.directory}


@dataclass(frozen=True)
class Copy:
    """A link stays a link; a file keeps mode, times and, as far as allowed, owner."""

    source: str
    destination: str

    def execute(self, cleanup: TextIO) -> None:
        cleanup.write(f"{self.destination}\n")
        if os.path.islink(self.source):
            os.symlink(os.readlink(self.source), self.destination)
            return
        shutil.copyfile(self.source, self.destination)
        about = os.stat(self.source)
        with contextlib.suppress(PermissionError):  # an agent that does not run as root
            os.chown(self.destination, about.st_uid, about.st_gid)
        shutil.copystat(self.source, self.destination)

    def as_json(self) -> dict:
        return {"type": "copy", "source": self.source, "destination": self.destination}


@dataclass(frozen=True)
class ChangeMode:
    file: str
    mode: str

    def execute(self, cleanup: TextIO) -> None:
        os.chmod(self.file, int(self.mode, 8))

    def as_json(self) -> dict:
        return {"type": "chmod", "mode": self.mode, "file": self.file}


@dataclass(frozen=True)
class ChangeOwner:
    file: str
    owner: str | None
    group: str | None

    def execute(self, cleanup: TextIO) -> None:
        try:
            uid = pwd.getpwnam(self.owner).pw_uid if self.owner is not None else -1
            gid = grp.getgrnam(self.group).gr_gid if self.group is not None else -1
        except KeyError as error:
            raise InstructionError(f"The owner of {self.file} cannot be set: {error.args[0]}.") from None
        os.chown(self.file, uid, gid)

    def as_json(self) -> dict:
        return {"type": "chown", "owner": self.owner, "group": self.group, "file": self.file}


@dataclass(frozen=True)
class ChangeAcl:
    """The entries are completed from the file's mode, so that they are a whole access control list."""

    file: str
    acls: tuple[str, ...]

    def execute(self, cleanup: TextIO) -> None:
        command = ["setfacl", "--set", ",".join(complete_acl(self.acls, os.stat(self.file).st_mode)), self.file]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise InstructionError(f"The acls of {self.file} cannot be set: setfacl is not installed here.") from None
        except subprocess.CalledProcessError as error:
            reason = f"{' '.join(command)}: {error.stderr.strip()}"
            raise InstructionError(f"The acls of {self.file} cannot be set: {reason}") from None

    def as_json(self) -> dict:
        return {"type": "setfacl", "acl": list(self.acls), "file": self.file}


def complete_acl(acls: tuple[str, ...], mode: int) -> list[str]:
    """`acls` with the owner's, group's and others' rights of `mode` in front, and a mask where names need one."""
    user, group, other = (str(stat.S_IMODE(mode) >> shift & 7) for shift in (6, 3, 0))
    entries = [f"u::{user}", f"g::{group}", f"o::{other}"]
    plain = [entry for entry in acls if not entry.startswith(("d:", "default:"))]
    named = any(len(parts) == 3 and parts[1] for parts in (entry.split(":") for entry in plain))
    if named and not any(entry.startswith(("m:", "mask:")) for entry in plain):
        entries.append(f"m::{group}")
    return [*entries, *acls]


Instruction = MakeDirectory | Copy | ChangeMode | ChangeOwner | ChangeAcl


def clean_up(listing: Path) -> None:
    """Removes what the list says, last first, and the list. What is gone already, or a directory in use, is left."""
    if not listing.exists():
        return
    lines = listing.read_text().split("\n")[:-1]  # a last line without an end was never carried out
    for line in reversed(lines):
        path = Path(line)
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            with contextlib.suppress(OSError):  # somebody else's files are in it
                path.rmdir()
        elif path.exists():
            path.unlink()
    listing.unlink()
