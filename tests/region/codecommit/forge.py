# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository of the region, and a developer who works with the ordinary git client and boto3."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.conftest import Api
from tests.region.codepipeline.workshop import wait_for

ACCOUNT = "123456789012"
AUTHOR = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com"}
COMMITTER = {"GIT_COMMITTER_NAME": "Grace", "GIT_COMMITTER_EMAIL": "grace@example.com"}
DATES = {"GIT_AUTHOR_DATE": "2024-02-29T10:11:12+0100", "GIT_COMMITTER_DATE": "2024-03-01T00:00:00+0000"}


class WorkingCopy:
    """A clone, and the git client in it; the client sees the configuration that git has of itself and no other."""

    def __init__(self, path: Path):
        self.path = path

    def git(self, *arguments: str, check: bool = True) -> str:
        """What a git command prints. Raises with what it said when it fails."""
        done = self.run(*arguments)
        if check and done.returncode != 0:
            raise AssertionError(f"git {arguments}: {done.stderr}")
        return done.stdout.strip()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
        environment = {"PATH": os.environ["PATH"], **alone, **AUTHOR, **COMMITTER, **DATES}
        command = ["git", "-C", str(self.path), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    def commit(self, message: str = "A change", **files: str | bytes) -> str:
        """Commits files (a name is given with __ for its dot). Returns the commit's id."""
        for name, content in files.items():
            file = self.path / name.replace("__", ".")
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def push(self, *references: str) -> None:
        self.git("push", "--quiet", "origin", *(references or ("HEAD",)))


class Forge:
    """One test's repository; `name` is its name."""

    def __init__(self, api: Api, name: str, folder: Path):
        self.api, self.name, self.folder = api, name, folder
        self.codecommit = api.client("codecommit")
        self.arn = f"arn:aws:codecommit:us-east-1:{ACCOUNT}:{name}"

    def create(self, **more) -> str:
        """Makes the repository. Returns the address to clone it from."""
        made = self.codecommit.create_repository(repositoryName=self.name, **more)
        return made["repositoryMetadata"]["cloneUrlHttp"]

    @property
    def url(self) -> str:
        return self.codecommit.get_repository(repositoryName=self.name)["repositoryMetadata"]["cloneUrlHttp"]

    def clone(self, name: str = "work", *options: str) -> WorkingCopy:
        path = self.folder / name
        WorkingCopy(self.folder).git("clone", "--quiet", *options, self.url, str(path))
        return WorkingCopy(path)

    def copy(self) -> WorkingCopy:
        """The repository, made, and a clone of it."""
        self.create()
        return self.clone()

    def tip(self, branch: str = "main") -> str:
        found = self.codecommit.get_branch(repositoryName=self.name, branchName=branch)
        return found["branch"]["commitId"]

    def listen(self) -> Events:
        return Events(self)


class Events:
    """A queue that a rule delivers the repository's events to."""

    def __init__(self, forge: Forge):
        events, self._sqs = forge.api.client("events"), forge.api.client("sqs")
        self._queue = self._sqs.create_queue(QueueName=forge.name)["QueueUrl"]
        pattern = {"source": ["aws.codecommit"], "resources": [forge.arn]}
        events.put_rule(Name=f"{forge.name}-listener", EventPattern=json.dumps(pattern))
        target = {"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{forge.name}"}
        events.put_targets(Rule=f"{forge.name}-listener", Targets=[target])
        self.got: list[dict] = []

    def until(self, count: int) -> list[dict]:
        """All events so far, once there are so many."""

        def enough() -> bool:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self.got.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
            return len(self.got) >= count

        wait_for(enough, f"{count} events")
        return self.got
