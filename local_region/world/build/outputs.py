# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build leaves: artifacts, reports and cache, picked as the buildspec says."""

from __future__ import annotations

import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from . import patterns
from .buildspec import ArtifactSpec, ReportSpec

Say = Callable[[str], None]
# No file may be older in a zip; a build's files may (a package manager's clock, a checkout of 1970).
_OLDEST = (1980, 1, 1, 0, 0, 0)
# Where the files of a cache go: its first directory says it.
_FROM_ROOT, _FROM_SOURCE = "root", "source"


class NothingFound(Exception):
    """No file matches."""


def pick(
    files: Iterable[str], base_directory: str | None, excluded: Iterable[str], discard: bool, source: Path, say: Say
) -> dict[str, Path]:
    """Path in the artifact -> file. Of two files with one name (discard-paths) the later counts."""
    say(f"Expanding base directory path: {base_directory or '.'}")
    picked: dict[str, Path] = {}
    for base in patterns.directories(source, base_directory):
        say(f"Expanding file paths for base directory {os.path.relpath(base, source)}")
        unwanted = {name for names in patterns.matching(base, excluded).values() for name in names}
        say("Assembling file list")
        for pattern, names in patterns.matching(base, files).items():
            say(f"Expanding {pattern}")
            names = [name for name in names if name not in unwanted]
            if not names and not set(pattern) & set("*?["):
                say(f"Skipping invalid file path {pattern}")
            picked |= {(os.path.basename(name) if discard else name.lstrip("/")): base / name for name in names}
    return picked


def artifact(spec: ArtifactSpec, source: Path, archive: Path, say: Say) -> int:
    """Writes the artifact's zip and returns the number of its files. Raises `NothingFound`."""
    picked = pick(spec.files, spec.base_directory, spec.exclude_paths, spec.discard_paths, source, say)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as zipped:
        count = sum(_add(zipped, name, path, spec.enable_symlinks) for name, path in picked.items())
    if not count:
        raise NothingFound("no matching artifact paths found")
    say(f"Found {count} file(s)")
    return count


def _add(zipped: zipfile.ZipFile, name: str, path: Path, keeps_links: bool) -> int:
    if path.is_symlink() and keeps_links:
        entry = zipfile.ZipInfo(name, _OLDEST)
        entry.create_system = 3  # Unix
        entry.external_attr = path.lstat().st_mode << 16
        zipped.writestr(entry, os.readlink(path))
        return 1
    if path.is_file():
        zipped.write(path, name)
        return 1
    if path.is_dir():  # a link to a directory: its files are in the artifact under the link's name
        below = [(f"{name}/{one}", path / one) for one in patterns.files_below(path)]
        return sum(_add(zipped, inner, file, keeps_links) for inner, file in below if file.is_file())
    return 0  # a link that leads nowhere


def report(spec: ReportSpec, source: Path, say: Say) -> dict[str, Path]:
    """The files of one report group. Raises `NothingFound`."""
    picked = pick(spec.files, spec.base_directory, (), spec.discard_paths, source, say)
    files = {name: path for name, path in picked.items() if path.is_file()}
    if not files:
        raise NothingFound("report files not found in build")
    say(f"Found {len(files)} file(s)")
    return files


def save_cache(paths: Iterable[str], source: Path, archive: Path, say: Say) -> bool:
    """Writes what the cache keeps; False when there is nothing."""
    names: dict[str, None] = {}
    for pattern, found in patterns.matching(source, paths).items():
        say(f"Expanding {pattern}")
        names |= dict.fromkeys(found)
    with tarfile.open(archive, "w:gz", compresslevel=1) as cache:
        for name in names:
            kept = f"{_FROM_ROOT if name.startswith('/') else _FROM_SOURCE}/{name.lstrip('/')}"
            cache.add(source / name, kept, recursive=False)
    return bool(names)


def restore_cache(archive: Path, source: Path) -> None:
    """Puts the cached files where they were."""
    with tarfile.open(archive) as cache, tempfile.TemporaryDirectory() as directory:
        if hasattr(tarfile, "fully_trusted_filter"):  # the build wrote it, and its host is its own
            cache.extraction_filter = tarfile.fully_trusted_filter
        Path(directory, _FROM_ROOT).symlink_to("/")
        Path(directory, _FROM_SOURCE).symlink_to(source)
        cache.extractall(directory)
