# SPDX-License-Identifier: GPL-3.0-or-later
"""ELBv2's API with the balancer behind it: what it says is what the balancer does."""

from __future__ import annotations

import socket

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_region.clock import Clock
from local_region.http_server import listening_socket
from local_region.region import Region
from local_region.services.moto_gaps import elbv2 as gaps
from tests.region.balancing import SCALE, ask, eventually, running_balancers
from tests.region.web_server import WebServer

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def balancers(tmp_path_factory):
    with running_balancers(tmp_path_factory.mktemp("lb")) as balancers:
        gaps.balance(balancers, lambda instance_id: "127.0.0.1")
        yield balancers
        gaps.balance(None)


@pytest.fixture(scope="module")
def client(balancers):
    region = Region(Clock(SCALE))
    listener = listening_socket("127.0.0.1", 0)
    region.serve([listener])
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": REGION}
    yield lambda service: boto3.client(
        service, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}), **keys
    )
    region.close()


@pytest.fixture(scope="module")
def elb(client):
    return client("elbv2")


@pytest.fixture(scope="module")
def network(client):
    """A VPC with a subnet in each of three zones: {"vpc": id, "a": subnet id, "b": ..., "c": ...}."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    made = {"vpc": vpc}
    for number, zone in enumerate("abc"):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        made[zone] = subnet["Subnet"]["SubnetId"]
    return made


@pytest.fixture
def launch(client, network):
    ec2 = client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]

    def run(zone: str) -> str:
        answer = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=network[zone])
        return answer["Instances"][0]["InstanceId"]

    return run


@pytest.fixture
def web():
    server = WebServer("1.0")
    yield server
    server.stop()


@pytest.fixture
def names(elb):
    """Hands out names; what was made under them is deleted after the test."""
    yield lambda kind: f"{kind}-{len(elb.describe_target_groups()['TargetGroups'])}"
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    for group in elb.describe_target_groups()["TargetGroups"]:
        elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


@pytest.fixture
def make(elb, network, names):
    """Makes load balancers, target groups and listeners with short words."""

    class Make:
        def balancer(self, name="web", zones="ab", **options):
            subnets = [network[zone] for zone in zones]
            return elb.create_load_balancer(Name=name, Subnets=subnets, **options)["LoadBalancers"][0]

        def group(self, name="web", port=8000, **options):
            options = {
                "HealthCheckPath": "/health",
                "HealthCheckIntervalSeconds": 5,
                "HealthCheckTimeoutSeconds": 2,
                **options,
            }
            answer = elb.create_target_group(Name=name, Protocol="HTTP", Port=port, VpcId=network["vpc"], **options)
            return answer["TargetGroups"][0]["TargetGroupArn"]

        def listener(self, balancer, group, port=8080):
            actions = [{"Type": "forward", "TargetGroupArn": group}]
            answer = elb.create_listener(
                LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=port, DefaultActions=actions
            )
            return answer["Listeners"][0]["ListenerArn"]

    return Make()


def health(elb, group, instance_id=None):
    """(state, reason) of each target by instance id, or of the one asked for."""
    targets = {"Targets": [{"Id": instance_id}]} if instance_id else {}
    found = elb.describe_target_health(TargetGroupArn=group, **targets)["TargetHealthDescriptions"]
    states = {one["Target"]["Id"]: (one["TargetHealth"]["State"], one["TargetHealth"].get("Reason")) for one in found}
    return states[instance_id] if instance_id else states


def refused(call, **params) -> str:
    """The message of a call that is refused as not implemented, which no SDK tries again."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response
    assert error["Error"]["Code"] == "NotImplementedInLocalRegion"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    return error["Error"]["Message"]


def test_a_load_balancer_answers_at_its_dns_name(elb, make, launch, web):
    balancer, group = make.balancer(), make.group()
    make.listener(balancer, group)
    instance = launch("a")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance, "Port": web.port}])
    eventually(lambda: health(elb, group, instance) == ("healthy", None), "the target is healthy")
    answer = ask(balancer["DNSName"])
    assert (answer.status, answer.headers["X-Version"]) == (200, "1.0")


def test_a_load_balancer_keeps_its_address_and_two_have_different_ones(elb, make):
    first, second = make.balancer("first"), make.balancer("second")
    again = elb.describe_load_balancers(Names=["first"])["LoadBalancers"][0]
    assert again["DNSName"] == first["DNSName"]
    assert first["DNSName"] != second["DNSName"]
    assert socket.inet_aton(first["DNSName"])[0] == 127


def test_a_deregistered_target_drains_and_is_then_known_by_id_only(elb, make, launch, web):
    balancer, group = make.balancer(), make.group()
    make.listener(balancer, group)
    instance = launch("a")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance, "Port": web.port}])
    eventually(lambda: health(elb, group, instance)[0] == "healthy", "the target is healthy")
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": instance}])
    assert health(elb, group) == {instance: ("draining", "Target.DeregistrationInProgress")}
    eventually(lambda: health(elb, group) == {}, "the target has drained")
    assert health(elb, group, instance) == ("unused", "Target.NotRegistered")


def test_the_waiters_of_boto3_see_the_target_come_and_go(elb, make, launch, web):
    balancer, group = make.balancer(), make.group()
    make.listener(balancer, group)
    target = {"Id": launch("a"), "Port": web.port}
    elb.register_targets(TargetGroupArn=group, Targets=[target])
    soon = {"Delay": 1, "MaxAttempts": 10}
    elb.get_waiter("target_in_service").wait(TargetGroupArn=group, Targets=[target], WaiterConfig=soon)
    elb.deregister_targets(TargetGroupArn=group, Targets=[target])
    elb.get_waiter("target_deregistered").wait(TargetGroupArn=group, Targets=[target], WaiterConfig=soon)


