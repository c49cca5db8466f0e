# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs commands as an ordinary user who exists for these commands alone.

The user, with a range of subordinate ids, is in copies of /etc/passwd and its like that only a private mount namespace
shows; in it the interpreter can be read too, even where it lives below root's home. The machine is not changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NAME, UID = "region-user", 64123

# $1 the directory of the copies, $2 a hidden directory or nothing, the rest is the command.
_VIEW = """
set -e
etc=$1 hidden=$2; shift 2
for file in passwd group subuid subgid; do mount --bind "$etc/$file" "/etc/$file"; done
if [ -n "$hidden" ]; then
    mkdir -p "$etc/interpreter"
    mount --bind "$hidden" "$etc/interpreter"
    mount -t tmpfs -o mode=755 none "/$(echo "$hidden" | cut -d/ -f2)"
    mkdir -p "$hidden"
    mount --bind "$etc/interpreter" "$hidden"
    umount "$etc/interpreter"
fi
exec setpriv --reuid=%(uid)d --regid=%(uid)d --clear-groups --inh-caps=-all -- "$@"
"""


def why_not() -> str | None:
    """Why this machine cannot try the region as an ordinary user; None when it can."""
    if os.geteuid() != 0:
        return "only root can become another user (an ordinary user's run of the other tests tries the same)"
    missing = [command for command in ("newuidmap", "newgidmap", "setpriv") if shutil.which(command) is None]
    return f"{', '.join(missing)} not installed" if missing else None


class OrdinaryUser:
    """`directory` becomes the user's; it is made."""

    def __init__(self, directory: Path, subordinate_ids: bool = True):
        self.home = directory / "home"
        self._etc = directory / "etc"
        self.home.mkdir(parents=True)
        self._etc.mkdir()
        os.chown(self.home, UID, UID)
        for parent in (directory, *directory.parents):
            if parent != Path("/") and parent != Path("/tmp"):
                parent.chmod(parent.stat().st_mode | 0o011)
        ids = f"{NAME}:1000000:65536\n" if subordinate_ids else ""
        additions = {
            "passwd": f"{NAME}:x:{UID}:{UID}::{self.home}:/bin/sh\n",
            "group": f"{NAME}:x:{UID}:\n",
            "subuid": ids,
            "subgid": ids,
        }
        for name, lines in additions.items():
            original = Path("/etc", name)
            original.touch()
            (self._etc / name).write_text(original.read_text() + lines)

    def run(self, *argv: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end as the user, in the project's directory. `path` replaces PATH."""
        who = [f"PATH={path or os.environ['PATH']}", f"HOME={self.home}", f"USER={NAME}", f"LOGNAME={NAME}"]
        view = ["unshare", "--mount", "sh", "-c", _VIEW % {"uid": UID}, "view", str(self._etc), _hidden_interpreter()]
        command = [*view, "/usr/bin/env", "-i", *who, *argv]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180)

    def region(self, *argv: str, **options) -> subprocess.CompletedProcess[str]:
        """`python -m local_region` as the user."""
        return self.run(sys.executable, "-m", "local_region", *argv, **options)


def _hidden_interpreter() -> str:
    """The interpreter's installation where others cannot reach it, else the empty string."""
    home = Path(sys.base_prefix).resolve()
    open_to_all = all(parent.stat().st_mode & 0o001 for parent in (home, *home.parents))
    return "" if open_to_all else str(home)
