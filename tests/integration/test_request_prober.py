# SPDX-License-Identifier: GPL-3.0-or-later
"""The module request_prober: a process of its own that asks, records and accounts, here before a real load balancer."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.region.balancing import (
    balancer,
    eventually,
    group,
    running_balancers,
    wait_until_drained,
    wait_until_healthy,
)
from tests.region.web_server import WebServer
from tests.run_module import run_module


class Prober:
    """The module with one directory and name; a prober that a test leaves behind is stopped."""

    def __init__(self, directory: Path):
        self.directory = directory

    def __call__(self, state: str, check_mode: bool = False, **options) -> dict:
        result = self.try_to(state, check_mode, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def try_to(self, state: str, check_mode: bool = False, **options) -> dict:
        return run_module("request_prober", {"directory": str(self.directory), "state": state, **options}, check_mode)


@pytest.fixture
def prober(tmp_path):
    prober = Prober(tmp_path / "probers")
    yield prober
    prober("stopped")


@pytest.fixture
def web():
    server = WebServer("1.0")
    yield server
    server.stop()


@pytest.fixture
def url(web):
    return f"http://127.0.0.1:{web.port}/version"


def test_it_asks_at_its_rate_and_accounts_for_every_request(prober, web, url):
    assert prober("started", url=url, rate=200)["changed"]
    eventually(lambda: web.requests > 200, "there are requests")
    ledger = prober("stopped")["ledger"]
    assert ledger["requests"] == web.requests
    assert (ledger["lost"], ledger["answered_with_error"]) == (0, 0)
    assert ledger["by_version"] == {"1.0": ledger["requests"]}
    seconds = (datetime.fromisoformat(ledger["ended"]) - datetime.fromisoformat(ledger["started"])).total_seconds()
    assert ledger["requests"] + ledger["skipped"] == pytest.approx(200 * seconds, rel=0.1, abs=100)


def test_started_again_it_adopts_the_one_that_runs(prober, url):
    first = prober("started", url=url)
    again = prober("started", url=url)
    assert (first["changed"], again["changed"]) == (True, False)
    assert again["prober"]["pid"] == first["prober"]["pid"]


def test_another_wish_than_what_runs_is_refused(prober, url):
    prober("started", url=url)
    message = prober.try_to("started", url=url, rate=50)["msg"]
    assert message == ("The prober prober runs with other settings (asked for rate=50.0, not 100.0): stop it first.")


def test_stopped_again_it_returns_the_same_ledger(prober, web, url):
    prober("started", url=url)
    eventually(lambda: web.requests > 20, "there are requests")
    first, again = prober("stopped"), prober("stopped")
    assert (first["changed"], again["changed"]) == (True, False)
    assert again["ledger"] == first["ledger"]
    assert first["prober"]["why_ended"] == "stopped"


def test_stopping_what_never_ran_changes_nothing(prober):
    result = prober("stopped")
    assert result["changed"] is False
    assert "ledger" not in result


def test_measuring_what_never_ran_is_refused(prober):
    assert "There is no prober prober in" in prober.try_to("measured")["msg"]


def test_measured_it_goes_on(prober, web, url):
    prober("started", url=url)
    eventually(lambda: web.requests > 20, "there are requests")
    measured = prober("measured")
    assert (measured["changed"], measured["prober"]["running"]) == (False, True)
    eventually(lambda: web.requests > measured["ledger"]["requests"] + 20, "there are more")
    assert prober("stopped")["ledger"]["requests"] > measured["ledger"]["requests"] > 0


def test_windows_add_up_to_the_whole(prober, web, url):
    prober("started", url=url)
    eventually(lambda: web.requests > 20, "there are requests")
    middle = str(time.time())
    eventually(lambda: web.requests > 60, "there are more")
    whole = prober("stopped")["ledger"]["requests"]
    before = prober("measured", until=middle)["ledger"]["requests"]
    after = prober("measured", since=middle)["ledger"]["requests"]
    assert before + after == whole
    assert before >= 20
    assert after > 0


def test_check_mode_says_what_would_change_and_does_nothing(prober, url):
    assert prober("started", check_mode=True, url=url)["changed"]
    assert not prober.directory.exists()
    prober("started", url=url)
    assert not prober("started", check_mode=True, url=url)["changed"]
    assert prober("stopped", check_mode=True)["changed"]
    assert prober("measured")["prober"]["running"]


def test_the_record_of_a_killed_prober_is_kept_and_its_end_told(prober, web, url):
    pid = prober("started", url=url)["prober"]["pid"]
    eventually(lambda: web.requests > 20, "there are requests")
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not prober("measured")["prober"]["running"], "it has ended")
    result = prober("stopped")
    assert result["ledger"]["requests"] >= 20
    assert (result["changed"], result["prober"]["why_ended"]) == (False, "died")
    assert "was killed" in str(result["warnings"])


def test_a_new_run_has_a_record_of_its_own_and_the_old_one_stays(prober, web, url):
    first = prober("started", url=url)["prober"]["record"]
    eventually(lambda: web.requests > 20, "there are requests")
    prober("stopped")
    old = Path(first).read_text()
    second = prober("started", url=url)["prober"]["record"]
    assert first != second
    assert Path(first).read_text() == old


def test_it_ends_when_its_directory_is_removed(prober, url):
    pid = prober("started", url=url)["prober"]["pid"]
    shutil.rmtree(prober.directory)
    eventually(lambda: not _is_our_prober(pid, prober.directory), "the process has ended")


def _is_our_prober(pid: int, directory: Path) -> bool:
    try:
        return str(directory) in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def test_it_ends_by_itself_after_its_duration(prober, url):
    prober("started", url=url, duration=0.5)
    eventually(lambda: not prober("measured")["prober"]["running"], "its duration is over")
    assert prober("measured")["prober"]["why_ended"] == "duration"


def test_probers_of_different_names_run_side_by_side(prober, url):
    one, two = prober("started", url=url, name="one"), prober("started", url=url, name="two")
    assert one["prober"]["pid"] != two["prober"]["pid"]
    for name in ("one", "two"):
        assert prober("stopped", name=name)["changed"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "state is started but all of the following are missing: url"),
        ({"url": "example.com"}, "url=example.com is not an address to ask"),
        ({"url": "http://x/", "name": "../up"}, "name=../up cannot be a directory's name"),
    ],
)
def test_bad_input_is_one_sentence(prober, options, message):
    assert message in prober.try_to("started", **options)["msg"]


def test_errors_of_the_application_are_told_from_lost_requests(prober, web):
    prober("started", url=f"http://127.0.0.1:{web.port}/?status=500")
    eventually(lambda: web.requests > 20, "there are requests")
    ledger = prober("stopped")["ledger"]
    assert (ledger["lost"], ledger["answered_with_error"]) == (0, ledger["requests"])


# --- before a load balancer: what the figures of a release rest on


@pytest.fixture(scope="module")
def balancers(tmp_path_factory):
    with running_balancers(tmp_path_factory.mktemp("lb")) as balancers:
        yield balancers


@pytest.fixture
def servers():
    started = [WebServer(f"1.{number}") for number in range(3)]
    yield started
    for server in started:
        server.stop()


def release(balancers, servers, address, drain: bool) -> None:
    """Replaces the servers one by one with version 2, as a rolling release does, with or without draining them."""
    for server in servers:
        others = [one for one in servers if one is not server]
        if drain:
            balancers.apply([balancer(address, [group("web", others)])])
            wait_until_drained(balancers, server.id)
        server.stop()
        time.sleep(0.1)  # the new version starts
        server.name = "2"
        server.start()
        balancers.apply([balancer(address, [group("web", servers)])])
        wait_until_healthy(balancers, *(one.id for one in servers))


@pytest.mark.parametrize("drain", [True, False], ids=["with-draining", "without-draining"])
def test_a_rolling_release_loses_requests_exactly_when_it_does_not_drain(balancers, servers, prober, drain):
    address = balancers.door.free_address([])
    balancers.apply([balancer(address, [group("web", servers)])])
    wait_until_healthy(balancers, *(server.id for server in servers))
    prober("started", url=f"http://{address}:8080/version", rate=200)
    eventually(lambda: prober("measured")["ledger"]["requests"] > 50, "there are requests")
    release(balancers, servers, address, drain)
    eventually(lambda: "2" in prober("measured")["ledger"]["by_version"], "version 2 answers")
    ledger = prober("stopped")["ledger"]
    balancers.apply([])
    assert {"1.0", "1.1", "1.2", "2"} <= set(ledger["by_version"])
    if drain:
        assert (ledger["lost"], ledger["gaps"]) == (0, [])
    else:
        assert ledger["lost"] > 0
        assert {loss["reason"] for loss in ledger["losses"]} == {"HTTP 502"}


# --- as a task of a play


@pytest.mark.parametrize("warm", ["true", "false"], ids=["in-the-controller", "as-a-module"])
def test_it_runs_as_a_task_and_outlives_it(prober, web, url, warm):
    options = f"directory={prober.directory} url={url}"
    command = [str(Path(sys.executable).parent / "ansible"), "localhost", "-i", "localhost,", "-c", "local"]
    command += ["-e", f"ansible_python_interpreter={sys.executable}", "-m", "convoy.delivery.request_prober", "-a"]
    environment = {**os.environ, "CONVOY_WARM": warm, "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1"}
    environment["ANSIBLE_CALLBACK_RESULT_FORMAT"] = "json"
    environment["ANSIBLE_STDOUT_CALLBACK"] = "ansible.builtin.minimal"
    for expected in (True, False):
        done = subprocess.run([*command, options], env=environment, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout.partition("=>")[2])["changed"] is expected
    eventually(lambda: web.requests > 20, "it goes on asking")
    assert prober("stopped")["ledger"]["lost"] == 0
