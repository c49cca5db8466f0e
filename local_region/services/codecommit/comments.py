# SPDX-License-Identifier: GPL-3.0-or-later
"""Comments on pull requests, and answers to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from local_region.protocol import Caller, ServiceError
from local_region.services.codecommit import paging
from local_region.services.codecommit.base import user_of
from local_region.services.codecommit.pull_requests import PullRequests
from local_region.services.codecommit.records import CommentRecord, Info, PullRequest, RepositoryRecord

# Source: user guide, "Quotas in AWS CodeCommit".
MOST_CHARACTERS = 10240
_PLACE = ("pullRequestId", "repositoryName", "beforeCommitId", "afterCommitId", "location")


class Comments(PullRequests):
    """PostCommentForPullRequest, PostCommentReply, GetComment ... Reactions and comments on commits are refused."""

    def post_comment_for_pull_request(self, caller: Caller, params: dict) -> dict:
        repository, request = self.pull_request(caller, params)
        if params["repositoryName"] != repository.name:
            message = f"The pull request {request.id} is not of the repository {params['repositoryName']}"
            raise ServiceError("RepositoryNotAssociatedWithPullRequestException", message)
        for member in ("beforeCommitId", "afterCommitId"):
            if repository.git.resolve(params[member]) != params[member]:
                raise ServiceError("CommitDoesNotExistException", f"The commit {params[member]} does not exist")
        place = {name: params[name] for name in _PLACE if name in params}
        made = self._post(repository, request, params["content"], place)
        return place | {"comment": _shown(made)}

    def post_comment_reply(self, caller: Caller, params: dict) -> dict:
        repository, request, comment = self._comment(caller, params["inReplyTo"])
        made = self._post(repository, request, params["content"], comment.place, comment.id)
        return {"comment": _shown(made)}

    def get_comments_for_pull_request(self, caller: Caller, params: dict) -> dict:
        """Each first comment with the answers to it, and the answers to those."""
        _, request = self.pull_request(caller, params)
        wanted = {name: params[name] for name in ("beforeCommitId", "afterCommitId") if name in params}
        threads = [
            one.place | {"comments": [_shown(each) for each in _thread(request, one)]}
            for one in request.comments.values()
            if one.in_reply_to is None and all(one.place.get(name) == value for name, value in wanted.items())
        ]
        return paging.page(threads, params, "commentsForPullRequestData", most=100)

    def get_comment(self, caller: Caller, params: dict) -> dict:
        return {"comment": _shown(self._comment(caller, params["commentId"])[2])}

    def update_comment(self, caller: Caller, params: dict) -> dict:
        _, _, comment = self._comment(caller, params["commentId"])
        if comment.deleted:
            raise ServiceError("CommentDeletedException", f"The comment {comment.id} is deleted")
        comment.content, comment.modified = _checked(params["content"]), self.clock.now()
        return {"comment": _shown(comment)}

    def delete_comment_content(self, caller: Caller, params: dict) -> dict:
        _, _, comment = self._comment(caller, params["commentId"])
        if comment.deleted:
            raise ServiceError("CommentDeletedException", f"The comment {comment.id} is deleted")
        comment.content, comment.deleted, comment.modified = "", True, self.clock.now()
        return {"comment": _shown(comment)}

    def _post(
        self, repository: RepositoryRecord, request: PullRequest, content: str, place: Info, to: str | None = None
    ) -> CommentRecord:
        identifier, now = str(uuid.uuid4()), self.clock.now()
        author = user_of(repository.account)
        with repository.lock:
            made = CommentRecord(identifier, _checked(content), author, now, now, place, to)
            request.comments[identifier] = made
            request.active = now
        return made

    def _comment(self, caller: Caller, identifier: str) -> tuple[RepositoryRecord, PullRequest, CommentRecord]:
        with self.lock:
            repositories = list(self.store(caller.account, caller.region).repositories.values())
        for repository in repositories:
            for request in list(repository.pull_requests.values()):
                if identifier in request.comments:
                    return repository, request, request.comments[identifier]
        raise ServiceError("CommentDoesNotExistException", f"The comment {identifier} does not exist")


def _thread(request: PullRequest, first: CommentRecord) -> Iterator[CommentRecord]:
    """A comment, and all answers below it, in the order in which they were written."""
    ids = set()
    for one in request.comments.values():
        if one is first or one.in_reply_to in ids:
            ids.add(one.id)
            yield one


def _checked(content: str) -> str:
    if len(content) > MOST_CHARACTERS:
        message = f"A comment may have {MOST_CHARACTERS} characters."
        raise ServiceError("CommentContentSizeLimitExceededException", message)
    return content


def _shown(comment: CommentRecord) -> Info:
    """Comment of the API."""
    told = {
        "commentId": comment.id,
        "content": comment.content,
        "creationDate": comment.created,
        "lastModifiedDate": comment.modified,
        "authorArn": comment.author,
        "deleted": comment.deleted,
        "callerReactions": [],
        "reactionCounts": {},
    }
    return told | ({"inReplyTo": comment.in_reply_to} if comment.in_reply_to else {})
