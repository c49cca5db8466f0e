# SPDX-License-Identifier: GPL-3.0-or-later
"""Glob patterns of files, as buildspecs write them: ``*`` and ``?`` within a name, ``**`` over directories."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path


def expression(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern; names that begin with a dot are nothing special."""
    parts = [part for part in pattern.replace("\\", "/").split("/") if part not in ("", ".")]
    translated = []
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            translated.append(".*" if last else "(?:[^/]+/)*")
        else:
            translated.append(_name(part) + ("" if last else "/"))
    return re.compile("".join(translated), re.DOTALL)


def _name(part: str) -> str:
    found = []
    for piece in re.split(r"(\*+|\?|\[!?\]?[^]]*\])", part):
        if piece.startswith("*"):
            found.append("[^/]*")
        elif piece == "?":
            found.append("[^/]")
        elif piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
            found.append(("[^" + piece[2:] if piece[1] == "!" else piece).replace("\\", r"\\"))
        else:
            found.append(re.escape(piece))
    return "".join(found)


def matching(base: Path, patterns: Iterable[str]) -> dict[str, list[str]]:
    """For each pattern the files (and links) below `base` that match it, as sorted relative paths.

    A pattern that begins with a slash matches absolute paths, which are what is listed for it then.
    """
    relative = None
    found: dict[str, list[str]] = {}
    for pattern in patterns:
        wanted = expression(pattern)
        if pattern.startswith("/"):
            top = _fixed_part(pattern)
            files = [f"{top}/{name}".replace("//", "/") for name in files_below(top)]
            if top.is_file():
                files = [str(top)]
            found[pattern] = [name for name in files if wanted.fullmatch(name.lstrip("/"))]
        else:
            if relative is None:
                relative = sorted(files_below(base))
            found[pattern] = [name for name in relative if wanted.fullmatch(name)]
    return found


def _fixed_part(pattern: str) -> Path:
    """The directories of an absolute pattern before the first one with a wildcard."""
    parts = pattern.split("/")
    fixed = next((number for number, part in enumerate(parts) if set(part) & set("*?[")), len(parts))
    return Path("/".join(parts[:fixed]) or "/")


def files_below(base: Path) -> Iterator[str]:
    """The files below a directory; links to directories are not followed, they count as files."""
    for directory, subdirectories, files in os.walk(base):
        linked = [name for name in subdirectories if os.path.islink(os.path.join(directory, name))]
        for name in sorted([*files, *linked]):
            path = os.path.join(directory, name)
            if os.path.isfile(path) or os.path.islink(path):
                yield os.path.relpath(path, base)


def directories(base: Path, pattern: str | None) -> list[Path]:
    """The directories that a base-directory, which may be a pattern, means."""
    if not pattern or pattern in (".", "./"):
        return [base]
    if not set(pattern) & set("*?["):
        return [base / pattern]
    wanted, found = expression(pattern), []
    top = _fixed_part(pattern) if pattern.startswith("/") else base
    for directory, subdirectories, _ in os.walk(top):
        for name in sorted(subdirectories):
            path = Path(directory, name)
            shown = str(path) if pattern.startswith("/") else os.path.relpath(path, base)
            if wanted.fullmatch(shown.lstrip("/")):
                found.append(path)
    return found
