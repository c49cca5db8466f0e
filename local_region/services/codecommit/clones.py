# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeCommit's repositories as other services of the region use them: which commit, and where to clone it."""

from __future__ import annotations

from local_region.services.codecommit.repositories import Repositories


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

    def clone_url(self, account: str, region: str, name: str) -> str:
        """Where a host or a build of the region clones a repository from. Raises LookupError."""
        return self.clone_address(self.find_repository(account, region, name), inner=True)
