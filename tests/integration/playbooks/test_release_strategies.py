# SPDX-License-Identifier: GPL-3.0-or-later
"""The strategies beside rolling, and the alarm. Each test goes on from where the one before ended."""

from __future__ import annotations

import json

import pytest

from tests.integration.playbooks.conftest import Site

pytestmark = pytest.mark.thorough

PRODUCTION = ("--limit", "production")
BLUE_GREEN = ("-e", "delivery_strategy=blue_green", "-e", "release_termination_wait_minutes=0")


def auto_scaling_groups(site: Site) -> list[str]:
    """The names of production's Auto Scaling groups."""
    tag = [{"Name": "tag:Environment", "Values": ["production"]}]
    groups = site.region.client("autoscaling").describe_auto_scaling_groups(Filters=tag)["AutoScalingGroups"]
    return sorted(group["AutoScalingGroupName"] for group in groups)


def deployed_groups(site: Site) -> list[str]:
    """The names of the Auto Scaling groups that CodeDeploy deploys to in production."""
    group = {"applicationName": "storefront", "deploymentGroupName": "production"}
    info = site.region.client("codedeploy").get_deployment_group(**group)["deploymentGroupInfo"]
    return [one["name"] for one in info["autoScalingGroups"]]


def release(site: Site, version: str, *arguments: str):
    return site.run("release", *site.release_arguments(version), *PRODUCTION, *arguments)


@pytest.fixture(scope="module")
def shop(site):
    """The site with 2.0 in production, and 1.0 before it, whatever was there."""
    for version in ("1.0", "2.0"):
        run = release(site, version)
        assert run.status == 0, run.output
    return site


def test_a_release_that_answers_errors_is_stopped_by_the_alarm_and_rolled_back(shop):
    zonal = ("-e", "release_zonal=true", "-e", "release_zone_monitor_seconds=240")

    run = release(shop, "3.1", *zonal)

    assert run.status != 0
    assert "Activated alarms: <storefront-production-5xx> (ALARM_ACTIVE)" in run.text
    report = shop.report("3.1", "production")
    assert (report["status"], report["rolled_back"], report["version_after"]) == ("Failed", True, "2.0")
    assert report["lost"] == 0 < report["answered_with_error"]
    rollback, stopped = shop.deployments("production")[:2]
    assert (stopped["status"], rollback["status"]) == ("Stopped", "Succeeded")
    assert stopped["deploymentConfigName"] == "storefront-production-healthy-1-hosts-zonal-240s"
    assert shop.versions("production") == {"2.0"}


def test_while_the_alarm_rings_a_release_is_refused_and_a_rollback_goes_ahead(shop):
    cloudwatch = shop.region.client("cloudwatch")
    alarm = {"AlarmName": "storefront-production-5xx"}
    # Any share of errors is too much now, and so is none: it rings until site mends it.
    found = cloudwatch.describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"][0]
    cloudwatch.put_metric_alarm(
        **alarm,
        Metrics=found["Metrics"],
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=0.0,
        EvaluationPeriods=1,
        TreatMissingData="breaching",
    )
    cloudwatch.set_alarm_state(**alarm, StateValue="ALARM", StateReason="a test")
    before = shop.deployments("production")

    refused = release(shop, "3.0")
    back = shop.run("rollback", *PRODUCTION)
    mended = shop.run("site", *PRODUCTION)

    assert refused.status != 0
    assert "its alarm storefront-production-5xx is in ALARM and would stop the deployment at once" in refused.text
    assert back.status == 0, back.output
    assert shop.deployments("production")[1:] == before
    assert shop.versions("production") == {"1.0"}
    assert mended.changed == {"production": 1}


def test_all_at_once_is_one_deployment_to_all_hosts(shop):
    run = release(shop, "2.0", "-e", "delivery_strategy=all_at_once", "-e", "release_heed_alarms=false")

    assert run.status == 0, run.output
    assert shop.deployments("production")[0]["deploymentConfigName"] == "CodeDeployDefault.AllAtOnce"
    assert shop.report("2.0", "production")["strategy"] == "all_at_once"


