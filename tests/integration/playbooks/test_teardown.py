# SPDX-License-Identifier: GPL-3.0-or-later
"""teardown. The last tests of the site, as nothing is left after them."""

from __future__ import annotations

import pytest

CONFIRMED = ("-e", "teardown_confirm=staging,production,pipeline")


def test_without_its_name_an_environment_is_not_removed(site):
    before = site.writes()

    run = site.run("teardown", "-e", "teardown_confirm=staging,pipeline")

    assert run.status != 0
    assert "production: teardown removes all of it." in run.text
    assert site.writes() == before


def test_a_protected_environment_is_not_removed(site):
    before = site.writes()

    run = site.run("teardown", "-e", "delivery_protected=true", *CONFIRMED)

    assert run.status != 0
    assert "production is protected: delivery_protected is true in its inventory. Nothing was removed." in run.text
    assert site.writes() == before


@pytest.mark.thorough
def test_check_mode_removes_nothing(site):
    before = site.writes()

    run = site.run("teardown", "--check", "--limit", "production,pipeline", *CONFIRMED)

    assert run.status == 0, run.output
    assert run.changed["production"] > 10 and run.changed["pipeline"] > 5
    assert site.writes() == before


def test_teardown_leaves_nothing_even_where_half_is_missing(site):
    codedeploy, elbv2 = site.region.client("codedeploy"), site.region.client("elbv2")
    codedeploy.delete_deployment_group(applicationName="storefront", deploymentGroupName="staging")
    [balancer] = elbv2.describe_load_balancers(Names=["storefront-staging"])["LoadBalancers"]
    elbv2.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])

    run = site.run("teardown", *CONFIRMED)

    assert run.status == 0, run.output
    assert site.region.inventory() == {}
    assert site.region.status()["hosts"] == []


@pytest.mark.thorough
def test_a_second_teardown_finds_nothing_to_do(site):
    run = site.run("teardown", "--limit", "staging,pipeline", *CONFIRMED)

    assert run.status == 0, run.output
    assert run.changed == {"staging": 0, "pipeline": 0}
