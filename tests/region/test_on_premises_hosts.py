# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of one's own beside EC2 instances: added from the command line, given an agent, deployed to together."""

import io
import json
import threading
import zipfile

import pytest

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/codedeploy"
INSTALL = f"""set -eu
. /etc/convoy-region.env
cd /tmp
curl -sf -o install "$REGION_ENDPOINT/aws-codedeploy-{REGION}/latest/install"
chmod +x install
./install auto
"""
AGENT_FILE = "/etc/codedeploy-agent/conf/codedeploy.onpremises.yml"
APPSPEC = """version: 0.0
os: linux
files:
  - source: page
    destination: /srv/site
hooks:
  AfterInstall:
    - location: where.sh
"""
WHERE = "#!/bin/sh\nhostname > /srv/site/where\n"


def wait_until(look, seconds: float = 90.0):
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if found := look():
            return found
        pause.wait(0.1)
    pytest.fail(f"not within {seconds} s")


@pytest.fixture
def rack(region):
    """An on-premises host, bare."""
    region.command("on-premises", "add", "rack-7", "--zone", "Bern, row 3")
    yield "rack-7"
    region.command("on-premises", "remove", "rack-7", check=False)


def listed(region) -> list[dict]:
    return json.loads(region.command("on-premises", "list", "--json").stdout)


def test_a_server_is_a_bare_host_that_reaches_the_region_but_no_instance_metadata(region, rack):
    (host,) = listed(region)
    assert (host["name"], host["state"], host["zone"]) == ("rack-7", "running", "Bern, row 3")
    assert host["private_ip"].startswith("192.168.100.")
    (shown,) = [one for one in region.status()["hosts"] if one["instance_id"] == "rack-7"]
    assert (shown["on_premises"], shown["private_ip"]) == (True, host["private_ip"])
    assert region.run_on(rack, "hostname").stdout == "rack-7\n"
    metadata = region.run_on(rack, "curl", "-s", "http://169.254.169.254/latest/meta-data/", check=False)
    assert metadata.returncode != 0 and metadata.stdout == ""
    endpoint = region.run_on(rack, "sh", "-c", ". /etc/convoy-region.env; curl -s -o /dev/null $REGION_ENDPOINT/")
    assert endpoint.returncode == 0
    assert region.run_on(rack, "systemctl", "is-enabled", "codedeploy-agent", check=False).returncode != 0
    machine = region.run_on(rack, "cat", "/etc/machine-id").stdout.strip()
    assert len(machine) == 32 and int(machine, 16)


def test_a_server_that_runs_is_left_alone_and_one_that_lost_power_comes_back_with_its_disk(region, rack):
    region.run_on(rack, "touch", "/srv/kept")
    region.command("on-premises", "add", rack)
    region.run_on(rack, "ls", "/srv/kept")
    region.command("fault", "inject", "host-killed", f"instance={rack}")
    assert listed(region)[0]["state"] == "stopped"
    refused = region.run_on(rack, "true", check=False)
    assert (refused.returncode, refused.stderr) == (1, "The host of rack-7 is stopped, not running.\n")
    assert region.command("on-premises", "add", rack).stdout.startswith("rack-7 runs at 192.168.100.")
    region.run_on(rack, "ls", "/srv/kept")


def test_a_removed_server_is_gone_and_its_name_and_address_are_free(region, rack):
    (before,) = listed(region)
    region.run_on(rack, "touch", "/srv/lost")
    region.command("on-premises", "remove", rack)
    assert listed(region) == []
    assert rack not in [host["instance_id"] for host in region.status()["hosts"]]
    region.command("on-premises", "add", rack)
    assert listed(region)[0]["private_ip"] == before["private_ip"]
    assert region.run_on(rack, "ls", "/srv").stdout == ""


@pytest.mark.parametrize("name", ["i-0123456789abcdef0", "Rack", "rack_7", "rack-", "r" * 65])
def test_a_name_that_is_no_host_name_is_refused(region, name):
    refused = region.command("on-premises", "add", name, check=False)
    assert refused.returncode == 2
    assert f"{name!r} cannot be the name of an on-premises host: use 1 to 64 small letters" in refused.stderr
    assert listed(region) == []


def test_an_unknown_server_cannot_be_removed(region):
    refused = region.command("on-premises", "remove", "rack-9", check=False)
    assert (refused.returncode, refused.stderr) == (
        2,
        "There is no on-premises host 'rack-9'; there are none.\n",
    )


