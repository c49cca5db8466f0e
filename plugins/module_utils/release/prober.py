# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Asks for a URL at a fixed rate and writes one line per request: C(python prober.py SETTINGS.json).

Open loop: requests leave by the clock, whether earlier ones have been answered or not, so a slow or broken application
does not slow the prober down, which would hide what clients see. A request that leaves late says so in its line; one
that could not be sent in time is written down as skipped, never left out.

This file runs as a process of its own, away from Ansible, from a copy: it uses the standard library only.

Settings (JSON): url, rate (requests/s), timeout (s), duration (s, at most), version_header, validate_certs,
record (path of the lines), lock (path, locked while the prober runs), state (path, what it says about itself).

A line (JSON): C(t) time of sending (epoch, s), C(ms) until the whole answer was there, C(late) ms behind schedule, and
C(status), C(version) (of the header, when it was there), C(address); or C(error) instead of status and version.
C({"t": ..., "skipped": n}) stands for n requests that were due at that time and not sent.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import math
import os
import select
import signal
import ssl
import sys
import threading
import time
from urllib.parse import urlsplit

# A request that is due longer than this ago is not sent any more: sending all of them at once would be another load.
SKIP_AFTER = 0.5
# Requests in flight at a time. More are skipped, and said to be.
MOST_WORKERS = 500
# How often the prober looks whether it is to stop, and whether its record is still there.
LOOK, LOOK_AT_RECORD = 0.05, 1.0
USER_AGENT = "convoy-request-prober"


class Prober:
    """Sends, measures and records. C(run) returns the reason why it ended."""

    def __init__(self, settings, record):
        url = urlsplit(settings["url"])
        self._url, self._timeout = url, settings["timeout"]
        self._target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._rate, self._duration = settings["rate"], settings["duration"]
        self._version_header = settings.get("version_header")
        self._tls = _tls(settings.get("validate_certs", True)) if url.scheme == "https" else None
        self._record, self._path = record, settings["record"]
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._why = None
        self._next = 0
        self._waiting = 0
        self._workers = []
        self._under_way = {}
        self._closed = False

    def run(self):
        """Blocks until it is stopped, its duration is over or its record has gone; waits for answers on the way."""
        self._begin = time.monotonic()
        looked = self._begin
        self._add_worker()
        while self._why is None:
            # Not a wait on an Event: a signal handler that sets it could find its lock taken, by the thread it stopped.
            time.sleep(LOOK)
            now = time.monotonic()
            if now >= self._begin + self._duration:
                self.stop("duration")
            elif now >= looked + LOOK_AT_RECORD:
                looked = now
                if not _is_still_there(self._record, self._path):
                    self.stop("record gone")
        self._stop.set()
        ended = time.monotonic()
        for worker in list(self._workers):
            worker.join(max(0.0, ended + self._timeout + 1 - time.monotonic()))
        self._skip_rest(ended)
        self._give_up_the_rest()
        return self._why

    def stop(self, why="stopped"):
        """Sends nothing more. Answers that are under way are still waited for and recorded."""
        self._why = self._why or why

    def _add_worker(self):
        if len(self._workers) < MOST_WORKERS:
            worker = threading.Thread(target=self._work, daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self):
        """One connection. There is always another worker that waits for the next request, up to MOST_WORKERS."""
        connection = _Connection(self._url, self._timeout, self._tls)
        while True:
            with self._lock:
                number, self._next = self._next, self._next + 1
                self._waiting += 1
            due = self._begin + number / self._rate
            stopped = self._stop.wait(max(0.0, due - time.monotonic()))
            with self._lock:
                self._waiting -= 1
                if not stopped and self._waiting == 0:
                    self._add_worker()
            if stopped:
                return connection.close()
            late = time.monotonic() - due
            if late > SKIP_AFTER:
                self._skip(due)
            else:
                self._write(self._ask(connection, late), connection)

    def _skip(self, due):
        """Catches up with the schedule: counts everything that is due by now as skipped, in one line."""
        with self._lock:
            skipped = 1 + self._catch_up(time.monotonic())
        self._write_skipped(due, skipped)

    def _skip_rest(self, ended):
        """What was due before the end, and was never taken up because every worker was busy."""
        with self._lock:
            due, skipped = self._begin + self._next / self._rate, self._catch_up(ended)
        if skipped:
            self._write_skipped(due, skipped)

    def _catch_up(self, now):
        """Leaves out what is due by now and not taken up; how many these are. The caller holds the lock."""
        upcoming = max(self._next, math.ceil((now - self._begin) * self._rate))
        left_out, self._next = upcoming - self._next, upcoming
        return left_out

    def _give_up_the_rest(self):
        """Answers that come drop by drop can take longer than the time-out. They are lost too."""
        with self._lock:
            for line in self._under_way.values():
                self._write_line({**line, "ms": round((time.time() - line["t"]) * 1000, 2), "error": "timed out"})
            self._closed = True

    def _write_skipped(self, due, count):
        self._write({"t": round(time.time() - (time.monotonic() - due), 3), "skipped": count})

    def _ask(self, connection, late):
        """Sends a request and returns its line."""
        line = {"t": round(time.time(), 4), "late": round(late * 1000, 1)}
        with self._lock:
            self._under_way[connection] = line
        started = time.monotonic()
        try:
            status, headers = connection.get(self._target)
            what = {"status": status, "version": headers.get(self._version_header) if self._version_header else None}
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            what = {"error": _in_words(error)}
        milliseconds = round((time.monotonic() - started) * 1000, 2)
        return {**line, "ms": milliseconds, **what, "address": connection.address}

    def _write(self, line, connection=None):
        with self._lock:
            self._under_way.pop(connection, None)
            if not self._closed:
                self._write_line(line)

    def _write_line(self, line):
        # One write a line, past all buffers: whatever becomes of this process, what it has measured stays.
        os.write(self._record, (json.dumps(line) + "\n").encode())