def test_targets_of_a_group_without_a_listener_are_unused(elb, make, launch, web):
    group, instance = make.group(), launch("a")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance, "Port": web.port}])
    assert health(elb, group) == {instance: ("unused", "Target.NotInUse")}


def test_targets_in_a_zone_that_is_not_enabled_are_unused(elb, make, launch, web):
    balancer, group = make.balancer(zones="ab"), make.group()
    make.listener(balancer, group)
    instance = launch("c")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance, "Port": web.port}])
    assert health(elb, group, instance) == ("unused", "Target.NotInUse")
    assert ask(balancer["DNSName"]).status == 503


def test_a_stopped_instance_is_unused(client, elb, make, launch, web):
    balancer, group = make.balancer(), make.group()
    make.listener(balancer, group)
    instance = launch("a")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance, "Port": web.port}])
    client("ec2").stop_instances(InstanceIds=[instance])
    assert health(elb, group, instance) == ("unused", "Target.InvalidState")


def test_deregistering_what_is_not_registered_succeeds(elb, make, launch):
    elb.deregister_targets(TargetGroupArn=make.group(), Targets=[{"Id": launch("a")}])


def test_a_port_that_somebody_listens_on_is_refused_and_not_kept(elb, make):
    balancer, group = make.balancer(), make.group()
    with socket.create_server((balancer["DNSName"], 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ClientError, match=f"cannot listen on port {port}: .*Address already in use"):
            make.listener(balancer, group, port=port)
    assert elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"] == []
    make.listener(balancer, group, port=port)
    assert ask(balancer["DNSName"], port=port).status == 503


def test_a_listener_changes_its_port(elb, make):
    balancer, group = make.balancer(), make.group()
    listener = make.listener(balancer, group)
    elb.modify_listener(ListenerArn=listener, Port=8081)
    assert ask(balancer["DNSName"], port=8081).status == 503
    with pytest.raises(ConnectionRefusedError):
        ask(balancer["DNSName"], port=8080)


def test_a_privileged_port_is_refused_where_the_machine_does(elb, make, balancers, monkeypatch):
    monkeypatch.setattr(balancers.door, "lowest_port", 1024)
    balancer, group = make.balancer(), make.group()
    with pytest.raises(ClientError, match="Listener port 80: this machine lets only root listen on ports below 1024"):
        make.listener(balancer, group, port=80)


def test_rules_are_shown_and_tried_by_priority(elb, make):
    balancer, group = make.balancer(), make.group()
    listener = make.listener(balancer, group)
    for priority, answer in ((20, "second"), (10, "first")):
        elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": ["/hello*"]}],
            Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": answer}}],
        )
    shown = [rule["Priority"] for rule in elb.describe_rules(ListenerArn=listener)["Rules"]]
    assert shown == ["10", "20", "default"]
    assert ask(balancer["DNSName"], "/hello").text == "first"
    assert ask(balancer["DNSName"], "/other").status == 503


def test_a_target_group_belongs_to_one_load_balancer(elb, make):
    first, second, group = make.balancer("first"), make.balancer("second"), make.group()
    make.listener(first, group)
    with pytest.raises(ClientError, match="TargetGroupAssociationLimit"):
        make.listener(second, group)
    elb.delete_load_balancer(LoadBalancerArn=first["LoadBalancerArn"])
    make.listener(second, group)


def test_a_name_and_a_port_are_taken_once(make):
    balancer, group = make.balancer(), make.group()
    make.listener(balancer, group)
    with pytest.raises(ClientError, match="DuplicateLoadBalancerName"):
        make.balancer()
    with pytest.raises(ClientError, match="DuplicateListener"):
        make.listener(balancer, group)


def test_attributes_have_awss_defaults_and_can_be_set(elb, make):
    arn = make.balancer()["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "90"}]
    )
    shown = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    values = {item["Key"]: item["Value"] for item in shown}
    assert values["idle_timeout.timeout_seconds"] == "90"
    assert values["routing.http2.enabled"] == "true"


def test_a_protected_load_balancer_is_not_deleted(elb, make):
    arn = make.balancer()["LoadBalancerArn"]
    protect = "deletion_protection.enabled"
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": protect, "Value": "true"}])
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": protect, "Value": "false"}])


def test_a_forward_action_is_shown_in_both_forms(elb, make):
    balancer, group = make.balancer(), make.group()
    listener = make.listener(balancer, group)
    (action,) = elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]["DefaultActions"]
    assert action == {
        "Type": "forward",
        "TargetGroupArn": group,
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": group, "Weight": 1}],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }


def test_what_the_balancer_cannot_do_is_refused_in_plain_words(elb, make, network, launch):
    subnets = [network["a"], network["b"]]
    assert "no network load balancers" in refused(elb.create_load_balancer, Name="n", Subnets=subnets, Type="network")
    assert "HTTP and HTTPS, not TLS" in refused(
        elb.create_listener,
        LoadBalancerArn=make.balancer()["LoadBalancerArn"],
        Protocol="TLS",
        Port=8443,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    )
    assert "no targets of type lambda" in refused(elb.create_target_group, Name="f", TargetType="lambda")
    group = make.group()
    assert "lb_cookie" in refused(
        elb.modify_target_group_attributes,
        TargetGroupArn=group,
        Attributes=[{"Key": "stickiness.type", "Value": "app_cookie"}],
    )
    listener = make.listener(elb.describe_load_balancers()["LoadBalancers"][0], group)
    assert "no condition 'source-ip'" in refused(
        elb.create_rule,
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    instance = launch("a")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance, "Port": 8000}])
    assert "registers an instance once" in refused(
        elb.register_targets, TargetGroupArn=group, Targets=[{"Id": instance, "Port": 8001}]
    )
