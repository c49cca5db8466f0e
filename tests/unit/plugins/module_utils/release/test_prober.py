# SPDX-License-Identifier: GPL-3.0-or-later
"""The prober itself, in this process, against real servers that misbehave."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.release import prober as program
from ansible_collections.convoy.delivery.plugins.module_utils.release.ledger import ledger, read
from ansible_collections.convoy.delivery.plugins.module_utils.release.probing import (
    ProbingError,
    check_settings,
    epoch,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Version: 7\r\n\r\nok"


class Server:
    """Accepts connections and treats each as `handle(connection, number)` says, in a thread of its own."""

    def __init__(self, handle):
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/version?x=1"

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection, number):
        with connection, contextlib.suppress(OSError):
            self._handle(connection, number)

    def close(self):
        self._listener.close()


@pytest.fixture
def serve():
    servers = []

    def start(handle):
        servers.append(Server(handle))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def probe(tmp_path):
    """Probes a URL until enough lines are there; the account of the record."""

    def run(url, lines=30, rate=200, timeout=0.5, seconds=0, **settings):
        path = tmp_path / "requests.jsonl"
        record = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        defaults = {"duration": 30, "version_header": "X-Version"}
        settings = {"url": url, "rate": rate, "timeout": timeout, "record": str(path), **defaults, **settings}
        prober = program.Prober(settings, record)
        thread = threading.Thread(target=prober.run)
        thread.start()
        time.sleep(seconds)
        deadline = time.monotonic() + 20
        while len(path.read_text().splitlines()) < lines and thread.is_alive():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        prober.stop()
        thread.join()
        os.close(record)
        return ledger(*read(path.read_text().splitlines()))

    return run


def answering(answer):
    """Keeps the connection and answers every request with the same bytes."""

    def handle(connection, _number):
        while connection.recv(65536):
            connection.sendall(answer)

    return handle


def test_connections_are_kept(serve, probe):
    server = serve(answering(OK))
    result = probe(server.url, lines=100)
    assert result["lost"] == 0
    assert result["by_version"] == {"7": result["requests"]}
    assert server.connections < result["requests"] / 4


def test_a_connection_that_the_server_closes_between_requests_loses_nothing(serve, probe):
    def one_request(connection, _number):
        connection.recv(65536)
        connection.sendall(OK)

    result = probe(serve(one_request).url, rate=20)
    assert result["lost"] == 0


def test_a_server_that_closes_without_an_answer_loses_the_request(serve, probe):
    result = probe(serve(lambda connection, _number: connection.recv(65536)).url)
    assert result["lost"] == result["requests"]
    assert result["losses"][0]["reason"].startswith("RemoteDisconnected")


def test_nobody_listening_loses_the_request(probe):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    result = probe(f"http://127.0.0.1:{port}/")
    assert result["lost"] == result["requests"]
    assert "ConnectionRefused" in result["losses"][0]["reason"]


def test_an_answer_that_takes_too_long_is_lost_and_the_rate_is_kept(serve, probe):
    def slow(connection, _number):
        connection.recv(65536)
        time.sleep(2)

    result = probe(serve(slow).url, lines=60, rate=100, timeout=0.3)
    assert {loss["reason"] for loss in result["losses"]} == {"timed out"}
    assert result["lost"] == result["requests"]
    assert result["requests"] + result["skipped"] >= 60
    assert result["rate"] > 20  # one connection that waits for its answers would make 3


def test_an_answer_that_trickles_is_lost_at_the_time_out(serve, probe):
    def trickle(connection, _number):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 1000)
            time.sleep(0.05)

    result = probe(serve(trickle).url, lines=5, rate=20, timeout=0.3)
    assert result["lost"] == result["requests"]


def test_an_answer_that_never_gets_through_its_headers_is_lost_at_the_end(serve, probe):
    def drip(connection, _number):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-More: 1\r\n")
            time.sleep(0.05)

    start = time.monotonic()
    result = probe(serve(drip).url, lines=0, rate=20, timeout=0.3, seconds=0.3)
    assert time.monotonic() - start < 10
    assert result["lost"] == result["requests"] > 0


def test_what_is_not_http_is_lost(serve, probe):
    result = probe(serve(answering(b"220 smtp.example.com\r\n")).url)
    assert result["lost"] == result["requests"]


def test_requests_that_no_worker_is_free_for_are_skipped_and_counted(serve, probe, monkeypatch):
    monkeypatch.setattr(program, "MOST_WORKERS", 2)

    def slow(connection, _number):
        connection.recv(65536)
        time.sleep(0.8)
        connection.sendall(OK)

    result = probe(serve(slow).url, lines=8, rate=100, timeout=2)
    seconds = result["requests"] / 2 * 0.8
    assert result["skipped"] > 20
    assert result["requests"] + result["skipped"] > 50 * seconds


def test_it_ends_when_its_record_goes(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(program, "LOOK_AT_RECORD", 0.05)
    path = tmp_path / "requests.jsonl"
    record = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    url = serve(answering(OK)).url
    settings = {"url": url, "rate": 50, "timeout": 1, "duration": 30, "record": str(path)}
    prober = program.Prober(settings, record)
    path.unlink()
    assert prober.run() == "record gone"
    os.close(record)


def test_it_ends_after_its_duration(serve, tmp_path):
    path = tmp_path / "requests.jsonl"
    record = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    url = serve(answering(OK)).url
    settings = {"url": url, "rate": 50, "timeout": 1, "duration": 0.3, "record": str(path)}
    assert program.Prober(settings, record).run() == "duration"
    os.close(record)
    assert len(path.read_text().splitlines()) >= 10


SETTINGS = {"url": "http://example.com:8080/x", "rate": 100.0, "timeout": 5.0, "duration": 60.0}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"url": "example.com"}, "url=example.com is not an address to ask"),
        ({"url": "ftp://example.com"}, "give http://"),
        ({"url": "http://example.com:99999/"}, "has no valid port"),
        ({"url": "http://me:secret@example.com/"}, "holds a user name or password"),
        ({"rate": 0.0}, "rate=0 is not a rate"),
        ({"rate": 5000.0}, "up to 2000"),
        ({"timeout": -1.0}, "timeout=-1 must be more than 0 seconds"),
        ({"duration": 0.0}, "duration=0 must be more than 0 seconds"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(wrong, message):
    check_settings(SETTINGS)
    with pytest.raises(ProbingError, match=message) as caught:
        check_settings({**SETTINGS, **wrong})
    assert "secret" not in str(caught.value)


def test_times_are_iso_8601_or_seconds():
    assert epoch("since", "2025-11-21T10:13:20Z") == 1763720000
    assert epoch("since", "2025-11-21T11:13:20+01:00") == 1763720000
    assert epoch("since", "1763720000.5") == 1763720000.5
    assert epoch("since", None) is None
    with pytest.raises(ProbingError, match="until=yesterday is not a time"):
        epoch("until", "yesterday")
