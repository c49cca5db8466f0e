# SPDX-License-Identifier: GPL-3.0-or-later
"""No change of a load balancer loses a request; what breaks without notice does, and is seen to."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.region.balancing import (
    Load,
    arn,
    ask,
    balancer,
    eventually,
    forward,
    group,
    rule,
    running_balancers,
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
def servers():
    started = [WebServer(str(number)) for number in range(4)]
    yield started
    for server in started:
        server.stop()


def test_no_request_is_lost_while_targets_come_and_go(balancers, address, servers):
    balancers.apply([balancer(address, [group("web", servers)])])
    wait_until_healthy(balancers, "0", "1", "2", "3")
    with Load(address) as load:
        for change in range(300):
            away = servers[1 + change % 3]  # one stays: a target that comes back is checked before it gets requests
            balancers.apply([balancer(address, [group("web", [one for one in servers if one is not away])])])
            if change % 10 == 0:
                wait_until_drained(balancers, away.id)
            balancers.apply([balancer(address, [group("web", servers)])])
        eventually(lambda: load.requests > 1000, "enough requests for the claim")
    assert load.lost == []


def test_no_request_is_lost_when_each_server_restarts_after_it_has_drained(balancers, address, servers):
    balancers.apply([balancer(address, [group("web", servers)])])
    wait_until_healthy(balancers, "0", "1", "2", "3")
    with Load(address) as load:
        for server in servers:
            balancers.apply([balancer(address, [group("web", [one for one in servers if one is not server])])])
            wait_until_drained(balancers, server.id)
            server.stop()
            server.name += "-new"
            server.start()
            balancers.apply([balancer(address, [group("web", servers)])])
            wait_until_healthy(balancers, server.id)
            eventually(lambda name=server.name: load.answers[name] > 0, f"{server.name} answers")
    assert load.lost == []


def test_requests_are_lost_when_a_server_is_killed_without_draining(balancers, address, servers):
    balancers.apply([balancer(address, [group("web", servers)])])
    wait_until_healthy(balancers, "0", "1", "2", "3")
    with Load(address) as load:
        servers[0].stop()
        eventually(lambda: balancers.health(arn("web"), "i-0").state == "unhealthy", "0 unhealthy")
    assert len(load.lost) > 0
    assert set(load.lost) == {"502 Bad Gateway"}


def test_no_request_is_lost_while_weights_move(balancers, address, servers):
    blue, green = group("blue", servers[:2]), group("green", servers[2:])
    balancers.apply([balancer(address, [blue, green], rule(forward(blue=100, green=0)))])
    wait_until_healthy(balancers, "0", "1", name="blue")
    wait_until_healthy(balancers, "2", "3", name="green")
    with Load(address) as load:
        for step in (*range(0, 101, 1), *range(100, -1, -1), *range(0, 101, 1)):
            balancers.apply([balancer(address, [blue, green], rule(forward(blue=100 - step, green=step)))])
    assert load.lost == []
    assert ask(address).headers["X-Version"] in {"2", "3"}


def test_no_request_is_lost_while_target_groups_listeners_and_rules_change(balancers, address, servers):
    blue, green = group("blue", servers[:2]), group("green", servers[2:])
    balancers.apply([balancer(address, [blue])])
    wait_until_healthy(balancers, "0", "1", name="blue")
    with Load(address) as load:
        for interval in (1, 2, 3, 4):
            balancers.apply([balancer(address, [blue, green], rule(forward(blue=1, green=0)))])
            wait_until_healthy(balancers, "2", "3", name="green")
            balancers.apply([balancer(address, [green])])
            slower = replace(blue, health_check=replace(blue.health_check, interval=interval))
            balancers.apply([balancer(address, [slower, green], rule(forward(blue=0, green=1)))])
            wait_until_healthy(balancers, "0", "1", name="blue")
            balancers.apply([balancer(address, [slower], idle_timeout=60 + interval)])
        eventually(lambda: load.requests > 100, "enough requests for the claim")
    assert load.lost == []


def test_requests_in_flight_are_answered_while_their_target_drains(balancers, address, servers):
    balancers.apply([balancer(address, [group("web", servers[:1])])])
    wait_until_healthy(balancers, "0")
    answers = []
    slow = threading.Thread(target=lambda: answers.append(ask(address, "/?seconds=1")))
    slow.start()
    eventually(lambda: servers[0].requests == 1, "the slow request has arrived")
    balancers.apply([balancer(address, [group("web", [])])])
    assert ask(address).status == 503  # new requests go elsewhere, and there is nowhere else
    assert balancers.health(arn("web"), "i-0").state == "draining"
    slow.join()
    assert answers[0].status == 200
    wait_until_drained(balancers, "0")
