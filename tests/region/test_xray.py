# SPDX-License-Identifier: GPL-3.0-or-later
"""X-Ray over HTTP, with boto3: groups, sampling rules, what agents ask for, traces as they were sent."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from local_region.protocol import load_model
from local_region.services.xray import filters
from tests.conftest import open_api

RULE = {
    "RuleName": "shop", "ResourceARN": "*", "Priority": 1000, "FixedRate": 0.1, "ReservoirSize": 5,
    "ServiceName": "shop", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def opened():
    with open_api() as api:
        yield api


@pytest.fixture
def xray(opened):
    opened.region.xray.stores.clear()
    return opened.client("xray")


def refused(code: str, message: str = ""):
    return pytest.raises(ClientError, match=f"{code}.*{message}")


def test_every_member_of_the_model_lies_in_the_body_as_the_protocol_layer_takes_it():
    model = load_model("xray")
    for name in model.operation_names:
        operation = model.operation_model(name)
        assert (operation.http["method"], "{" in operation.http["requestUri"]) == ("POST", False)
        for shape in (operation.input_shape, operation.output_shape):
            assert not [one for one in (shape.members if shape else {}).values() if "location" in one.serialization]


def test_a_group_is_found_by_its_name_and_by_its_arn_changed_in_parts_and_deleted(xray):
    made = xray.create_group(GroupName="shop", FilterExpression='service("shop")', Tags=[{"Key": "a", "Value": "1"}])
    arn = made["Group"]["GroupARN"]
    assert arn.startswith("arn:aws:xray:us-east-1:123456789012:group/shop/")
    assert made["Group"]["InsightsConfiguration"] == {"InsightsEnabled": False, "NotificationsEnabled": False}
    xray.update_group(GroupARN=arn, InsightsConfiguration={"InsightsEnabled": True, "NotificationsEnabled": True})
    found = xray.get_group(GroupName="shop")["Group"]
    assert found == xray.get_group(GroupARN=arn)["Group"]
    assert (found["FilterExpression"], found["InsightsConfiguration"]["NotificationsEnabled"]) == (
        'service("shop")',
        True,
    )
    assert [one["GroupName"] for one in xray.get_groups()["Groups"]] == ["shop"]
    assert xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    xray.delete_group(GroupName="shop")
    with refused("InvalidRequestException", "Group not found"):
        xray.get_group(GroupName="shop")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"GroupName": "default"}, "reserved"),
        ({"GroupName": "there"}, "already exists"),
        ({"GroupName": "g", "FilterExpression": 'service("shop'}, "not closed"),
        ({"GroupName": "g", "FilterExpression": "fault }"}, "closes nothing"),
        ({"GroupName": "g" * 33}, "32 is the most"),
        ({"GroupName": "g", "InsightsConfiguration": {"NotificationsEnabled": True}}, "InsightsEnabled"),
        ({"GroupName": "g", "Tags": [{"Key": "aws:a", "Value": ""}]}, "reserved"),
    ],
)
def test_a_group_that_aws_would_refuse_is_refused(xray, asked, message):
    xray.create_group(GroupName="there")
    with refused("InvalidRequestException", message):
        xray.create_group(**asked)
    assert len(xray.get_groups()["Groups"]) == 1


def test_notifications_go_with_insights(xray):
    xray.create_group(GroupName="shop", InsightsConfiguration={"InsightsEnabled": True, "NotificationsEnabled": True})
    changed = xray.update_group(GroupName="shop", InsightsConfiguration={"InsightsEnabled": False})
    assert changed["Group"]["InsightsConfiguration"] == {"InsightsEnabled": False, "NotificationsEnabled": False}


@pytest.mark.parametrize(
    "expression", ["", 'service("a \\" b") { fault OR error }', "annotation[a.b] = 1 AND (ok)", '"(" = "}"']
)
def test_readable_filter_expressions_have_no_problem(expression):
    assert filters.problem(expression) is None


def test_a_rule_is_created_changed_in_parts_and_deleted_and_stands_in_the_order_of_its_priority(xray):
    before = xray.get_sampling_targets(SamplingStatisticsDocuments=[])["LastRuleModification"]
    boost = {"MaxRate": 0.5, "CooldownWindowMinutes": 10}
    made = xray.create_sampling_rule(SamplingRule={**RULE, "SamplingRateBoost": boost})["SamplingRuleRecord"]
    assert made["SamplingRule"] == {
        **RULE,
        "Attributes": {},
        "SamplingRateBoost": boost,
        "RuleARN": "arn:aws:xray:us-east-1:123456789012:sampling-rule/shop",
    }
    changed = xray.update_sampling_rule(
        SamplingRuleUpdate={"RuleName": "shop", "Priority": 1, "Attributes": {"a": "b"}}
    )
    record = changed["SamplingRuleRecord"]
    assert (record["SamplingRule"]["Attributes"], record["SamplingRule"]["FixedRate"]) == ({"a": "b"}, 0.1)
    assert record["ModifiedAt"] >= record["CreatedAt"] > before
    listed = [one["SamplingRule"]["RuleName"] for one in xray.get_sampling_rules()["SamplingRuleRecords"]]
    assert listed == ["shop", "Default"]
    xray.delete_sampling_rule(RuleARN=made["SamplingRule"]["RuleARN"])
    with refused("InvalidRequestException", "not found"):
        xray.delete_sampling_rule(RuleName="shop")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"RuleName": "there"}, "already exists"),
        ({"RuleName": "Default"}, "already exists"),
        ({"Priority": 10000}, "9999"),
        ({"FixedRate": 1.5}, "at most 1"),
        ({"ReservoirSize": -1}, "ReservoirSize"),
        ({"Version": 2}, "Version must be 1"),
        ({"Attributes": {str(number): "a" for number in range(6)}}, "5 is the most"),
        ({"HTTPMethod": "A" * 11}, "10 is the most"),
    ],
)
def test_a_rule_that_aws_would_refuse_is_refused(xray, changed, message):
    xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": "there"})
    with pytest.raises((ClientError, ParamValidationError), match=message):
        xray.create_sampling_rule(SamplingRule={**RULE, **changed})
    assert len(xray.get_sampling_rules()["SamplingRuleRecords"]) == 2


@pytest.mark.parametrize("wrong", [{"Priority": 0}, {"FixedRate": 1.1}, {"ReservoirSize": -1}])
def test_an_update_out_of_range_is_refused(xray, wrong):
    xray.create_sampling_rule(SamplingRule=RULE)
    with refused("InvalidRequestException", next(iter(wrong))):
        xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "shop", **wrong})


def test_there_are_25_rules_of_ones_own(xray):
    for number in range(25):
        xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": f"rule-{number}"})
    with refused("RuleLimitExceededException"):
        xray.create_sampling_rule(SamplingRule=RULE)


def test_of_the_default_rule_only_reservoir_and_rate_change_and_it_stays(xray):
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "FixedRate": 0.01, "ReservoirSize": 0})
    with refused("InvalidRequestException", "default sampling rule"):
        xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "Host": "example.com"})
    with refused("InvalidRequestException", "default sampling rule"):
        xray.delete_sampling_rule(RuleName="Default")
    (record,) = xray.get_sampling_rules()["SamplingRuleRecords"]
    assert (record["SamplingRule"]["FixedRate"], record["SamplingRule"]["Priority"]) == (0.01, 10000)


def test_clients_that_report_share_the_reservoir(xray):
    xray.create_sampling_rule(SamplingRule=RULE)

    def report(client: str, rule: str = "shop") -> dict:
        told = {"RuleName": rule, "ClientID": client * 24, "RequestCount": 10, "SampledCount": 1}
        return xray.get_sampling_targets(SamplingStatisticsDocuments=[{**told, "Timestamp": datetime.now(UTC)}])

    (target,) = report("a")["SamplingTargetDocuments"]
    assert (target["ReservoirQuota"], target["FixedRate"], target["Interval"]) == (5, 0.1, 10)
    assert target["ReservoirQuotaTTL"] > datetime.now(UTC)
    assert [report(one)["SamplingTargetDocuments"][0]["ReservoirQuota"] for one in "ba"] == [2, 3]
    assert report("a", "unknown")["UnprocessedStatistics"][0]["RuleName"] == "unknown"


def test_tags_come_and_go_and_end_at_fifty(xray):
    arn = xray.create_sampling_rule(SamplingRule=RULE)["SamplingRuleRecord"]["SamplingRule"]["RuleARN"]
    xray.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    xray.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with refused("TooManyTagsException"):
        xray.tag_resource(ResourceARN=arn, Tags=[{"Key": f"{number}", "Value": ""} for number in range(50)])
    with refused("ResourceNotFoundException"):
        xray.list_tags_for_resource(ResourceARN=arn + "s")


def test_traces_are_encrypted_with_a_key_that_exists(opened, xray):
    assert xray.get_encryption_config()["EncryptionConfig"] == {"Type": "NONE", "Status": "ACTIVE"}
    key = opened.client("kms").create_key()["KeyMetadata"]
    assert xray.put_encryption_config(Type="KMS", KeyId=key["KeyId"])["EncryptionConfig"]["KeyId"] == key["Arn"]
    for wrong in ({"Type": "KMS"}, {"Type": "KMS", "KeyId": "alias/none"}, {"Type": "NONE", "KeyId": key["KeyId"]}):
        with refused("InvalidRequestException"):
            xray.put_encryption_config(**wrong)


def test_a_trace_is_told_as_its_segments_were_sent(xray):
    now = time.time()
    trace_id = f"1-{int(now):x}-{'a' * 24}"
    begun = {"name": "shop", "id": "b" * 16, "trace_id": trace_id, "start_time": now - 2, "in_progress": True}
    ended = {**begun, "end_time": now}
    del ended["in_progress"]
    for document in (begun, ended):
        assert xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])["UnprocessedTraceSegments"] == []
    told = xray.batch_get_traces(TraceIds=[trace_id, "1-0-0"])
    (trace,) = told["Traces"]
    assert (trace["Id"], trace["Duration"]) == (trace_id, pytest.approx(2, abs=0.01))
    assert [json.loads(one["Document"]) for one in trace["Segments"]] == [ended]
    assert told["UnprocessedTraceIds"] == ["1-0-0"]
    xray.put_telemetry_records(TelemetryRecords=[{"Timestamp": now}])


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("no JSON", "ParseError"),
        ("[]", "ParseError"),
        ('{"id": "x"}', "MissingOrInvalidSegmentId"),
        ({"trace_id": "1-2-3"}, "MissingOrInvalidTraceId"),
        ({"name": ""}, "MissingOrInvalidName"),
        ({"start_time": "now"}, "MissingOrInvalidStartTime"),
        ({"end_time": None}, "MissingOrInvalidEndTime"),
        ({"metadata": "x" * 64 * 1024}, "SegmentTooLarge"),
    ],
)
def test_a_segment_that_is_none_is_told_as_unprocessed(xray, document, code):
    right = {"name": "a", "id": "b" * 16, "trace_id": f"1-{'0' * 8}-{'1' * 24}", "start_time": 1.0, "end_time": 2.0}
    sent = document if isinstance(document, str) else json.dumps({**right, **document})
    (told,) = xray.put_trace_segments(TraceSegmentDocuments=[sent])["UnprocessedTraceSegments"]
    assert told["ErrorCode"] == code
    assert xray.batch_get_traces(TraceIds=[right["trace_id"]])["Traces"] == []


@pytest.mark.parametrize("operation", ["get_service_graph", "get_trace_summaries"])
def test_what_would_have_to_be_made_of_traces_is_refused(xray, operation):
    with refused("NotImplementedInLocalRegion"):
        getattr(xray, operation)(StartTime=datetime(2026, 1, 1), EndTime=datetime(2026, 1, 2))


def test_accounts_and_regions_have_their_own_and_the_inventory_tells_of_all(opened, xray):
    xray.create_group(GroupName="here")
    elsewhere = opened.client("xray", region_name="eu-west-1")
    elsewhere.create_sampling_rule(SamplingRule=RULE)
    assert elsewhere.get_groups()["Groups"] == []
    found = opened.region.inventory()
    assert {kind: found[kind] for kind in found if kind.startswith("xray")} == {
        "xray groups": ["here"],
        "xray sampling rules": ["shop"],
    }
    opened.region.xray.stores.clear()
    elsewhere.get_sampling_rules()
    assert not [kind for kind in opened.region.inventory() if kind.startswith("xray")]
