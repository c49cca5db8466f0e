# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance metadata service, asked over HTTP as a host asks it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import urllib3
from botocore.utils import InstanceMetadataFetcher

from local_region.world.imds import InstanceMetadata, MetadataServer, RoleCredentials, Tokens

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROLE = RoleCredentials(
    role_name="web",
    instance_profile_arn="arn:aws:iam::123456789012:instance-profile/web",
    instance_profile_id="AIPA0EXAMPLE",
    access_key="ASIAEXAMPLE",
    secret_key="not-a-secret",
    token="a-session",
    updated=NOON,
    expiration=datetime(2036, 1, 1, tzinfo=UTC),
)
WEB = {
    "instance_id": "i-0a1f",
    "private_ip": "10.0.1.5",
    "hostname": "ip-10-0-1-5.ec2.internal",
    "zone": "us-east-1b",
    "region": "us-east-1",
    "account": "123456789012",
    "image_id": "ami-1",
    "instance_type": "t3.micro",
    "mac": "0a:00:00:00:00:05",
    "launched": NOON,
}


@pytest.fixture
def serve():
    """Starts a server that knows one instance, asked for from 127.0.0.1; yields its URL."""
    servers = []

    def start(address="127.0.0.1", **changes) -> str:
        about = InstanceMetadata(**WEB | changes)
        server = MetadataServer({address: about}.get, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in servers:
        server.close()


def ask(url, method="GET", **headers):
    return urllib3.request(method, url, headers=headers, retries=False)


def token_of(url, ttl="60"):
    return ask(f"{url}/latest/api/token", "PUT", **{"X-aws-ec2-metadata-token-ttl-seconds": ttl})


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("meta-data/instance-id", "i-0a1f"),
        ("meta-data/placement/region", "us-east-1"),
        ("meta-data/placement/availability-zone", "us-east-1b"),
        ("meta-data/local-ipv4", "10.0.1.5"),
        ("meta-data/local-hostname", "ip-10-0-1-5.ec2.internal"),
        ("meta-data/placement/", "availability-zone\nregion"),
        ("meta-data/iam/security-credentials/", "web"),
        ("meta-data/tags/instance/Environment", "staging"),
        ("user-data", "#!/bin/sh\n"),
    ],
)
def test_a_host_learns_who_it_is(serve, path, answer):
    url = serve(role=ROLE, tags={"Environment": "staging"}, user_data=b"#!/bin/sh\n")
    response = ask(f"{url}/latest/{path}")
    assert (response.status, response.data.decode()) == (200, answer)


@pytest.mark.parametrize(
    "path", ["meta-data/iam/info", "meta-data/tags/", "user-data", "meta-data/no-such-thing", "../x"]
)
def test_what_an_instance_does_not_have_is_not_found(serve, path):
    assert ask(f"{serve()}/latest/{path}").status == 404


def test_the_identity_document_names_the_instance(serve):
    document = json.loads(ask(f"{serve()}/latest/dynamic/instance-identity/document").data)
    assert (document["instanceId"], document["region"], document["accountId"]) == (
        "i-0a1f",
        "us-east-1",
        "123456789012",
    )


def test_a_token_is_answered_with_its_ttl_and_opens_the_metadata(serve):
    url = serve(token_required=True)
    token = token_of(url, "21600")
    assert token.headers["X-aws-ec2-metadata-token-ttl-seconds"] == "21600"
    answer = ask(f"{url}/latest/meta-data/instance-id", **{"X-aws-ec2-metadata-token": token.data.decode()})
    assert answer.data == b"i-0a1f"


def test_without_a_token_nothing_is_told_where_one_is_required(serve):
    assert ask(f"{serve(token_required=True)}/latest/meta-data/instance-id").status == 401


def test_a_wrong_token_is_refused_even_where_none_is_required(serve):
    answer = ask(f"{serve()}/latest/meta-data/instance-id", **{"X-aws-ec2-metadata-token": "made-up"})
    assert answer.status == 401


@pytest.mark.parametrize("ttl", ["0", "21601", "soon", ""])
def test_a_token_needs_a_lifetime_of_one_second_to_six_hours(serve, ttl):
    assert token_of(serve(), ttl).status == 400


def test_a_proxy_gets_no_token(serve):
    headers = {"X-aws-ec2-metadata-token-ttl-seconds": "60", "X-Forwarded-For": "203.0.113.9"}
    assert ask(f"{serve()}/latest/api/token", "PUT", **headers).status == 403


def test_a_stranger_is_told_nothing(serve):
    assert ask(f"{serve(address='10.0.1.5')}/latest/meta-data/instance-id").status == 404


def test_a_token_runs_out_and_is_good_for_its_own_instance_only():
    now = 100.0
    tokens = Tokens(lambda: now)
    token = tokens.issue("i-0a1f", 60)
    assert tokens.accepts(token, "i-0a1f")
    assert not tokens.accepts(token, "i-0b2e")
    now = 160.0
    assert not tokens.accepts(token, "i-0a1f")


def test_botocore_finds_the_credentials_of_the_role(serve):
    fetcher = InstanceMetadataFetcher(base_url=serve(role=ROLE) + "/", num_attempts=1)
    found = fetcher.retrieve_iam_role_credentials()
    assert (found["role_name"], found["access_key"], found["token"]) == ("web", "ASIAEXAMPLE", "a-session")
