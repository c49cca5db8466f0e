# SPDX-License-Identifier: GPL-3.0-or-later
"""CodePipeline over HTTP: one API for each file of tests, each test with a pipeline of a name of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.conftest import Api, open_api
from tests.region.codepipeline.workshop import Workshop

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def region_api() -> Iterator[Api]:
    with open_api() as opened:
        Workshop.furnish(opened)
        yield opened


@pytest.fixture
def shop(region_api: Api) -> Workshop:
    """Pipelines, buckets and job workers; `shop.name` is the test's own pipeline."""
    return Workshop(region_api, f"shop-{next(_numbers)}")
