# SPDX-License-Identifier: GPL-3.0-or-later
"""What the load balancer does with targets, health, rules and answers. Real servers on loopback are the targets."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace

import pytest

from local_region.world.balancer.envoy import EnvoyError
from local_region.world.balancer.spec import (
    Condition,
    FixedResponse,
    HealthCheckSpec,
    Redirect,
    TargetHealth,
    TargetSpec,
)
from local_region.world.door import Door, DoorControl, reserve_block
from local_region.world.load_balancer import LoadBalancers
from tests.region.balancing import (
    CHECK,
    SCALE,
    arn,
    ask,
    balancer,
    eventually,
    forward,
    group,
    rule,
    running_balancers,
    versions,
    wait_until_drained,
    wait_until_healthy,
)
from tests.region.web_server import WebServer


@pytest.fixture(scope="module")
def balancers(tmp_path_factory):
    with running_balancers(tmp_path_factory.mktemp("lb")) as balancers:
        yield balancers


@pytest.fixture
def address(balancers):
    yield balancers.door.free_address([])
    balancers.apply([])


@pytest.fixture
def serve():
    """Starts servers; they end with the test."""
    started = []

    def start(name: str, **options) -> WebServer:
        started.append(WebServer(name, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


# --- health


def test_a_new_target_gets_requests_once_it_has_passed_one_check(balancers, address, serve):
    old, new = serve("old"), serve("new", health_status=503)
    balancers.apply([balancer(address, [group("web", [old])])])
    wait_until_healthy(balancers, "old")
    patient = replace(CHECK, unhealthy_threshold=100)
    balancers.apply([balancer(address, [group("web", [old, new], patient)])])
    assert balancers.health(arn("web"), "i-new") == TargetHealth(
        "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"
    )
    assert set(versions(address)) == {"old"}
    new.health_status = 200
    wait_until_healthy(balancers, "new")
    assert set(versions(address)) == {"old", "new"}


def test_a_new_target_that_fails_its_checks_becomes_unhealthy(balancers, address, serve):
    new = serve("new", health_status=500)
    balancers.apply([balancer(address, [group("web", [new])])])
    eventually(lambda: balancers.health(arn("web"), "i-new").state == "unhealthy", "new is unhealthy")
    mismatch = ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]")
    eventually(lambda: balancers.health(arn("web"), "i-new") == TargetHealth("unhealthy", *mismatch), "why is told")


def test_a_target_that_nobody_listens_on_fails_its_checks(balancers, address, serve):
    gone = serve("gone")
    gone.stop()
    balancers.apply([balancer(address, [group("web", [gone])])])
    failed = TargetHealth("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
    eventually(lambda: balancers.health(arn("web"), "i-gone") == failed, "gone is unhealthy")


def test_a_failing_target_is_avoided_and_comes_back(balancers, address, serve):
    good, bad = serve("good"), serve("bad")
    balancers.apply([balancer(address, [group("web", [good, bad])])])
    wait_until_healthy(balancers, "good", "bad")
    bad.health_status = 500
    eventually(lambda: balancers.health(arn("web"), "i-bad").state == "unhealthy", "bad is unhealthy")
    assert set(versions(address)) == {"good"}
    bad.health_status = 200
    wait_until_healthy(balancers, "bad")
    assert set(versions(address)) == {"good", "bad"}


def test_one_failed_check_is_not_enough_when_the_threshold_is_higher(balancers, address, serve):
    flaky = serve("flaky")
    balancers.apply([balancer(address, [group("web", [flaky], replace(CHECK, unhealthy_threshold=100))])])
    wait_until_healthy(balancers, "flaky")
    flaky.health_status = 500
    time.sleep(3 * CHECK.interval / SCALE)
    flaky.health_status = 200
    time.sleep(2 * CHECK.interval / SCALE)
    assert balancers.health(arn("web"), "i-flaky").state == "healthy"


def test_a_check_that_takes_too_long_says_so(balancers, address, serve):
    slow = serve("slow")
    slow.health_seconds = 3.0
    balancers.apply([balancer(address, [group("web", [slow])])])
    eventually(lambda: balancers.health(arn("web"), "i-slow").state == "unhealthy", "slow is unhealthy")
    assert balancers.health(arn("web"), "i-slow") == TargetHealth("unhealthy", "Target.Timeout", "Request timed out")


def test_the_matcher_says_which_status_is_healthy(balancers, address, serve):
    teapot = serve("teapot", health_status=418)
    check = HealthCheckSpec("/health", interval=1, timeout=1, codes=((200, 299), (418, 418)))
    balancers.apply([balancer(address, [group("web", [teapot], check)])])
    wait_until_healthy(balancers, "teapot")


def test_the_health_check_has_a_port_of_its_own(balancers, address, serve):
    traffic, checked = serve("traffic", health_status=500), serve("checked")
    balancers.apply([balancer(address, [group("web", [traffic], replace(CHECK, port=checked.port))])])
    wait_until_healthy(balancers, "traffic")
    assert set(versions(address)) == {"traffic"}


def test_it_fails_open_when_every_target_is_unhealthy(balancers, address, serve):
    servers = [serve("one"), serve("two")]
    balancers.apply([balancer(address, [group("web", servers)])])
    wait_until_healthy(balancers, "one", "two")
    for server in servers:
        server.health_status = 500
    for server in servers:
        eventually(lambda one=server: balancers.health(arn("web"), f"i-{one.id}").state == "unhealthy", "unhealthy")
    assert set(versions(address)) == {"one", "two"}


def test_a_draining_target_gets_nothing_even_when_the_others_are_unhealthy(balancers, address, serve):
    leaving, ill = serve("leaving"), serve("ill")
    balancers.apply([balancer(address, [group("web", [leaving, ill])])])
    wait_until_healthy(balancers, "leaving", "ill")
    ill.health_status = 500
    eventually(lambda: balancers.health(arn("web"), "i-ill").state == "unhealthy", "ill is unhealthy")
    slow = threading.Thread(target=ask, args=(address, "/?seconds=1"))
    slow.start()
    eventually(lambda: leaving.requests == 1, "leaving has a request in flight")
    balancers.apply([balancer(address, [group("web", [ill])])])
    assert set(versions(address)) == {"ill"}
    assert balancers.health(arn("web"), "i-leaving").state == "draining"
    slow.join()


def test_no_target_is_503_and_a_target_that_refuses_is_502(balancers, address, serve):
    gone = serve("gone")
    balancers.apply([balancer(address, [group("web", [])])])
    assert ask(address).status == 503
    balancers.apply([balancer(address, [group("web", [gone])])])
    wait_until_healthy(balancers, "gone")
    gone.stop()
    assert ask(address).status == 502


def test_a_target_without_an_address_is_being_registered(balancers, address):
    waiting = replace(group("web", []), targets=(TargetSpec("i-waiting", 8000, None),))
    balancers.apply([balancer(address, [waiting])])
    assert balancers.health(arn("web"), "i-waiting").reason == "Elb.RegistrationInProgress"


def test_what_is_not_used_or_not_registered_says_so(balancers, address, serve):
    assert balancers.health(arn("web"), "i-none").reason == "Target.NotInUse"
    balancers.apply([balancer(address, [group("web", [serve("one")])])])
    assert balancers.health(arn("web"), "i-none").reason == "Target.NotRegistered"


# --- draining


def test_draining_ends_at_the_delay_when_a_request_takes_longer(balancers, address, serve):
    slow = serve("slow")
    web = group("web", [slow], deregistration_delay=0.5 * SCALE)
    balancers.apply([balancer(address, [web])])
    wait_until_healthy(balancers, "slow")
    statuses = []
    request = threading.Thread(target=lambda: statuses.append(ask(address, "/?seconds=4").status))
    request.start()
    eventually(lambda: slow.requests == 1, "the request has arrived")
    started = time.monotonic()
    balancers.apply([balancer(address, [replace(web, targets=())])])
    wait_until_drained(balancers, "slow")
    assert time.monotonic() - started >= 0.5
    assert request.is_alive()
    request.join()
    assert statuses == [200]


def test_a_target_that_is_registered_again_while_it_drains_serves_again(balancers, address, serve):
    one = serve("one")
    balancers.apply([balancer(address, [group("web", [one])])])
    wait_until_healthy(balancers, "one")
    balancers.apply([balancer(address, [group("web", [])])])
    balancers.apply([balancer(address, [group("web", [one])])])
    assert balancers.health(arn("web"), "i-one").state == "initial"
    wait_until_healthy(balancers, "one")
    assert ask(address).status == 200


# --- weights, rules, answers


def test_requests_follow_the_weights(balancers, address, serve):
    groups = [group("blue", [serve("blue")]), group("green", [serve("green")])]
    balancers.apply([balancer(address, groups, rule(forward(blue=75, green=25)))])
    wait_until_healthy(balancers, "blue", name="blue")
    wait_until_healthy(balancers, "green", name="green")
    counts = versions(address, 800)
    assert 140 < counts["green"] < 260  # 200 expected, standard deviation 12


def test_weight_zero_gets_nothing_and_all_zero_is_503(balancers, address, serve):
    groups = [group("blue", [serve("blue")]), group("green", [serve("green")])]
    balancers.apply([balancer(address, groups, rule(forward(blue=0, green=5)))])
    wait_until_healthy(balancers, "green", name="green")
    assert set(versions(address)) == {"green"}
    balancers.apply([balancer(address, groups, rule(forward(blue=0, green=0)))])
    assert ask(address).status == 503


def says(text: str) -> FixedResponse:
    return FixedResponse(200, text)


@pytest.mark.parametrize(
    ("condition", "matching", "other"),
    [
        (Condition("path-pattern", ("/img/*.png",)), {"path": "/img/a/b.png?x=1"}, {"path": "/IMG/a.png"}),
        (Condition("path-pattern", ("/a?c", "/z")), {"path": "/abc"}, {"path": "/ac"}),
        (Condition("path-pattern", ("/exact",)), {"path": "/exact"}, {"path": "/exact/more"}),
        (Condition("host-header", ("*.example.com",)), {"headers": {"Host": "WWW.example.com:80"}}, {"path": "/"}),
        (Condition("host-header", ("a.b",)), {"headers": {"Host": "a.b"}}, {"headers": {"Host": "axb"}}),
        (Condition("http-request-method", ("POST", "PUT")), {"method": "POST"}, {"method": "GET"}),
        (
            Condition("http-header", ("*Chrome*", "*Safari*"), name="User-Agent"),
            {"headers": {"user-agent": "a safari b"}},
            {"headers": {"user-agent": "Firefox"}},
        ),
        (Condition("query-string", pairs=(("v", "1*"),)), {"path": "/?a=b&V=12"}, {"path": "/?v=21"}),
        (Condition("query-string", pairs=((None, "beta"),)), {"path": "/x?any=Beta&c"}, {"path": "/beta"}),
    ],
)
def test_rules_match_as_an_albs_do(balancers, address, condition, matching, other):
    balancers.apply([balancer(address, [], rule(says("rule"), condition), rule(says("default")))])
    assert ask(address, **matching).text == "rule"
    assert ask(address, **other).text == "default"


def test_all_conditions_of_a_rule_must_hold_and_the_first_rule_wins(balancers, address):
    path, post = Condition("path-pattern", ("/api/*",)), Condition("http-request-method", ("POST",))
    rules = (rule(says("both"), path, post), rule(says("path"), path), rule(says("default")))
    balancers.apply([balancer(address, [], *rules)])
    assert ask(address, "/api/x", method="POST").text == "both"
    assert ask(address, "/api/x").text == "path"
    assert ask(address, "/", method="POST").text == "default"


def test_a_fixed_response_has_status_type_and_body(balancers, address):
    balancers.apply([balancer(address, [], rule(FixedResponse(418, '{"tea": true}', "application/json")))])
    answer = ask(address)
    assert (answer.status, answer.headers["Content-Type"], answer.text) == (418, "application/json", '{"tea": true}')


@pytest.mark.parametrize(
    ("redirect", "location"),
    [
        (Redirect(301, protocol="HTTPS", host="example.org", port="443"), "https://example.org:443/a/b?c=d"),
        (Redirect(302, host="example.org", port="81", path="/x", query="y=z"), "http://example.org:81/x?y=z"),
        (Redirect(302, host="example.org", port="81", path="/new/#{path}"), "http://example.org:81/new/a/b?c=d"),
        (Redirect(302, host="example.org", port="81", query=""), "http://example.org:81/a/b"),
    ],
)
def test_redirects_go_where_an_albs_do(balancers, address, redirect, location):
    balancers.apply([balancer(address, [], rule(redirect))])
    answer = ask(address, "/a/b?c=d")
    assert (answer.status, answer.headers["Location"]) == (redirect.status, location)


def test_the_application_learns_who_asked_and_how(balancers, address, serve):
    balancers.apply([balancer(address, [group("web", [serve("one")])])])
    wait_until_healthy(balancers, "one")
    text = ask(address, headers={"X-Forwarded-For": "192.0.2.7"}).text
    assert "x-forwarded-for: 192.0.2.7,127.0.0.1\n" in text
    assert "x-forwarded-proto: http\n" in text
    assert "x-forwarded-port: 8080\n" in text
    assert f"host: {address}:8080\n" in text
    assert "envoy" not in text


def test_a_client_with_the_cookie_stays_with_its_target_until_it_drains(balancers, address, serve):
    servers = [serve("one"), serve("two"), serve("three")]
    balancers.apply([balancer(address, [group("web", servers, cookie_seconds=60)])])
    wait_until_healthy(balancers, "one", "two", "three")
    first = ask(address)
    cookie = {"Cookie": first.headers["Set-Cookie"].partition(";")[0]}
    assert cookie["Cookie"].startswith("AWSALB=")
    assert {ask(address, headers=cookie).headers["X-Version"] for _ in range(20)} == {first.headers["X-Version"]}
    left = [server for server in servers if server.name != first.headers["X-Version"]]
    balancers.apply([balancer(address, [group("web", left, cookie_seconds=60)])])
    assert ask(address, headers=cookie).headers["X-Version"] != first.headers["X-Version"]


def test_silence_longer_than_the_idle_timeout_is_504(balancers, address, serve):
    balancers.apply([balancer(address, [group("web", [serve("slow")])], idle_timeout=1)])
    wait_until_healthy(balancers, "slow")
    assert ask(address, "/?seconds=0.2").status == 200
    assert ask(address, "/?seconds=3").status == 504


# --- counts


def test_it_counts_requests_answers_and_who_gave_them(balancers, address, serve):
    one = serve("one")
    spec = balancer(address, [group("counted", [one])], port=8090)
    balancers.apply([spec])
    wait_until_healthy(balancers, "one", name="counted")
    for path in ("/", "/", "/?status=404", "/?status=500"):
        ask(address, path, port=8090)
    one.stop()
    ask(address, port=8090)
    measured = balancers.metrics()
    counts, total = measured.target_groups[arn("counted")], measured.load_balancers[spec.arn]
    assert counts.answered == {"2": 2, "3": 0, "4": 1, "5": 1}
    assert (counts.refused, counts.connection_errors, counts.responses) == (1, 1, 4)
    assert counts.response_seconds < 4
    assert (counts.healthy_hosts, counts.unhealthy_hosts) == (1, 0)
    assert (total.requests, total.answers) == (5, {"2": 2, "3": 0, "4": 1, "5": 2})


# --- processes, addresses


def test_envoy_ends_when_the_process_that_started_it_is_killed(tmp_path):
    script = f"""
        import time
        from pathlib import Path
        from local_region.clock import Clock
        from local_region.world.door import Door
        from local_region.world.load_balancer import LoadBalancers
        door = Door(Path({str(tmp_path)!r}) / "door")
        door.start()
        balancers = LoadBalancers(Path({str(tmp_path)!r}) / "balancer", Clock(), Path({str(tmp_path)!r}) / "door")
        print(door.pid, balancers.pid, flush=True)
        time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert all(os.path.exists(f"/proc/{pid}") for pid in pids)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    eventually(lambda: not any(_runs(pid) for pid in pids), "both Envoys have ended")


