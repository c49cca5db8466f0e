# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of one's own, registered by the playbook and deployed to beside an EC2 instance.

rack-7 has a session that the controller takes, rack-8 the key of an IAM user, rack-9 renews its session by a command
(once, since the region's systemctl knows no timers). Their agent is the stand-in that the region's S3 serves.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile

import pytest

from tests.running_region import ROOT, RunningRegion

pytestmark = pytest.mark.thorough

SERVERS = ("rack-7", "rack-8", "rack-9")
ROLE = "storefront-production-us-east-1-on-premises"
TAGS = {"Application": "storefront", "Environment": "production"}
CONF = "/etc/codedeploy-agent/conf"
OF_THE_HOST = {
    "Version": 1,
    "AccessKeyId": "ASIALOCALREGION00000",
    "SecretAccessKey": "the-session-of-rack-9",
    "SessionToken": "its-token",
    "Expiration": "2099-01-01T00:00:00Z",
}
INSTALL = """#!/bin/sh
. /etc/convoy-region.env
curl -sf -o /tmp/install "$REGION_ENDPOINT/aws-codedeploy-us-east-1/latest/install"
chmod +x /tmp/install
/tmp/install auto
"""
APPSPEC = "version: 0.0\nos: linux\nfiles:\n  - source: page\n    destination: /srv/site\n"


class Racks:
    """The servers, and the playbooks to be run on them."""

    def __init__(self, region: RunningRegion):
        self.region = region

    def play(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        inventories = ["-i", "inventories/on_premises", "-i", "tests/integration/on_premises/inventory"]
        playbook = ["-m", "ansible", "playbook", *inventories, f"convoy.delivery.{name}"]
        # The stand-in's first question is answered after most of a minute: errors come at once.
        settings = ["-e", "codedeploy_agent_verify_seconds=2"]
        return subprocess.run(
            [sys.executable, *playbook, *settings, *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=400,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "LOCAL_REGION_STATE_DIR": str(self.region.state_dir),
            "ANSIBLE_CONNECTION_PLUGINS": str(ROOT / "local_region/ansible/connection"),
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_NOCOLOR": "true",
        }

    def write(self, host: str, path: str, text: str) -> None:
        script = 'umask 077; mkdir -p "$(dirname "$1")"; cat > "$1"'
        self.region.command("exec", host, "--", "sh", "-c", script, "sh", path, input=text)

    def read(self, host: str, path: str) -> str:
        return self.region.run_on(host, "cat", path).stdout

    def registered(self) -> dict[str, dict]:
        client = self.region.client("codedeploy")
        names = client.list_on_premises_instances(registrationStatus="Registered")["instanceNames"]
        found = client.batch_get_on_premises_instances(instanceNames=names)["instanceInfos"] if names else []
        return {one["instanceName"]: one for one in found}


def changed(run: subprocess.CompletedProcess[str]) -> dict[str, int]:
    lines = re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", run.stdout, re.MULTILINE)
    return {host: int(count) for host, count in lines}


@pytest.fixture(scope="module")
def bare(region) -> Racks:
    """The servers as they were delivered."""
    for server in SERVERS:
        region.command("on-premises", "add", server)
    racks = Racks(region)
    racks.write("rack-9", "/root/session.json", json.dumps(OF_THE_HOST))
    yield racks
    for server in SERVERS:
        region.command("on-premises", "remove", server)


@pytest.fixture(scope="module")
def output(bare) -> str:
    """What `register_on_premises` said."""
    run = bare.play("register_on_premises", "--diff", "-v")
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.fixture
def racks(bare, output) -> Racks:
    """The servers when the playbook has registered them."""
    return bare


def test_servers_are_registered_with_a_session_and_only_when_asked_with_a_user(racks):
    found = racks.registered()

    assert found.keys() == set(SERVERS)
    session = f"arn:aws:sts::123456789012:assumed-role/{ROLE}"
    assert found["rack-7"]["iamSessionArn"] == f"{session}/rack-7"
    assert found["rack-9"]["iamSessionArn"] == f"{session}/rack-9"
    assert found["rack-8"]["iamUserArn"] == "arn:aws:iam::123456789012:user/codedeploy-rack-8"
    users = racks.region.client("iam").list_users()["Users"]
    assert [user["UserName"] for user in users] == ["codedeploy-rack-8"]
    for one in found.values():
        assert {tag["Key"]: tag["Value"] for tag in one["tags"]}.items() >= TAGS.items()


def test_secrets_are_in_files_of_root_alone_and_never_shown(racks, output):
    secret = re.compile(r"^(?:aws_secret_access_key|aws_session_token) ?[=:] ?(\S+)$", re.MULTILINE)
    for server, file in (("rack-7", "aws_session"), ("rack-8", "codedeploy.onpremises.yml"), ("rack-9", "aws_session")):
        assert racks.region.run_on(server, "stat", "-c", "%a %U", f"{CONF}/{file}").stdout == "600 root\n"
        secrets = secret.findall(racks.read(server, f"{CONF}/{file}"))
        assert secrets and not any(one in output for one in secrets)
    assert "aws_secret_access_key" not in racks.read("rack-7", f"{CONF}/codedeploy.onpremises.yml")


def test_one_release_reaches_an_instance_and_every_server(racks):
    region, pause = racks.region, threading.Event()
    codedeploy, ec2, s3 = region.client("codedeploy"), region.client("ec2"), region.client("s3")
    tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    instance = ec2.run_instances(
        ImageId=ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        MinCount=1, MaxCount=1, InstanceType="t3.micro", UserData=INSTALL,
        IamInstanceProfile={"Name": _profile(region.client("iam"))},
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"][0]["InstanceId"]  # fmt: skip
    try:
        sets = [[{**tag, "Type": "KEY_AND_VALUE"}] for tag in tags]
        codedeploy.create_application(applicationName="racks")
        codedeploy.create_deployment_group(
            applicationName="racks", deploymentGroupName="production",
            serviceRoleArn="arn:aws:iam::123456789012:role/codedeploy",
            deploymentConfigName="CodeDeployDefault.AllAtOnce",
            ec2TagSet={"ec2TagSetList": sets}, onPremisesTagSet={"onPremisesTagSetList": sets},
        )  # fmt: skip
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("appspec.yml", APPSPEC)
            archive.writestr("page/index.html", "1.0")
        s3.create_bucket(Bucket="racks")
        s3.put_object(Bucket="racks", Key="1.0.zip", Body=data.getvalue())
        location = {"bucket": "racks", "key": "1.0.zip", "bundleType": "zip"}
        deployment = codedeploy.create_deployment(
            applicationName="racks", deploymentGroupName="production",
            revision={"revisionType": "S3", "s3Location": location},
        )["deploymentId"]  # fmt: skip
        for _ in range(1200):
            info = codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
            if "completeTime" in info:
                break
            pause.wait(0.1)
        assert info["status"] == "Succeeded", info
        assert info["deploymentOverview"]["Succeeded"] == 1 + len(SERVERS)
        assert {racks.read(host, "/srv/site/index.html") for host in (instance, *SERVERS)} == {"1.0"}
    finally:
        ec2.terminate_instances(InstanceIds=[instance])
        codedeploy.delete_application(applicationName="racks")


def _profile(iam) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="rack-mates", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    iam.create_instance_profile(InstanceProfileName="rack-mates")
    iam.add_role_to_instance_profile(InstanceProfileName="rack-mates", RoleName="rack-mates")
    return "rack-mates"


def test_a_second_run_changes_nothing_and_writes_nothing(racks):
    def writes():
        found = racks.region.writes()
        return {name: count for name, count in found.items() if not name.startswith("codedeploy-commands:")}

    before = writes()

    run = racks.play("register_on_premises")

    assert run.returncode == 0, run.stdout + run.stderr
    assert changed(run) == dict.fromkeys(("production", *SERVERS), 0)
    assert writes() == before


def test_only_servers_that_are_named_are_deregistered_and_they_keep_no_credentials(racks):
    refused = racks.play("deregister_on_premises", "-e", "deregister_confirm=rack-7")
    assert refused.returncode != 0
    assert "Name what may go: -e deregister_confirm=rack-7,rack-8,rack-9" in re.sub(r"\s+", " ", refused.stdout)
    assert racks.registered().keys() == set(SERVERS)

    run = racks.play("deregister_on_premises", "-e", f"deregister_confirm={','.join(SERVERS)}")

    assert run.returncode == 0, run.stdout + run.stderr
    assert racks.registered() == {}
    iam = racks.region.client("iam")
    assert iam.list_users()["Users"] == []
    assert ROLE not in [role["RoleName"] for role in iam.list_roles()["Roles"]]
    for server in SERVERS:
        assert racks.region.run_on(server, "ls", CONF).stdout == ""
        assert racks.read(server, "/srv/site/index.html") == "1.0"
