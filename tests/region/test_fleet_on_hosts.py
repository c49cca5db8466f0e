# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hosts of an Auto Scaling group under load: it grows, is refreshed and moves to green, and loses no request."""

import base64

import pytest

from tests.region.balancing import Load
from tests.region.hosted_site import ROLE, USER_DATA, bundle, delete_bucket, delete_profile, make_profile, wait_until

IN_PLACE = {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
BLUE_GREEN = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
TERMINATE_AT_ONCE = {
    "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
    "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 0},
}


class Fleet:
    """The Auto Scaling group `fleet` of one host, behind the load balancer `fleet`; CodeDeploy's `site`/`fleet`."""

    def __init__(self, region):
        self.region = region
        self.ec2, self.elbv2 = region.client("ec2"), region.client("elbv2")
        self.autoscaling, self.codedeploy = region.client("autoscaling"), region.client("codedeploy")
        subnets = sorted(self.ec2.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])[:2]
        self.subnets = [subnet["SubnetId"] for subnet in subnets]
        make_profile(region.client("iam"))
        region.client("s3").create_bucket(Bucket="site-bundles")
        self._make_balancer(subnets[0]["VpcId"])
        self.template = self.ec2.create_launch_template(
            LaunchTemplateName="fleet",
            LaunchTemplateData={
                "ImageId": self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
                "InstanceType": "t3.micro",
                "UserData": base64.b64encode(USER_DATA.encode()).decode(),
                "IamInstanceProfile": {"Name": "site-host"},
            },
        )["LaunchTemplate"]["LaunchTemplateId"]
        self.group("fleet", [self.target_group])
        self.codedeploy.create_application(applicationName="site")
        self.codedeploy.create_deployment_group(
            applicationName="site",
            deploymentGroupName="fleet",
            serviceRoleArn=ROLE,
            autoScalingGroups=["fleet"],
            deploymentConfigName="CodeDeployDefault.AllAtOnce",
            deploymentStyle=IN_PLACE,
            loadBalancerInfo={"targetGroupInfoList": [{"name": "fleet"}]},
        )

    def _make_balancer(self, vpc_id):
        made = self.elbv2.create_load_balancer(Name="fleet", Subnets=self.subnets)["LoadBalancers"][0]
        self.balancer, self.address = made["LoadBalancerArn"], made["DNSName"]
        self.target_group = self.elbv2.create_target_group(
            Name="fleet",
            Protocol="HTTP",
            Port=8000,
            VpcId=vpc_id,
            HealthCheckPath="/",
            HealthCheckIntervalSeconds=5,
            HealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elbv2.modify_target_group_attributes(
            TargetGroupArn=self.target_group,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
        )
        forward = [{"Type": "forward", "TargetGroupArn": self.target_group}]
        self.elbv2.create_listener(LoadBalancerArn=self.balancer, Protocol="HTTP", Port=8080, DefaultActions=forward)

    def group(self, name, target_groups=()):
        """A group of one host, which is in service when this returns."""
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateId": self.template},
            MinSize=1,
            MaxSize=3,
            DesiredCapacity=1,
            VPCZoneIdentifier=",".join(self.subnets),
            TargetGroupARNs=list(target_groups),
        )
        wait_until(lambda: set(self.states(name).values()) == {"InService"})

    def states(self, name) -> dict[str, str]:
        groups = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return {one["InstanceId"]: one["LifecycleState"] for group in groups for one in group["Instances"]}

    def current(self) -> str:
        """The Auto Scaling group that is the deployment group's now."""
        answer = self.codedeploy.get_deployment_group(applicationName="site", deploymentGroupName="fleet")
        return answer["deploymentGroupInfo"]["autoScalingGroups"][0]["name"]

    def healthy(self) -> set[str]:
        health = self.elbv2.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        return {one["Target"]["Id"] for one in health if one["TargetHealth"]["State"] == "healthy"}

    def release(self, version, **options):
        """A release that has ended, with Succeeded."""
        self.region.client("s3").put_object(Bucket="site-bundles", Key=f"{version}.zip", Body=bundle(version))
        location = {"bucket": "site-bundles", "key": f"{version}.zip", "bundleType": "zip"}
        made = self.codedeploy.create_deployment(
            applicationName="site",
            deploymentGroupName="fleet",
            revision={"revisionType": "S3", "s3Location": location},
            **options,
        )
        info = self.end_of(made["deploymentId"])
        assert info["status"] == "Succeeded", info
        return info

    def end_of(self, deployment):
        def ended():
            info = self.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
            return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None

        return wait_until(ended, 120)

    def ended_refresh(self, group):
        (found,) = self.autoscaling.describe_instance_refreshes(**group)["InstanceRefreshes"]
        return None if found["Status"] in ("Pending", "InProgress") else found

    def blue_green(self, action):
        self.codedeploy.update_deployment_group(
            applicationName="site",
            currentDeploymentGroupName="fleet",
            autoScalingGroups=[self.current()],
            deploymentStyle=BLUE_GREEN,
            blueGreenDeploymentConfiguration=TERMINATE_AT_ONCE | {"greenFleetProvisioningOption": {"action": action}},
        )

    def running(self) -> set[str]:
        states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        found = self.ec2.describe_instances(Filters=states)["Reservations"]
        ids = {instance["InstanceId"] for reservation in found for instance in reservation["Instances"]}
        groups = self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return ids & {one["InstanceId"] for group in groups for one in group["Instances"]}

    def delete(self):
        self.codedeploy.delete_application(applicationName="site")
        for group in self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
            name = group["AutoScalingGroupName"]
            if name == "fleet" or name == "next" or name.startswith("CodeDeploy_fleet_"):
                self.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        self.elbv2.delete_load_balancer(LoadBalancerArn=self.balancer)
        self.elbv2.delete_target_group(TargetGroupArn=self.target_group)
        self.ec2.delete_launch_template(LaunchTemplateId=self.template)
        delete_profile(self.region.client("iam"))
        delete_bucket(self.region.client("s3"))


