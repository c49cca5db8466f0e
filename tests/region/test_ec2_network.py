# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways, endpoints, flow logs, and what EC2 does not delete: through boto3, against the API without hosts."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.conftest import open_api

REGION = "us-east-1"
DEPLOY = f"com.amazonaws.{REGION}.codedeploy"
S3 = f"com.amazonaws.{REGION}.s3"


@pytest.fixture(scope="module")
def ec2():
    with open_api() as api:
        yield api.client("ec2")


@pytest.fixture
def vpc(ec2):
    """A VPC with two subnets, of its own for each test."""
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=made, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    return made, [one["SubnetId"] for one in subnets]


def refusal(call, **options):
    with pytest.raises(ClientError) as caught:
        call(**options)
    return caught.value.response["Error"]["Code"]


def interfaces(ec2, vpc_id):
    found = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
    return found["NetworkInterfaces"]


def tables_of(ec2, vpc_id):
    return [ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"] for _ in "ab"]


def targets(ec2, table):
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return {route.get("GatewayId") for route in found["Routes"]} - {"local"}


def nat_gateway(ec2, subnet, **tags):
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    named = [{"Key": key, "Value": value} for key, value in tags.items()]
    made = ec2.create_nat_gateway(
        SubnetId=subnet, AllocationId=address, TagSpecifications=[{"ResourceType": "natgateway", "Tags": named}]
    )
    return made["NatGateway"]["NatGatewayId"], address


def test_a_nat_gateway_is_found_by_its_tags(ec2, vpc):
    vpc_id, subnets = vpc
    ours, _ = nat_gateway(ec2, subnets[0], ManagedBy="us")
    nat_gateway(ec2, subnets[1], ManagedBy="others")

    found = ec2.describe_nat_gateways(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "tag:ManagedBy", "Values": ["us"]}]
    )

    assert [one["NatGatewayId"] for one in found["NatGateways"]] == [ours]


def test_the_address_of_a_nat_gateway_can_be_released_when_the_gateway_is_gone_and_not_before(ec2, vpc):
    vpc_id, subnets = vpc
    gateway, address = nat_gateway(ec2, subnets[0])

    assert refusal(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    assert refusal(ec2.delete_subnet, SubnetId=subnets[0]) == "DependencyViolation"
    ec2.delete_nat_gateway(NatGatewayId=gateway)

    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnets[0])
    assert interfaces(ec2, vpc_id) == []


def test_a_nat_gateway_that_never_was_is_not_found(ec2):
    assert refusal(ec2.describe_nat_gateways, NatGatewayIds=["nat-0123456789abcdef0"]) == "NatGatewayNotFound"
    assert refusal(ec2.delete_nat_gateway, NatGatewayId="nat-0123456789abcdef0") == "NatGatewayNotFound"


def interface_endpoint(ec2, vpc_id, subnets, **options):
    made = ec2.create_vpc_endpoint(
        VpcId=vpc_id, ServiceName=DEPLOY, VpcEndpointType="Interface", SubnetIds=subnets, **options
    )
    return made["VpcEndpoint"]["VpcEndpointId"]


def test_an_interface_endpoint_has_an_interface_with_its_security_groups_in_each_of_its_subnets(ec2, vpc):
    vpc_id, subnets = vpc
    group = ec2.create_security_group(GroupName="endpoints", Description="x", VpcId=vpc_id)["GroupId"]

    endpoint = interface_endpoint(ec2, vpc_id, subnets[:1], SecurityGroupIds=[group])
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddSubnetIds=subnets[1:], RemoveSubnetIds=subnets[:1])

    (interface,) = interfaces(ec2, vpc_id)
    assert interface["SubnetId"] == subnets[1]
    assert [one["GroupId"] for one in interface["Groups"]] == [group]
    assert refusal(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"] == []
    ec2.delete_security_group(GroupId=group)
    assert interfaces(ec2, vpc_id) == []


def test_private_dns_of_an_endpoint_is_switched_off_and_a_second_of_the_service_may_then_have_it(ec2, vpc):
    vpc_id, subnets = vpc
    first = interface_endpoint(ec2, vpc_id, subnets, PrivateDnsEnabled=True)
    with pytest.raises(ClientError, match="conflicting DNS domain"):
        interface_endpoint(ec2, vpc_id, subnets, PrivateDnsEnabled=True)

    ec2.modify_vpc_endpoint(VpcEndpointId=first, PrivateDnsEnabled=False)

    second = interface_endpoint(ec2, vpc_id, subnets, PrivateDnsEnabled=True)
    found = ec2.describe_vpc_endpoints(VpcEndpointIds=[first, second])["VpcEndpoints"]
    assert {one["VpcEndpointId"]: one["PrivateDnsEnabled"] for one in found} == {first: False, second: True}


def test_a_gateway_endpoint_is_a_route_in_just_the_tables_it_names(ec2, vpc):
    vpc_id, _ = vpc
    one, other = tables_of(ec2, vpc_id)
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=S3, RouteTableIds=[one])["VpcEndpoint"]

    assert endpoint["VpcEndpointType"] == "Gateway" and not endpoint["PrivateDnsEnabled"]
    assert (targets(ec2, one), targets(ec2, other)) == ({endpoint["VpcEndpointId"]}, set())
    change = {"AddRouteTableIds": [other], "RemoveRouteTableIds": [one]}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], **change)
    assert (targets(ec2, one), targets(ec2, other)) == (set(), {endpoint["VpcEndpointId"]})
    assert refusal(
        ec2.create_vpc_endpoint, VpcId=vpc_id, ServiceName=S3, RouteTableIds=[other]
    ) == "RouteAlreadyExists"  # fmt: skip
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    assert targets(ec2, other) == set()


