# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: options and API members, by botocore's models."""

import datetime

import botocore.session
import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine import naming


def shape(service, operation, direction="input_shape"):
    model = botocore.session.get_session().get_service_model(service)
    return getattr(model.operation_model(operation), direction)


def every_structure(service):
    model = botocore.session.get_session().get_service_model(service)
    shapes = [model.shape_for(name) for name in model.shape_names]
    return [entry for entry in shapes if entry.type_name == "structure"]


@pytest.mark.parametrize("service", ["codedeploy", "codebuild", "codepipeline", "codecommit", "codeconnections"])
def test_no_two_members_of_a_structure_share_an_option_name(service):
    for structure in every_structure(service):
        assert len(naming.members(structure)) == len(structure.members), structure.name


def test_members_that_break_the_rule_of_capitals_go_both_ways():
    report = shape("codebuild", "DeleteReport")
    assert naming.to_api(report, {"arn": "a"}) == {"arn": "a"}
    cases = shape("codebuild", "DescribeTestCases")
    assert naming.to_api(cases, {"report_arn": "a"}) == {"reportArn": "a"}
    webhook = shape("codepipeline", "PutWebhook")
    definition = {"authentication_configuration": {"allowed_ip_range": "10.0.0.0/8"}}
    request = naming.to_api(webhook, {"webhook": definition})
    assert request == {"webhook": {"authenticationConfiguration": {"AllowedIPRange": "10.0.0.0/8"}}}
    assert naming.from_api(webhook, request) == {"webhook": definition}


def test_capitals_inside_lists_of_lists():
    group = shape("codedeploy", "CreateDeploymentGroup")
    options = {"ec2_tag_set": {"ec2_tag_set_list": [[{"key": "a", "value": "b", "type": "KEY_AND_VALUE"}]]}}
    request = {"ec2TagSet": {"ec2TagSetList": [[{"Key": "a", "Value": "b", "Type": "KEY_AND_VALUE"}]]}}
    assert naming.to_api(group, options) == request
    assert naming.from_api(group, request) == options


def test_the_keys_of_free_form_maps_stay_as_the_user_wrote_them():
    pipeline = shape("codepipeline", "CreatePipeline")
    action = {"name": "Build", "configuration": {"ProjectName": "web", "some_Key": "x"}}
    options = {"pipeline": {"stages": [{"name": "Build", "actions": [action]}]}}
    request = naming.to_api(pipeline, options)
    assert request["pipeline"]["stages"][0]["actions"][0]["configuration"] == {"ProjectName": "web", "some_Key": "x"}
    assert naming.from_api(pipeline, request) == options


def test_structures_in_free_form_maps_are_translated_under_their_own_keys():
    pipeline = shape("codepipeline", "CreatePipeline")
    store = {"type": "S3", "location": "artifacts", "encryption_key": {"id": "alias/release", "type": "KMS"}}
    options = {"pipeline": {"artifact_stores": {"eu-west-1": store}}}
    request = naming.to_api(pipeline, options)
    sent = {"type": "S3", "location": "artifacts", "encryptionKey": {"id": "alias/release", "type": "KMS"}}
    assert request == {"pipeline": {"artifactStores": {"eu-west-1": sent}}}
    assert naming.from_api(pipeline, request) == options


def test_what_was_not_given_is_left_out():
    application = shape("codedeploy", "CreateApplication")
    assert naming.to_api(application, {"application_name": "a", "compute_platform": None}) == {"applicationName": "a"}


def test_an_option_that_the_operation_does_not_have_is_named_with_its_path():
    group = shape("codedeploy", "CreateDeploymentGroup")
    with pytest.raises(ValueError, match=r"alarm_configuration\.colour: AlarmConfiguration has no such member"):
        naming.to_api(group, {"alarm_configuration": {"colour": "red"}})


def test_times_are_told_in_iso_8601():
    answer = shape("codedeploy", "GetApplication", "output_shape")
    moment = datetime.datetime(2026, 1, 15, 10, 30, tzinfo=datetime.UTC)
    told = naming.from_api(answer, {"application": {"applicationName": "a", "createTime": moment}})
    assert told == {"application": {"application_name": "a", "create_time": "2026-01-15T10:30:00+00:00"}}


def test_gaps_are_found_in_both_directions_and_at_depth():
    application = shape("codedeploy", "CreateDeploymentConfig")
    spec = {
        "deployment_config_name": {},
        "colour": {},
        "minimum_healthy_hosts": {"type": "dict", "options": {"type": {}, "size": {}}},
    }
    missing, unknown = naming.option_gaps(spec, application)
    assert "minimum_healthy_hosts.value" in missing and "zonal_config" in missing
    assert unknown == ["colour", "minimum_healthy_hosts.size"]
