# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeCommit's errors that several resources raise."""

from __future__ import annotations

from local_region.protocol import ServiceError


def no_repository(name: str) -> ServiceError:
    return ServiceError("RepositoryDoesNotExistException", f"{name} does not exist")


def no_branch(name: str) -> ServiceError:
    return ServiceError("BranchDoesNotExistException", f"The branch {name} does not exist")


def no_commit(specifier: str) -> ServiceError:
    return ServiceError("CommitDoesNotExistException", f"The commit {specifier} does not exist")


def no_commit_id(commit_id: str) -> ServiceError:
    return ServiceError("CommitIdDoesNotExistException", f"The commit {commit_id} does not exist")
