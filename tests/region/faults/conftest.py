# SPDX-License-Identifier: GPL-3.0-or-later
"""One region for all tests of faults. Its time runs fast: the five minutes that a silent agent has take 5 s."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.region.faults.fault_site import Site, build
from tests.running_region import boot

FAST = 60.0


@pytest.fixture(scope="package")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    region = boot(tmp_path_factory.mktemp("faults"), FAST)
    yield build(region)
    region.stop()


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The site, whole: no fault of a test outlives it."""
    yield shared_site
    shared_site.region.clear()