def _runs(pid: int) -> bool:
    """Whether the process runs; one that nobody has waited for yet has ended all the same."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def answers(address: str) -> bool:
    try:
        return ask(address).status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_an_envoy_that_ends_is_started_again_with_the_same_configuration(tmp_path, serve):
    with running_balancers(tmp_path) as balancers:
        address = balancers.door.free_address([])
        balancers.apply([balancer(address, [group("web", [serve("one")])])])
        wait_until_healthy(balancers, "one")
        first = balancers.pid
        os.kill(first, signal.SIGKILL)
        eventually(lambda: balancers.pid != first, "another Envoy runs")
        eventually(lambda: answers(address), "requests are answered")


def test_regions_side_by_side_have_different_addresses(tmp_path):
    first, second = Door(tmp_path / "1"), Door(tmp_path / "2")
    first.start()
    second.start()
    try:
        assert DoorControl(tmp_path / "1").network != DoorControl(tmp_path / "2").network
    finally:
        first.close()
        second.close()


def test_a_block_in_which_somebody_listens_is_not_taken(monkeypatch):
    network, reservation = reserve_block()
    second, third = (int(part) for part in network.split(".")[1:])
    wanted = iter([second, third, second, third + 1 if third < 254 else third - 1])
    monkeypatch.setattr("random.randint", lambda low, high: next(wanted))
    with reservation:
        other, taken = reserve_block()
        taken.close()
    assert other != network


def test_a_state_directory_with_too_long_a_path_is_refused(tmp_path):
    with pytest.raises(EnvoyError, match="choose a state directory with a shorter path"):
        LoadBalancers(tmp_path / ("x" * 100), clock=None)
