# SPDX-License-Identifier: GPL-3.0-or-later
"""ec2_flow_log: what it makes, replaces, predicts and refuses."""

import pytest

MODULE = "ec2_flow_log"
GROUP = "/vpc/storefront"
ROLE = "arn:aws:iam::123456789012:role/flow-logs"


@pytest.fixture(scope="module")
def vpc(modules):
    modules.client("logs").create_log_group(logGroupName=GROUP)
    return modules.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def flow_logs(modules, vpc):
    yield modules
    client = modules.client("ec2")
    if ids := [one["FlowLogId"] for one in client.describe_flow_logs()["FlowLogs"]]:
        client.delete_flow_logs(FlowLogIds=ids)


def to_logs(vpc, **options):
    basis = {"resource_id": vpc, "log_group_name": GROUP, "deliver_logs_permission_arn": ROLE}
    return {**basis, "traffic_type": "REJECT", "tags": {"Environment": "production"}, **options}


def to_bucket(vpc, folder="/flows/"):
    return {"resource_id": vpc, "log_destination_type": "s3", "log_destination": f"arn:aws:s3:::flow-records{folder}"}


@pytest.fixture
def bucket(modules):
    client = modules.client("s3")
    client.create_bucket(Bucket="flow-records", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield
    client.delete_bucket(Bucket="flow-records")


@pytest.mark.parametrize("kind", [to_logs, to_bucket])
def test_it_is_made_once_as_check_mode_foresaw(flow_logs, vpc, bucket, kind):
    predicted, real = flow_logs.predicted_and_real(MODULE, **kind(vpc))
    assert real["changed"] and predicted["diff"]["after"].items() <= real["diff"]["after"].items()
    before = flow_logs.calls()
    assert not flow_logs.run(MODULE, **kind(vpc))["changed"]
    assert flow_logs.calls() - before == {"all": 1}


def test_its_tags_are_changed_in_place(flow_logs, vpc):
    first = flow_logs.run(MODULE, **to_logs(vpc))
    predicted, real = flow_logs.predicted_and_real(MODULE, **to_logs(vpc, tags={"Owner": "us"}))
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert real["flow_log"]["flow_log_id"] == first["flow_log"]["flow_log_id"]
    assert not flow_logs.run(MODULE, **to_logs(vpc, tags={"Owner": "us"}))["changed"]


def test_what_aws_cannot_change_is_refused_and_made_anew_on_request(flow_logs, vpc):
    first = flow_logs.run(MODULE, **to_logs(vpc))["flow_log"]
    message = flow_logs.refusal(MODULE, **to_logs(vpc, traffic_type="ALL"))
    assert "traffic_type is REJECT, wanted ALL" in message and "replace=true" in message

    predicted, real = flow_logs.predicted_and_real(MODULE, **to_logs(vpc, traffic_type="ALL", replace=True))

    assert real["changed"] and predicted["diff"] == real["diff"]
    assert real["flow_log"]["traffic_type"] == "ALL" and real["flow_log"]["flow_log_id"] != first["flow_log_id"]
    assert len(flow_logs.client("ec2").describe_flow_logs()["FlowLogs"]) == 1
    assert not flow_logs.run(MODULE, **to_logs(vpc, traffic_type="ALL", replace=True))["changed"]


def test_one_to_a_bucket_stands_beside_one_to_a_log_group(flow_logs, vpc, bucket):
    flow_logs.run(MODULE, **to_logs(vpc))
    assert flow_logs.run(MODULE, **to_bucket(vpc))["changed"]
    assert len(flow_logs.client("ec2").describe_flow_logs()["FlowLogs"]) == 2


def test_it_is_deleted_once(flow_logs, vpc):
    flow_logs.run(MODULE, **to_logs(vpc))
    gone = {"resource_id": vpc, "log_group_name": GROUP, "state": "absent"}
    predicted, real = flow_logs.predicted_and_real(MODULE, **gone)
    assert real["changed"] and predicted["diff"] == real["diff"] and real["diff"]["after"] == {}
    before = flow_logs.calls()
    assert not flow_logs.run(MODULE, **gone)["changed"]
    assert flow_logs.calls() - before == {"all": 1}


def test_it_is_deleted_by_its_id_alone(flow_logs, vpc):
    made = flow_logs.run(MODULE, **to_logs(vpc))["flow_log"]
    gone = {"flow_log_id": made["flow_log_id"], "state": "absent"}
    assert flow_logs.run(MODULE, **gone)["changed"]
    assert flow_logs.client("ec2").describe_flow_logs()["FlowLogs"] == []
    assert not flow_logs.run(MODULE, **gone)["changed"]
    assert "flow_log_id" in flow_logs.refusal(MODULE, **to_logs(vpc, flow_log_id="fl-1"))


BAD = {
    "resource": ({"resource_id": "i-1"}, "resource_id: 'i-1' is not the id of a VPC, a subnet or a network interface"),
    "interval": ({"max_aggregation_interval": 300}, "max_aggregation_interval: 300 is not possible"),
    "no group": ({"log_group_name": None}, "log_group_name must be given"),
    "no role": ({"deliver_logs_permission_arn": None}, "deliver_logs_permission_arn must be given to create"),
    "a bucket too": ({"log_destination": "arn:aws:s3:::x"}, "log_destination: it is for log_destination_type=s3"),
    "no bucket": ({"log_destination_type": "s3", "log_group_name": None}, "log_destination, the ARN of a bucket"),
    "a group too": (
        {"log_destination_type": "s3", "log_destination": "arn:aws:s3:::x"},
        "are for log_destination_type=cloud-watch-logs",
    ),
    "missing bucket": (
        {
            "log_destination_type": "s3",
            "log_destination": "arn:aws:s3:::no-such-bucket",
            "log_group_name": None,
            "deliver_logs_permission_arn": None,
        },
        "LogDestination: no-such-bucket does not exist",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_sentence_and_nothing_is_made(flow_logs, vpc, case):
    options, message = BAD[case]
    assert message in flow_logs.refusal(MODULE, **to_logs(vpc, **options))
    assert flow_logs.client("ec2").describe_flow_logs()["FlowLogs"] == []
