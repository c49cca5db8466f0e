# SPDX-License-Identifier: GPL-3.0-or-later
"""ec2_endpoint: what it makes, changes, predicts and refuses."""

import pytest

from tests.running_modules import REGION

MODULE = "ec2_endpoint"
DEPLOY, S3 = f"com.amazonaws.{REGION}.codedeploy", f"com.amazonaws.{REGION}.s3"


@pytest.fixture(scope="module")
def place(modules):
    """A VPC with two subnets, two route tables and two security groups."""
    ec2 = modules.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = {"vpc": vpc, "subnets": [], "tables": [], "groups": []}
    for number, zone in enumerate("ab"):
        where = {"CidrBlock": f"10.0.{number}.0/24", "AvailabilityZone": REGION + zone}
        made["subnets"].append(ec2.create_subnet(VpcId=vpc, **where)["Subnet"]["SubnetId"])
        made["tables"].append(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])
        group = ec2.create_security_group(GroupName=f"group-{zone}", Description="x", VpcId=vpc)
        made["groups"].append(group["GroupId"])
    return made


@pytest.fixture
def endpoints(modules, place):
    yield modules
    client = modules.client("ec2")
    found = client.describe_vpc_endpoints()["VpcEndpoints"]
    client.delete_vpc_endpoints(VpcEndpointIds=[one["VpcEndpointId"] for one in found])


def interface(place, **options):
    return {
        "vpc_id": place["vpc"],
        "service_name": DEPLOY,
        "vpc_endpoint_type": "Interface",
        "subnet_ids": place["subnets"][:1],
        "security_group_ids": place["groups"][:1],
        "tags": {"Environment": "production"},
        **options,
    }


def gateway(place, **options):
    return {"vpc_id": place["vpc"], "service_name": S3, "route_table_ids": place["tables"][:1], **options}


CHANGES = {
    "a subnet more": lambda place: {"subnet_ids": place["subnets"]},
    "another subnet": lambda place: {"subnet_ids": place["subnets"][1:]},
    "another group": lambda place: {"security_group_ids": place["groups"][1:]},
    "no private DNS": lambda place: {"private_dns_enabled": False},
    "a policy": lambda place: {"policy_document": '{"Statement": [{"Effect": "Deny", "Action": "*"}]}'},
    "tags": lambda place: {"tags": {"Environment": "staging", "Owner": "us"}},
}


@pytest.mark.parametrize("kind", [interface, gateway], ids=["interface", "gateway"])
def test_it_is_made_once_as_check_mode_foresaw(endpoints, place, kind):
    predicted, real = endpoints.predicted_and_real(MODULE, **kind(place))
    assert real["changed"] and predicted["diff"]["after"].items() <= real["diff"]["after"].items()
    before = endpoints.calls()
    assert not endpoints.run(MODULE, **kind(place))["changed"]
    assert endpoints.calls() - before == {"all": 1}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_changed_in_place_as_check_mode_foresaw(endpoints, place, change):
    first = endpoints.run(MODULE, **interface(place))
    options = interface(place, **CHANGES[change](place))
    predicted, real = endpoints.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"] and real["diff"]["before"] != real["diff"]["after"]
    assert real["endpoint"]["vpc_endpoint_id"] == first["endpoint"]["vpc_endpoint_id"]
    before = endpoints.calls()
    assert not endpoints.run(MODULE, **options)["changed"]
    assert (endpoints.calls() - before)["writes"] == 0


def test_other_route_tables_take_the_place_of_those_that_led_to_it(endpoints, place):
    endpoints.run(MODULE, **gateway(place))
    predicted, real = endpoints.predicted_and_real(MODULE, **gateway(place, route_table_ids=place["tables"][1:]))
    assert predicted["diff"] == real["diff"]
    assert real["endpoint"]["route_table_ids"] == place["tables"][1:]


def test_what_is_not_given_stays(endpoints, place):
    endpoints.run(MODULE, **interface(place, private_dns_enabled=False))
    bare = {"vpc_id": place["vpc"], "service_name": DEPLOY, "vpc_endpoint_type": "Interface"}
    result = endpoints.run(MODULE, **bare)
    assert not result["changed"]
    assert result["endpoint"]["subnet_ids"] == place["subnets"][:1]
    assert not result["endpoint"]["private_dns_enabled"]


def test_it_is_deleted_once(endpoints, place):
    endpoints.run(MODULE, **interface(place))
    gone = interface(place, state="absent")
    predicted, real = endpoints.predicted_and_real(MODULE, **gone)
    assert real["changed"] and predicted["diff"] == real["diff"] and real["diff"]["after"] == {}
    assert endpoints.client("ec2").describe_vpc_endpoints()["VpcEndpoints"] == []
    before = endpoints.calls()
    assert not endpoints.run(MODULE, **gone)["changed"]
    assert endpoints.calls() - before == {"all": 1}


BAD = {
    "no subnet": ({"subnet_ids": None}, "subnet_ids: the interface endpoint of"),
    "tables": ({"route_table_ids": ["rtb-1"]}, "route_table_ids: an interface endpoint has none"),
    "gateway with DNS": (
        {"vpc_endpoint_type": "Gateway", "subnet_ids": None, "security_group_ids": None, "private_dns_enabled": True},
        "private_dns_enabled: a gateway endpoint has none",
    ),
    "no JSON": ({"policy_document": "{Statement"}, "policy_document: it is not valid JSON"),
    "no policy": ({"policy_document": {"Action": "*"}}, "policy_document: it has no list of statements"),
    "reserved tag": ({"tags": {"aws:x": "y"}}, "tags: 'aws:x' begins with aws:"),
    "no such service": (
        {"service_name": f"com.amazonaws.{REGION}.codedeploi"},
        "amazon.aws.ec2_vpc_endpoint_info lists those of the region",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_sentence_and_nothing_is_made(endpoints, place, case):
    options, message = BAD[case]
    assert message in endpoints.refusal(MODULE, **interface(place, **options))
    assert endpoints.client("ec2").describe_vpc_endpoints()["VpcEndpoints"] == []
