# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories: create, get, list, rename, describe and delete."""

from __future__ import annotations

import re
import shutil
import uuid
from pathlib import Path

from local_region.protocol import Caller, NotImplementedInLocalRegion, ServiceError
from local_region.services.codecommit import paging
from local_region.services.codecommit.base import Base, operation
from local_region.services.codecommit.records import Info, RepositoryRecord, Store
from local_region.services.codecommit.tagging import checked_tags
from local_region.world.git import GitMissing, Repository

MOST_REPOSITORIES = 5000
MOST_IN_BATCH = 100
# Where the region's API takes git's requests. As S3 is on the same port: no bucket can have a name of two characters.
PATH = "/v1/repos/"
_NAME = re.compile(r"[\w.-]{1,100}")


class Repositories(Base):
    """CreateRepository and its relatives. `address` is the address of the region's API, set when it serves, and
    `inner_address` the one that hosts and builds reach it at."""

    address = "http://127.0.0.1"
    inner_address = "http://169.254.169.250"

    def create_repository(self, caller: Caller, params: dict) -> dict:
        name, tags = params["repositoryName"], checked_tags(params.get("tags", {}))
        with self.lock:
            store = self.store(caller.account, caller.region)
            _check_name(name)
            if name in store.repositories:
                raise _exists(name)
            if len(store.repositories) >= MOST_REPOSITORIES:
                message = f"An account may have {MOST_REPOSITORIES} repositories in a region."
                raise ServiceError("RepositoryLimitExceededException", message)
            record = self._make_repository(store, name)
            record.description, record.key, record.tags = params.get("repositoryDescription"), _key(params), tags
            store.repositories[name] = record
            return {"repositoryMetadata": self._shown(record, caller)}

    def get_repository(self, caller: Caller, params: dict) -> dict:
        with self.lock:
            record = self.store(caller.account, caller.region).repository(params["repositoryName"])
            return {"repositoryMetadata": self._shown(record, caller)}

    def batch_get_repositories(self, caller: Caller, params: dict) -> dict:
        names = params["repositoryNames"]
        if len(names) > MOST_IN_BATCH:
            message = f"At most {MOST_IN_BATCH} repositories can be asked for at once."
            raise ServiceError("MaximumRepositoryNamesExceededException", message)
        with self.lock:
            known = self.store(caller.account, caller.region).repositories
            found = [self._shown(known[name], caller) for name in names if name in known]
        return {"repositories": found, "repositoriesNotFound": [name for name in names if name not in known]}

    @operation
    def list_repositories(self, store: Store, params: dict) -> dict:
        by_date = params.get("sortBy") == "lastModifiedDate"
        found = list(store.repositories.values())
        found.sort(key=(lambda one: one.modified) if by_date else (lambda one: one.name))
        if params.get("order", "ascending") == "descending":
            found.reverse()
        shown = [{"repositoryName": one.name, "repositoryId": one.id} for one in found]
        return paging.page(shown, params, "repositories")

    @operation
    def update_repository_name(self, store: Store, params: dict) -> None:
        old, new = params["oldName"], params["newName"]
        record = store.repository(old)
        _check_name(new)
        if new == old:
            return
        if new in store.repositories:
            raise _exists(new)
        del store.repositories[old]
        record.name, record.address, record.modified = new, self._free_address(store, new), self.clock.now()
        store.repositories[new] = record

    @operation
    def update_repository_description(self, store: Store, params: dict) -> None:
        record = store.repository(params["repositoryName"])
        record.description, record.modified = params.get("repositoryDescription"), self.clock.now()

    @operation
    def update_repository_encryption_key(self, store: Store, params: dict) -> dict:
        record = store.repository(params["repositoryName"])
        before, record.key, record.modified = record.key, _key(params), self.clock.now()
        answer = {"repositoryId": record.id, "kmsKeyId": record.key}
        return answer | ({"originalKmsKeyId": before} if before else {})

    def delete_repository(self, caller: Caller, params: dict) -> dict:
        with self.lock:
            store = self.store(caller.account, caller.region)
            record = store.repositories.pop(params["repositoryName"], None)
        if record is None:  # as on AWS, no error
            return {}
        with record.lock:  # whoever pushes comes to an end first
            shutil.rmtree(record.git.path, ignore_errors=True)
        return {"repositoryId": record.id}

    def at_address(self, address: str) -> RepositoryRecord | None:
        """The repository of a clone address; None when there is none."""
        with self.lock:
            found = (one for store in self.stores.values() for one in store.repositories.values())
            return next((one for one in found if one.address == address), None)

    def find_repository(self, account: str, region: str, name: str) -> RepositoryRecord:
        """A repository, for other services. Raises LookupError, with a sentence, when it is not there."""
        with self.lock:
            record = self.store(account, region).repositories.get(name)
        if record is None:
            raise LookupError(f"The AWS CodeCommit repository {name} does not exist.")
        return record

    def clone_address(self, record: RepositoryRecord, inner: bool = False) -> str:
        """What `git clone` is given: on this machine, or (`inner`) on the region's hosts and in its builds."""
        return f"{self.inner_address if inner else self.address}{PATH}{record.address}"

    def _make_repository(self, store: Store, name: str) -> RepositoryRecord:
        identifier, now = str(uuid.uuid4()), self.clock.now()
        path = Path(self.folder, store.account, store.region, f"{identifier}.git")
        try:
            git = Repository.create(path)
        except GitMissing as missing:
            raise NotImplementedInLocalRegion(str(missing)) from None
        address = self._free_address(store, name)
        return RepositoryRecord(identifier, name, store.account, store.region, address, git, now, now)

    def _free_address(self, store: Store, name: str) -> str:
        """The name, as on AWS; there each region has a host name of its own, so here the first to come has the name."""
        if self.at_address(name) is None:
            return name
        return f"{store.account}/{store.region}/{name}"

    def _shown(self, record: RepositoryRecord, caller: Caller) -> Info:
        """RepositoryMetadata. There is no SSH server, so there is no cloneUrlSsh."""
        optional = {
            "repositoryDescription": record.description,
            "defaultBranch": record.default_branch,
            "kmsKeyId": record.key,
        }
        return {
            "accountId": record.account,
            "repositoryId": record.id,
            "repositoryName": record.name,
            "lastModifiedDate": record.modified,
            "creationDate": record.created,
            "cloneUrlHttp": self.clone_address(record, inner=caller.source_ip != "127.0.0.1"),
            "Arn": record.arn,
        } | {name: value for name, value in optional.items() if value is not None}


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.endswith(".git"):
        raise ServiceError(
            "InvalidRepositoryNameException",
            "A repository's name has 1 to 100 letters, digits, periods, underscores and dashes, and does not end in "
            ".git.",
        )


def _key(params: dict) -> str | None:
    return params.get("kmsKeyId")


def _exists(name: str) -> ServiceError:
    return ServiceError("RepositoryNameExistsException", f"Repository named {name} already exists")
