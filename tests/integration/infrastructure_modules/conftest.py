# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: modules for CloudWatch and Auto Scaling, over HTTP against the API in this process, every call counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Api, open_api
from tests.running_modules import Modules


@pytest.fixture(scope="package")
def shared_api() -> Iterator[Api]:
    """One API for all tests here: emptying moto costs seconds, deleting what a test has made does not."""
    with open_api() as opened:
        yield opened


@pytest.fixture(scope="package")
def modules(shared_api: Api) -> Modules:
    return Modules(shared_api)
