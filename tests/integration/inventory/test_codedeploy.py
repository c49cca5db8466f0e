# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin codedeploy, as ansible-inventory shows it."""

import pytest

ACCOUNT = "123456789012"


def tagged(value: str, key: str = "Stage") -> list[dict]:
    return [{"Key": key, "Value": value, "Type": "KEY_AND_VALUE"}]


@pytest.fixture
def shop(fleet):
    """The application shop: production is an instance in each of two zones and a server, version 2 failed on one."""
    ids = fleet.instances(1, zone=0, Stage="production", Name="web-a")
    ids += fleet.instances(1, zone=1, Stage="production", Name="web-b")
    fleet.instances(1, Stage="somewhere else")
    rack = fleet.on_premises("rack-7", Stage="production", Address="10.1.2.3")
    fleet.on_premises("rack-8", Stage="somewhere else")
    fleet.group(
        "shop", "production", ec2TagFilters=tagged("production"), onPremisesInstanceTagFilters=tagged("production")
    )
    fleet.group("shop", "test", ec2TagFilters=tagged("test"))
    first, second, identity = fleet.arn(ids[0]), fleet.arn(ids[1]), rack
    fleet.deploy("shop", "production", "1.0", {first: True, second: True, identity: True})
    fleet.deployment = fleet.deploy("shop", "production", "2.0", {first: True, second: False, identity: True})
    fleet.ids = ids
    return fleet


def test_hosts_have_the_facts_of_their_machine_and_of_the_last_deployment(shop, inventory):
    hosts, _ = inventory.listed()
    first, second = shop.ids
    assert set(hosts) == {first, second, "rack-7"}
    instance = shop.ec2.describe_instances(InstanceIds=[first])["Reservations"][0]["Instances"][0]
    expected = {
        "codedeploy_platform": "ec2",
        "codedeploy_instance_id": first,
        "codedeploy_region": shop.region,
        "codedeploy_availability_zone": shop.zones[0],
        "codedeploy_instance_state": "running",
        "codedeploy_private_ip_address": instance["PrivateIpAddress"],
        "codedeploy_private_dns_name": instance["PrivateDnsName"],
        "codedeploy_tags": {"Stage": "production", "Name": "web-a"},
        "codedeploy_application_name": "shop",
        "codedeploy_deployment_group_name": "production",
        "codedeploy_deployment_id": shop.deployment,
        "codedeploy_deployment_status": "Succeeded",
        "codedeploy_revision_name": "s3://bundles/shop/shop-2.0.zip",
        "codedeploy_target_status": "Succeeded",
    }
    assert hosts[first].items() >= expected.items()
    info = shop.codedeploy.get_deployment(deploymentId=shop.deployment)["deploymentInfo"]
    assert hosts[first]["codedeploy_deployment_create_time"][:19] == info["createTime"].isoformat()[:19]
    assert hosts[first]["codedeploy_revision"]["s3_location"]["key"] == "shop/shop-2.0.zip"
    assert hosts[second]["codedeploy_target_status"] == "Failed"
    rack = hosts["rack-7"]
    assert rack["codedeploy_platform"] == "on_premises"
    assert rack["codedeploy_instance_arn"].startswith(f"arn:aws:codedeploy:{shop.region}:{ACCOUNT}:instance/rack-7_")
    assert rack["codedeploy_iam_user_arn"] == f"arn:aws:iam::{ACCOUNT}:user/rack-7"
    assert rack["codedeploy_target_status"] == "Succeeded"
    assert "codedeploy_private_ip_address" not in rack


def test_hosts_are_in_groups_by_what_is_known_of_them(shop, inventory):
    _, groups = inventory.listed()
    first, second = shop.ids
    everywhere = sorted([first, second, "rack-7"])
    assert groups == {
        "codedeploy": everywhere,
        "codedeploy_ec2": sorted([first, second]),
        "codedeploy_on_premises": ["rack-7"],
        f"codedeploy_zone_{shop.zones[0].replace('-', '_')}": [first],
        f"codedeploy_zone_{shop.zones[1].replace('-', '_')}": [second],
        "codedeploy_application_shop": everywhere,
        "codedeploy_deployment_group_shop_production": everywhere,
        "codedeploy_deployment_status_succeeded": everywhere,
        "codedeploy_target_status_succeeded": sorted([first, "rack-7"]),
        "codedeploy_target_status_failed": [second],
        "codedeploy_revision_shop_2_0_zip": everywhere,
    }


def test_only_the_wanted_groups_are_made(shop, inventory):
    _, groups = inventory.listed(group_by=["platform"])
    assert set(groups) == {"codedeploy", "codedeploy_ec2", "codedeploy_on_premises"}


