# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source action that reads a Git repository puts out: the files of a commit, or where CodeBuild may clone it.

Source: user guide, "CodeCommit source action reference", OutputArtifactFormat.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from local_region.services.codepipeline.actions.performer import Info, bad_action
from local_region.world.git import Repository
from local_region.world.git_objects import Commit, archive

CODE_ZIP, CLONE_REF = "CODE_ZIP", "CODEBUILD_CLONE_REF"
# ExecutionSummary and RevisionSummary of the API.
MOST_CHARACTERS = 2048
FORMATS = (CODE_ZIP, CLONE_REF)


@dataclass(frozen=True)
class CloneReference:
    """What an artifact of the format CODEBUILD_CLONE_REF holds, as JSON: where a build clones from, and which commit.

    AWS does not say what is in one of its own; only CodeBuild reads them.
    """

    url: str
    commit: str

    @classmethod
    def of(cls, artifact: bytes) -> CloneReference | None:
        """The reference that an artifact is; None for one that is something else (a zip)."""
        try:
            held = json.loads(artifact)[CLONE_REF]
            return cls(held["url"], held["commit"])
        except (ValueError, KeyError, TypeError):
            return None

    def artifact(self) -> bytes:
        return json.dumps({CLONE_REF: asdict(self)}).encode()


def message_of(commit: Commit) -> str:
    """A commit's message as variables and summaries have it."""
    return commit.message.rstrip("\n")[:MOST_CHARACTERS]


def packed(configuration: Info, repository: Repository, commit_id: str, url: str) -> bytes:
    """The output artifact of a commit, in the format that the action's configuration asks for."""
    if configuration.get("OutputArtifactFormat", CODE_ZIP) == CLONE_REF:
        return CloneReference(url, commit_id).artifact()
    return archive(repository, commit_id)


def check_choice(declaration: Info, key: str, allowed: tuple[str, ...]) -> None:
    """Refuses a configuration value that is none of those allowed."""
    value = declaration["configuration"].get(key, allowed[0])
    if value not in allowed:
        raise bad_action(
            f"{key} of the action '{declaration['name']}' is {value!r}: it must be {' or '.join(allowed)}."
        )
