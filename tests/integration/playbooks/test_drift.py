# SPDX-License-Identifier: GPL-3.0-or-later
"""drift: what it finds when somebody has changed things behind Ansible's back, and what it leaves to others."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.region.codebuild.yard import eventually

NAME = "storefront-staging"

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def meddled(site):
    """The site after somebody's changes to staging by hand; put back at the end."""
    ec2, elbv2, s3 = (site.region.client(name) for name in ("ec2", "elbv2", "s3"))
    codedeploy, scaling = site.region.client("codedeploy"), site.region.client("autoscaling")
    named = [{"Name": "group-name", "Values": [f"{NAME}-load-balancer"]}]
    [front] = ec2.describe_security_groups(Filters=named)["SecurityGroups"]
    [targets] = elbv2.describe_target_groups(Names=[NAME])["TargetGroups"]
    group = {"applicationName": "storefront", "currentDeploymentGroupName": "staging"}
    declared = codedeploy.get_deployment_group(applicationName="storefront", deploymentGroupName="staging")
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}

    ec2.authorize_security_group_ingress(GroupId=front["GroupId"], IpPermissions=[ssh])
    elbv2.modify_target_group(TargetGroupArn=targets["TargetGroupArn"], HealthCheckIntervalSeconds=60)
    s3.put_bucket_versioning(Bucket="storefront-artifacts", VersioningConfiguration={"Status": "Suspended"})
    codedeploy.update_deployment_group(**group, alarmConfiguration={"enabled": False, "alarms": []})
    scaling.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=3)
    yield site
    ec2.revoke_security_group_ingress(GroupId=front["GroupId"], IpPermissions=[ssh])
    interval = targets["HealthCheckIntervalSeconds"]
    elbv2.modify_target_group(TargetGroupArn=targets["TargetGroupArn"], HealthCheckIntervalSeconds=interval)
    s3.put_bucket_versioning(Bucket="storefront-artifacts", VersioningConfiguration={"Status": "Enabled"})
    alarms = declared["deploymentGroupInfo"]["alarmConfiguration"]
    codedeploy.update_deployment_group(**group, alarmConfiguration=alarms)
    scaling.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=2)
    eventually(lambda: len(site.region.status()["hosts"]) == 4, "the hosts that there were")


def fields(answers: list[dict]) -> set[tuple[str, str]]:
    """(role, field) of what differs, a field for each."""
    return {(one["role"], field["field"].partition(".")[0]) for one in answers for field in one.get("fields", [one])}


def test_after_site_everything_is_as_declared(site, tmp_path: Path):
    run = site.run("drift", "-e", "drift_fail=true", "-e", f"drift_report_path={tmp_path}")

    assert run.status == 0, run.output
    report = json.loads((tmp_path / "drift.json").read_text())
    assert {host: found["differences"] for host, found in report.items()} == {
        "staging": [],
        "production": [],
        "pipeline": [],
    }
    assert "staging: as declared" in (tmp_path / "drift.txt").read_text()


def test_what_was_changed_by_hand_is_found_and_what_belongs_to_others_left_to_them(meddled, tmp_path: Path):
    before = meddled.writes()

    run = meddled.run("drift", "--limit", "staging", "-e", "drift_fail=true", "-e", f"drift_report_path={tmp_path}")

    assert run.status == 2, run.output
    found = json.loads((tmp_path / "drift.json").read_text())["staging"]
    assert Counter(one["role"] for one in found["differences"]) == {
        "artifact_store": 1, "load_balancer": 2, "deployment_target": 1
    }  # fmt: skip
    assert fields(found["differences"]) >= {
        ("load_balancer", "ip_permissions"),
        ("load_balancer", "health_check_interval_seconds"),
        ("deployment_target", "alarm_configuration"),
    }
    assert fields(found["left_to_others"]) == {("fleet", "desired_capacity")}
    assert "desired_capacity: is 3, declared 2" in run.text
    assert "staging differs from its declaration" in run.text
    assert meddled.writes() == before
