# SPDX-License-Identifier: GPL-3.0-or-later
"""The nest: one set of namespaces in which the whole region lives, so that killing it takes everything along.

Its first process is pid 1 of a pid namespace: when it ends, the kernel ends every other process of the region, and with
the last of them go the mounts, the bridge and the host's interfaces. An ordinary user gets a user namespace around it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_NAMESPACES = ("--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc")
_INIT = (sys.executable, "-S", "-m", "local_region.nest_init")
_AS_ROOT_OF_OUR_OWN = ("--user", "--map-root-user", "--map-auto")


def nested(argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` in a new nest, which ends with it. To be run from the project's directory."""
    user = () if os.geteuid() == 0 else _AS_ROOT_OF_OUR_OWN
    return ["unshare", *user, *_NAMESPACES, "--", *_INIT, *argv]


def entering(pid: int, argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` in the nest whose first process has this pid outside of it."""
    user = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
    return ["nsenter", f"--target={pid}", *user, "--mount", "--net", "--pid", "--ipc", "--uts", "--", *argv]