def test_the_policy_of_an_endpoint_is_changed_and_reset(ec2, vpc):
    vpc_id, subnets = vpc
    endpoint = interface_endpoint(ec2, vpc_id, subnets)

    def policy():
        return ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]["PolicyDocument"]

    default = policy()
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument='{"Statement": []}')
    assert policy() == '{"Statement": []}'
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, ResetPolicy=True)
    assert policy() == default


def test_endpoints_of_no_service_and_endpoints_that_are_gone_are_named(ec2, vpc):
    vpc_id, subnets = vpc
    unknown = {"VpcId": vpc_id, "ServiceName": f"com.amazonaws.{REGION}.codedeploi"}
    assert refusal(ec2.create_vpc_endpoint, **unknown) == "InvalidServiceName"
    endpoint = interface_endpoint(ec2, vpc_id, subnets)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])

    (problem,) = ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"]

    assert (problem["ResourceId"], problem["Error"]["Code"]) == (endpoint, "InvalidVpcEndpoint.NotFound")
    assert refusal(ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint]) == "InvalidVpcEndpointId.NotFound"


def test_a_vpc_goes_when_nothing_is_in_it_and_not_before(ec2, vpc):
    vpc_id, subnets = vpc
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)

    assert refusal(ec2.delete_vpc, VpcId=vpc_id) == "DependencyViolation"
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    group = ec2.create_security_group(GroupName="web", Description="x", VpcId=vpc_id)["GroupId"]
    assert refusal(ec2.delete_vpc, VpcId=vpc_id) == "DependencyViolation"
    ec2.delete_security_group(GroupId=group)

    ec2.delete_vpc(VpcId=vpc_id)


def test_the_tags_of_what_is_deleted_go_with_it(ec2, vpc):
    _, subnets = vpc
    gateway, address = nat_gateway(ec2, subnets[0], Owner="gone")
    named = [{"Key": "Owner", "Value": "gone"}]
    ec2.create_tags(Resources=[*subnets, address], Tags=named)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnets[0])

    found = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["Owner"]}, {"Name": "value", "Values": ["gone"]}])

    assert [(one["ResourceType"], one["ResourceId"]) for one in found["Tags"]] == [("subnet", subnets[1])]


def test_flow_logs_go_to_a_folder_of_a_bucket(ec2, vpc):
    vpc_id, _ = vpc
    options = {"ResourceIds": [vpc_id], "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "s3"}
    missing = ec2.create_flow_logs(**options, LogDestination="arn:aws:s3:::no-such-bucket/flows/")
    assert missing["FlowLogIds"] == [] and "no-such-bucket" in missing["Unsuccessful"][0]["Error"]["Message"]
    import boto3

    boto3.client(
        "s3", endpoint_url=ec2.meta.endpoint_url, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    ).create_bucket(Bucket="flow-records")

    made = ec2.create_flow_logs(**options, LogDestination="arn:aws:s3:::flow-records/flows/")

    (found,) = ec2.describe_flow_logs(FlowLogIds=made["FlowLogIds"])["FlowLogs"]
    assert found["LogDestination"] == "arn:aws:s3:::flow-records/flows/"
