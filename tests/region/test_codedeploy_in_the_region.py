# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeDeploy as the region runs it: on EC2 instances, Auto Scaling groups, target groups and alarms of the same API."""

import json
import threading
import urllib.request
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/codedeploy"
REGION = "us-east-1"
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "bundles", "key": "app.zip", "bundleType": "zip"}}


def ask(url: str, operation: str, **params) -> dict:
    headers = {
        "X-Amz-Target": f"CodeDeployCommandService_v20141006.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=AKIALOCALREGION00000/20260101/{REGION}/codedeploy-commands/"
        "aws4_request, SignedHeaders=host, Signature=0",
    }
    request = urllib.request.Request(url, json.dumps(params).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


@contextmanager
def agents(api, instance_ids):
    """An agent for each instance that does everything well."""
    stopped = threading.Event()

    def work(arn):
        while not stopped.is_set():
            command = ask(api.url, "PollHostCommand", HostIdentifier=arn).get("HostCommand")
            if command:
                identifier = {"HostCommandIdentifier": command["HostCommandIdentifier"]}
                ask(api.url, "PutHostCommandAcknowledgement", **identifier)
                ask(api.url, "PutHostCommandComplete", **identifier, CommandStatus="Succeeded")

    arns = [f"arn:aws:ec2:{REGION}:123456789012:instance/{instance_id}" for instance_id in instance_ids]
    threads = [threading.Thread(target=work, args=(arn,), daemon=True) for arn in arns]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        api.region.codedeploy.runner.host_commands.close()
        for thread in threads:
            thread.join(10)


@pytest.fixture
def shop(api):
    """Three instances, two of them tagged Environment=production, a target group `web`, and the application `shop`."""
    ec2 = api.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    subnet = ec2.describe_subnets()["Subnets"][0]
    made = ec2.run_instances(
        ImageId=image, MinCount=3, MaxCount=3, InstanceType="t3.micro", SubnetId=subnet["SubnetId"]
    )
    ids = [instance["InstanceId"] for instance in made["Instances"]]
    ec2.create_tags(Resources=ids[:2], Tags=[{"Key": "Environment", "Value": "production"}])
    elbv2 = api.client("elbv2")
    group = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=8000, VpcId=subnet["VpcId"])["TargetGroups"][0]
    api.client("codedeploy").create_application(applicationName="shop")
    return ids, group["TargetGroupArn"]


def create_group(api, **options):
    api.client("codedeploy").create_deployment_group(
        applicationName="shop", deploymentGroupName="production", serviceRoleArn=ROLE, **options
    )


def deploy(api, **options) -> dict:
    client = api.client("codedeploy")
    deployment = client.create_deployment(
        applicationName="shop", deploymentGroupName="production", revision=REVISION, **options
    )["deploymentId"]
    ended = threading.Event()
    while (info := client.get_deployment(deploymentId=deployment)["deploymentInfo"])["status"] in (
        "Created",
        "InProgress",
    ):
        ended.wait(0.05)
    return info


def test_tagged_instances_are_deployed_to_and_put_behind_the_load_balancer(api, shop):
    ids, target_group = shop
    create_group(
        api,
        ec2TagFilters=[{"Key": "Environment", "Value": "production", "Type": "KEY_AND_VALUE"}],
        deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
    )
    with agents(api, ids):
        info = deploy(api)
    assert (info["status"], info["deploymentOverview"]["Succeeded"]) == ("Succeeded", 2)
    health = api.client("elbv2").describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    assert {target["Target"]["Id"] for target in health} == set(ids[:2])


def test_a_stopped_instance_counts_as_failed_and_a_terminated_one_not_at_all(api, shop):
    ids, _ = shop
    ec2 = api.client("ec2")
    ec2.create_tags(Resources=ids, Tags=[{"Key": "Environment", "Value": "production"}])
    ec2.stop_instances(InstanceIds=ids[:1])
    ec2.terminate_instances(InstanceIds=ids[1:2])
    create_group(
        api,
        deploymentConfigName="CodeDeployDefault.AllAtOnce",
        ec2TagFilters=[{"Key": "Environment", "Type": "KEY_ONLY"}],
    )
    with agents(api, ids):
        info = deploy(api)
    overview = {status: count for status, count in info["deploymentOverview"].items() if count}
    assert (info["status"], overview) == ("Succeeded", {"Failed": 1, "Succeeded": 1})


def test_the_instances_of_an_auto_scaling_group_are_deployed_to(api, shop):
    ids, _ = shop
    autoscaling = api.client("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="web",
        ImageId=api.client("ec2").describe_instances(InstanceIds=ids[:1])["Reservations"][0]["Instances"][0]["ImageId"],
        InstanceType="t3.micro",
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=[f"{REGION}a", f"{REGION}b"],
    )
    group = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    members = [instance["InstanceId"] for instance in group["Instances"]]
    create_group(api, autoScalingGroups=["web"])
    with agents(api, members):
        info = deploy(api)
    targets = api.client("codedeploy").list_deployment_targets(deploymentId=info["deploymentId"])["targetIds"]
    assert (info["status"], sorted(targets)) == ("Succeeded", sorted(members))


