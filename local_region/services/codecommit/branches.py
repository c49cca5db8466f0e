# SPDX-License-Identifier: GPL-3.0-or-later
"""Branches: create, get, list, delete; and which is the default."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services.codecommit import errors, paging
from local_region.services.codecommit.base import Base, on_repository, user_of
from local_region.services.codecommit.records import Info, RepositoryRecord
from local_region.world.git import BRANCHES, GitFailed


class Branches(Base):
    """CreateBranch and its relatives."""

    @on_repository
    def create_branch(self, repository: RepositoryRecord, params: dict) -> None:
        name, commit_id = params["branchName"], params["commitId"]
        check_branch_name(repository, name)
        with self.references.changing(repository, user_of(repository.account)):
            if repository.git.branch(name):
                raise ServiceError("BranchNameExistsException", f"The branch {name} already exists")
            if repository.git.resolve(commit_id) != commit_id:
                raise errors.no_commit(commit_id)
            repository.git.set_reference(f"{BRANCHES}{name}", commit_id)

    @on_repository
    def get_branch(self, repository: RepositoryRecord, params: dict) -> dict:
        name = params["branchName"]
        commit_id = repository.git.branch(name)
        if commit_id is None:
            raise errors.no_branch(name)
        return {"branch": _shown(name, commit_id)}

    @on_repository
    def list_branches(self, repository: RepositoryRecord, params: dict) -> dict:
        return paging.page(list(repository.git.branches()), params, "branches")

    @on_repository
    def delete_branch(self, repository: RepositoryRecord, params: dict) -> dict:
        name = params["branchName"]
        with self.references.changing(repository, user_of(repository.account)):
            commit_id = repository.git.branch(name)
            if commit_id is None:
                return {}
            if name == repository.default_branch:
                message = f"The branch {name} is the repository's default branch: it cannot be deleted"
                raise ServiceError("DefaultBranchCannotBeDeletedException", message)
            repository.git.delete_reference(f"{BRANCHES}{name}")
        return {"deletedBranch": _shown(name, commit_id)}

    @on_repository
    def update_default_branch(self, repository: RepositoryRecord, params: dict) -> None:
        name = params["defaultBranchName"]
        with repository.lock:
            if repository.git.branch(name) is None:
                raise errors.no_branch(name)
            repository.git.set_default_branch(name)
            repository.default_branch, repository.modified = name, self.clock.now()


def check_branch_name(repository: RepositoryRecord, name: str) -> None:
    """Raises InvalidBranchNameException for what git takes for no branch's name."""
    try:
        repository.git.run("check-ref-format", f"{BRANCHES}{name}")
    except GitFailed:
        raise ServiceError("InvalidBranchNameException", f"{name} is not a valid name for a branch") from None


def _shown(name: str, commit_id: str) -> Info:
    return {"branchName": name, "commitId": commit_id}