def test_the_fleet_is_read_with_few_requests(fleet, inventory):
    fleet.instances(30, Stage="production")
    for number in range(30):
        fleet.on_premises(f"rack-{number}", Stage="production")
    for name in ("blue", "green"):
        fleet.group("shop", name, ec2TagFilters=tagged("production"), onPremisesInstanceTagFilters=tagged("production"))
    before = fleet.calls()
    hosts, _ = inventory.listed()
    assert len(hosts) == 60
    assert fleet.calls() - before == {
        "codedeploy:ListApplications": 1,
        "codedeploy:ListDeploymentGroups": 1,
        "codedeploy:BatchGetDeploymentGroups": 1,
        "ec2:DescribeInstances": 1,
        "codedeploy:ListOnPremisesInstances": 1,
        "codedeploy:BatchGetOnPremisesInstances": 2,
    }


@pytest.mark.thorough
def test_a_last_deployment_costs_one_request_and_one_for_each_status_of_its_targets(shop, inventory):
    before = shop.calls()
    inventory.listed()
    made = shop.calls() - before
    assert made["codedeploy:BatchGetDeployments"] == 1
    assert made["codedeploy:ListDeploymentTargets"] == 2  # Succeeded, Failed
    assert not any("BatchGetDeploymentTargets" in operation for operation in made)


@pytest.mark.thorough
def test_what_is_not_needed_is_not_asked(fleet, inventory):
    fleet.group("shop", "production", onPremisesInstanceTagFilters=tagged("production"))
    before = fleet.calls()
    assert inventory.listed()[0] == {}
    made = fleet.calls() - before
    assert "ec2:DescribeInstances" not in made
    assert "codedeploy:BatchGetDeployments" not in made


@pytest.mark.thorough
def test_a_cached_inventory_asks_nothing_and_shows_the_same(shop, inventory, tmp_path):
    cache = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
        "compose": {"address": "codedeploy_private_ip_address | default(codedeploy_tags.Address)"},
    }
    first = inventory.listed(**cache)
    before = shop.calls()
    assert inventory.listed(**cache) == first
    assert shop.calls() == before
    assert inventory.listed("--flush-cache", **cache) == first
    assert shop.calls() != before


@pytest.mark.parametrize(
    ("hostnames", "names"),
    [
        (["tag:Name", "on_premises_name"], {"web-a", "web-b", "rack-7"}),
        (["tag:Address", "instance_id"], {"10.1.2.3", "FIRST", "SECOND"}),
        (["public_ip_address"], {"rack-7"}),
    ],
)
def test_hosts_are_called_by_the_first_name_that_they_have(shop, inventory, hostnames, names):
    hosts, _ = inventory.listed(hostnames=hostnames)
    real = {"FIRST": shop.ids[0], "SECOND": shop.ids[1]}
    assert {real.get(name, name) for name in names} <= set(hosts)
    assert len(hosts) == 3


@pytest.mark.thorough
def test_two_hosts_of_one_name_are_refused(fleet, inventory):
    one, other = fleet.instances(2, Stage="production", Name="web")
    fleet.group("shop", "production", ec2TagFilters=tagged("production"))
    refusal = inventory.refusal(hostnames=["tag:Name"])
    for instance in (one, other):
        assert f"{instance} ({fleet.region})" in refusal
    assert "would all be called web. Name them apart, or put instance_id" in refusal


def test_expressions_make_variables_and_groups(shop, inventory):
    hosts, groups = inventory.listed(
        compose={"ansible_host": "codedeploy_private_ip_address | default(codedeploy_tags.Address)"},
        groups={"stale": "codedeploy_target_status != 'Succeeded'"},
        keyed_groups=[{"prefix": "stage", "key": "codedeploy_tags.Stage"}],
    )
    assert hosts["rack-7"]["ansible_host"] == "10.1.2.3"
    assert hosts[shop.ids[0]]["ansible_host"] == hosts[shop.ids[0]]["codedeploy_private_ip_address"]
    assert groups["stale"] == [shop.ids[1]]
    assert groups["stage_production"] == groups["codedeploy"]


