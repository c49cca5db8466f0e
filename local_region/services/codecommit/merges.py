# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging branches: fast-forward, squash, three-way. What conflicts has to be merged by hand, with git."""

from __future__ import annotations

from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.services.codecommit.base import Base, on_repository, user_of
from local_region.services.codecommit.commits import resolved
from local_region.services.codecommit.commits_made import AUTHOR
from local_region.services.codecommit.errors import no_branch
from local_region.services.codecommit.records import Info, RepositoryRecord
from local_region.world.git import BRANCHES, GitFailed
from local_region.world.git_commits import Signature, write_commit
from local_region.world.git_merges import merge_base, merged_tree

FAST_FORWARD, SQUASH, THREE_WAY = "FAST_FORWARD_MERGE", "SQUASH_MERGE", "THREE_WAY_MERGE"


class Merges(Base):
    """MergeBranchesBy..., GetMergeOptions."""

    @on_repository
    def merge_branches_by_fast_forward(self, repository: RepositoryRecord, params: dict) -> dict:
        return self._merge_branches(repository, params, FAST_FORWARD)

    @on_repository
    def merge_branches_by_squash(self, repository: RepositoryRecord, params: dict) -> dict:
        return self._merge_branches(repository, params, SQUASH)

    @on_repository
    def merge_branches_by_three_way(self, repository: RepositoryRecord, params: dict) -> dict:
        return self._merge_branches(repository, params, THREE_WAY)

    @on_repository
    def get_merge_options(self, repository: RepositoryRecord, params: dict) -> dict:
        _require_no_strategy(params)
        source = resolved(repository, params["sourceCommitSpecifier"])
        destination = resolved(repository, params["destinationCommitSpecifier"])
        base = merge_base(repository.git, source, destination)
        possible = [FAST_FORWARD] if base == destination else []
        if base and _tree(repository, destination, source):
            possible += [SQUASH, THREE_WAY]
        return {
            "mergeOptions": possible,
            "sourceCommitId": source,
            "destinationCommitId": destination,
            "baseCommitId": base or "",
        }

    def merge(self, repository: RepositoryRecord, branch: str, source: str, option: str, params: Info) -> str:
        """Merges a commit into a branch, with the repository's references held. Returns the branch's new commit.

        `params` may have authorName, email and commitMessage. Raises ManualMergeRequiredException.
        """
        _require_no_strategy(params)
        destination = repository.git.branch(branch)
        if destination is None:
            raise no_branch(branch)
        commit = self._merged(repository, destination, source, option, params)
        repository.git.set_reference(f"{BRANCHES}{branch}", commit, destination)
        return commit

    def _merge_branches(self, repository: RepositoryRecord, params: Info, option: str) -> Info:
        branch = params.get("targetBranch", params["destinationCommitSpecifier"]).removeprefix(BRANCHES)
        with self.references.changing(repository, user_of(repository.account)):
            source = resolved(repository, params["sourceCommitSpecifier"])
            if resolved(repository, params["destinationCommitSpecifier"]) != repository.git.branch(branch):
                message = f"targetBranch must be the branch that the destination is the newest commit of, not {branch}"
                raise ServiceError("InvalidTargetBranchException", message)
            commit = self.merge(repository, branch, source, option, params)
        return {"commitId": commit, "treeId": repository.git.resolve(commit, "tree")}

    def _merged(self, repository: RepositoryRecord, destination: str, source: str, option: str, params: Info) -> str:
        base = merge_base(repository.git, source, destination)
        if option == FAST_FORWARD:
            if base != destination:
                raise _by_hand("the destination has commits that the source has not")
            return source
        tree = _tree(repository, destination, source) if base else None
        if tree is None:
            raise _by_hand("files conflict")
        parents = [destination] if option == SQUASH else [destination, source]
        author, seconds = params.get("authorName", AUTHOR), int(self.clock.now().timestamp())
        signature = Signature(author, params.get("email", ""), seconds)
        return write_commit(repository.git, tree, parents, params.get("commitMessage", ""), signature)


def _tree(repository: RepositoryRecord, destination: str, source: str) -> str | None:
    """Both merged; None when files conflict."""
    try:
        return merged_tree(repository.git, destination, source)
    except GitFailed as failed:
        raise NotImplementedInLocalRegion(f"The local region merges with git 2.38 or newer ({failed}).") from None


def _require_no_strategy(params: Info) -> None:
    if params.get("conflictResolutionStrategy", "NONE") != "NONE" or "conflictResolution" in params:
        raise NotImplementedInLocalRegion(
            "The local region resolves no conflicts (conflictResolutionStrategy, conflictResolution): merge with git, "
            "and push."
        )


def _by_hand(why: str) -> ServiceError:
    return ServiceError("ManualMergeRequiredException", f"The commits cannot be merged like this: {why}")