@pytest.fixture(scope="module")
def fleet(region):
    """One fleet for all tests of this file; each finds it with one host or more, in service, with a release on it."""
    made = Fleet(region)
    made.release("1.0")
    yield made
    made.delete()


def load(fleet):
    return Load(fleet.address, kept=2, new=2, pause=0.02)


def test_a_host_that_joins_gets_the_last_revision_before_it_gets_requests(fleet):
    name = fleet.current()
    before = set(fleet.states(name))
    with load(fleet) as requests:
        fleet.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=len(before) + 1)
        (new,) = set(fleet.states(name)) - before
        wait_until(lambda: fleet.states(name)[new] == "Pending:Wait")
        assert new not in fleet.healthy()
        wait_until(lambda: fleet.states(name)[new] == "InService")
        assert new in fleet.healthy()
    assert requests.lost == []
    newest = fleet.codedeploy.list_deployments(applicationName="site", deploymentGroupName="fleet")["deployments"][0]
    info = fleet.end_of(newest)
    assert (info["creator"], info["status"]) == ("autoscaling", "Succeeded")
    assert len(requests.answers) == 1, "the new host serves the version that the others serve"


def test_an_instance_refresh_replaces_every_host_without_a_lost_request(fleet):
    name = fleet.current()
    group, before = {"AutoScalingGroupName": name}, set(fleet.states(name))
    with load(fleet) as requests:
        fleet.autoscaling.start_instance_refresh(
            **group, Preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, "InstanceWarmup": 0}
        )
        refresh = wait_until(lambda: fleet.ended_refresh(group), 180)
    assert refresh["Status"] == "Successful", refresh
    assert requests.lost == []
    assert len(requests.answers) == 1, "each new host serves the version that the others served"
    after = set(fleet.states(name))
    assert len(after) == len(before) and not after & before
    assert fleet.healthy() == after
    assert not fleet.running() & before


def test_a_copy_of_the_fleet_takes_over_without_a_lost_request(fleet):
    name = fleet.current()
    size, blue = len(fleet.states(name)), set(fleet.states(name))
    fleet.blue_green("COPY_AUTO_SCALING_GROUP")
    with load(fleet) as requests:
        info = fleet.release("2.0")
    assert requests.lost == []
    assert requests.answers["2.0"] > 0
    assert fleet.current() == f"CodeDeploy_fleet_{info['deploymentId']}"
    green = set(fleet.states(fleet.current()))
    assert len(green) == size
    assert fleet.healthy() == green
    assert fleet.states(name) == {}
    assert not fleet.running() & blue


def test_hosts_that_exist_take_over_without_a_lost_request(fleet):
    blue = set(fleet.states(fleet.current()))
    fleet.group("next")
    fleet.blue_green("DISCOVER_EXISTING")
    with load(fleet) as requests:
        fleet.release("3.0", targetInstances={"autoScalingGroups": ["next"]})
    assert requests.lost == []
    assert requests.answers["3.0"] > 0
    assert fleet.current() == "next"
    assert fleet.healthy() == set(fleet.states("next"))
    assert not fleet.running() & blue
