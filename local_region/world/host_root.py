# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's root file system, assembled by its first process. Standard library only.

The disk's ``root`` directory is pivoted into before anything else is touched, so that whatever links a host has left
on its disk are followed inside it and never on the machine: from then on absolute paths are the host's and relative
ones the machine's.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from local_region.world import linux

# uid 0 may write here without any capability, and it would change the machine.
READ_ONLY_PROC = ("sys", "sysrq-trigger", "irq", "bus", "fs")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
OWNERS = {"etc/shadow": (0, 42), "etc/gshadow": (0, 42), "home/ec2-user": (1000, 1000)}  # ids of the image's /etc
UNIT_DIRECTORIES = ("/usr/lib/systemd/system", "/lib/systemd/system")
SYSTEM_DIRECTORIES = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


@dataclass(frozen=True)
class Setup:
    """What the region tells a host. Paths are the machine's, absolute and free of symbolic links."""

    hostname: str
    disk: str  # a mounted, writable file system, empty on the first boot
    image_root: str  # the tree that an empty disk starts with
    image_usr: str  # layer over the machine's /usr
    shown: dict[str, str]  # directories visible read-only: the host's path -> the machine's
    files: dict[str, str]  # the host's path -> content, written on every boot (host name, address of the region)
    user_data: str | None  # the bytes as ISO 8859-1; run on the first boot only


def build(setup: Setup) -> bool:
    """Assembles and enters the host's root. Returns whether this is the disk's first boot; raises `OSError`."""
    disk = Path(setup.disk)
    first_boot = not (disk / "root").exists()
    if first_boot:
        shutil.copytree(setup.image_root, disk / "root", symlinks=True)
        for name, (user, group) in OWNERS.items():
            os.chown(disk / "root" / name, user, group)
        for name in ("usr-upper", "usr-work", "units"):
            (disk / name).mkdir()
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    linux.bind(disk / "root", disk / "root")
    linux.change_root(disk / "root")
    _mount_proc()
    _mount_usr(setup)
    _make_dev()
    linux.mount("tmpfs", "/run", "tmpfs", linux.MS_NODEV | linux.MS_NOSUID, "mode=755,size=64m")
    os.mkdir("/run/lock")
    os.chmod("/run/lock", 0o1777)
    for target, source in setup.shown.items():
        _show(Path(target), source)
    linux.leave_old_root()
    for path, content in setup.files.items():
        _replace(Path(path), content)
    return first_boot


def _replace(path: Path, content: str) -> None:
    """Puts a file where perhaps a link leads nowhere."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.write_text(content)
    new.replace(path)


def _machine(path: str | Path) -> str:
    """The machine's file at `path`, as long as the old root is the working directory."""
    return str(path).lstrip("/")


def _mount_usr(setup: Setup) -> None:
    lower = ":".join(_escaped(layer) for layer in (setup.image_usr, "/usr"))
    options = [
        f"lowerdir={lower}",
        f"upperdir={_escaped(setup.disk + '/usr-upper')}",
        f"workdir={_escaped(setup.disk + '/usr-work')}",
    ]
    if linux.in_user_namespace():
        options.append("userxattr")
    linux.mount("overlay", "/usr", "overlay", linux.MS_NODEV, ",".join(options))
    # On a machine whose /bin, /lib ... are no links into /usr, they are directories of their own.
    for name in SYSTEM_DIRECTORIES:
        if os.path.isdir(name) and not os.path.islink(name):
            linux.bind(name, f"/{name}", read_only=True)
    # The machine's services are not the host's: its directories of units are the host's own, empty at first.
    for directory in UNIT_DIRECTORIES:
        if directory == UNIT_DIRECTORIES[0] or os.path.isdir(directory):
            os.makedirs(directory, exist_ok=True)
            linux.bind(_machine(setup.disk + "/units"), directory)


def _escaped(path: str) -> str:
    return _machine(path).replace("\\", r"\\").replace(":", r"\:").replace(",", r"\,")


def _mount_proc() -> None:
    linux.mount("proc", "/proc", "proc", linux.MS_NODEV | linux.MS_NOSUID | linux.MS_NOEXEC)
    for name in READ_ONLY_PROC:
        if os.path.exists(f"/proc/{name}"):
            linux.bind(f"/proc/{name}", f"/proc/{name}", read_only=True)


def _make_dev() -> None:
    linux.mount("tmpfs", "/dev", "tmpfs", linux.MS_NOSUID, "mode=755,size=64k")
    for name in DEVICES:
        Path("/dev", name).touch()
        linux.bind(f"dev/{name}", f"/dev/{name}")
    for name in ("pts", "shm"):
        os.mkdir(f"/dev/{name}")
    flags = linux.MS_NOSUID | linux.MS_NOEXEC
    linux.mount("devpts", "/dev/pts", "devpts", flags, "newinstance,ptmxmode=0666,mode=620")
    linux.mount("tmpfs", "/dev/shm", "tmpfs", linux.MS_NODEV | linux.MS_NOSUID, "mode=1777,size=64m")
    os.symlink("pts/ptmx", "/dev/ptmx")
    os.symlink("/proc/self/fd", "/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"/dev/{name}")


def _show(target: Path, source: str) -> None:
    if not target.is_dir():
        target.mkdir(parents=True)
        # Every user of the host may run the interpreter, also where it lies in somebody's own directory.
        for parent in target.parents:
            parent.chmod(parent.stat().st_mode | 0o011)
    linux.bind(_machine(source), target, read_only=True)
