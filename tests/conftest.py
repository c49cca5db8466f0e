# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures shared by all tests.

region        a real region with hosts and load balancers, one for the whole session, on a free port
start_region  a function that starts a region of the test's own, with its time scale; stopped when the test ends
api           the API alone, in this process, empty for each test: no hosts, no nest, about a millisecond
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import order
from tests.running_region import TIME_SCALE, RunningRegion, boot, make_client


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegion]:
    running = boot(tmp_path_factory.mktemp("region"), TIME_SCALE)
    yield running
    running.stop()


@pytest.fixture
def start_region(tmp_path: Path) -> Iterator[Callable[..., RunningRegion]]:
    started: list[RunningRegion] = []

    def start(time_scale: float = TIME_SCALE, state_dir: Path | None = None) -> RunningRegion:
        started.append(boot(state_dir or tmp_path / f"region{len(started)}", time_scale))
        return started[-1]

    yield start
    for running in started:
        running.stop()


class Api:
    """The region's API in this process. `region` is the `Region` behind it, for tests that look inside."""

    def __init__(self, region, url: str):
        self.region, self.url = region, url

    def client(self, service: str, **options):
        return make_client(self.url, service, **options)


@contextlib.contextmanager
def open_api(threads: int = 16) -> Iterator[Api]:
    """An API in this process, with moto empty before and after. Each agent that polls takes one of the threads."""
    from local_region.clock import Clock
    from local_region.http_server import listening_socket
    from local_region.moto_access import reset
    from local_region.region import Region

    listener = listening_socket("127.0.0.1", 0)
    reset()
    region = Region(Clock(TIME_SCALE))
    region.serve([listener], threads=threads)
    host, port = listener.getsockname()
    yield Api(region, f"http://{host}:{port}")
    region.close()
    reset()


@pytest.fixture
def api() -> Iterator[Api]:
    with open_api() as opened:
        yield opened


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run what is marked `thorough` too, which takes long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: order.rank(item.nodeid))
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> order.ByFile:
    config.option.loadscopereorder = False
    return order.ByFile(config, log)
