# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that moves all at once, by a canary, or in equal steps. Numbers from the predefined configurations."""

import pytest

from local_region.engine.traffic_shift import ALL_AT_ONCE, Routing, duration, percent_at

CANARY = Routing("TimeBasedCanary", 10, 300)  # LambdaCanary10Percent5Minutes
LINEAR = Routing("TimeBasedLinear", 10, 60)  # LambdaLinear10PercentEvery1Minute
THIRDS = Routing("TimeBasedLinear", 33, 60)


@pytest.mark.parametrize(
    ("routing", "elapsed", "percent"),
    [
        (ALL_AT_ONCE, 0, 100),
        (CANARY, 0, 10),
        (CANARY, 299, 10),
        (CANARY, 300, 100),
        (LINEAR, 0, 10),
        (LINEAR, 59, 10),
        (LINEAR, 60, 20),
        (LINEAR, 539, 90),
        (LINEAR, 540, 100),
        (LINEAR, 9999, 100),
        (THIRDS, 120, 99),
        (THIRDS, 180, 100),
    ],
)
def test_the_new_version_has_its_share_of_the_traffic(routing, elapsed, percent):
    assert percent_at(routing, elapsed) == percent


@pytest.mark.parametrize(("routing", "seconds"), [(ALL_AT_ONCE, 0), (CANARY, 300), (LINEAR, 540), (THIRDS, 180)])
def test_the_shift_ends_as_soon_as_all_traffic_has_moved(routing, seconds):
    assert duration(routing) == seconds
    assert percent_at(routing, seconds) == 100
    if seconds:
        assert percent_at(routing, seconds - 1) < 100
