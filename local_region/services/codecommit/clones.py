# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeCommit's repositories as other services of the region use them: which commit, and where to clone it."""

from __future__ import annotations

from local_region.services.codecommit.repositories import Repositories
from local_region.world.git_objects import entry, read_blob


class Clones(Repositories):
    """Nothing of the API."""

    def resolve(self, account: str, region: str, name: str, version: str | None = None) -> str:
        """The commit of a branch, a tag, a commit's id, or of the default branch. Raises LookupError, with a sentence,
        for a repository or a version that is not there."""
        commit_id = self.find_repository(account, region, name).git.resolve(version or "HEAD")
        if commit_id is None:
            what = version or "commit of a default branch"
            raise LookupError(f"The AWS CodeCommit repository {name} has no {what}.")
        return commit_id

    def file(self, account: str, region: str, name: str, commit_id: str, path: str) -> bytes:
        """A file of a commit. Raises LookupError, with a sentence, when it is not there."""
        git = self.find_repository(account, region, name).git
        found = entry(git, commit_id, path)
        if found is None:
            raise LookupError(f"The AWS CodeCommit repository {name} has no file {path} in {commit_id}.")
        return read_blob(git, found.id)

    def clone_url(self, account: str, region: str, name: str) -> str:
        """Where a host or a build of the region clones a repository from. Raises LookupError."""
        return self.clone_address(self.find_repository(account, region, name), inner=True)
