# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 instances and Auto Scaling groups with hosts behind them."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.running_region import RunningRegion

AMI = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
# Answers /health at once and everything else after a second.
WEB = b"""#!/bin/sh
cat > /srv/web.py <<'PYTHON'
import http.server, time
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0 if self.path == "/health" else 1)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
http.server.ThreadingHTTPServer(("", 8000), Answer).serve_forever()
PYTHON
setsid python3 /srv/web.py > /dev/null 2>&1 < /dev/null &
"""
Seen = TypeVar("Seen")


def eventually(look: Callable[[], Seen], good: Callable[[Seen], bool], patience: float = 60.0) -> Seen:
    """What `look` gives once it is `good`; the failure shows what it gave last."""
    deadline = time.monotonic() + patience
    while not good(seen := look()):
        assert time.monotonic() < deadline, f"after {patience} s there is still {seen!r}"
        time.sleep(0.05)
    return seen


class Shop:
    """Instances in the default VPC of a region."""

    def __init__(self, region: RunningRegion):
        self.region = region
        self.ec2, self.asg, self.elbv2 = (region.client(name) for name in ("ec2", "autoscaling", "elbv2"))
        self.image = region.client("ssm").get_parameter(Name=AMI)["Parameter"]["Value"]
        subnets = self.ec2.describe_subnets()["Subnets"]
        self.subnets = [one["SubnetId"] for one in sorted(subnets, key=lambda one: one["AvailabilityZone"])][:2]

    def launch(self, **options) -> str:
        given = {"ImageId": self.image, "MinCount": 1, "MaxCount": 1, "SubnetId": self.subnets[0]} | options
        return self.ec2.run_instances(**given)["Instances"][0]["InstanceId"]

    def states(self, *ids: str) -> list[str]:
        reservations = self.ec2.describe_instances(InstanceIds=list(ids))["Reservations"]
        return [instance["State"]["Name"] for one in reservations for instance in one["Instances"]]

    def wait_for(self, state: str, *ids: str) -> None:
        eventually(lambda: self.states(*ids), lambda states: states == [state] * len(ids))

    def hosts(self) -> list[str]:
        return [host["instance_id"] for host in self.region.status()["hosts"]]

    def members(self, name: str = "web") -> list[dict]:
        groups = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return groups[0]["Instances"] if groups else []

    def group(self, size: int, **options) -> list[dict]:
        """An Auto Scaling group "web" of so many instances in service that serve /health on port 8000."""
        data = {"ImageId": self.image, "InstanceType": "t3.micro", "UserData": base64.b64encode(WEB).decode()}
        self.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName="web", MinSize=0, MaxSize=9, DesiredCapacity=size,
            LaunchTemplate={"LaunchTemplateName": "web"}, VPCZoneIdentifier=",".join(self.subnets), **options,
        )  # fmt: skip
        return self.in_service(size)

    def in_service(self, size: int) -> list[dict]:
        return eventually(self.members, lambda all: len(all) == size and all_are(all, "InService"), patience=120)

    def clear(self) -> None:
        if self.members():
            self.asg.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
        for template in self.ec2.describe_launch_templates()["LaunchTemplates"]:
            self.ec2.delete_launch_template(LaunchTemplateId=template["LaunchTemplateId"])
        if hosts := self.hosts():
            self.ec2.terminate_instances(InstanceIds=hosts)
            eventually(self.hosts, lambda left: left == [])


def all_are(members: list[dict], state: str) -> bool:
    return all(member["LifecycleState"] == state for member in members)


@pytest.fixture(scope="module")
def region_of_its_own(tmp_path_factory):
    from tests.running_region import boot

    region = boot(tmp_path_factory.mktemp("instances"), 20)
    yield region
    region.stop()


@pytest.fixture
def shop(region_of_its_own):
    shop = Shop(region_of_its_own)
    yield shop
    shop.clear()


def test_an_instance_is_pending_until_its_host_runs_and_then_runs_its_user_data_as_root(shop):
    script = b"#!/bin/sh\nid -un > /who\n"
    instance = shop.launch(UserData=script.decode())
    assert shop.states(instance)[0] in ("pending", "running")

    shop.wait_for("running", instance)

    assert shop.hosts() == [instance]
    read = lambda: shop.region.run_on(instance, "cat", "/who", check=False).stdout  # noqa: E731
    assert eventually(read, lambda text: text != "") == "root\n"


def test_stopping_starting_and_terminating_an_instance_does_so_to_its_host(shop):
    instance = shop.launch()
    shop.wait_for("running", instance)
    shop.region.run_on(instance, "touch", "/on-the-disk")

    stopping = shop.ec2.stop_instances(InstanceIds=[instance])["StoppingInstances"][0]
    assert (stopping["PreviousState"]["Name"], stopping["CurrentState"]["Name"]) == ("running", "stopping")
    shop.wait_for("stopped", instance)
    assert shop.region.run_on(instance, "true", check=False).returncode != 0

    shop.ec2.start_instances(InstanceIds=[instance])
    shop.wait_for("running", instance)
    assert shop.region.run_on(instance, "ls", "/on-the-disk").stdout == "/on-the-disk\n"

    shop.ec2.terminate_instances(InstanceIds=[instance])
    shop.wait_for("terminated", instance)
    assert shop.hosts() == []
    assert not any(kind.startswith("ec2") for kind in shop.region.inventory())


