# SPDX-License-Identifier: GPL-3.0-or-later
"""git's own HTTP server, `git http-backend`, behind WSGI.

A request's body goes to git, and git's answer to the client, in pieces: neither is ever held in memory as a whole. git
itself unpacks bodies that are gzipped and speaks the protocol version that the client asks for.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from local_region.world.git import Repository, git_command, git_environment

log = logging.getLogger("local_region.git")

PIECE = 1 << 16
RECEIVE_PACK = "git-receive-pack"

StartResponse = Callable[..., object]


def is_push(environ: dict) -> bool:
    """Whether a request writes: it carries what is pushed. Others read, or ask what there is before they push."""
    return environ["REQUEST_METHOD"] == "POST" and environ.get("PATH_INFO", "").endswith(f"/{RECEIVE_PACK}")


def asks_to_push(environ: dict) -> bool:
    """Whether a request writes or announces to."""
    return is_push(environ) or environ.get("QUERY_STRING", "") == f"service={RECEIVE_PACK}"


def read(environ: dict, start_response: StartResponse, repository: Repository, path: str, user: str) -> Iterable[bytes]:
    """Answers a request that changes nothing; the body streams as git makes it. `path` is inside the repository."""
    with _body(environ) as body:
        process = _start(environ, repository, path, user, body, subprocess.PIPE)
    return _Streamed(process, start_response)


def push(environ: dict, repository: Repository, path: str, user: str) -> Callable[[StartResponse], Iterable[bytes]]:
    """Carries out a push to its end; what it returns gives the answer. When it returns, references have moved."""
    answer = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the answer)
    with _body(environ) as body:
        process = _start(environ, repository, path, user, body, answer)
        process.wait()
    answer.seek(0)
    return lambda start_response: _Finished(answer, start_response)


def not_found(start_response: StartResponse, message: str, status: str = "404 Not Found") -> Iterable[bytes]:
    """What git shows its user as `remote: <message>`."""
    body = f"{message}\n".encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


def _body(environ: dict) -> IO[bytes]:
    """The request's body as a file that a process can read. The server has it whole before it calls us."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by the caller)
    if environ["REQUEST_METHOD"] == "POST":
        shutil.copyfileobj(environ["wsgi.input"], file, PIECE)
        file.seek(0)
    return file


def _start(
    environ: dict, repository: Repository, path: str, user: str, body: IO[bytes], answer: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    """RFC 3875's variables, as far as git reads them."""
    variables = {
        "GIT_PROJECT_ROOT": str(repository.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{path}",
        "QUERY_STRING": environ.get("QUERY_STRING", ""),
        "REQUEST_METHOD": environ["REQUEST_METHOD"],
        "CONTENT_TYPE": environ.get("CONTENT_TYPE", ""),
        "CONTENT_LENGTH": environ.get("CONTENT_LENGTH", ""),
        "HTTP_CONTENT_ENCODING": environ.get("HTTP_CONTENT_ENCODING", ""),
        "GIT_PROTOCOL": environ.get("HTTP_GIT_PROTOCOL", ""),
        "REMOTE_USER": user,
        "REMOTE_ADDR": environ.get("REMOTE_ADDR", ""),
    }
    given = {name: value for name, value in variables.items() if value}
    command = [git_command(), "http-backend"]
    return subprocess.Popen(command, stdin=body, stdout=answer, stderr=None, env=git_environment(given), cwd="/")


def _head(stream: IO[bytes], start_response: StartResponse) -> None:
    """Reads a CGI answer's header and begins the HTTP answer with it."""
    status, headers = "200 OK", []
    while line := stream.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = value.strip()
        else:
            headers.append((name, value.strip()))
    if not headers:  # git has died before it could say anything
        status, headers = "500 Internal Server Error", [("Content-Type", "text/plain")]
    start_response(status, headers)


class _Finished:
    """An answer that lies in a file."""

    def __init__(self, answer: IO[bytes], start_response: StartResponse):
        self._answer = answer
        _head(answer, start_response)

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._answer.read1(PIECE):
            yield piece

    def close(self) -> None:
        self._answer.close()


class _Streamed(_Finished):
    """An answer that a process is just making; the process ends with it, whether or not the client has taken it all."""

    def __init__(self, process: subprocess.Popen[bytes], start_response: StartResponse):
        self._process = process
        super().__init__(process.stdout, start_response)

    def close(self) -> None:
        self._answer.close()
        self._process.kill()
        self._process.wait()
