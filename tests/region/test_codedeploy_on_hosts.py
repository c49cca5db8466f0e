# SPDX-License-Identifier: GPL-3.0-or-later
"""A release from end to end in a real region: hosts, agents, scripts, load balancer, and back after a broken one."""

import json

import pytest

from tests.region.hosted_site import ROLE, USER_DATA, bundle, delete_bucket, delete_profile, make_profile, wait_until


@pytest.fixture
def site(region):
    """Two instances with the agent in two zones, behind a load balancer; the application `site`, group `production`."""
    ec2, elbv2 = region.client("ec2"), region.client("elbv2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    subnets = sorted(ec2.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])[:2]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Site", "Value": "production"}]}]
    make_profile(region.client("iam"))
    ids = []
    for subnet in subnets:
        made = ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            SubnetId=subnet["SubnetId"],
            UserData=USER_DATA,
            IamInstanceProfile={"Name": "site-host"},
            TagSpecifications=tags,
        )
        ids.append(made["Instances"][0]["InstanceId"])
    balancer = elbv2.create_load_balancer(Name="site", Subnets=[subnet["SubnetId"] for subnet in subnets])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    group = elbv2.create_target_group(
        Name="site",
        Protocol="HTTP",
        Port=8000,
        VpcId=subnets[0]["VpcId"],
        HealthCheckProtocol="HTTP",
        HealthCheckPath="/",
        HealthCheckIntervalSeconds=5,
        HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=8080, DefaultActions=forward)
    region.client("s3").create_bucket(Bucket="site-bundles")
    codedeploy = region.client("codedeploy")
    codedeploy.create_application(applicationName="site")
    codedeploy.create_deployment_group(
        applicationName="site",
        deploymentGroupName="production",
        serviceRoleArn=ROLE,
        ec2TagFilters=[{"Key": "Site", "Value": "production", "Type": "KEY_AND_VALUE"}],
        deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "site"}]},
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
    )
    yield ids, group
    ec2.terminate_instances(InstanceIds=ids)
    elbv2.delete_load_balancer(LoadBalancerArn=arn)
    elbv2.delete_target_group(TargetGroupArn=group)
    codedeploy.delete_application(applicationName="site")
    delete_profile(region.client("iam"))
    delete_bucket(region.client("s3"))


def release(region, version: str, valid: bool = True) -> dict:
    """DeploymentInfo of a release once it has ended."""
    region.client("s3").put_object(Bucket="site-bundles", Key=f"{version}.zip", Body=bundle(version, valid))
    location = {"bucket": "site-bundles", "key": f"{version}.zip", "bundleType": "zip"}
    deployment = region.client("codedeploy").create_deployment(
        applicationName="site",
        deploymentGroupName="production",
        revision={"revisionType": "S3", "s3Location": location},
    )
    return end_of(region, deployment["deploymentId"])


def end_of(region, deployment: str) -> dict:
    client = region.client("codedeploy")

    def ended():
        info = client.get_deployment(deploymentId=deployment)["deploymentInfo"]
        return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None

    return wait_until(ended, 90)


def targets(region, deployment: str) -> list[dict]:
    client = region.client("codedeploy")
    ids = client.list_deployment_targets(deploymentId=deployment)["targetIds"]
    found = client.batch_get_deployment_targets(deploymentId=deployment, targetIds=ids)["deploymentTargets"]
    return [target["instanceTarget"] for target in found]


def versions(region, ids) -> list[str]:
    return [region.run_on(instance_id, "cat", "/srv/site/index.html").stdout for instance_id in ids]


@pytest.mark.thorough
def test_a_release_reaches_the_hosts_and_a_broken_one_is_rolled_back(region, site):
    ids, target_group = site
    first = release(region, "1.0")
    assert first["status"] == "Succeeded", json.dumps(targets(region, first["deploymentId"]), default=str, indent=1)
    assert versions(region, ids) == ["1.0", "1.0"]
    health = region.client("elbv2").describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    assert [target["TargetHealth"]["State"] for target in health] == ["healthy", "healthy"]

    broken = release(region, "1.1", valid=False)
    assert (broken["status"], broken["errorInformation"]["code"]) == ("Failed", "HEALTH_CONSTRAINTS")
    by_status = {target["status"]: target for target in targets(region, broken["deploymentId"])}
    assert set(by_status) == {"Failed", "Skipped"}
    failed = next(event for event in by_status["Failed"]["lifecycleEvents"] if event["status"] == "Failed")
    assert failed["lifecycleEventName"] == "ValidateService"
    assert failed["diagnostics"]["errorCode"] == "ScriptFailed"
    assert failed["diagnostics"]["scriptName"] == "scripts/validate.sh"
    assert "version 1.1 is broken" in failed["diagnostics"]["logTail"]

    rollback = end_of(region, broken["rollbackInfo"]["rollbackDeploymentId"])
    assert (rollback["status"], rollback["creator"]) == ("Succeeded", "codeDeployRollback")
    assert targets(region, rollback["deploymentId"])[0]["targetId"] == by_status["Failed"]["targetId"]
    assert versions(region, ids) == ["1.0", "1.0"]
    health = region.client("elbv2").describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    assert [target["TargetHealth"]["State"] for target in health] == ["healthy", "healthy"]
