# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull requests: create, get, list, change, merge.

Approval rules are refused: the region knows one user only, who could never approve what he has asked for.
"""

from __future__ import annotations

import uuid

from local_region.protocol import Caller, ServiceError
from local_region.services.codecommit import paging
from local_region.services.codecommit.base import on_repository, user_of
from local_region.services.codecommit.merges import FAST_FORWARD, SQUASH, THREE_WAY, Merges
from local_region.services.codecommit.pull_request_views import event, shown
from local_region.services.codecommit.records import Info, PullRequest, RepositoryRecord
from local_region.services.codecommit.references import Move
from local_region.services.outbox import Outbox
from local_region.world.git import BRANCHES
from local_region.world.git_merges import merge_base

Found = tuple[RepositoryRecord, PullRequest]


class PullRequests(Merges):
    """CreatePullRequest and its relatives. A repository's lock guards its pull requests."""

    outbox: Outbox

    def create_pull_request(self, caller: Caller, params: dict) -> dict:
        if len(params["targets"]) != 1:
            message = "A pull request has one target."
            raise ServiceError("MultipleRepositoriesInPullRequestException", message)
        target = params["targets"][0]
        with self.lock:
            store = self.store(caller.account, caller.region)
            repository = store.repository(target["repositoryName"])
            store.pull_requests_made += 1
            identifier = str(store.pull_requests_made)
        with repository.lock:
            if again := _with_token(repository, params):
                return {"pullRequest": shown(repository, again)}
            made = self._make_request(repository, identifier, params, target)
            repository.pull_requests[identifier] = made
            ids = {"sourceCommitId": made.source_commit, "destinationCommitId": made.destination_commit}
            told = {"repositoryName": repository.name, **ids, **({"mergeBase": made.base} if made.base else {})}
            self._happened(repository, made, "CREATED", pullRequestCreatedEventMetadata=told)
            return {"pullRequest": shown(repository, made)}

    def get_pull_request(self, caller: Caller, params: dict) -> dict:
        return {"pullRequest": shown(*self.pull_request(caller, params))}

    @on_repository
    def list_pull_requests(self, repository: RepositoryRecord, params: dict) -> dict:
        status, author = params.get("pullRequestStatus"), params.get("authorArn")
        found = [
            one.id
            for one in reversed(list(repository.pull_requests.values()))
            if (status is None or one.status == status) and (author is None or one.author == author)
        ]
        return paging.page(found, params, "pullRequestIds")

    def update_pull_request_title(self, caller: Caller, params: dict) -> dict:
        repository, found = self.pull_request(caller, params, open_only=True)
        found.title, found.active = params["title"], self.clock.now()
        return {"pullRequest": shown(repository, found)}

    def update_pull_request_description(self, caller: Caller, params: dict) -> dict:
        repository, found = self.pull_request(caller, params, open_only=True)
        found.description, found.active = params["description"], self.clock.now()
        return {"pullRequest": shown(repository, found)}

    def update_pull_request_status(self, caller: Caller, params: dict) -> dict:
        repository, found = self.pull_request(caller, params)
        with repository.lock:
            if params["pullRequestStatus"] == "OPEN":
                if found.status == "OPEN":
                    return {"pullRequest": shown(repository, found)}
                message = "A pull request that is closed cannot be opened again"
                raise ServiceError("InvalidPullRequestStatusUpdateException", message)
            if found.status == "OPEN":
                self._close(repository, found)
            return {"pullRequest": shown(repository, found)}

    def merge_pull_request_by_fast_forward(self, caller: Caller, params: dict) -> dict:
        return self._merge_request(caller, params, FAST_FORWARD)

    def merge_pull_request_by_squash(self, caller: Caller, params: dict) -> dict:
        return self._merge_request(caller, params, SQUASH)

    def merge_pull_request_by_three_way(self, caller: Caller, params: dict) -> dict:
        return self._merge_request(caller, params, THREE_WAY)

    def describe_pull_request_events(self, caller: Caller, params: dict) -> dict:
        _, found = self.pull_request(caller, params)
        kind, actor = params.get("pullRequestEventType"), params.get("actorArn")
        events = [
            one
            for one in found.events
            if (kind is None or one["pullRequestEventType"] == kind) and (actor is None or one["actorArn"] == actor)
        ]
        return paging.page(events, params, "pullRequestEvents", most=100)

    def pull_request(self, caller: Caller, params: dict, open_only: bool = False) -> Found:
        """The one that pullRequestId names. Raises PullRequestDoesNotExistException."""
        identifier = params["pullRequestId"]
        with self.lock:
            repositories = list(self.store(caller.account, caller.region).repositories.values())
        for repository in repositories:
            if found := repository.pull_requests.get(identifier):
                if open_only and found.status != "OPEN":
                    raise _closed(found)
                return repository, found
        raise ServiceError("PullRequestDoesNotExistException", f"The pull request {identifier} does not exist")

    def follow_sources(self, repository: RepositoryRecord, moves: list[Move]) -> None:
        """References have changed, and with them the open pull requests of which one is the source."""
        by_name = {one.name: one for one in moves if one.new}
        for request in repository.pull_requests.values():
            move = by_name.get(request.source)
            if move is None or request.status != "OPEN":
                continue
            before, request.source_commit, request.revision = request.source_commit, move.new, uuid.uuid4().hex
            request.base = merge_base(repository.git, request.source_commit, request.destination_commit)
            told = {"repositoryName": repository.name, "beforeCommitId": before, "afterCommitId": move.new}
            kind = "SOURCE_REFERENCE_UPDATED"
            self._happened(repository, request, kind, pullRequestSourceReferenceUpdatedEventMetadata=told)

    def _make_request(self, repository: RepositoryRecord, identifier: str, params: Info, target: Info) -> PullRequest:
        source = _reference(target["sourceReference"])
        destination = _reference(target.get("destinationReference") or repository.default_branch or "main")
        if source == destination:
            message = "The source and the destination of a pull request are different branches"
            raise ServiceError("SourceAndDestinationAreSameException", message)
        commits = [repository.git.resolve(one) for one in (source, destination)]
        for name, commit in zip((source, destination), commits, strict=True):
            if commit is None:
                raise ServiceError("ReferenceDoesNotExistException", f"The reference {name} does not exist")
        base, now = merge_base(repository.git, *commits), self.clock.now()
        return PullRequest(
            identifier,
            params["title"],
            params.get("description"),
            source,
            destination,
            *commits,
            base,
            user_of(repository.account),
            now,
            now,
            uuid.uuid4().hex,
            params.get("clientRequestToken"),
        )

    def _merge_request(self, caller: Caller, params: Info, option: str) -> Info:
        repository, request = self.pull_request(caller, params, open_only=True)
        if params["repositoryName"] != repository.name:
            message = f"The pull request {request.id} is not of the repository {params['repositoryName']}"
            raise ServiceError("RepositoryNotAssociatedWithPullRequestException", message)
        by = user_of(repository.account)
        with self.references.changing(repository, by):
            if request.status != "OPEN":
                raise _closed(request)
            source = repository.git.resolve(request.source)
            if source is None:
                raise ServiceError("ReferenceDoesNotExistException", f"The reference {request.source} does not exist")
            if params.get("sourceCommitId", source) != source:
                message = f"The newest commit of {request.source} is {source}"
                raise ServiceError("TipOfSourceReferenceIsDifferentException", message)
            destination = repository.git.resolve(request.destination) or request.destination_commit
            branch = request.destination.removeprefix(BRANCHES)
            commit = self.merge(repository, branch, source, option, params)
            request.destination_commit = destination
            request.merge = {"isMerged": True, "mergedBy": by, "mergeCommitId": commit, "mergeOption": option}
            told = {"repositoryName": repository.name, "destinationReference": request.destination}
            told["mergeMetadata"] = request.merge
            self._happened(repository, request, "MERGE_STATE_CHANGED", pullRequestMergedStateChangedEventMetadata=told)
            self._close(repository, request)
        return {"pullRequest": shown(repository, request)}

    def _close(self, repository: RepositoryRecord, request: PullRequest) -> None:
        request.status = "CLOSED"
        told = {"pullRequestStatus": "CLOSED"}
        self._happened(repository, request, "STATUS_CHANGED", pullRequestStatusChangedEventMetadata=told)

    def _happened(self, repository: RepositoryRecord, request: PullRequest, kind: str, **metadata: Info) -> None:
        """Notes an event of a pull request, and tells the event bus."""
        request.active = self.clock.now()
        request.events.append(
            {
                "pullRequestId": request.id,
                "eventDate": request.active,
                "pullRequestEventType": f"PULL_REQUEST_{kind}",
                "actorArn": user_of(repository.account),
                **metadata,
            }
        )
        self.outbox.put(repository.account, repository.region, event(repository, request, kind))


def _reference(name: str) -> str:
    return name if name.startswith(BRANCHES) else f"{BRANCHES}{name}"


def _with_token(repository: RepositoryRecord, params: Info) -> PullRequest | None:
    """The pull request that was made with the same clientRequestToken."""
    token = params.get("clientRequestToken")
    return next((one for one in repository.pull_requests.values() if token and one.token == token), None)


def _closed(request: PullRequest) -> ServiceError:
    return ServiceError("PullRequestAlreadyClosedException", f"The pull request {request.id} is closed")
