# SPDX-License-Identifier: GPL-3.0-or-later
"""The developer's side of the demonstration: a Git repository of the storefront, pushed to the region's CodeCommit."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import boto3

KEYS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
# The region needs no proxy, and nothing of the developer's own settings shall change what is shown.
GIT = ("git", "-c", "user.name=A developer", "-c", "user.email=developer@example.com", "-c", "http.proxy=")
LEFT_OUT = shutil.ignore_patterns("releases", "__pycache__", ".pytest_cache", ".ruff_cache")


class Repository:
    """A fresh checkout in ``folder`` of the application in ``source``, whose releases are folders laid over it."""

    def __init__(self, folder: Path, source: Path, region_url: str):
        self.folder, self._source = folder, source
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch", "main")
        codecommit = boto3.client("codecommit", endpoint_url=region_url, **KEYS)
        url = codecommit.get_repository(repositoryName=source.name)["repositoryMetadata"]["cloneUrlHttp"]
        self._git("remote", "add", "origin", url)

    def push(self, release: str, message: str) -> str:
        """Commits the application as of a release, pushes it, and returns the commit's id."""
        for old in self.folder.iterdir():
            if old.name != ".git":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        shutil.copytree(self._source, self.folder, ignore=LEFT_OUT, dirs_exist_ok=True)
        shutil.copytree(self._source / "releases" / release, self.folder, dirs_exist_ok=True)
        self._git("add", "--all")
        self._show("commit", "--quiet", "--message", message)
        self._show("push", "--quiet", "origin", "main")
        return self._git("rev-parse", "HEAD").strip()

    def _show(self, *arguments: str) -> None:
        """Runs git in plain sight."""
        print("$", shlex.join(["git", *arguments]), flush=True)
        self._git(*arguments)

    def _git(self, *arguments: str) -> str:
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
        done = subprocess.run(
            [*GIT, *arguments], cwd=self.folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout
