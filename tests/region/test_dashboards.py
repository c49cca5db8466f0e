# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's dashboards over HTTP: bodies are checked, tags are kept."""

import json

import pytest
from botocore.exceptions import ClientError

TEXT = {"type": "text", "properties": {"markdown": "# Storefront"}}


@pytest.fixture(scope="module")
def cloudwatch():
    from tests.conftest import open_api

    with open_api() as opened:
        yield opened.client("cloudwatch")


def put(cloudwatch, body, name="web", **more):
    text = body if isinstance(body, str) else json.dumps(body)
    return cloudwatch.put_dashboard(DashboardName=name, DashboardBody=text, **more)["DashboardValidationMessages"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("nonsense", "must be a valid JSON object"),
        ([], "Should be object"),
        ({"title": "x"}, "required property 'widgets'"),
        ({"widgets": [TEXT] * 501}, "more than 500 items"),
        ({"widgets": ["x"]}, '"dataPath": "/widgets/0", "message": "Should be object"'),
        ({"widgets": [TEXT, {}]}, "there are 2 validation errors.*/widgets/1.*'type'.*'properties'"),
        ({"widgets": [{"type": "cake", "properties": {}}]}, "/widgets/0/type"),
        ({"widgets": [{"type": "text", "properties": []}]}, "/widgets/0/properties"),
        ({"widgets": [{"type": "metric", "properties": {}}]}, "/widgets/0/properties.*'region'"),
        ({"widgets": [{"type": "log", "properties": {"region": "us-east-1"}}]}, "'query'"),
    ],
    ids=str,
)
def test_a_body_with_errors_is_refused_and_what_there_was_stays(cloudwatch, body, message):
    put(cloudwatch, {"widgets": []})
    with pytest.raises(ClientError, match=f"InvalidParameterInput.*{message}"):
        put(cloudwatch, body)
    assert cloudwatch.get_dashboard(DashboardName="web")["DashboardBody"] == '{"widgets": []}'


def test_what_is_superfluous_is_told_and_kept(cloudwatch):
    body = {"widgets": [{**TEXT, "colour": "red"}], "title": "x"}
    assert [(one["DataPath"], one["Message"]) for one in put(cloudwatch, body)] == [
        ("", "Should NOT have additional properties: 'title'"),
        ("/widgets/0", "Should NOT have additional properties: 'colour'"),
    ]
    assert json.loads(cloudwatch.get_dashboard(DashboardName="web")["DashboardBody"]) == body


def test_a_name_that_cannot_be_is_refused(cloudwatch):
    with pytest.raises(ClientError, match="InvalidParameterValue.*DashboardName"):
        put(cloudwatch, {"widgets": []}, name="my dashboard")


def test_tags_are_given_to_a_new_dashboard_changed_and_gone_with_it(cloudwatch):
    put(cloudwatch, {"widgets": []}, name="tagged", Tags=[{"Key": "Team", "Value": "shop"}])
    arn = cloudwatch.get_dashboard(DashboardName="tagged")["DashboardArn"]

    def tags():
        return {one["Key"]: one["Value"] for one in cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]}

    put(cloudwatch, {"widgets": []}, name="tagged", Tags=[{"Key": "Team", "Value": "api"}])
    assert tags() == {"Team": "shop"}
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "Stage", "Value": "test"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["Team"])
    assert tags() == {"Stage": "test"}
    cloudwatch.delete_dashboards(DashboardNames=["tagged"])
    with pytest.raises(ClientError, match="There is no dashboard"):
        tags()
    put(cloudwatch, {"widgets": []}, name="tagged")
    assert tags() == {}
