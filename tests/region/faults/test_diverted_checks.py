# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks that are diverted to where they fail, by a clock that the test moves."""

import pytest

from local_region.clock import SimulatedClock
from local_region.world.load_balancer import LoadBalancers
from tests.region.balancing import CHECK, arn, balancer, eventually, group, wait_until_healthy
from tests.region.web_server import WebServer

NOBODY = ("127.0.0.1", 9)  # the discard service, which no machine has: refused


@pytest.fixture
def clock():
    return SimulatedClock()


@pytest.fixture
def balancers(tmp_path, clock):
    running = LoadBalancers(tmp_path / "balancer", clock)
    yield running
    running.close()


@pytest.fixture
def servers():
    pair = [WebServer("a"), WebServer("b")]
    yield pair
    for server in pair:
        server.stop()


def test_a_target_whose_checks_are_diverted_is_unhealthy_after_as_many_as_its_threshold(balancers, clock, servers):
    balancers.apply([balancer("127.0.0.1", [group("web", servers)])])
    wait_until_healthy(balancers, "a", "b")
    balancers.divert_checks("i-a", NOBODY)
    for _ in range(2):
        balancers.look()
    assert balancers.health(arn("web"), "i-a").state == "healthy"

    clock.advance(CHECK.unhealthy_threshold * CHECK.interval)
    eventually(lambda: balancers.health(arn("web"), "i-a").state == "unhealthy", "a fails its checks")
    assert balancers.health(arn("web"), "i-b").state == "healthy"

    balancers.divert_checks("i-a", None)
    wait_until_healthy(balancers, "a")