class _Connection:
    """A connection that is kept as long as the server keeps it."""

    def __init__(self, url, timeout, tls):
        self._url, self._timeout, self._tls = url, timeout, tls
        self._http = None
        self.address = None

    def get(self, target):
        """(status, headers) of a GET, when the whole answer has come, within the time-out."""
        deadline = time.monotonic() + self._timeout
        if self._http is None or self._closed_by_server():
            self._open()
        self._http.request("GET", target, headers={"User-Agent": USER_AGENT, "Accept": "*/*"})
        answer = self._http.getresponse()
        while answer.read1(65536):
            if time.monotonic() > deadline:
                raise TimeoutError("timed out")
        answer.read()  # nothing is left, but read1() does not tell the connection so
        if answer.will_close:
            self.close()
        return answer.status, answer.headers

    def _open(self):
        self.close()
        place = {"host": self._url.hostname, "port": self._url.port, "timeout": self._timeout}
        if self._tls:
            self._http = http.client.HTTPSConnection(context=self._tls, **place)
        else:
            self._http = http.client.HTTPConnection(**place)
        self.address = None
        self._http.connect()
        self.address = self._http.sock.getpeername()[0]

    def _closed_by_server(self):
        """A server may close a connection that rests; that is seen before a request is lost on it."""
        sock = self._http.sock
        return sock is None or bool(select.select([sock], [], [], 0)[0])

    def close(self):
        if self._http is not None:
            self._http.close()
            self._http = None


def _tls(validate):
    context = ssl.create_default_context()
    if not validate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _in_words(error):
    if isinstance(error, TimeoutError):
        return "timed out"
    return f"{type(error).__name__}: {error}"[:200]


def _is_still_there(descriptor, path):
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False


def main(settings_path):
    """Runs a prober by its settings file. The exit status is 0 however it ended; its state file says how."""
    with open(settings_path) as file:
        settings = json.load(file)
    lock = os.open(settings["lock"], os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    record = os.open(settings["record"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    prober = Prober(settings, record)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: prober.stop())
    state = {"pid": os.getpid(), "started": time.time(), "ended": None}
    _write_state(settings["state"], state)
    why = prober.run()
    if _is_still_there(record, settings["record"]):
        _write_state(settings["state"], {**state, "ended": time.time(), "why": why})
    return 0


def _write_state(path, state):
    temporary = f"{path}.new"
    with open(temporary, "w") as file:
        json.dump(state, file)
    os.replace(temporary, path)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
