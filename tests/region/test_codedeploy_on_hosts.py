# SPDX-License-Identifier: GPL-3.0-or-later
"""A release from end to end in a real region: hosts, agents, scripts, load balancer, and back after a broken one."""

import io
import json
import threading
import zipfile

import pytest

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/codedeploy"
USER_DATA = f"""#!/bin/sh
set -eu
. /etc/convoy-region.env
cd /tmp
curl -sf -o install "$REGION_ENDPOINT/aws-codedeploy-{REGION}/latest/install"
chmod +x install
./install auto
"""
APPSPEC = """version: 0.0
os: linux
files:
  - source: page
    destination: /srv/site
hooks:
  ApplicationStop:
    - location: scripts/stop.sh
      timeout: 20
  ApplicationStart:
    - location: scripts/start.sh
      timeout: 20
  ValidateService:
    - location: scripts/validate.sh
      timeout: 20
"""
UNIT = """[Unit]
Description=site
[Service]
WorkingDirectory=/srv/site
ExecStart=/usr/bin/python3 -m http.server 8000
"""
START = """#!/bin/sh
set -e
install -m 644 "$(dirname "$0")/site.service" /etc/systemd/system/site.service
systemctl daemon-reload
systemctl start site > /dev/null 2>&1
"""


def bundle(version: str, valid: bool = True) -> bytes:
    """A zip whose site says its version; an invalid one fails in ValidateService."""
    validate = "#!/bin/sh\n" + ("exit 0\n" if valid else f"echo version {version} is broken >&2\nexit 3\n")
    files = {
        "appspec.yml": APPSPEC,
        "page/index.html": version,
        "scripts/site.service": UNIT,
        "scripts/start.sh": START,
        "scripts/stop.sh": "#!/bin/sh\nsystemctl stop site > /dev/null 2>&1 || true\n",
        "scripts/validate.sh": validate,
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def wait_until(look, seconds: float = 60.0):
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if found := look():
            return found
        pause.wait(0.1)
    pytest.fail(f"not within {seconds} s")


def make_profile(iam) -> None:
    """The instance profile `site-host`, with a role that may read bundles."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    read = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}
    iam.create_role(RoleName="site-host", AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName="site-host", PolicyName="bundles", PolicyDocument=policy(read))
    iam.create_instance_profile(InstanceProfileName="site-host")
    iam.add_role_to_instance_profile(InstanceProfileName="site-host", RoleName="site-host")


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


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


def delete_profile(iam) -> None:
    iam.remove_role_from_instance_profile(InstanceProfileName="site-host", RoleName="site-host")
    iam.delete_instance_profile(InstanceProfileName="site-host")
    iam.delete_role_policy(RoleName="site-host", PolicyName="bundles")
    iam.delete_role(RoleName="site-host")


def delete_bucket(s3) -> None:
    for found in s3.list_objects_v2(Bucket="site-bundles").get("Contents", []):
        s3.delete_object(Bucket="site-bundles", Key=found["Key"])
    s3.delete_bucket(Bucket="site-bundles")


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
