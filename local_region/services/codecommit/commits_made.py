# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits made through the API: CreateCommit, PutFile, DeleteFile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_region.protocol import ServiceError
from local_region.services.codecommit import errors
from local_region.services.codecommit.base import Base, on_repository, user_of
from local_region.services.codecommit.branches import check_branch_name
from local_region.services.codecommit.records import Info, RepositoryRecord
from local_region.services.codecommit.tree_changes import TreeChanges
from local_region.world.git import BRANCHES
from local_region.world.git_commits import Signature, write_commit, write_tree
from local_region.world.git_objects import entries

# Source: user guide, "Quotas in AWS CodeCommit": files in one commit of the API.
MOST_FILES = 100
AUTHOR = "root"


class CommitsMade(Base):
    """Each makes one commit on top of a branch. Who is not named as its author is the account's root."""

    @on_repository
    def create_commit(self, repository: RepositoryRecord, params: dict) -> dict:
        put, deleted, modes = (params.get(name, []) for name in ("putFiles", "deleteFiles", "setFileModes"))
        if not put and not deleted and not modes:
            raise ServiceError("FileEntryRequiredException", "The commit needs files: putFiles, deleteFiles ...")
        if len(put) + len(deleted) + len(modes) > MOST_FILES:
            message = f"One commit may change {MOST_FILES} files"
            raise ServiceError("MaximumFileEntriesExceededException", message)

        def fill(tree: TreeChanges) -> None:
            for one in deleted:
                tree.remove(one["filePath"])
            for one in put:
                _put(tree, one)
            for one in modes:
                tree.set_mode(one["filePath"], one["fileMode"])
            if params.get("keepEmptyFolders"):
                tree.keep_folders()

        commit_id, tree_id, tree = self._commit(repository, params, params.get("authorName"), fill)
        return {"commitId": commit_id, "treeId": tree_id, **tree.shown()}

    @on_repository
    def put_file(self, repository: RepositoryRecord, params: dict) -> dict:
        path = params["filePath"]

        def fill(tree: TreeChanges) -> None:
            if not tree.is_new(tree.put_file(path, params["fileContent"], params.get("fileMode"))):
                raise ServiceError("SameFileContentException", f"{path} has that content already")

        commit_id, tree_id, tree = self._commit(repository, params, params.get("name"), fill)
        return {"commitId": commit_id, "blobId": tree.put[path].blob, "treeId": tree_id}

    @on_repository
    def delete_file(self, repository: RepositoryRecord, params: dict) -> dict:
        path = params["filePath"]

        def fill(tree: TreeChanges) -> None:
            tree.remove(path)
            if params.get("keepEmptyFolders"):
                tree.keep_folders()

        if repository.git.branch(params["branchName"]) is None:
            raise errors.no_branch(params["branchName"])
        commit_id, tree_id, tree = self._commit(repository, params, params.get("name"), fill)
        return {"commitId": commit_id, "blobId": tree.removed[path].id, "treeId": tree_id, "filePath": path}

    def _commit(
        self, repository: RepositoryRecord, params: Info, author: str | None, fill: Callable[[TreeChanges], Any]
    ) -> tuple[str, str, TreeChanges]:
        """(commit, its tree, what has changed) of a new commit on a branch, with what `fill` puts and removes."""
        branch, message = params["branchName"], params.get("commitMessage", "")
        check_branch_name(repository, branch)
        with self.references.changing(repository, user_of(repository.account)):
            parent = _parent(repository, branch, params.get("parentCommitId"))
            tree = TreeChanges(repository.git, entries(repository.git, parent, recursive=True) if parent else [])
            fill(tree)
            tree_id = write_tree(repository.git, parent, tree.changes())
            signature = Signature(author or AUTHOR, params.get("email", ""), int(self.clock.now().timestamp()))
            commit_id = write_commit(repository.git, tree_id, [parent] if parent else [], message, signature)
            repository.git.set_reference(f"{BRANCHES}{branch}", commit_id, parent or "0" * 40)
        return commit_id, tree_id, tree


def _parent(repository: RepositoryRecord, branch: str, given: str | None) -> str | None:
    """The commit to go on from: the branch's newest, which the caller must know. None in an empty repository."""
    newest = repository.git.branch(branch)
    if newest is None:
        if repository.git.branches():
            raise errors.no_branch(branch)
        return None
    if given is None:
        raise ServiceError("ParentCommitIdRequiredException", f"The branch {branch} has commits: name its newest")
    if repository.git.resolve(given) != given:
        raise ServiceError("ParentCommitDoesNotExistException", f"The commit {given} does not exist")
    if given != newest:
        message = f"The newest commit of the branch {branch} is {newest}, not {given}"
        raise ServiceError("ParentCommitIdOutdatedException", message)
    return newest


def _put(tree: TreeChanges, one: Info) -> None:
    path, mode = one["filePath"], one.get("fileMode")
    if "fileContent" in one and "sourceFile" in one:
        message = f"{path}: give either fileContent or sourceFile"
        raise ServiceError("FileContentAndSourceFileSpecifiedException", message)
    if "sourceFile" in one:
        tree.copy_file(path, one["sourceFile"], mode)
    elif "fileContent" in one:
        tree.put_file(path, one["fileContent"], mode)
    else:
        raise ServiceError("SourceFileOrContentRequiredException", f"{path}: give fileContent or sourceFile")
