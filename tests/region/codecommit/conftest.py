# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeCommit over HTTP: one API for each file of tests, each test with a repository of a name of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Api, open_api
from tests.region.codecommit.forge import Forge

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def region_api() -> Iterator[Api]:
    with open_api() as opened:
        yield opened


@pytest.fixture
def forge(region_api: Api, tmp_path: Path) -> Forge:
    """A repository, and a developer with the ordinary git client."""
    return Forge(region_api, f"forge-{next(_numbers)}", tmp_path)
