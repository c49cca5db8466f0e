# SPDX-License-Identifier: GPL-3.0-or-later
"""Source, CodeStarSourceConnection: a repository of GitHub, GitLab, Bitbucket and the like.

Source: user guide, "CodeStarSourceConnection for Bitbucket Cloud, GitHub, ...".
"""

from __future__ import annotations

import re

from local_region.services.codeconnections.directory import Directory
from local_region.services.codeconnections.git_server import clone_address
from local_region.services.codeconnections.watch import Watch
from local_region.services.codepipeline.actions.git_artifacts import FORMATS, check_choice, message_of, packed
from local_region.services.codepipeline.actions.performer import (
    Failed,
    Info,
    Job,
    Outcome,
    Performer,
    Property,
    Revision,
    Succeeded,
    Type,
    bad_action,
)
from local_region.world.git import GitFailed, GitMissing
from local_region.world.git_objects import read_commit

_ARN = re.compile(r"arn:aws(-[\w]+)*:(codestar-connections|codeconnections):[^:]+:[0-9]{12}:connection/.+")
_REPOSITORY = re.compile(r"[^/\s]+(/[^/\s]+)+")


class ConnectionSource(Performer):
    """Takes the branch's newest commit, or the one whose push has started the execution."""

    type = Type(
        "Source",
        "CodeStarSourceConnection",
        (
            Property("ConnectionArn", required=True, key=True),
            Property("FullRepositoryId", required=True, key=True),
            Property("BranchName", required=True, key=True),
            Property("OutputArtifactFormat"),
            Property("DetectChanges"),
        ),
        outputs=(1, 1),
    )

    def __init__(self, directory: Directory, watch: Watch):
        self._directory, self._watch = directory, watch

    def check(self, declaration: Info) -> None:
        configuration, name = declaration["configuration"], declaration["name"]
        if not _ARN.fullmatch(configuration["ConnectionArn"]):
            raise bad_action(f"ConnectionArn of the action '{name}' is not the ARN of a connection.")
        if not _REPOSITORY.fullmatch(configuration["FullRepositoryId"]):
            raise bad_action(f"FullRepositoryId of the action '{name}' must be of the form owner/repository.")
        check_choice(declaration, "DetectChanges", ("true", "false"))
        check_choice(declaration, "OutputArtifactFormat", FORMATS)

    def declared(self, declaration: Info) -> None:
        configuration = declaration["configuration"]
        self._watch.add(configuration["ConnectionArn"], configuration["FullRepositoryId"])

    def start(self, job: Job) -> Outcome:
        try:
            return self._take(job)
        except LookupError as missing:
            return Failed(str(missing), "ConfigurationError")
        except (GitFailed, GitMissing) as error:
            full_id = job.configuration["FullRepositoryId"]
            return Failed(f"The repository {full_id} cannot be read: {error}", "ConfigurationError")

    def _take(self, job: Job) -> Outcome:
        arn, full_id = job.configuration["ConnectionArn"], job.configuration["FullRepositoryId"]
        wanted = job.source_revision or {}
        branch = wanted.get("branch", job.configuration["BranchName"])
        repository = self._directory.use(arn, full_id)
        given = wanted.get("revisionValue")
        commit_id = repository.resolve(given) if given else repository.branch(branch)
        if commit_id is None:
            what = f"commit {given}" if given else f"branch {branch}"
            return Failed(f"The repository {full_id} has no {what}.", "ConfigurationError")
        url = clone_address(self._directory, self._directory.find(arn), full_id)
        job.write(job.outputs[0], packed(job.configuration, repository, commit_id, url))
        commit = read_commit(repository, commit_id)
        job.summary, job.external_id = message_of(commit), commit_id
        variables = {
            "ConnectionArn": arn,
            "FullRepositoryName": full_id,
            "BranchName": branch,
            "CommitId": commit_id,
            "CommitMessage": message_of(commit),
            "AuthorDate": commit.author.timestamp,
            "AuthorDisplayName": commit.author.name,
            "AuthorEmail": commit.author.email,
        }
        return Succeeded(variables, Revision(commit_id, job.summary))
