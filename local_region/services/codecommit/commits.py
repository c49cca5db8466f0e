# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits as they are: what one says, what differs between two, which have changed a file."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services.codecommit import errors
from local_region.services.codecommit.base import Base, on_repository
from local_region.services.codecommit.records import Info, RepositoryRecord
from local_region.world.git_objects import Commit, Person, read_commit

MOST_IN_BATCH = 100


class Commits(Base):
    """GetCommit, BatchGetCommits."""

    @on_repository
    def get_commit(self, repository: RepositoryRecord, params: dict) -> dict:
        commit_id = params["commitId"]
        if repository.git.resolve(commit_id) != commit_id:
            raise errors.no_commit_id(commit_id)
        return {"commit": shown_commit(read_commit(repository.git, commit_id))}

    @on_repository
    def batch_get_commits(self, repository: RepositoryRecord, params: dict) -> dict:
        wanted = params["commitIds"]
        if len(wanted) > MOST_IN_BATCH:
            message = f"At most {MOST_IN_BATCH} commits can be asked for at once."
            raise ServiceError("CommitIdsLimitExceededException", message)
        found = [one for one in wanted if repository.git.resolve(one) == one]
        refused = [
            {"commitId": one, "errorCode": "CommitIdDoesNotExist", "errorMessage": f"The commit {one} does not exist"}
            for one in wanted
            if one not in found
        ]
        return {"commits": [shown_commit(read_commit(repository.git, one)) for one in found], "errors": refused}


def shown_commit(commit: Commit) -> Info:
    """Commit of the API."""
    return {
        "commitId": commit.id,
        "treeId": commit.tree,
        "parents": list(commit.parents),
        "message": commit.message,
        "author": _shown_person(commit.author),
        "committer": _shown_person(commit.committer),
        "additionalData": commit.extra,
    }


def _shown_person(person: Person) -> Info:
    return {"name": person.name, "email": person.email, "date": person.date}


def resolved(repository: RepositoryRecord, specifier: str | None) -> str:
    """The commit that a branch, tag, HEAD or id stands for; the default branch's without one."""
    found = repository.git.resolve(specifier or "HEAD")
    if found is None:
        raise errors.no_commit(specifier or "HEAD")
    return found