@pytest.mark.thorough
def test_a_host_of_several_groups_shows_the_one_that_was_deployed_to_last_and_lists_all(fleet, inventory):
    (instance,) = fleet.instances(1, Stage="production", Role="batch")
    fleet.group("shop", "production", ec2TagFilters=tagged("production"))
    fleet.group("jobs", "nightly", ec2TagFilters=tagged("batch", "Role"))
    fleet.group("jobs", "never", ec2TagFilters=[{"Key": "Role", "Type": "KEY_ONLY"}])
    fleet.deploy("jobs", "nightly", "1.0", {fleet.arn(instance): True})
    fleet.deploy("shop", "production", "3.0", {fleet.arn(instance): True})
    hosts, groups = inventory.listed()
    host = hosts[instance]
    assert (host["codedeploy_application_name"], host["codedeploy_deployment_group_name"]) == ("shop", "production")
    told = [
        (one["application_name"], one["deployment_group_name"], one["deployment_status"], one["target_status"])
        for one in host["codedeploy_deployment_groups"]
    ]
    assert told == [
        ("jobs", "never", None, None),
        ("jobs", "nightly", "Succeeded", "Succeeded"),
        ("shop", "production", "Succeeded", "Succeeded"),
    ]
    assert groups["codedeploy_application_jobs"] == groups["codedeploy_application_shop"] == [instance]


@pytest.mark.thorough
def test_a_new_host_of_a_group_has_no_status_in_its_last_deployment(shop, inventory):
    (new,) = shop.instances(1, Stage="production")
    hosts, groups = inventory.listed()
    assert hosts[new]["codedeploy_deployment_id"] == shop.deployment
    assert hosts[new]["codedeploy_target_status"] is None
    assert new not in groups["codedeploy_target_status_succeeded"] + groups["codedeploy_target_status_failed"]


@pytest.mark.thorough
def test_tag_sets_and_values_without_key_find_hosts_as_codedeploy_does(fleet, inventory):
    (both,) = fleet.instances(1, Stage="production", Role="web")
    fleet.instances(1, Stage="production", Role="db")
    (named,) = fleet.instances(1, Purpose="special")
    fleet.group("shop", "web", ec2TagSet={"ec2TagSetList": [tagged("production"), tagged("web", "Role")]})
    fleet.group("shop", "special", ec2TagFilters=[{"Value": "special", "Type": "VALUE_ONLY"}])
    _, groups = inventory.listed()
    assert groups["codedeploy_deployment_group_shop_web"] == [both]
    assert groups["codedeploy_deployment_group_shop_special"] == [named]


@pytest.mark.thorough
def test_stopped_and_deregistered_machines_are_no_hosts(shop, inventory):
    shop.ec2.stop_instances(InstanceIds=shop.ids[:1])
    shop.codedeploy.deregister_on_premises_instance(instanceName="rack-7")
    assert set(inventory.listed()[0]) == {shop.ids[1]}
    assert set(inventory.listed(instance_states=["stopped", "running"])[0]) == set(shop.ids)


@pytest.mark.thorough
def test_applications_and_groups_can_be_chosen(fleet, inventory):
    (instance,) = fleet.instances(1, Stage="production")
    for application in ("shop", "jobs"):
        for name in ("production", "test"):
            fleet.group(application, name, ec2TagFilters=tagged("production"))
    _, groups = inventory.listed(applications=["shop"], deployment_groups=["production"])
    assert groups["codedeploy_deployment_group_shop_production"] == [instance]
    assert not [name for name in groups if "jobs" in name or name.endswith("test")]


@pytest.mark.thorough
def test_a_misspelt_application_or_group_is_an_error_when_strict_and_a_warning_otherwise(shop, inventory):
    for option, name in (("applications", "shopp"), ("deployment_groups", "prod")):
        sentence = f"{option}: {name} cannot be found with a deployment group for servers in {shop.region}."
        assert sentence in inventory.refusal(strict=True, **{option: [name]})
        warned = inventory.run("--list", **{option: [name]})
        assert warned.returncode == 0
        assert sentence in " ".join(warned.stderr.split())
    assert "cannot be found" not in inventory.run("--list", strict=True, deployment_groups=["test"]).stderr


@pytest.mark.thorough
def test_hosts_of_several_regions_are_told_apart(shop, inventory):
    hosts, _ = inventory.listed(regions=[shop.region, "us-west-2"])
    assert {host["codedeploy_region"] for host in hosts.values()} == {shop.region}
    assert len(hosts) == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"hostnames": ["name"]}, "hostnames: 'name' is no name of a host. Use instance_id, on_premises_name,"),
        ({"region": None}, "region: none is given. Set region, regions or the environment variable AWS_REGION."),
        ({"endpoint_url": "http://127.0.0.1:9"}, "Could not list the applications:"),
        ({"group_by": ["colour"]}, "colour"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(fleet, inventory, options, sentence):
    assert sentence in inventory.refusal(**options)


@pytest.mark.thorough
def test_a_failing_expression_is_an_error_when_strict(shop, inventory):
    assert "no_such_variable" in inventory.refusal(strict=True, compose={"x": "no_such_variable"})
    assert "x" not in inventory.listed(compose={"x": "no_such_variable"})[0]["rack-7"]