class Site:
    """The application `site` whose group `production` is an EC2 instance and a server, both with Site=production."""

    def __init__(self, region):
        self.region = region
        self.codedeploy, self.ec2 = region.client("codedeploy"), region.client("ec2")
        self.iam, self.s3 = region.client("iam"), region.client("s3")
        self.s3.create_bucket(Bucket="site-bundles")
        self.instance = self._instance()
        self.codedeploy.create_application(applicationName="site")
        self.codedeploy.create_deployment_group(
            applicationName="site",
            deploymentGroupName="production",
            serviceRoleArn=ROLE,
            ec2TagFilters=[{"Key": "Site", "Value": "production", "Type": "KEY_AND_VALUE"}],
            onPremisesInstanceTagFilters=[{"Key": "Site", "Value": "production", "Type": "KEY_AND_VALUE"}],
        )

    def _instance(self) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.iam.create_role(RoleName="site-host", AssumeRolePolicyDocument=document)
        self.iam.create_instance_profile(InstanceProfileName="site-host")
        self.iam.add_role_to_instance_profile(InstanceProfileName="site-host", RoleName="site-host")
        made = self.ec2.run_instances(
            ImageId=self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            UserData=f"#!/bin/sh\n{INSTALL}",
            IamInstanceProfile={"Name": "site-host"},
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Site", "Value": "production"}]}],
        )
        return made["Instances"][0]["InstanceId"]

    def register_with_user(self, host: str) -> None:
        """What an administrator does: an IAM user, CodeDeploy's entry, the agent and its configuration."""
        arn = self.iam.create_user(UserName=host)["User"]["Arn"]
        key = self.iam.create_access_key(UserName=host)["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        self._register(host, {"iam_user_arn": arn, **keys}, iamUserArn=arn)

    def register_with_session(self, host: str) -> None:
        """The same with a role that is assumed: the agent reads temporary credentials from a file."""
        role = self.iam.get_role(RoleName="site-host")["Role"]["Arn"]
        made = self.region.client("sts").assume_role(RoleArn=role, RoleSessionName=host)
        key, arn = made["Credentials"], made["AssumedRoleUser"]["Arn"]
        credentials = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
            "aws_session_token": key["SessionToken"],
        }
        text = "[default]\n" + "".join(f"{name} = {value}\n" for name, value in credentials.items())
        self._write(host, "/root/credentials", text)
        self._register(host, {"iam_session_arn": arn, "aws_credentials_file": "/root/credentials"}, iamSessionArn=arn)

    def _register(self, host: str, configuration: dict[str, str], **identity: str) -> None:
        self.codedeploy.register_on_premises_instance(instanceName=host, **identity)
        self.codedeploy.add_tags_to_on_premises_instances(
            instanceNames=[host], tags=[{"Key": "Site", "Value": "production"}]
        )
        lines = {"region": REGION, **configuration}
        self._write(host, AGENT_FILE, "---\n" + "".join(f"{name}: {value}\n" for name, value in lines.items()))
        self.region.run_on(host, "sh", "-c", INSTALL)

    def _write(self, host: str, path: str, text: str) -> None:
        script = 'umask 077; mkdir -p "$(dirname "$1")"; cat > "$1"'
        self.region.command("exec", host, "--", "sh", "-c", script, "sh", path, input=text)

    def release(self, version: str) -> dict[str, dict]:
        """The targets by id, once a deployment of that version has ended."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name, text in {"appspec.yml": APPSPEC, "page/index.html": version, "where.sh": WHERE}.items():
                archive.writestr(name, text)
        self.s3.put_object(Bucket="site-bundles", Key=f"{version}.zip", Body=data.getvalue())
        location = {"bucket": "site-bundles", "key": f"{version}.zip", "bundleType": "zip"}
        deployment = self.codedeploy.create_deployment(
            applicationName="site",
            deploymentGroupName="production",
            revision={"revisionType": "S3", "s3Location": location},
        )["deploymentId"]
        wait_until(lambda: "completeTime" in self.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"])
        ids = self.codedeploy.list_deployment_targets(deploymentId=deployment)["targetIds"]
        found = self.codedeploy.batch_get_deployment_targets(deploymentId=deployment, targetIds=ids)
        return {one["instanceTarget"]["targetId"]: one["instanceTarget"] for one in found["deploymentTargets"]}

    def page(self, host: str) -> str:
        return self.region.run_on(host, "cat", "/srv/site/index.html").stdout

    def close(self) -> None:
        self.ec2.terminate_instances(InstanceIds=[self.instance])
        self.codedeploy.delete_application(applicationName="site")
        for found in self.s3.list_objects_v2(Bucket="site-bundles").get("Contents", []):
            self.s3.delete_object(Bucket="site-bundles", Key=found["Key"])
        self.s3.delete_bucket(Bucket="site-bundles")
        self.iam.remove_role_from_instance_profile(InstanceProfileName="site-host", RoleName="site-host")
        self.iam.delete_instance_profile(InstanceProfileName="site-host")
        self.iam.delete_role(RoleName="site-host")
        for user in self.iam.list_users()["Users"]:
            for key in self.iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]:
                self.iam.delete_access_key(UserName=user["UserName"], AccessKeyId=key["AccessKeyId"])
            self.iam.delete_user(UserName=user["UserName"])


@pytest.fixture
def site(region):
    made = Site(region)
    yield made
    made.close()


def test_one_deployment_reaches_an_instance_and_a_server_until_the_server_is_deregistered(region, site, rack):
    site.register_with_user(rack)
    targets = site.release("1.0")
    assert {name: target["status"] for name, target in targets.items()} == {
        site.instance: "Succeeded",
        rack: "Succeeded",
    }, json.dumps(targets, default=str, indent=1)
    assert targets[rack]["targetArn"].startswith(f"arn:aws:codedeploy:{REGION}:123456789012:instance/{rack}_")
    assert [site.page(host) for host in (site.instance, rack)] == ["1.0", "1.0"]
    assert region.run_on(rack, "cat", "/srv/site/where").stdout == "rack-7\n"

    region.command("fault", "inject", "host-killed", f"instance={rack}")
    region.command("on-premises", "add", rack)  # its agent starts with it
    assert site.release("2.0")[rack]["status"] == "Succeeded"
    assert [site.page(host) for host in (site.instance, rack)] == ["2.0", "2.0"]

    site.codedeploy.deregister_on_premises_instance(instanceName=rack)
    targets = site.release("3.0")
    assert {name: target["status"] for name, target in targets.items()} == {site.instance: "Succeeded"}
    assert [site.page(host) for host in (site.instance, rack)] == ["3.0", "2.0"]


def test_a_server_may_have_the_session_of_a_role_for_its_identity(region, site):
    region.command("on-premises", "add", "rack-8")
    try:
        site.register_with_session("rack-8")
        assert site.release("1.0")["rack-8"]["status"] == "Succeeded"
        assert site.page("rack-8") == "1.0"
    finally:
        site.codedeploy.deregister_on_premises_instance(instanceName="rack-8")
        region.command("on-premises", "remove", "rack-8")