def test_a_blue_green_release_moves_production_to_new_hosts_without_a_lost_request(shop):
    before = {one["instance_id"] for one in shop.region.status()["hosts"]}

    foreseen = release(shop, "3.0", *BLUE_GREEN, "--check")
    run = release(shop, "3.0", *BLUE_GREEN)

    assert foreseen.status == 0, foreseen.output
    assert "green 2 hosts in a copy of Auto Scaling group storefront-production" in run.text
    assert run.status == 0, run.output
    report = shop.report("3.0", "production")
    assert (report["strategy"], report["lost"], report["version_after"]) == ("blue_green", 0, "3.0")
    assert shop.versions("production") == {"3.0"}
    after = {one["instance_id"] for one in shop.region.status()["hosts"]}
    assert (len(after), len(after - before)) == (4, 2)
    newest = shop.deployments("production")[0]
    assert auto_scaling_groups(shop) == deployed_groups(shop) == [f"CodeDeploy_production_{newest['deploymentId']}"]


def test_after_a_blue_green_release_site_completes_the_copy_once_and_then_finds_all_in_order(shop):
    """The copy has neither the fleet's own lifecycle hook nor its warm-up (roles/fleet/README.md)."""
    completed = shop.run("site", *PRODUCTION, "--diff")
    before = shop.writes()

    run = shop.run("site", *PRODUCTION)

    assert completed.changed == {"production": 1}, completed.output

    assert run.status == 0, run.output
    assert run.changed == {"production": 0}, run.output
    assert shop.writes() == before


def test_the_new_hosts_of_a_failed_blue_green_release_go_where_that_is_asked_for(shop):
    before = auto_scaling_groups(shop)
    deployments = len(shop.deployments("production"))

    run = release(shop, "2.1", *BLUE_GREEN, "-e", "release_orphaned_auto_scaling_groups=remove")

    assert run.status != 0
    assert len(shop.deployments("production")) > deployments
    assert shop.report("2.1", "production")["status"] == "Failed"
    assert "was left behind by a blue/green deployment and is deleted" in run.text
    assert auto_scaling_groups(shop) == deployed_groups(shop) == before


@pytest.fixture
def second_fleet(shop, tmp_path):
    """The name of an Auto Scaling group of two hosts without traffic. In the end production has its own fleet again."""

    def play(text: str) -> None:
        path = tmp_path / "second_fleet.yml"
        path.write_text(text)
        run = shop.run(str(path), *PRODUCTION)
        assert run.status == 0, run.output

    play(SECOND_FLEET)
    yield "storefront-production-green"
    group = {"applicationName": "storefront", "currentDeploymentGroupName": "production"}
    shop.region.client("codedeploy").update_deployment_group(**group, autoScalingGroups=[])
    play(NO_SECOND_FLEET)
    run = shop.run("site", *PRODUCTION)
    assert run.status == 0, run.output


def test_a_fleet_that_there_is_already_takes_over_and_the_old_one_goes(shop, second_fleet):
    named = json.dumps({"release_target_instances": {"auto_scaling_groups": [second_fleet]}})

    run = release(shop, "1.0", *BLUE_GREEN, "-e", "release_green_provisioning=DISCOVER_EXISTING", "-e", named)

    assert run.status == 0, run.output
    assert shop.report("1.0", "production")["lost"] == 0
    assert shop.versions("production") == {"1.0"}
    assert auto_scaling_groups(shop) == deployed_groups(shop) == [second_fleet]


PLAY = """
- hosts: environments
  gather_facts: false
  module_defaults:
    group/convoy.delivery.aws: "{{ aws_connection }}"
  vars:
    fleet_name: storefront-production-green
"""
SECOND_FLEET = f"""{PLAY}
    fleet_deployment_group: ""
    # CodeDeploy gives the hosts traffic when they have the release.
    fleet_target_group_arns: []
  roles:
    - role: convoy.delivery.access
    - role: convoy.delivery.network
    - role: convoy.delivery.load_balancer
    - role: convoy.delivery.fleet
"""
NO_SECOND_FLEET = f"""{PLAY}
  tasks:
    - ansible.builtin.include_role:
        name: convoy.delivery.fleet
        tasks_from: absent
"""