def test_a_host_that_powers_itself_off_leaves_its_instance_stopped(shop):
    instance = shop.launch()
    shop.wait_for("running", instance)

    shop.region.run_on(instance, "shutdown", "-h", "now", check=False)

    shop.wait_for("stopped", instance)


def test_the_metadata_service_gives_an_instance_its_role(shop):
    iam, name = shop.region.client("iam"), "host"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    instance = shop.launch(IamInstanceProfile={"Name": name})
    shop.wait_for("running", instance)

    path = f"http://169.254.169.254/latest/meta-data/iam/security-credentials/{name}"
    credentials = json.loads(shop.region.run_on(instance, "curl", "-sS", path).stdout)

    keys = {"aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretAccessKey"]}
    sts = shop.region.client("sts", aws_session_token=credentials["Token"], **keys)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:sts::123456789012:assumed-role/{name}/{instance}"
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.delete_instance_profile(InstanceProfileName=name)
    iam.delete_role(RoleName=name)


def test_the_agents_installer_is_where_aws_has_it_and_is_in_nobodys_list_of_buckets(shop):
    instance = shop.launch()
    shop.wait_for("running", instance)

    url = "http://169.254.169.250/aws-codedeploy-us-east-1/latest/install"
    fetched = shop.region.run_on(instance, "curl", "-sSf", url).stdout

    assert fetched.startswith("#!/bin/sh") and "stand-in" in fetched
    assert shop.region.client("s3").list_buckets()["Buckets"] == []


def test_hosts_do_not_see_the_regions_own_controls(shop):
    instance = shop.launch()
    shop.wait_for("running", instance)

    asked = shop.region.run_on(instance, "curl", "-sS", "http://169.254.169.250/_local_region/status").stdout

    assert "NoSuchBucket" in asked and "time_scale" not in asked


def test_a_group_spreads_its_instances_and_replaces_one_whose_host_was_killed(shop):
    members = shop.group(4)
    assert Counter(member["AvailabilityZone"] for member in members) == {"us-east-1a": 2, "us-east-1b": 2}
    victim = members[0]["InstanceId"]

    shop.region.run_on(victim, "kill", "-TERM", "1", check=False)

    shop.wait_for("terminated", victim)
    now = shop.in_service(4)
    assert victim not in [member["InstanceId"] for member in now]
    assert Counter(member["AvailabilityZone"] for member in now) == {"us-east-1a": 2, "us-east-1b": 2}


@pytest.fixture
def load_balancer(shop):
    """(address, target group ARN) of a load balancer that forwards to a target group."""
    vpc = shop.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    (group,) = shop.elbv2.create_target_group(
        Name="web", Protocol="HTTP", Port=8000, VpcId=vpc, HealthCheckPath="/health",
        HealthCheckIntervalSeconds=5, HealthyThresholdCount=2,
    )["TargetGroups"]  # fmt: skip
    (balancer,) = shop.elbv2.create_load_balancer(Name="web", Subnets=shop.subnets)["LoadBalancers"]
    arn = group["TargetGroupArn"]
    shop.elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=8080,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )  # fmt: skip
    yield balancer["DNSName"], arn
    shop.clear()
    shop.elbv2.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    shop.elbv2.delete_target_group(TargetGroupArn=arn)


def health(shop: Shop, arn: str) -> list[str]:
    described = shop.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return [one["TargetHealth"]["State"] for one in described]


def test_scaling_in_waits_for_the_requests_that_the_leaving_host_works_on(shop, load_balancer):
    address, arn = load_balancer
    shop.group(2, TargetGroupARNs=[arn])
    eventually(lambda: health(shop, arn), lambda states: states == ["healthy"] * 2, patience=120)
    outcomes: list[object] = []
    shrunk = threading.Event()

    def ask_slowly() -> None:
        while not shrunk.is_set():
            try:
                with urllib.request.urlopen(f"http://{address}:8080/slow", timeout=30) as answer:
                    outcomes.append(answer.read())
            except (urllib.error.URLError, OSError) as error:
                outcomes.append(error)

    clients = [threading.Thread(target=ask_slowly) for _ in range(8)]
    for client in clients:
        client.start()
    eventually(lambda: len(outcomes), lambda count: count > 0)
    shop.asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=1)
    eventually(shop.hosts, lambda hosts: len(hosts) == 1)
    shrunk.set()
    for client in clients:
        client.join()

    assert set(outcomes) == {b"ok"}
