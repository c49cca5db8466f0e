# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-inventory with the plugin, over HTTP, against a fleet that has been deployed to.

All tests of a file share one API, which takes seconds to empty; each finds it without instances and applications.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter

import pytest
import yaml

from tests.conftest import open_api

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/codedeploy"
SECRET = "s3cr3t-that-nobody-may-see"


def revision(version: str) -> dict:
    location = {"bucket": "bundles", "key": f"shop/shop-{version}.zip", "bundleType": "zip"}
    return {"revisionType": "S3", "s3Location": location}


class Fleet:
    """The only applications, groups, instances and deployments of the API, in one AWS region."""

    def __init__(self, api, region: str):
        self._api, self.url, self.region = api, api.url, region
        self.codedeploy = api.client("codedeploy", region_name=region)
        self.ec2 = api.client("ec2", region_name=region)
        self._image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        self._subnets = {one["AvailabilityZone"]: one["SubnetId"] for one in self.ec2.describe_subnets()["Subnets"]}
        self.zones = sorted(self._subnets)

    def arn(self, instance_id: str) -> str:
        """The ARN that the agent of an instance names itself by."""
        return f"arn:aws:ec2:{self.region}:{ACCOUNT}:instance/{instance_id}"

    def instances(self, count: int, zone: int = 0, **tags: str) -> list[str]:
        made = self.ec2.run_instances(
            ImageId=self._image,
            MinCount=count,
            MaxCount=count,
            InstanceType="t3.micro",
            SubnetId=self._subnets[self.zones[zone]],
            TagSpecifications=[{"ResourceType": "instance", "Tags": tag_list(tags)}],
        )
        return [instance["InstanceId"] for instance in made["Instances"]]

    def on_premises(self, name: str, **tags: str) -> str:
        """Registers an instance and returns the ARN that its agent names itself by."""
        user = f"arn:aws:iam::{ACCOUNT}:user/{name}"
        self.codedeploy.register_on_premises_instance(instanceName=name, iamUserArn=user)
        self.codedeploy.add_tags_to_on_premises_instances(instanceNames=[name], tags=tag_list(tags))
        return user

    def group(self, application: str, name: str, **options) -> None:
        if application not in self.codedeploy.list_applications()["applications"]:
            self.codedeploy.create_application(applicationName=application)
        self.codedeploy.create_deployment_group(
            applicationName=application, deploymentGroupName=name, serviceRoleArn=ROLE, **options
        )

    def deploy(self, application: str, name: str, version: str, hosts: dict[str, bool]) -> str:
        """Deploys to all hosts at once; `hosts` says of each host identifier whether it succeeds."""
        deployment = self.codedeploy.create_deployment(
            applicationName=application,
            deploymentGroupName=name,
            revision=revision(version),
            deploymentConfigName="CodeDeployDefault.AllAtOnce",
        )["deploymentId"]
        threads = [threading.Thread(target=self._agent, args=host) for host in hosts.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        deadline = time.monotonic() + 20
        while "completeTime" not in self.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return deployment

    def _agent(self, host: str, succeeds: bool) -> None:
        for _ in range(7):
            command = self._ask("PollHostCommand", HostIdentifier=host)["HostCommand"]
            identifier = {"HostCommandIdentifier": command["HostCommandIdentifier"]}
            failing = not succeeds and command["CommandName"] == "ApplicationStart"
            self._ask("PutHostCommandAcknowledgement", **identifier)
            self._ask("PutHostCommandComplete", **identifier, CommandStatus="Failed" if failing else "Succeeded")
            if failing:
                return

    def _ask(self, operation: str, **params) -> dict:
        scope = f"AKIALOCALREGION00000/20260101/{self.region}/codedeploy-commands/aws4_request"
        headers = {
            "X-Amz-Target": f"CodeDeployCommandService_v20141006.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        request = urllib.request.Request(self._api.url, json.dumps(params).encode(), headers, method="POST")
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def end(self) -> None:
        """Leaves nothing that the plugin could find."""
        reservations = self.ec2.describe_instances()["Reservations"]
        if ids := [instance["InstanceId"] for entry in reservations for instance in entry["Instances"]]:
            self.ec2.terminate_instances(InstanceIds=ids)
        self._api.region.codedeploy.stores.clear()  # a deregistered name would be taken for a day

    def calls(self) -> Counter:
        """How many calls there were of each operation."""
        return self._api.region.calls.by_operation()


def tag_list(tags: dict[str, str]) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class Inventory:
    """ansible-inventory on one file."""

    def __init__(self, directory, url: str, region: str):
        self._directory = directory
        self.file = directory / "shop.codedeploy.yml"
        self._connection = {
            "plugin": "convoy.delivery.codedeploy",
            "endpoint_url": url,
            "region": region,
            "access_key": "AKIALOCALREGION00000",
            "secret_key": SECRET,
        }

    def run(self, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
        given = {name: value for name, value in {**self._connection, **options}.items() if value is not None}
        self.file.write_text(yaml.safe_dump(given))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {
            "ANSIBLE_HOME": str(self._directory / "home"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
            "AWS_CONFIG_FILE": "/dev/null",
        }
        command = [sys.executable, "-m", "ansible", "inventory", "-i", str(self.file), *arguments]
        return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=120)

    def listed(self, *arguments: str, **options) -> tuple[dict[str, dict], dict[str, list[str]]]:
        """({host: variables}, {group: hosts})"""
        done = self.run("--list", *arguments, **options)
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout, object_hook=lambda read: read.get("__ansible_unsafe", read))
        groups = {name: sorted(group["hosts"]) for name, group in told.items() if "hosts" in group}
        return told["_meta"]["hostvars"], groups

    def refusal(self, **options) -> str:
        done = self.run("--list", **options)
        assert done.returncode != 0, done.stdout
        assert SECRET not in done.stdout + done.stderr
        return " ".join(done.stderr.split())


@pytest.fixture(scope="module")
def shared_fleet():
    with open_api() as api:
        yield Fleet(api, "us-east-1")


@pytest.fixture
def fleet(shared_fleet):
    yield shared_fleet
    shared_fleet.end()


@pytest.fixture
def inventory(fleet, tmp_path):
    return Inventory(tmp_path, fleet.url, fleet.region)
