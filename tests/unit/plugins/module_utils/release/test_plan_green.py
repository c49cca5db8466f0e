# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a blue/green release: nothing that serves is out, and what cannot be done is refused in one sentence."""

from dataclasses import replace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.release import plan_green
from ansible_collections.convoy.delivery.plugins.module_utils.release.plan import (
    Config,
    Facts,
    Green,
    Host,
    Minimum,
    Past,
)

BLUE = tuple(Host(f"i-{n}", f"us-east-1{'ab'[n % 2]}") for n in range(4))
COPY = Facts(
    application="shop",
    group="production",
    config=Config("CodeDeployDefault.AllAtOnce", Minimum("HOST_COUNT", 0)),
    hosts=BLUE,
    selection="Auto Scaling group shop-production",
    rolls_back=True,
    green=Green(copies=True, terminates_after=5),
)
FOUND = replace(COPY, green=Green(copies=False, hosts=(Host("i-8"), Host("i-9")), selection="tag Fleet=green"))


def test_a_copy_leaves_every_serving_host_in_service():
    made = plan_green.make(replace(COPY, past=(Past(60, 4), Past(80, 4), Past(90, 4))))
    assert (made.at_once, made.minimum_healthy, made.seconds, made.refusals) == (0, 4, 80, ())
    assert plan_green.lines(made)[:3] == [
        "shop/production  blue/green  CodeDeployDefault.AllAtOnce (0 healthy)",
        "  blue      4 hosts in 2 zones: us-east-1a 2, us-east-1b 2; terminated 5 minutes after the traffic has moved",
        "  green     4 hosts in a copy of Auto Scaling group shop-production",
    ]


def test_hosts_that_there_are_already_are_counted_and_too_few_are_worth_a_word():
    made = plan_green.make(FOUND)
    assert made.refusals == ()
    assert "the new fleet is smaller than the old one: 2 hosts instead of 4" in made.warnings
    assert "  green     2 hosts that there are already (tag Fleet=green)" in plan_green.lines(made)
    assert "; kept" in plan_green.lines(made)[1]


REFUSALS = {
    "nothing to copy": (
        replace(COPY, hosts=()),
        "shop/production: no instance belongs to the deployment group (Auto Scaling group shop-production), so there "
        "is no fleet to copy.",
    ),
    "no new host": (
        replace(FOUND, green=replace(FOUND.green, hosts=())),
        "shop/production: no instance is there for the new fleet (tag Fleet=green). Start or tag instances, or correct "
        "target_instances.",
    ),
    "a host of both fleets": (
        replace(FOUND, green=replace(FOUND.green, hosts=(Host("i-9"), Host("i-1")))),
        "shop/production: i-1 belongs to the old fleet and to the new one. Name other instances in target_instances.",
    ),
    "another deployment": (
        replace(COPY, active=("d-1", "InProgress", "s3://b/k")),
        "shop/production: deployment d-1 of s3://b/k runs (InProgress). Wait for its end or stop it "
        "(codedeploy_deployment, state=stopped).",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_the_impossible_is_refused_in_one_sentence(name):
    given, sentence = REFUSALS[name]
    assert plan_green.make(given).refusals == (sentence,)
