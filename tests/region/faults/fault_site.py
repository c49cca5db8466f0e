# SPDX-License-Identifier: GPL-3.0-or-later
"""What faults are injected into: two instances with an agent and a web server behind a load balancer, and deployments.

`one` and `two` are instances with the agent, each the only one of the deployment group of its name, both targets of the
load balancer; `bare` has neither.
"""

from __future__ import annotations

import http.client
import io
import json
import threading
import zipfile
from dataclasses import dataclass

import pytest

from tests.running_region import RunningRegion

PATIENCE = 30.0
PORT = 8080
BUCKET = "fault-bundles"

USER_DATA = """#!/bin/sh
set -eu
. /etc/convoy-region.env
mkdir -p /srv/site
echo "$(hostname)" > /srv/site/index.html
cat > /etc/systemd/system/site.service <<UNIT
[Unit]
Description=site
[Service]
WorkingDirectory=/srv/site
ExecStart=/usr/bin/python3 -m http.server 8000
UNIT
systemctl daemon-reload
systemctl start site
cd /tmp
curl -sf -o install "$REGION_ENDPOINT/aws-codedeploy-us-east-1/latest/install"
chmod +x install
./install auto
"""
APPSPEC = """version: 0.0
os: linux
files:
  - source: payload
    destination: /srv/payload
"""


@dataclass(frozen=True)
class Site:
    region: RunningRegion
    one: str
    two: str
    bare: str
    address: str
    target_group: str

    def health(self, instance: str) -> tuple[str, str | None, str | None]:
        """State, reason and description of an instance as a target."""
        described = self.region.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        found = {one["Target"]["Id"]: one["TargetHealth"] for one in described["TargetHealthDescriptions"]}[instance]
        return found["State"], found.get("Reason"), found.get("Description")

    def wait_for_health(self, instance: str, state: str) -> tuple[str, str | None, str | None]:
        return eventually(lambda: health if (health := self.health(instance))[0] == state else None)

    def served_by(self, requests: int = 10) -> set[str]:
        """What the load balancer's targets answer; every request must be answered well."""
        answers = set()
        for _ in range(requests):
            connection = http.client.HTTPConnection(self.address, PORT, timeout=PATIENCE)
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert answer.status == 200
            answers.add(answer.read().decode().strip())
            connection.close()
        return answers

    def instance_state(self, instance: str) -> dict:
        reservations = self.region.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"]
        return reservations[0]["Instances"][0]

    def start_deployment(self, group: str, mib: int = 1) -> str:
        """A deployment of a bundle with so many MiB in it to the one instance of a group."""
        key = f"{mib}.zip"
        self.region.client("s3").put_object(Bucket=BUCKET, Key=key, Body=bundle(mib))
        location = {"bucket": BUCKET, "key": key, "bundleType": "zip"}
        return self.region.client("codedeploy").create_deployment(
            applicationName="faults",
            deploymentGroupName=group,
            revision={"revisionType": "S3", "s3Location": location},
            fileExistsBehavior="OVERWRITE",
        )["deploymentId"]

    def deploy(self, group: str, mib: int = 1) -> tuple[str, dict | None]:
        """The status of a deployment that has ended, and the lifecycle event that failed."""
        return self.end_of(self.start_deployment(group, mib))

    def end_of(self, deployment: str) -> tuple[str, dict | None]:
        client = self.region.client("codedeploy")

        def ended() -> str | None:
            status = client.get_deployment(deploymentId=deployment)["deploymentInfo"]["status"]
            return status if status in ("Succeeded", "Failed", "Stopped") else None

        status = eventually(ended)
        ids = client.list_deployment_targets(deploymentId=deployment)["targetIds"]
        targets = client.batch_get_deployment_targets(deploymentId=deployment, targetIds=ids)["deploymentTargets"]
        events = targets[0]["instanceTarget"]["lifecycleEvents"]
        return status, next((event for event in events if event["status"] == "Failed"), None)


def bundle(mib: int = 1) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("appspec.yml", APPSPEC), ("payload/zeros", bytes(mib * 1024**2))):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # with no time of its making
    return data.getvalue()


def eventually(look, what: str = ""):
    """What `look` finds, as soon as it is true."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if found := look():
            return found
        pause.wait(0.05)
    pytest.fail(f"not within {PATIENCE} s {what}")


def build(region: RunningRegion) -> Site:
    ec2, elbv2 = region.client("ec2"), region.client("elbv2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    subnets = sorted(ec2.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])[:2]
    _make_profile(region.client("iam"))

    def run(name: str, user_data: str) -> str:
        return ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            SubnetId=subnets[0]["SubnetId"],
            UserData=user_data,
            IamInstanceProfile={"Name": "fault-host"},
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
        )["Instances"][0]["InstanceId"]

    one, two, bare = run("one", USER_DATA), run("two", USER_DATA), run("bare", "#!/bin/sh\n")
    balancer = elbv2.create_load_balancer(Name="faults", Subnets=[subnet["SubnetId"] for subnet in subnets])
    balancer = balancer["LoadBalancers"][0]
    group = elbv2.create_target_group(
        Name="faults",
        Protocol="HTTP",
        Port=8000,
        VpcId=subnets[0]["VpcId"],
        HealthCheckPath="/",
        HealthCheckIntervalSeconds=10,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=PORT, DefaultActions=forward
    )
    region.client("s3").create_bucket(Bucket=BUCKET)
    codedeploy = region.client("codedeploy")
    codedeploy.create_application(applicationName="faults")
    for name in ("one", "two"):
        codedeploy.create_deployment_group(
            applicationName="faults",
            deploymentGroupName=name,
            serviceRoleArn="arn:aws:iam::123456789012:role/codedeploy",
            ec2TagFilters=[{"Key": "Name", "Value": name, "Type": "KEY_AND_VALUE"}],
        )
    ec2.get_waiter("instance_running").wait(InstanceIds=[one, two, bare], WaiterConfig={"Delay": 1})
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": one}, {"Id": two}])
    site = Site(region, one, two, bare, balancer["DNSName"], group)
    for instance in (one, two):
        site.wait_for_health(instance, "healthy")
        eventually(lambda instance=instance: runs(region, instance, "codedeploy_agent"))
    return site


def runs(region: RunningRegion, instance: str, pattern: str) -> str:
    """The states (S sleeping, T stopped ...) of a host's processes whose command lines match, or nothing."""
    shown = region.run_on(instance, "ps", "-eo", "stat,args").stdout.splitlines()
    return "".join(line[0] for line in shown if pattern in line)


def _make_profile(iam) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    read = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}
    iam.create_role(RoleName="fault-host", AssumeRolePolicyDocument=_policy(trust))
    iam.put_role_policy(RoleName="fault-host", PolicyName="bundles", PolicyDocument=_policy(read))
    iam.create_instance_profile(InstanceProfileName="fault-host")
    iam.add_role_to_instance_profile(InstanceProfileName="fault-host", RoleName="fault-host")


def _policy(statement: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
