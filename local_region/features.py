# SPDX-License-Identifier: GPL-3.0-or-later
"""What the region asks of the machine, tried before anything starts."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from pathlib import Path

from local_region.nest import nested

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = Path("/proc/sys")


class MissingFeature(Exception):
    """The machine cannot run a region. The message is one sentence and the remedy."""


def require() -> None:
    """Raises MissingFeature for the first thing that is missing; changes nothing on the machine."""
    if sys.platform != "linux":
        raise MissingFeature(
            f"The local region needs Linux (namespaces, overlay), this is {sys.platform}: "
            "run it in a Linux virtual machine or container."
        )
    for command in ("unshare", "nsenter", "mount"):
        _require_command(command, "util-linux")
    if os.geteuid() != 0:
        _require_id_mapping()
    _try_nest()


def _require_command(command: str, package: str) -> None:
    if shutil.which(command) is None:
        raise MissingFeature(
            f"The local region needs the command {command}, which is not installed: install the package {package}."
        )


def _require_id_mapping() -> None:
    """An ordinary user's nest maps a range of user and group ids, as hosts have more users than root."""
    for command in ("newuidmap", "newgidmap"):
        _require_command(command, "uidmap")
    user = getpass.getuser()
    for file in ("/etc/subuid", "/etc/subgid"):
        if not _has_range(Path(file), user):
            raise MissingFeature(
                f"The local region needs a range of 65536 ids for {user} in {file}: as root, run "
                f"`usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}`, "
                "or start the region as root."
            )


def _has_range(file: Path, user: str) -> bool:
    lines = file.read_text().splitlines() if file.exists() else []
    ranges = [line.split(":") for line in lines if line.count(":") == 2]
    return any(owner in (user, str(os.getuid())) and int(count) >= 65536 for owner, _, count in ranges)


def _try_nest() -> None:
    """Makes a nest with the very mounts and interfaces that hosts have, and lets it vanish."""
    trial = subprocess.run(
        nested([sys.executable, "-m", "local_region.trial"]),
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    if trial.returncode == 0:
        return
    if trial.stdout.startswith("refused: "):
        raise MissingFeature(trial.stdout.removeprefix("refused: ").strip())
    raise MissingFeature(why_no_nest((trial.stderr.strip() or f"exit status {trial.returncode}").splitlines()[-1]))


def why_no_nest(said: str) -> str:
    """The sentence for a nest that could not be made; `said` is what unshare said."""
    if "unrecognized option" in said or "unknown option" in said:
        return f"The local region needs util-linux 2.38 or newer for unshare --map-auto ({said}): update util-linux."
    if os.geteuid() == 0:
        return (
            f"The local region may not make namespaces here, although it runs as root ({said}): "
            "give the container CAP_SYS_ADMIN and CAP_NET_ADMIN (docker run --privileged), "
            "or start it as an ordinary user."
        )
    for setting, wrong, right in (
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel.unprivileged_userns_clone", "0", "1"),
        ("user.max_user_namespaces", "0", "16384"),
    ):
        file = SETTINGS / setting.replace(".", "/")
        if file.exists() and file.read_text().strip() == wrong:
            return (
                f"The local region needs user namespaces, which {setting}={wrong} forbids ({said}): as root, run "
                f"`sysctl -w {setting}={right}`, or start the region as root."
            )
    return f"The local region cannot make a user namespace here ({said}): start it as root, or on the machine itself."
