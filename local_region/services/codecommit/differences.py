# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two commits, and which commits have changed a file."""

from __future__ import annotations

from local_region.services.codecommit import paging
from local_region.services.codecommit.base import Base, on_repository
from local_region.services.codecommit.commits import resolved, shown_commit
from local_region.services.codecommit.files import no_file
from local_region.services.codecommit.records import Info, RepositoryRecord
from local_region.world.git_objects import Change, Entry, changes, entry, history, read_commit

MOST_DIFFERENCES = 100
MOST_HISTORY = 50


class Differences(Base):
    """GetDifferences, ListFileCommitHistory."""

    @on_repository
    def get_differences(self, repository: RepositoryRecord, params: dict) -> dict:
        before = params.get("beforeCommitSpecifier")
        after = resolved(repository, params["afterCommitSpecifier"])
        found = changes(repository.git, resolved(repository, before) if before else None, after)
        paths = [params[name].strip("/") for name in ("beforePath", "afterPath") if name in params]
        wanted = [_shown(one) for one in found if not paths or any(_within(one, path) for path in paths)]
        return paging.page(wanted, params, "differences", most=MOST_DIFFERENCES, token="NextToken", limit="MaxResults")

    @on_repository
    def list_file_commit_history(self, repository: RepositoryRecord, params: dict) -> dict:
        start, path = resolved(repository, params.get("commitSpecifier")), params["filePath"].strip("/")
        found = history(repository.git, start, path)
        if not found:
            raise no_file(path)
        versions = []
        for newer, commit_id in zip([None, *found], found, strict=False):
            blob = entry(repository.git, commit_id, path)
            version = {"commit": shown_commit(read_commit(repository.git, commit_id)), "path": path}
            version["revisionChildren"] = [newer] if newer else []
            versions.append(version | ({"blobId": blob.id} if blob else {}))
        return paging.page(versions, params, "revisionDag", most=MOST_HISTORY)


def _within(change: Change, path: str) -> bool:
    name = (change.after or change.before).path
    return name == path or name.startswith(f"{path}/")


def _shown(change: Change) -> Info:
    """Difference of the API."""
    sides = {"beforeBlob": change.before, "afterBlob": change.after}
    return {"changeType": change.kind} | {name: _blob(one) for name, one in sides.items() if one}


def _blob(one: Entry) -> Info:
    return {"blobId": one.id, "path": one.path, "mode": one.mode}
