# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the load balancer share: specs in short, clients that count what they lose."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local_region.clock import Clock
from local_region.world.balancer.spec import (
    Condition,
    Forward,
    HealthCheckSpec,
    ListenerSpec,
    LoadBalancerSpec,
    RuleSpec,
    TargetGroupSpec,
    TargetSpec,
)
from local_region.world.door import Door
from local_region.world.load_balancer import LoadBalancers
from tests.region.web_server import WebServer

SCALE = 10.0
PATIENCE = 15.0
CHECK = HealthCheckSpec(path="/health", interval=2, timeout=1, healthy_threshold=2, unhealthy_threshold=2)


def arn(group: str) -> str:
    return f"arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/{group}/0123456789abcdef"


def group(name: str, servers: Iterable[WebServer], check: HealthCheckSpec = CHECK, **options) -> TargetGroupSpec:
    members = tuple(TargetSpec(f"i-{server.id}", server.port, "127.0.0.1") for server in servers)
    return TargetGroupSpec(arn(name), name, members, check, **({"deregistration_delay": 60.0} | options))


def forward(**weights: int) -> Forward:
    return Forward(tuple((arn(name), weight) for name, weight in weights.items()))


def rule(action, *conditions: Condition) -> RuleSpec:
    return RuleSpec(conditions, action)


def balancer(address: str, groups: Iterable[TargetGroupSpec], *rules: RuleSpec, port: int = 8080, **options):
    """A load balancer with one listener; without rules it forwards to all the groups alike."""
    groups = tuple(groups)
    everything = Forward(tuple((one.arn, 1) for one in groups))
    listener = ListenerSpec(
        f"arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/50dc6c495c0c9188/{port:016x}",
        port,
        rules or (rule(everything),),
    )
    return LoadBalancerSpec(
        "arn:aws:...:loadbalancer/app/web/50dc6c495c0c9188", "web", address, (listener,), groups, **options
    )


@contextmanager
def running_balancers(directory: Path) -> Iterator[LoadBalancers]:
    """A door and balancers in `directory`, as a region has them."""
    door = Door(directory / "door")
    door.start()
    balancers = LoadBalancers(directory / "balancer", Clock(SCALE), directory / "door")
    try:
        yield balancers
    finally:
        balancers.close()
        door.close()


def wait_until_healthy(balancers: LoadBalancers, *ids: str, name: str = "web") -> None:
    for one in ids:
        eventually(lambda one=one: balancers.health(arn(name), f"i-{one}").state == "healthy", f"{one} is healthy")


def wait_until_drained(balancers: LoadBalancers, one: str, name: str = "web") -> None:
    eventually(lambda: balancers.health(arn(name), f"i-{one}").state == "unused", f"{one} has drained")


def ask(address: str, path: str = "/", port: int = 8080, method: str = "GET", headers=None) -> http.client.HTTPResponse:
    """One request on a connection of its own; the answer has its body in `text`."""
    connection = http.client.HTTPConnection(address, port, timeout=PATIENCE)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer
    finally:
        connection.close()


def versions(address: str, requests: int = 40) -> Counter:
    """Which servers answer, how often."""
    return Counter(ask(address).headers.get("X-Version") for _ in range(requests))


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"still not so: {what}"
        time.sleep(0.01)


@dataclass
class Load:
    """Clients that ask without a pause worth the name, some on connections that they keep, some on new ones."""

    address: str
    port: int = 8080
    kept: int = 3
    new: int = 2
    pause: float = 0.01
    answers: Counter = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    def __enter__(self) -> Load:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._client, args=(number < self.kept,)) for number in range(self.kept + self.new)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def requests(self) -> int:
        return sum(self.answers.values()) + len(self.lost)

    def _client(self, keep: bool) -> None:
        connection = http.client.HTTPConnection(self.address, self.port, timeout=PATIENCE)
        while not self._stop.wait(self.pause):
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.answers[answer.headers["X-Version"]] += 1
                else:
                    self.lost.append(f"{answer.status} {answer.reason}")
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                connection.close()
            if not keep:
                connection.close()
        connection.close()
