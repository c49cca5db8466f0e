# SPDX-License-Identifier: GPL-3.0-or-later
"""Where `git clone`, `git fetch` and `git push` go: a WSGI application under /v1/repos/.

Any user and password are taken, and none: the region verifies no credentials. The user is who an event says has pushed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable

from local_region.services.codecommit.base import user_of
from local_region.services.codecommit.repositories import PATH
from local_region.services.codecommit.service import CodeCommit
from local_region.world import git_http
from local_region.world.git import GitFailed, GitMissing

# What git asks for; all else is a page for no one.
_REQUEST = re.compile(r"(?P<address>.+?)(?:\.git)?/(?P<what>info/refs|git-upload-pack|git-receive-pack)")
_USER = re.compile(r"[\w+=,.@-]{1,128}")
_NOBODY = "anonymous"


def git_application(codecommit: CodeCommit) -> Callable[[dict, Callable], Iterable[bytes]]:
    """Serves the service's repositories by git itself."""

    def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
        asked = _REQUEST.fullmatch(environ.get("PATH_INFO", "").removeprefix(PATH))
        repository = codecommit.at_address(asked["address"]) if asked else None
        if repository is None:
            name = asked["address"] if asked else ""
            return git_http.not_found(start_response, f"CodeCommit: repository {name} not found")
        user = _user(environ)
        try:
            if not git_http.is_push(environ):
                return git_http.read(environ, start_response, repository.git, asked["what"], user)
            by = user_of(repository.account) if user == _NOBODY else f"arn:aws:iam::{repository.account}:user/{user}"
            with codecommit.references.changing(repository, by):
                answer = git_http.push(environ, repository.git, asked["what"], user)
            return answer(start_response)
        except GitMissing as missing:
            return git_http.not_found(start_response, str(missing), "501 Not Implemented")
        except GitFailed:
            if repository.git.path.exists():
                raise
            return git_http.not_found(start_response, f"CodeCommit: repository {repository.name} not found")

    return application


def _user(environ: dict) -> str:
    """The user of the request's Authorization header (Basic), if it has one that may be a user's name."""
    scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return _NOBODY
    try:
        user = base64.b64decode(given).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return _NOBODY
    return user if _USER.fullmatch(user) else _NOBODY
