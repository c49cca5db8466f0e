# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching the sources of a build: archives that the region sent, or git repositories."""

from __future__ import annotations

import os
import stat
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SourceError(Exception):
    """A source could not be had; the message says why."""


def fetch(source: Mapping[str, Any], archive: Path | None, directory: Path, environment: Mapping[str, str]) -> None:
    """Puts the files of one source into `directory`, which is made. Raises `SourceError`."""
    directory.mkdir(parents=True)
    if archive is not None:
        unpack(archive, directory)
    elif source.get("git_url"):
        _clone(source, directory, environment)


def unpack(archive: Path, directory: Path) -> None:
    """Unpacks a zip with its files' modes and links; what would leave the directory is refused."""
    try:
        with zipfile.ZipFile(archive) as files:
            for entry in files.infolist():
                _unpack(files, entry, directory)
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceError(f"The source archive cannot be unpacked: {error}") from None


def _unpack(files: zipfile.ZipFile, entry: zipfile.ZipInfo, directory: Path) -> None:
    mode = entry.external_attr >> 16
    target = directory / entry.filename
    if not Path(os.path.normpath(target)).is_relative_to(directory) or entry.filename.startswith("/"):
        raise SourceError(f"The source archive has the entry {entry.filename}, which leads out of it.")
    if stat.S_ISLNK(mode):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(files.read(entry).decode())
        return
    files.extract(entry, directory)
    if permissions := stat.S_IMODE(mode) & 0o777:
        target.chmod(permissions | stat.S_IRUSR | (stat.S_IWUSR | stat.S_IXUSR if entry.is_dir() else 0))


def git_environment(source: Mapping[str, Any], helper: Path) -> dict[str, str]:
    """What git needs to reach the repository: user and password by a helper, never on a command line."""
    settings = {"safe.directory": "*", "advice.detachedHead": "false"}
    environment = {"GIT_TERMINAL_PROMPT": "0"}
    if source.get("credentials"):
        user, password = source["credentials"]
        helper.write_text('#!/bin/sh\ncase "$1" in User*) echo "$GIT_USER" ;; *) echo "$GIT_PASSWORD" ;; esac\n')
        helper.chmod(0o700)
        environment |= {"GIT_ASKPASS": str(helper), "GIT_USER": user, "GIT_PASSWORD": password}
    environment["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (key, value) in enumerate(settings.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment


def _clone(source: Mapping[str, Any], directory: Path, environment: Mapping[str, str]) -> None:
    """Clones as CodeBuild does: with `clone_depth` as shallow as asked, then exactly the commit."""
    url, commit, depth = source["git_url"], source.get("commit") or "HEAD", source.get("clone_depth") or 0
    environment = dict(environment) | git_environment(source, directory.parent / f".{directory.name}-askpass")
    shallow = [f"--depth={depth}"] if depth and urlsplit(url).scheme else []

    def git(*arguments: str) -> None:
        done = subprocess.run(
            ["git", *arguments], cwd=directory, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace",
        )  # fmt: skip
        if done.returncode != 0:
            said = " ".join(done.stderr.split())
            raise SourceError(f"git {arguments[0]} of {url} failed: {said or f'exit status {done.returncode}'}")

    try:
        git("init", "--quiet")
        git("remote", "add", "origin", url)
        try:
            git("fetch", "--quiet", *shallow, "origin", commit)
        except SourceError:  # a server that does not hand out commits by their id
            git("fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
            git("checkout", "--quiet", commit)
        else:
            git("checkout", "--quiet", "FETCH_HEAD")
        if source.get("submodules"):
            git("submodule", "update", "--init", "--recursive", "--quiet")
    except OSError as error:
        raise SourceError(f"git cannot be run: {error}. Install git on the machine.") from None
