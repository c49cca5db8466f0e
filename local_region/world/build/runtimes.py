# SPDX-License-Identifier: GPL-3.0-or-later
"""runtime-versions: what a build image brings along, here what the machine has. Nothing is installed."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .reading import BuildspecError

# Runtime -> the command that says its version, as on the images of CodeBuild.
COMMANDS = {
    "android": (),
    "docker": ("docker", "--version"),
    "dotnet": ("dotnet", "--version"),
    "golang": ("go", "version"),
    "java": ("java", "-version"),
    "nodejs": ("node", "--version"),
    "php": ("php", "--version"),
    "python": ("python3", "--version"),
    "ruby": ("ruby", "--version"),
}
# How much of a version a buildspec names: python 3.12, but nodejs 20.
_PARTS = {"python": 2, "golang": 2, "ruby": 2, "php": 2, "dotnet": 2}
_VERSION = re.compile(r"(\d+(?:\.\d+)*)")

Versions = Callable[[str], Sequence[str]]


def select(wanted: Mapping[str, str], versions: Versions) -> dict[str, str]:
    """Runtime -> the version chosen, for what a buildspec wants: `3.12`, `3.x` or `latest`.

    `versions` says which versions of a runtime there are. Raises `BuildspecError`, in CodeBuild's words, for others.
    """
    chosen = {}
    for runtime, version in wanted.items():
        if runtime not in COMMANDS:
            known = ", ".join(sorted(COMMANDS))
            raise BuildspecError(
                f"Unknown runtime named '{runtime}'. This build image has the following runtimes: {known}"
            )
        found = sorted(versions(runtime), key=_numbers)
        matching = [one for one in found if _means(version, one)]
        if not matching:
            has = f"has the following versions: {', '.join(found)}" if found else "does not have it"
            raise BuildspecError(
                f"Unknown runtime version named '{version}' of {runtime}. This build image {has}. "
                "In the local region it has what is installed on the machine."
            )
        chosen[runtime] = matching[-1]
    return chosen


def _means(wanted: str, version: str) -> bool:
    if wanted == "latest":
        return True
    prefix = wanted.removesuffix(".x").removeprefix("corretto")
    return version == prefix or version.startswith(f"{prefix}.") or prefix.startswith(f"{version}.")


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def installed(runtime: str, path: str, pythons: Mapping[str, Path]) -> list[str]:
    """The versions of a runtime: what its command on the search path `path` says; of Python those of `pythons`."""
    if runtime == "python":
        return list(pythons)
    command = COMMANDS[runtime]
    found = _VERSION.search(_output(command, path)) if command else None
    return [".".join(found[1].split(".")[: _PARTS.get(runtime, 1)])] if found else []


def pythons(wanted: str | None, directories: Sequence[Path], path: str) -> dict[str, Path]:
    """Version (3.12) -> interpreter: those in `directories` and, where none of them is the one that is wanted, those
    on the search path that can make virtual environments, which a distribution's own often cannot."""
    found = dict(_pythons(directories))
    if wanted is None or any(_means(wanted, version) for version in found):
        return found
    others = _pythons(Path(part) for part in path.split(":"))
    able = {version: one for version, one in others if _runs([str(one), "-I", "-c", "import ensurepip, venv"], path)}
    return able | found


def _pythons(directories: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    for directory in directories:
        for program in sorted(directory.glob("python3.[0-9]*")):
            version = program.name.removeprefix("python")
            if re.fullmatch(r"3\.\d+", version):
                yield version, program


def commands_of(version: str, interpreter: Path, directory: Path) -> Path:
    """A directory for the search path in which ``python``, ``python3`` and ``pip`` are those of that version."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("python", "python3", f"python{version}"):
        (directory / name).symlink_to(interpreter)
    for name in ("pip", "pip3"):
        script = directory / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(interpreter))} -m pip "$@"\n')
        script.chmod(0o755)
    return directory


def _output(command: Sequence[str], path: str) -> str:
    done = _run(command, path)
    return (done.stdout or done.stderr) if done else ""


def _runs(command: Sequence[str], path: str) -> bool:
    done = _run(command, path)
    return done is not None and done.returncode == 0


def _run(command: Sequence[str], path: str) -> subprocess.CompletedProcess[str] | None:
    """None when there is no such command."""
    environment = {"PATH": path, "HOME": "/root"}
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return None
