# SPDX-License-Identifier: GPL-3.0-or-later
"""Source, CodeCommit: a branch's newest commit. Source: user guide, "CodeCommit source action reference"."""

from __future__ import annotations

from local_region.services.codecommit import CodeCommit
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
)
from local_region.world.git_objects import read_commit


class CodeCommitSource(Performer):
    """Takes the branch's newest commit as it is when the action begins, or the one the execution was started with.

    An EventBridge rule starts a pipeline; which commit its event tells of goes with it only where the rule has an input
    transformer that names it as a source revision, as on AWS.
    """

    type = Type(
        "Source",
        "CodeCommit",
        (
            Property("RepositoryName", required=True, key=True),
            Property("BranchName", required=True, key=True),
            Property("PollForSourceChanges"),
            Property("OutputArtifactFormat"),
        ),
        outputs=(1, 1),
    )

    def __init__(self, codecommit: CodeCommit):
        self._codecommit = codecommit

    def check(self, declaration: Info) -> None:
        check_choice(declaration, "PollForSourceChanges", ("true", "false"))
        check_choice(declaration, "OutputArtifactFormat", FORMATS)

    def start(self, job: Job) -> Outcome:
        name, branch = job.configuration["RepositoryName"], job.configuration["BranchName"]
        try:
            repository = self._codecommit.find_repository(job.account, job.region, name)
        except LookupError as missing:
            return Failed(str(missing), "ConfigurationError")
        wanted = (job.source_revision or {}).get("revisionValue")
        commit_id = repository.git.resolve(wanted) if wanted else repository.git.branch(branch)
        if commit_id is None:
            what = f"commit {wanted}" if wanted else f"branch {branch}"
            return Failed(f"The AWS CodeCommit repository {name} has no {what}.", "ConfigurationError")
        url = self._codecommit.clone_address(repository, inner=True)
        job.write(job.outputs[0], packed(job.configuration, repository.git, commit_id, url))
        commit = read_commit(repository.git, commit_id)
        variables = {
            "RepositoryName": name,
            "BranchName": branch,
            "CommitId": commit_id,
            "CommitMessage": message_of(commit),
            "AuthorDate": commit.author.timestamp,
            "CommitterDate": commit.committer.timestamp,
        }
        job.summary, job.external_id = message_of(commit), commit_id
        page = (
            f"https://{job.region}.console.aws.amazon.com/codesuite/codecommit/repositories/{name}/commit/{commit_id}"
        )
        job.external_url = f"{page}?region={job.region}"
        return Succeeded(variables, Revision(commit_id, job.summary, job.external_url))

    def current_revision(self, account: str, region: str, declaration: Info) -> str | None:
        configuration = declaration["configuration"]
        if configuration.get("PollForSourceChanges", "true").lower() == "false":
            return None
        try:
            repository = self._codecommit.find_repository(account, region, configuration["RepositoryName"])
        except LookupError:
            return None
        return repository.git.branch(configuration["BranchName"])
