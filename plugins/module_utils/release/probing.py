# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Starting, finding and stopping probers, which run as processes of their own.

A prober's directory has a directory for each of its runs, named by the time it started, with

    settings.json   what it was started with
    state.json      what it says about itself: pid, started, ended (epoch, s), why
    lock            locked while it runs, so that it is known to run whatever became of its process id
    requests.jsonl  the record, see prober
    prober.py       the copy of the program that runs
    prober.log      what it complained about
"""

from __future__ import annotations

import datetime
import fcntl
import inspect
import json
import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

from . import ledger as accounts
from . import prober

# Seconds in which a prober starts, and in which it stops beyond its own time-out.
PATIENCE = 15.0
FASTEST = 2000
SETTINGS = ("url", "rate", "timeout", "duration", "version_header", "validate_certs")
# Certificates of the machine's own authorities are found by these; everything else of the environment stays behind.
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")


class ProbingError(Exception):
    """What went wrong, in one sentence."""


def check_settings(settings):
    """Raises ProbingError for settings that no prober can run with."""
    url = urlsplit(settings["url"])
    try:
        port = url.port
    except ValueError as error:
        raise ProbingError(f"url={settings['url']} has no valid port ({error}).") from None
    if url.scheme not in ("http", "https") or not url.hostname or port == 0:
        raise ProbingError(f"url={settings['url']} is not an address to ask: give http://HOST[:PORT]/PATH or https://.")
    if url.username or url.password:
        raise ProbingError("url holds a user name or password, which the record would show: leave them out.")
    if not 0 < settings["rate"] <= FASTEST:
        raise ProbingError(f"rate={settings['rate']:g} is not a rate: give requests per second, up to {FASTEST}.")
    for option in ("timeout", "duration"):
        if not settings[option] > 0:
            raise ProbingError(f"{option}={settings[option]:g} must be more than 0 seconds.")


class Run:
    """One run of a prober, by its directory."""

    def __init__(self, directory):
        self.directory = directory
        self.settings = _read_json(self.path("settings.json")) or {}

    def path(self, name):
        return os.path.join(self.directory, name)

    @property
    def state(self):
        return _read_json(self.path("state.json")) or {}

    def is_running(self):
        """Does its process hold the lock?"""
        try:
            with open(self.path("lock"), "r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            pass
        return False

    def ledger(self, since=None, until=None):
        """The account of its record (see ledger), of all of it or of the time between (epoch, s)."""
        try:
            with open(self.path("requests.jsonl")) as lines:
                requests, skipped = accounts.read(lines)
        except FileNotFoundError:
            requests, skipped = [], []
        return accounts.ledger(requests, skipped, since, until)

    def describe(self):
        """What a task's result says about it."""
        state = self.state
        running = self.is_running()
        return {
            "running": running,
            "pid": state.get("pid") if running else None,
            "started": _iso(state.get("started")),
            "ended": _iso(state.get("ended")),
            "why_ended": None if running else state.get("why", "died"),
            "record": self.path("requests.jsonl"),
            **{name: self.settings.get(name) for name in SETTINGS},
        }

    def stop(self):
        """Ends it, after the answers that are under way. A prober that does not end is killed; its record stays."""
        pid = self.state.get("pid")
        deadline = time.monotonic() + self.settings["timeout"] + PATIENCE
        if pid and self.is_running():
            os.kill(pid, signal.SIGTERM)
        while self.is_running():
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                deadline += PATIENCE
            time.sleep(0.02)


def latest(directory):
    """The latest Run in a prober's directory, running or not; None when there never was one."""
    try:
        names = sorted(name for name in os.listdir(directory) if os.path.exists(os.path.join(directory, name, "lock")))
    except FileNotFoundError:
        return None
    return Run(os.path.join(directory, names[-1])) if names else None


def start(directory, settings):
    """Starts a prober and returns its Run when it runs; raises ProbingError when it does not."""
    name = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    run = os.path.join(directory, name)
    try:
        os.makedirs(run, mode=0o700)
    except OSError as error:
        raise ProbingError(f"directory={directory} cannot be used for the record ({error.strerror}).") from None
    paths = {"record": "requests.jsonl", "lock": "lock", "state": "state.json"}
    settings = {**settings, **{key: os.path.join(run, file) for key, file in paths.items()}}
    _write(os.path.join(run, "settings.json"), json.dumps(settings))
    _write(os.path.join(run, "prober.py"), inspect.getsource(prober))
    with open(os.path.join(run, "prober.log"), "w") as log:
        # Not run_command(), which waits for the end: this process outlives the task.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            [sys.executable, "-I", os.path.join(run, "prober.py"), os.path.join(run, "settings.json")],
            cwd=run,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + PATIENCE
    while not os.path.exists(os.path.join(run, "state.json")):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise ProbingError(f"The prober did not start: {_last_line(os.path.join(run, 'prober.log'))}")
        time.sleep(0.02)
    return Run(run)


def differing(run, settings):
    """The names of the settings that differ from those of a run."""
    return [name for name in SETTINGS if run.settings.get(name) != settings[name]]


def epoch(option, text):
    """A time given as ISO 8601 or as seconds since the epoch, in seconds; raises ProbingError for anything else."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ProbingError(f"{option}={text} is not a time: give ISO 8601, such as 2026-11-21T10:15:00Z.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def _iso(seconds):
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds")


def _read_json(path):
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def _write(path, content):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)


def _last_line(path):
    with open(path) as file:
        lines = file.read().strip().splitlines()
    return lines[-1] if lines else f"it said nothing, see {path}"
