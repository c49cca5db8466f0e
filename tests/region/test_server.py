# SPDX-License-Identifier: GPL-3.0-or-later
"""The API over HTTP, asked by boto3: our services, moto's, and what is refused."""

from __future__ import annotations

import http.client
import logging
import threading

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_region.calls import CallRecord
from local_region.http_server import THREADS, HttpServer, listening_socket
from local_region.moto_access import Moto
from local_region.protocol import JsonProtocol, Service, load_model
from local_region.server import Api

# botocore's other retry modes, each of which has rules of its own.
OTHERS = ("legacy", "adaptive")


def attempts(client) -> list[int]:
    """Counts, in a list of one, the requests that the client sends."""
    count = [0]
    client.meta.events.register("before-send", lambda **_: count.__setitem__(0, count[0] + 1))
    return count


REFUSED = {
    "a service of our own": ("codebuild", lambda client: client.start_sandbox(projectName="x")),
    "json": ("kms", lambda client: client.connect_custom_key_store(CustomKeyStoreId="cks-1234567890")),
    "query": ("autoscaling", lambda client: client.describe_account_limits()),
    "ec2": ("ec2", lambda client: client.describe_trunk_interface_associations()),
    "rest-json": ("appconfig", lambda client: client.list_deployments(ApplicationId="abcd", EnvironmentId="abcd")),
    "a service moto has not": ("codestar-notifications", lambda client: client.list_targets()),
    "a success moto makes up": ("ssm", lambda client: client.send_command(DocumentName="AWS-RunShellScript")),
}


@pytest.mark.parametrize(
    ("protocol", "mode"),
    [*((protocol, "standard") for protocol in REFUSED), *(("a service of our own", mode) for mode in OTHERS)],
)
def test_what_is_not_there_is_a_typed_501_that_is_asked_for_once(protocol, mode, api):
    service, call = REFUSED[protocol]
    client = api.client(service, config=Config(retries={"mode": mode, "max_attempts": 5}))
    count = attempts(client)

    with pytest.raises(ClientError) as refused:
        call(client)

    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert answer["Error"]["Code"] == "NotImplementedInLocalRegion"
    assert answer["Error"]["Message"].startswith("The local region ")
    assert count == [1]


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", "/service/CodeDeploy_20141006/operation/ListApplications", "not as smithy-rpc-v2-cbor"),
        ("POST", "/moto-api/reset", "does not serve moto's control API"),
        ("GET", "/latest/meta-data/instance-id", "at 169.254.169.254, not at the region's API"),
    ],
)
def test_a_way_in_that_the_region_does_not_offer_is_refused_in_words(method, path, said, api):
    connection = http.client.HTTPConnection(api.url.removeprefix("http://"))
    connection.request(method, path)
    response = connection.getresponse()

    assert response.status == 501
    assert said in response.read().decode()


def test_objects_keep_their_keys_and_metadata_whatever_characters_are_in_them(api):
    s3 = api.client("s3")
    s3.create_bucket(Bucket="a-bucket")
    key, metadata = "a/b c+d%2F//ü.txt", {"plain": "1", "with_underscore": "2", "with-dash": "3"}
    s3.put_object(Bucket="a-bucket", Key=key, Body=b"x" * 300_000, Metadata=metadata)

    found = s3.get_object(Bucket="a-bucket", Key=key)

    assert found["Body"].read() == b"x" * 300_000
    assert {name.lower(): value for name, value in found["Metadata"].items()} == metadata
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="a-bucket")["Contents"]] == [key]


def test_a_connection_serves_more_than_one_request(api):
    connection = http.client.HTTPConnection(api.url.removeprefix("http://"))
    for _ in range(3):
        connection.request("GET", "/_local_region/status")
        connection.getresponse().read()
    assert connection.sock is not None


def test_the_callers_account_is_that_of_its_access_key(api):
    other = "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole"
    keys = api.client("sts").assume_role(RoleArn=other, RoleSessionName="test")["Credentials"]

    client = boto3.client(
        "codedeploy",
        endpoint_url=api.url,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    client.create_application(applicationName="theirs")

    assert client.list_applications()["applications"] == ["theirs"]
    assert api.client("codedeploy").list_applications()["applications"] == []


def test_every_call_is_one_line_of_the_log_without_secrets(api, caplog):
    caplog.set_level(logging.INFO, "local_region.calls")
    api.client("ssm").put_parameter(Name="/p", Value="hunter2", Type="SecureString")
    with pytest.raises(ClientError):
        api.client("ssm").get_parameter(Name="/absent")

    first, second = [record.message for record in caplog.records if record.name == "local_region.calls"]
    assert first.startswith("ssm:PutParameter 200 ") and " ms " in first
    assert second.startswith("ssm:GetParameter 400 ParameterNotFound ")
    assert "hunter2" not in caplog.text


def test_writes_are_counted_by_operation_and_reads_are_not(api):
    s3, ec2 = api.client("s3"), api.client("ec2")
    s3.create_bucket(Bucket="a-bucket")
    s3.put_object(Bucket="a-bucket", Key="k", Body=b"")
    s3.put_object(Bucket="a-bucket", Key="k", Body=b"")
    s3.get_object(Bucket="a-bucket", Key="k")
    s3.list_objects_v2(Bucket="a-bucket")
    ec2.describe_vpcs()
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    with pytest.raises(ClientError):
        api.client("codedeploy").create_application(applicationName="not a name")

    assert api.region.calls.counts() == {
        "total": 8,
        "writes": 5,
        "writes_by_operation": {
            "codedeploy:CreateApplication": 1,
            "ec2:CreateVpc": 1,
            "s3:CreateBucket": 1,
            "s3:PutObject": 2,
        },
    }


def test_two_hundred_long_polls_leave_the_api_responsive():
    """Agents hold their polls open; the API must answer others meanwhile."""
    arrived, released = threading.Semaphore(0), threading.Event()

    class Polls(Service):
        model = load_model("codedeploy")

        def list_applications(self, caller, params):
            arrived.release()
            released.wait()
            return {}

        def create_application(self, caller, params):
            return {"applicationId": "1"}

    with listening_socket("127.0.0.1", 0) as listener:
        server = HttpServer(Api(JsonProtocol([Polls()]), Moto(), CallRecord(), {}), [listener])
        server.start()
        port = listener.getsockname()[1]

        def ask(operation: str, body: bytes = b"{}") -> int:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("POST", "/", body, {"X-Amz-Target": f"CodeDeploy_20141006.{operation}"})
            status = connection.getresponse().status
            connection.close()
            return status

        statuses: list[int] = []
        polls = [threading.Thread(target=lambda: statuses.append(ask("ListApplications"))) for _ in range(200)]
        for poll in polls:
            poll.start()
        for _ in polls:
            arrived.acquire()

        assert len(polls) < THREADS
        assert ask("CreateApplication", b'{"applicationName": "a"}') == 200
        released.set()
        for poll in polls:
            poll.join()
        server.close()
    assert statuses == [200] * 200
