# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules about executions over HTTP: the region's API in this process, a pipeline for each test."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import Api, open_api
from tests.region.codepipeline.workshop import Workshop, wait_for
from tests.run_module import run_module
from tests.running_region import ACCESS_KEY, SECRET_KEY

_numbers = itertools.count(1)


class Shop(Workshop):
    """A pipeline of the test's own, and the modules to work with it."""

    def module(self, module: str, check_mode: bool = False, **options) -> dict:
        connection = dict(endpoint_url=self.api.url, region="us-east-1", access_key=ACCESS_KEY, secret_key=SECRET_KEY)
        given = {"pipeline_name": self.name, **options}
        return run_module(
            module, {**connection, **{name: one for name, one in given.items() if one is not None}}, check_mode
        )

    def execution(self, check_mode: bool = False, **options) -> dict:
        """codepipeline_execution; a wait that is in vain ends within half a minute."""
        return self.module("codepipeline_execution", check_mode, **{"wait_timeout": 30, **options})

    def good(self, *arguments, **options) -> dict:
        """A run of codepipeline_execution that must not fail."""
        result = self.execution(*arguments, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def after_a_look(self, does: Callable[..., object]) -> Callable[..., None]:
        """Does something as soon as the module has looked at an execution's actions."""
        before = self.asked()["ListActionExecutions"]

        def later(*arguments) -> None:
            wait_for(lambda: self.asked()["ListActionExecutions"] > before, "a look")
            does(*arguments)

        return later

    def writes(self) -> int:
        """How many calls have changed something since the region began."""
        return self.api.region.calls.counts()["writes"]

    def asked(self) -> Counter:
        """The calls to CodePipeline since the region began, by operation."""
        calls = self.api.region.calls._calls
        return Counter(
            {name.partition(":")[2]: count for name, count in calls.items() if name.startswith("codepipeline:")}
        )


@pytest.fixture
def worker():
    """A function that does something beside the test, after the test's next step has begun."""
    threads = []

    def beside(does, *arguments, **more):
        threads.append(threading.Thread(target=does, args=arguments, kwargs=more, daemon=True))
        threads[-1].start()

    yield beside
    for thread in threads:
        thread.join(30)


@pytest.fixture(scope="module")
def region_api() -> Iterator[Api]:
    with open_api() as opened:
        Workshop.furnish(opened)
        yield opened


@pytest.fixture
def shop(region_api: Api) -> Shop:
    return Shop(region_api, f"shop-{next(_numbers)}")
