# SPDX-License-Identifier: GPL-3.0-or-later
"""The few Linux calls that the standard library of Python 3.11 lacks: mounts, pivot_root, namespaces, capabilities.

Imported by a host's first process before it has a ``site-packages``: standard library only. A call that fails raises
`OSError` with the kernel's errno and what was tried.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

MS_NODEV, MS_NOSUID, MS_NOEXEC, MS_REMOUNT = 4, 2, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2

_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY = 1
_SYS_MOUNT_SETATTR = 442  # one number on every architecture that has it (Linux 5.12)
_CLONE_NEWNET = 0x40000000
_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION_3 = 0x20080522

# By number, from linux/capability.h. What a root process of an instance needs to run and administer applications;
# not what would let it reach the machine below (SYS_ADMIN, SYS_MODULE, MKNOD, SYS_RAWIO, NET_ADMIN, SYS_TIME, ...).
HOST_CAPABILITIES = {
    "chown": 0,
    "dac_override": 1,
    "fowner": 3,
    "fsetid": 4,
    "kill": 5,
    "setgid": 6,
    "setuid": 7,
    "setpcap": 8,
    "net_bind_service": 10,
    "net_raw": 13,
    "sys_chroot": 18,
    "audit_write": 29,
    "setfcap": 31,
}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def mount(source: str | Path, target: str | Path, kind: str | None = None, flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    _check(
        _libc.mount(
            os.fsencode(source),
            os.fsencode(target),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            options.encode() or None,
        ),
        f"mount {kind or source} on {target}",
    )


def bind(source: str | Path, target: str | Path, read_only: bool = False) -> None:
    """Shows `source` (a file, or a directory with what is mounted below it) at `target`, which exists."""
    mount(source, target, flags=MS_BIND | MS_REC)
    if read_only:
        # Not a remount: that would have to repeat the flags (nosuid, nodev ...) that a user namespace has locked.
        attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY, 0, 0, 0)
        _check(
            _libc.syscall(
                _SYS_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE, attributes, ctypes.sizeof(attributes)
            ),
            f"make {target} read-only",
        )


def unmount(target: str | Path) -> None:
    """Takes `target` out of the tree at once; its memory is freed when the last user is gone."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"unmount {target}")


def change_root(new_root: str | Path) -> None:
    """Makes `new_root` (a mount point) the root; the working directory is then the old root.

    Absolute paths, and absolute links that they meet, from now on stay inside; relative ones reach the old root until
    `leave_old_root`.
    """
    old_root = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    os.chdir(new_root)
    _check(_libc.pivot_root(b".", b"."), f"pivot_root to {new_root}")
    os.fchdir(old_root)
    os.close(old_root)


def leave_old_root() -> None:
    """Lets go of the old root for good."""
    unmount(".")
    os.chdir("/")


def enter_network_namespace(pid: int) -> None:
    """Moves the calling thread (only it) into the network namespace of process `pid`."""
    namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.setns(namespace, _CLONE_NEWNET), f"enter the network namespace of process {pid}")
    finally:
        os.close(namespace)


def keep_capabilities(keep: set[int]) -> None:
    """Gives up, for this process and all it will ever start, every capability that is not in `keep`."""
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in set(range(last + 1)) - keep:
        _check(_libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0), f"drop capability {capability}")
    low, high = (sum(1 << (number % 32) for number in keep if number // 32 == word) for word in (0, 1))
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)  # effective, permitted, inheritable; then the high words
    _check(_libc.capset(header, sets), "limit the capabilities")


def in_user_namespace() -> bool:
    """Whether root here is an ordinary user of the machine: then some file systems want other options."""
    return Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]