def test_a_group_of_an_unknown_auto_scaling_group_is_refused(api, shop):
    with pytest.raises(ClientError, match="InvalidAutoScalingGroupException.* No Auto Scaling group found .*ghost"):
        create_group(api, autoScalingGroups=["ghost"])


def test_an_alarm_of_cloudwatch_stops_the_deployment(api, shop):
    cloudwatch = api.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        MetricName="HTTPCode_Target_5XX_Count",
        Namespace="AWS/ApplicationELB",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    create_group(
        api,
        ec2TagFilters=[{"Key": "Environment", "Type": "KEY_ONLY"}],
        alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
    )
    info = deploy(api)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")


@pytest.fixture
def scaled(api, shop):
    """An Auto Scaling group `web` of two instances from a launch template, with all that a copy has to have."""
    ec2, autoscaling = api.client("ec2"), api.client("autoscaling")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    data = {"ImageId": image, "InstanceType": "t3.micro"}
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    subnets = sorted(ec2.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])[:2]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchTemplate={"LaunchTemplateName": "web", "Version": "$Latest"},
        MinSize=1,
        MaxSize=4,
        DesiredCapacity=2,
        VPCZoneIdentifier=",".join(subnet["SubnetId"] for subnet in subnets),
        TargetGroupARNs=[shop[1]],
        Tags=[{"Key": "Shop", "Value": "web", "PropagateAtLaunch": True}],
    )
    autoscaling.put_scaling_policy(
        AutoScalingGroupName="web", PolicyName="more", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
    )
    return autoscaling


def described(autoscaling, name) -> dict | None:
    found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return found[0] if found else None


def ids_of(group) -> list[str]:
    return [instance["InstanceId"] for instance in group["Instances"]]


def test_a_copied_group_is_like_the_original_and_replaces_it(api, shop, scaled):
    before = described(scaled, "web")
    create_group(
        api,
        autoScalingGroups=["web"],
        deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
        blueGreenDeploymentConfiguration={
            "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"},
            "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
        },
    )
    client = api.client("codedeploy")
    deployment = client.create_deployment(applicationName="shop", deploymentGroupName="production", revision=REVISION)[
        "deploymentId"
    ]
    green = f"CodeDeploy_production_{deployment}"
    pause = threading.Event()
    while not (made := described(scaled, green)):
        pause.wait(0.05)
    assert made["TargetGroupARNs"] == [], "no traffic before the application is there"
    with agents(api, ids_of(made) + ids_of(before)):
        while client.get_deployment(deploymentId=deployment)["deploymentInfo"]["status"] != "Ready":
            pause.wait(0.05)
        client.continue_deployment(deploymentId=deployment)
        while client.get_deployment(deploymentId=deployment)["deploymentInfo"]["status"] != "Succeeded":
            pause.wait(0.05)
    while not (made := described(scaled, green))["TargetGroupARNs"]:
        pause.wait(0.05)
    alike = ("LaunchTemplate", "MinSize", "MaxSize", "DesiredCapacity", "VPCZoneIdentifier", "TargetGroupARNs")
    assert {name: made[name] for name in alike} == {name: before[name] for name in alike}
    assert [(tag["Key"], tag["ResourceId"], tag["PropagateAtLaunch"]) for tag in made["Tags"]] == [
        ("Shop", green, True)
    ]
    policies = scaled.describe_policies()["ScalingPolicies"]
    assert sorted(policy["AutoScalingGroupName"] for policy in policies) == [green, "web"]
    health = api.client("elbv2").describe_target_health(TargetGroupArn=shop[1])["TargetHealthDescriptions"]
    assert {target["Target"]["Id"] for target in health} == set(ids_of(made))
    assert len(described(scaled, "web")["Instances"]) == 2, "kept alive"
    assert scaled.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"] == []
    (hook,) = scaled.describe_lifecycle_hooks(AutoScalingGroupName=green)["LifecycleHooks"]
    assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (600, "ABANDON")


def test_an_instance_that_a_hook_holds_is_no_target_of_its_groups_release(api, scaled):
    create_group(api, autoScalingGroups=["web"])
    members = ids_of(described(scaled, "web"))
    hook = {"AutoScalingGroupName": "web", "LifecycleHookName": "own"}
    scaled.put_lifecycle_hook(**hook, LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING")
    scaled.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    with agents(api, members):
        info = deploy(api)
    targets = api.client("codedeploy").list_deployment_targets(deploymentId=info["deploymentId"])["targetIds"]
    assert (info["status"], sorted(targets)) == ("Succeeded", sorted(members))


def test_before_the_first_release_a_fleet_grows_without_waiting(api, scaled):
    create_group(api, autoScalingGroups=["web"])
    scaled.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    pause = threading.Event()
    while {one["LifecycleState"] for one in described(scaled, "web")["Instances"]} != {"InService"}:
        pause.wait(0.05)
    assert api.client("codedeploy").list_deployments()["deployments"] == []
