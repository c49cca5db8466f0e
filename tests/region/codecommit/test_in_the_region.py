# SPDX-License-Identifier: GPL-3.0-or-later
"""Git repositories in a region with hosts: on its port, from its hosts, and through its command line."""

import json

from tests.region.codecommit.forge import Forge, WorkingCopy
from tests.region.test_supervisor import AMI


def test_a_host_clones_what_was_pushed_on_the_machine(region, tmp_path):
    forge = Forge(region, "from-the-machine", tmp_path)
    work = forge.copy()
    work.commit("First", index__html="one")
    work.push()
    ec2 = region.client("ec2")
    image = region.client("ssm").get_parameter(Name=AMI)["Parameter"]["Value"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    host = instance["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[host], WaiterConfig={"Delay": 1})
    address = f"http://169.254.169.250/v1/repos/{forge.name}"
    region.run_on(host, "git", "clone", "--quiet", address, "/opt/clone")
    assert region.run_on(host, "cat", "/opt/clone/index.html").stdout == "one"
    ec2.terminate_instances(InstanceIds=[host])
    assert forge.name in region.inventory()["codecommit repositories"]
    forge.codecommit.delete_repository(repositoryName=forge.name)
    assert forge.name not in region.inventory().get("codecommit repositories", [])


def test_the_command_line_completes_a_connection(region, tmp_path):
    (tmp_path / "shop").mkdir()
    WorkingCopy(tmp_path).git("init", "--quiet", "--bare", str(tmp_path / "shop" / "storefront.git"))
    connections = region.client("codeconnections")
    arn = connections.create_connection(ConnectionName="from-the-cli", ProviderType="GitHub")["ConnectionArn"]
    refused = region.command("connection", "complete", "nowhere", str(tmp_path), check=False)
    assert refused.returncode == 2
    assert "There is no connection 'nowhere'" in refused.stderr
    said = region.command("connection", "complete", "from-the-cli", str(tmp_path)).stdout
    assert said == f"from-the-cli is AVAILABLE. It leads to shop/storefront in {tmp_path}.\n"
    assert connections.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"] == "AVAILABLE"
    listed = json.loads(region.command("connection", "list", "--json").stdout)
    assert [one["repositories"] for one in listed if one["arn"] == arn] == [["shop/storefront"]]
    assert "from-the-cli" in region.command("connection", "list").stdout
    assert "from-the-cli" in region.inventory()["codeconnections connections"]
    connections.delete_connection(ConnectionArn=arn)
