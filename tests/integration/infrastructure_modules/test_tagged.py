# SPDX-License-Identifier: GPL-3.0-or-later
"""ec2_tagged_info: what carries all of the tags, and nothing else."""

import pytest

MODULE = "ec2_tagged_info"
TAGS = {"Network": "storefront", "ManagedBy": "us"}


def specification(kind, **tags):
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


@pytest.fixture(scope="module")
def made(modules):
    ec2 = modules.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specification("vpc", **TAGS))["Vpc"]["VpcId"]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=specification("elastic-ip", **TAGS))
    subnets = []
    for number, tags in enumerate(
        [TAGS, TAGS, {"Network": "storefront"}, {"Network": "us", "ManagedBy": "storefront"}]
    ):
        options = {"CidrBlock": f"10.0.{number}.0/24", "TagSpecifications": specification("subnet", **tags)}
        subnets.append(ec2.create_subnet(VpcId=vpc, **options)["Subnet"]["SubnetId"])
    return {"vpc": [vpc], "elastic-ip": [address["AllocationId"]], "subnet": sorted(subnets[:2])}


def test_what_carries_all_of_the_tags_is_listed_by_kind_in_one_request(modules, made):
    before = modules.calls()
    result = modules.run(MODULE, tags=TAGS)
    assert modules.calls() - before == {"all": 1}
    assert (result["changed"], result["resources"]) == (False, made)


def test_one_kind_alone_is_listed_on_request(modules, made):
    assert modules.run(MODULE, tags=TAGS, resource_type="subnet")["resources"] == {"subnet": made["subnet"]}


def test_nothing_is_an_empty_answer_and_no_tags_are_refused(modules, made):
    assert modules.run(MODULE, tags={"Network": "another"})["resources"] == {}
    assert modules.refusal(MODULE, tags={}) == "tags: none were given. Name at least one."
