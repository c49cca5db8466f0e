# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that is not ours: the AWS CLI releases an application and registers a server with `aws deploy`."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import boto3
import botocore.session
import pytest
import yaml
from botocore.exceptions import ClientError
from botocore.loaders import Loader

ROLE = "arn:aws:iam::123456789012:role/codedeploy"
AWS = Path(sys.executable).with_name("aws")
APPSPEC = "version: 0.0\nos: linux\nfiles:\n  - source: /\n    destination: /srv/shop\n"


@pytest.fixture
def aws(api, tmp_path):
    """aws("deploy", ...) -> the parsed JSON of its output, {} where it prints none."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL": api.url,
        "AWS_ACCESS_KEY_ID": "AKIALOCALREGION00000",
        "AWS_SECRET_ACCESS_KEY": "local-region",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_PAGER": "",
    }

    def run(*argv: str, expect: int = 0):
        command = [AWS, *argv, "--output", "json"]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == expect, done.stdout + done.stderr
        if expect:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.lstrip().startswith("{") else done.stdout

    return run


class Hand:
    """An agent by hand, with boto3 on the model of the commands protocol that the region validates against."""

    def __init__(self, api, host: str):
        models = str(Path(__file__).resolve().parents[2] / "local_region" / "models")
        session = botocore.session.Session()
        session.register_component("data_loader", Loader(extra_search_paths=[models]))
        self.client = boto3.session.Session(botocore_session=session).client(
            "codedeploy-commands",
            endpoint_url=api.url,
            region_name="us-east-1",
            aws_access_key_id="AKIALOCALREGION00000",
            aws_secret_access_key="local-region",
        )
        self.host = host

    def take_up(self) -> dict:
        command = self.client.poll_host_command(HostIdentifier=self.host)["HostCommand"]
        identifier = command["HostCommandIdentifier"]
        answer = self.client.put_host_command_acknowledgement(HostCommandIdentifier=identifier)
        assert answer["CommandStatus"] == "InProgress"
        return command

    def complete(self, command: dict) -> None:
        identifier = command["HostCommandIdentifier"]
        self.client.put_host_command_complete(HostCommandIdentifier=identifier, CommandStatus="Succeeded")

    def deploy(self, events: int = 7) -> None:
        for _ in range(events):
            self.complete(self.take_up())


def test_the_aws_cli_pushes_deploys_waits_looks_and_stops(api, aws, tmp_path):
    ec2 = api.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "shop"}]}]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", TagSpecifications=tags)
    instance = made["Instances"][0]["InstanceId"]
    api.client("s3").create_bucket(Bucket="bundles")
    source = tmp_path / "source"
    source.mkdir()
    (source / "appspec.yml").write_text(APPSPEC)
    (source / "index.html").write_text("hello")

    aws("deploy", "create-application", "--application-name", "shop")
    names = ["--application-name", "shop", "--deployment-group-name", "production"]
    filters = "Key=Name,Value=shop,Type=KEY_AND_VALUE"
    aws("deploy", "create-deployment-group", *names, "--service-role-arn", ROLE, "--ec2-tag-filters", filters)
    location = "s3://bundles/shop-1.zip"
    pushed = aws("deploy", "push", "--application-name", "shop", "--s3-location", location, "--source", str(source))
    assert "aws deploy create-deployment --application-name shop" in pushed
    revisions = aws("deploy", "list-application-revisions", "--application-name", "shop")["revisions"]
    s3 = revisions[0]["s3Location"]
    assert (s3["bucket"], s3["key"], s3["bundleType"]) == ("bundles", "shop-1.zip", "zip")

    bundle = "bucket=bundles,key=shop-1.zip,bundleType=zip"
    deployment = aws("deploy", "create-deployment", *names, "--s3-location", bundle)["deploymentId"]
    hand = Hand(api, f"arn:aws:ec2:us-east-1:123456789012:instance/{instance}")
    agent = threading.Thread(target=hand.deploy)
    agent.start()
    agent.join(10)  # else the CLI, which looks every 15 s, would look twice
    aws("deploy", "wait", "deployment-successful", "--deployment-id", deployment)
    listed = aws("deploy", "list-deployment-targets", "--deployment-id", deployment)
    assert listed["targetIds"] == [instance]
    found = aws("deploy", "get-deployment-target", "--deployment-id", deployment, "--target-id", instance)
    assert found["deploymentTarget"]["instanceTarget"]["status"] == "Succeeded"
    assert found["deploymentTarget"]["instanceTarget"]["lifecycleEvents"][-1]["lifecycleEventName"] == "ValidateService"

    second = aws("deploy", "create-deployment", *names, "--s3-location", bundle)["deploymentId"]
    command = hand.take_up()
    assert aws("deploy", "stop-deployment", "--deployment-id", second)["status"] == "Pending"
    hand.complete(command)
    assert aws("deploy", "get-deployment", "--deployment-id", second)["deploymentInfo"]["status"] == "Stopped"
    error = aws("deploy", "stop-deployment", "--deployment-id", second, expect=255)
    assert "DeploymentAlreadyCompletedException" in error


def test_the_aws_cli_registers_a_server_whose_agent_polls_with_the_file_that_it_wrote(api, aws, tmp_path):
    aws("deploy", "register", "--instance-name", "rack-7", "--tags", "Key=Site,Value=Bern")
    written = yaml.safe_load((tmp_path / "codedeploy.onpremises.yml").read_text())
    assert written["iam_user_arn"] == "arn:aws:iam::123456789012:user/AWS/CodeDeploy/rack-7"
    info = aws("deploy", "get-on-premises-instance", "--instance-name", "rack-7")["instanceInfo"]
    assert (info["iamUserArn"], info["tags"]) == (written["iam_user_arn"], [{"Key": "Site", "Value": "Bern"}])

    codedeploy = api.client("codedeploy")
    codedeploy.create_application(applicationName="shop")
    codedeploy.create_deployment_group(
        applicationName="shop",
        deploymentGroupName="servers",
        serviceRoleArn=ROLE,
        onPremisesInstanceTagFilters=[{"Key": "Site", "Value": "Bern", "Type": "KEY_AND_VALUE"}],
    )
    location = {"bucket": "bundles", "key": "shop.zip", "bundleType": "zip"}
    deployment = codedeploy.create_deployment(
        applicationName="shop",
        deploymentGroupName="servers",
        revision={"revisionType": "S3", "s3Location": location},
    )["deploymentId"]
    hand = Hand(api, written["iam_user_arn"])
    hand.deploy()
    aws("deploy", "wait", "deployment-successful", "--deployment-id", deployment)

    aws("deploy", "deregister", "--instance-name", "rack-7")
    listed = aws("deploy", "list-on-premises-instances", "--registration-status", "Registered")
    assert listed == {"instanceNames": []}
    assert api.client("iam").list_users()["Users"] == []
    with pytest.raises(ClientError, match="AccessDeniedException"):
        hand.take_up()
