# SPDX-License-Identifier: GPL-3.0-or-later
"""Access logs: requests to a load balancer are found in the bucket, line by line, as ELB writes them."""

from __future__ import annotations

import gzip
import json
import re
import shlex

import pytest
from botocore.exceptions import ClientError

from local_region.services.moto_gaps import elbv2 as gaps
from local_region.services.moto_gaps.elbv2_access_logs import deliver
from local_region.world.balancer.access_log import line
from tests.conftest import open_api
from tests.region.balancing import ask, eventually, running_balancers

REGION = "eu-west-1"
HELLO = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "hello"}}
RECORD = {
    "ended": "2026-11-21T18:00:00.250000Z",
    "began": "2026-11-21T18:00:00.000000Z",
    "client": "192.0.2.7:40000",
    "target": "10.0.0.5:8000",
    "cluster": "web-1",
    "how": "via_upstream",
    "status": 200,
    "first_answer_ms": 230,
    "answer_ms": 20,
    "received": 120,
    "sent": 340,
    "method": "GET",
    "path": "/cart?item=7",
    "host": "shop.example.com",
    "protocol": "HTTP/1.1",
    "agent": 'curl "8"',
    "location": None,
    "tls_version": "TLSv1.3",
    "cipher": "TLS_AES_128_GCM_SHA256",
    "server_name": "shop.example.com",
}
GROUPS = {"web-1": "arn:aws:...:targetgroup/web/1"}


def fields(text: str) -> list[str]:
    return shlex.split(text.replace("\\x22", "'"))


def test_a_line_says_who_asked_whom_for_what_and_how_long_it_took():
    told = fields(line(RECORD, "app/web/1", 443, GROUPS))
    assert told[:5] == ["https", RECORD["ended"], "app/web/1", "192.0.2.7:40000", "10.0.0.5:8000"]
    assert told[5:10] == ["0.000", "0.230", "0.020", "200", "200"]
    assert told[12:17] == [
        "GET https://shop.example.com:443/cart?item=7 HTTP/1.1",
        "curl '8'",
        "TLS_AES_128_GCM_SHA256",
        "TLSv1.3",
        GROUPS["web-1"],
    ]
    assert told[22] == "forward"
    assert len(told) == 29


def test_a_redirect_reached_no_target():
    redirected = {
        **RECORD,
        **dict.fromkeys(("target", "cluster", "first_answer_ms", "tls_version", "cipher", "server_name")),
        "how": "direct_response",
        "status": 301,
        "location": "https://shop.example.com:443/",
    }
    told = fields(line(redirected, "app/web/1", 80, GROUPS))
    assert (told[0], told[4:8], told[8:10]) == ("http", ["-", "-1", "-1", "-1"], ["301", "-"])
    assert told[22:24] == ["redirect", "https://shop.example.com:443/"]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running_balancers(tmp_path_factory.mktemp("lb")) as balancers, open_api() as opened:
        gaps.balance(balancers, lambda instance_id: "127.0.0.1")
        yield opened
        gaps.balance(None)


@pytest.fixture(scope="module")
def elb(api):
    return api.client("elbv2", region_name=REGION)


@pytest.fixture(scope="module")
def balancer(api, elb):
    ec2 = api.client("ec2", region_name=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    made = elb.create_load_balancer(Name="web", Subnets=[one["SubnetId"] for one in subnets])["LoadBalancers"][0]
    elb.create_listener(LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=8080, DefaultActions=[HELLO])
    return made


@pytest.fixture(scope="module")
def s3(api):
    return api.client("s3", region_name=REGION)


def make_bucket(s3, name: str, resource: str) -> None:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    writing = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/{resource}",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [writing]}))


def log_to(elb, balancer, bucket: str, enabled: str = "true") -> None:
    attributes = {"enabled": enabled, "bucket": bucket, "prefix": "shop"}
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Attributes=[{"Key": f"access_logs.s3.{name}", "Value": value} for name, value in attributes.items()],
    )


def logged(s3, bucket: str) -> dict[str, str]:
    """The log files in a bucket by their keys, without the one that ELB writes for a test."""
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys if key.endswith(".gz")}
    return {key: gzip.decompress(body).decode() for key, body in bodies.items()}


def test_requests_are_found_in_the_bucket(s3, elb, balancer):
    make_bucket(s3, "shop-logs", "shop/AWSLogs/123456789012/*")
    ask(balancer["DNSName"], "/before")
    log_to(elb, balancer, "shop-logs")
    assert s3.get_object(Bucket="shop-logs", Key="shop/AWSLogs/123456789012/ELBAccessLogTestFile")
    ask(balancer["DNSName"], "/hello", headers={"User-Agent": "tests"})

    def delivered() -> bool:
        deliver(at_once=True)
        return bool(logged(s3, "shop-logs"))

    eventually(delivered, "the log is in the bucket")
    ((key, text),) = logged(s3, "shop-logs").items()
    assert re.fullmatch(
        rf"shop/AWSLogs/123456789012/elasticloadbalancing/{REGION}/\d{{4}}/\d\d/\d\d/"
        rf"123456789012_elasticloadbalancing_{REGION}_app\.web\.\w+_\d{{8}}T\d{{4}}Z_[\d.]+_\w+\.log\.gz",
        key,
    )
    (told,) = (fields(one) for one in text.splitlines())
    assert (told[12], told[13]) == (f"GET http://{balancer['DNSName']}:8080/hello HTTP/1.1", "tests")
    assert (told[8], told[22]) == ("200", "fixed-response")

    log_to(elb, balancer, "shop-logs", enabled="false")
    ask(balancer["DNSName"], "/after")
    deliver(at_once=True)
    assert len(logged(s3, "shop-logs")) == 1


@pytest.mark.parametrize(("bucket", "resource"), [("nobodys", None), ("closed", "elsewhere/*")])
def test_a_bucket_that_elb_cannot_write_to_is_refused(s3, elb, balancer, bucket, resource):
    if resource:
        make_bucket(s3, bucket, resource)
    with pytest.raises(ClientError, match=f"Access Denied for bucket: {bucket}. Please check S3bucket permission"):
        log_to(elb, balancer, bucket)
