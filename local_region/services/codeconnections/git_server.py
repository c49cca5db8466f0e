# SPDX-License-Identifier: GPL-3.0-or-later
"""Where builds clone the repositories of connections from: a WSGI application that serves them for reading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from local_region.services.codeconnections.directory import Directory
from local_region.services.codeconnections.records import Connection
from local_region.world import git_http
from local_region.world.git import GitMissing

PATH = "/_connections/"
_REQUEST = re.compile(r"(?P<id>[^/]+)/(?P<repository>.+?)/(?P<what>info/refs|git-upload-pack)")


def clone_address(directory: Directory, connection: Connection, full_id: str) -> str:
    """Where a build of the region clones a repository from."""
    return f"{directory.inner_address}{PATH}{connection.id}/{full_id}"


def connections_application(directory: Directory) -> Callable[[dict, Callable], Iterable[bytes]]:
    """Serves what AVAILABLE connections lead to."""

    def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
        asked = _REQUEST.fullmatch(environ.get("PATH_INFO", "").removeprefix(PATH))
        if git_http.asks_to_push(environ):
            return git_http.not_found(start_response, "Connected repositories are read-only here.", "403 Forbidden")
        connection = next((one for one in directory.connections() if asked and one.id == asked["id"]), None)
        try:
            if connection is None:
                raise LookupError("There is no such connection.")
            repository = directory.use(connection.arn, asked["repository"])
            return git_http.read(environ, start_response, repository, asked["what"], "build")
        except LookupError as missing:
            return git_http.not_found(start_response, str(missing))
        except GitMissing as missing:
            return git_http.not_found(start_response, str(missing), "501 Not Implemented")

    return application
