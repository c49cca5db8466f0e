# SPDX-License-Identifier: GPL-3.0-or-later
"""A region of their own: a server's name that another test has deregistered is not free again for a day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.running_region import TIME_SCALE, RunningRegion, boot


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegion]:
    running = boot(tmp_path_factory.mktemp("on_premises"), TIME_SCALE)
    yield running
    running.stop()
