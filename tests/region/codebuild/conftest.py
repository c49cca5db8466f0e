# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeBuild over HTTP: one API for each file of tests, each test with a project of a name of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.conftest import Api, open_api
from tests.region.codebuild.yard import Yard

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def build_api() -> Iterator[Api]:
    with open_api() as opened:
        Yard.furnish(opened)
        yield opened


@pytest.fixture
def yard(build_api: Api) -> Yard:
    """A project's name, a builder that does what it is told, and buckets; `yard.name` is the test's own project."""
    return Yard(build_api, f"yard-{next(_numbers)}")
