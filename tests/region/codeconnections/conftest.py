# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeConnections over HTTP: one API for each file of tests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Api, open_api
from tests.region.codeconnections.provider import Provider

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def region_api() -> Iterator[Api]:
    with open_api() as opened:
        yield opened


@pytest.fixture
def provider(region_api: Api, tmp_path: Path) -> Provider:
    """A folder of repositories, a developer, and a connection that nobody has completed."""
    return Provider(region_api, f"provider-{next(_numbers)}", tmp_path)
