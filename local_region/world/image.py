# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine image that every host starts from, made once per region from a template and the machine itself.

* ``root``: what an empty disk is filled with: an ``/etc`` of our own (never the machine's accounts or keys), empty
  ``/var``, ``/opt``, ``/home`` ...
* ``usr``: a thin layer over the machine's ``/usr``: ``systemctl`` and ``journalctl`` that work without systemd,
  ``python3`` and a simple ``curl`` where the machine has none, and ``/usr``'s first directories once more, so that they
  belong to the region's root: a host can then write into them also in the region of an ordinary user.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = Path(__file__).parent / "image_template"
CURL = "local/lib/convoy-region/curl.py"
SYSTEMCTL = "local/lib/convoy-region/systemctl.py"
PROJECT = Path(__file__).resolve().parents[2]
AGENT_PACKAGE = Path("/opt/codedeploy-agent/lib/codedeploy_agent")

_DIRECTORIES = (
    *("dev", "proc", "sys", "run", "usr", "mnt", "media", "opt", "srv", "home", "boot"),
    *("etc/systemd/system", "etc/sudoers.d", "etc/profile.d"),
    *("var/log", "var/cache", "var/mail", "var/spool", "var/local", "var/www", "var/lib/cloud", "var/lib/systemd"),
    *("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"),
)
_MODES = {"root": 0o700, "home/ec2-user": 0o700, "tmp": 0o1777, "var/tmp": 0o1777}
_FILE_MODES = {"etc/shadow": 0o640, "etc/gshadow": 0o640, "etc/sudoers": 0o440}
# Parts of the machine's /etc that its programs need and that hold no secret.
_FROM_MACHINE = (
    *("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "mime.types"),
    *("ssl/openssl.cnf", "ssl/certs"),
)
_SYSTEM_DIRECTORIES = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_USR_DEPTH = 2


@dataclass(frozen=True)
class Image:
    """Where the two trees are, and which of the machine's directories hosts see, read-only, at which place."""

    root: Path
    usr: Path
    shown: Mapping[Path, Path]  # host's path -> machine's path, free of symbolic links


def build(directory: Path) -> Image:
    """Makes the image below `directory`, which must not exist."""
    image = Image(directory / "root", directory / "usr", _shown())
    image.root.mkdir(parents=True)
    image.root.chmod(0o755)
    _build_root(image.root)
    _build_usr(image.usr)
    return image


def _build_root(root: Path) -> None:
    shutil.copytree(TEMPLATE / "etc", root / "etc", copy_function=shutil.copyfile)
    for name in [*_DIRECTORIES, *_MODES]:
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/status").touch()  # packages can be installed, and none is: those of /usr are the machine's
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    for name, mode in (_MODES | _FILE_MODES).items():
        (root / name).chmod(mode)
    (root / "var/run").symlink_to("/run")
    (root / "var/lock").symlink_to("/run/lock")
    (root / "etc/os-release").symlink_to("../usr/lib/os-release")
    (root / "etc/mtab").symlink_to("../proc/self/mounts")
    for name in _FROM_MACHINE:
        _copy_from_machine(Path("/etc", name), root / "etc" / name)
    for name in _SYSTEM_DIRECTORIES:
        machine = Path("/", name)
        if machine.is_symlink():
            (root / name).symlink_to(machine.readlink())
        elif machine.is_dir():
            (root / name).mkdir()


def _copy_from_machine(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore_dangling_symlinks=True, dirs_exist_ok=True)
    elif source.is_file():
        shutil.copyfile(source, target)


def _build_usr(usr: Path) -> None:
    for directory in _directories_of(Path("/usr"), _USR_DEPTH):
        (usr / directory.relative_to("/usr")).mkdir(parents=True, exist_ok=True)
    for name in ("bin", "sbin", "local/bin", "local/sbin", "local/lib", "local/share"):
        (usr / name).mkdir(parents=True, exist_ok=True)
    (usr / SYSTEMCTL).parent.mkdir(parents=True)
    shutil.copyfile(TEMPLATE / "usr" / SYSTEMCTL, usr / SYSTEMCTL)
    # It looks every MinimumYield seconds (default 0.5) whether a service runs.
    _write_command(usr / "bin/systemctl", _runs(f"-I /usr/{SYSTEMCTL} -c MinimumYield=0.1"))
    for name in ("shutdown", "poweroff", "halt"):  # the machine's are links to systemctl
        _write_command(usr / "sbin" / name, "#!/bin/sh\nexec kill -TERM 1\n")
    _write_command(usr / "bin/journalctl", (TEMPLATE / "usr/bin/journalctl").read_text())
    if not _machine_has("curl"):
        shutil.copyfile(TEMPLATE / "usr" / CURL, usr / CURL)
        _write_command(usr / "local/bin/curl", _runs(f"-I /usr/{CURL}"))
    if not _machine_has("python3"):
        (usr / "local/bin/python3").symlink_to(sys.executable)


def _machine_has(command: str) -> bool:
    return any(Path(directory, command).exists() for directory in ("/usr/local/bin", "/usr/bin"))


def _directories_of(top: Path, depth: int) -> list[Path]:
    """The directories below `top`, itself included, down to `depth` levels; links are not followed."""
    if depth == 0:
        return [top]
    below = [Path(entry) for entry in os.scandir(top) if entry.is_dir(follow_symlinks=False)]
    return [top, *(found for directory in below for found in _directories_of(directory, depth - 1))]


def _runs(arguments: str) -> str:
    return f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments} "$@"\n'


def _write_command(path: Path, script: str) -> None:
    path.write_text(script)
    path.chmod(0o755)


def _shown() -> Mapping[Path, Path]:
    """The agent's package, and the interpreter with its libraries at their own places, as they know them by name."""
    shown = {AGENT_PACKAGE: PROJECT / "local_region/world/agent"}
    for prefix in (Path(sys.base_prefix), Path(sys.prefix), *Path(sys.executable).parents[1:2]):
        shown |= {prefix: prefix.resolve(), prefix.resolve(): prefix.resolve()}
    return {target: source for target, source in shown.items() if not target.is_relative_to("/usr")}
