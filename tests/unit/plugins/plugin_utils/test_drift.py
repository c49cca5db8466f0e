# SPDX-License-Identifier: GPL-3.0-or-later
"""What results of tasks in check mode say about drift, and what of it is left to others."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.convoy.delivery.plugins.filter.drift_report import drift_report
from ansible_collections.convoy.delivery.plugins.plugin_utils.drift import Collection, Task

from tests.running_region import ROOT

GROUP = Task("network", "Keep the group", "amazon.aws.ec2_security_group", {"name": "web"})
BUCKET = Task("artifact_store", "Keep the bucket", "amazon.aws.s3_bucket", {"name": "artifacts"})
NOTE = Task("fleet", "Foresee the group", "ansible.builtin.debug")
SKIPPED_BY_MODULE = {"msg": "remote module (amazon.aws.s3_bucket) does not support check mode"}
SKIPPED_FOR_AN_ID = {"skipped": True, "false_condition": "network_vpc_id | length > 0"}
MADE = {"changed": True, "diff": {"before": {}, "after": {"name": "web"}}}


def collected(*results):
    collection = Collection()
    for task, result in results:
        collection.add(task, result)
    return collection


def test_a_predicted_change_is_a_difference_with_its_fields():
    diff = {"before": {"rules": [22, 80], "arn": "arn:1"}, "after": {"rules": [80]}}

    (found,) = collected((GROUP, {"changed": True, "diff": [diff]})).differences

    assert (found["role"], found["resource"], found["module"]) == ("network", "web", "amazon.aws.ec2_security_group")
    assert found["fields"] == [{"field": "rules", "before": [22], "after": []}]


def test_a_policy_shown_as_text_is_compared_as_data():
    diff = {"before": '{"Effect": "Allow"}', "after": '{"Effect": "Deny"}'}

    (found,) = collected((GROUP, {"changed": True, "diff": diff})).differences

    assert found["fields"] == [{"field": "Effect", "before": "Allow", "after": "Deny"}]


def test_each_item_of_a_loop_is_looked_at():
    results = {"changed": True, "results": [{"changed": False, "item": "a"}, {"changed": True, "item": {"name": "b"}}]}

    (found,) = collected((Task("access", "Keep the roles", "amazon.aws.iam_role"), results)).differences

    assert found["resource"] == "b"


def test_what_a_role_compares_by_itself_counts_though_nothing_would_change():
    fields = [{"field": "desired_capacity", "before": 3, "after": 2}]

    (found,) = collected((NOTE, {"changed": False, "msg": {"resource": "shop", "fields": fields}})).differences

    assert (found["resource"], found["fields"]) == ("shop", fields)


def test_what_no_log_hides_stays_hidden():
    hidden = {"changed": True, "censored": "the output has been hidden"}

    (found,) = collected((Task("parameters", "Keep the secret", "amazon.aws.x"), hidden)).differences

    assert (found["resource"], found["fields"], found["said"]) == ("", [], "hidden by no_log")


def test_a_module_without_check_mode_leaves_something_that_cannot_be_said():
    (unknown,) = collected((BUCKET, SKIPPED_BY_MODULE)).unknown

    assert unknown["why"] == "amazon.aws.s3_bucket knows no check mode"


def test_what_a_role_foresees_in_place_of_a_module_is_said_once():
    foresight = Task("artifact_store", "Foresee the bucket", "ansible.builtin.debug")

    collection = collected((foresight, {"changed": True, "msg": "Would be changed."}), (BUCKET, SKIPPED_BY_MODULE))

    assert ([one["said"] for one in collection.differences], collection.unknown) == (["Would be changed."], [])


def test_what_has_no_id_yet_cannot_be_looked_into():
    (unknown,) = collected((GROUP, MADE), (BUCKET, SKIPPED_FOR_AN_ID)).unknown

    assert (unknown["task"], unknown["why"]) == ("Keep the bucket", "it depends on what would only be made or changed")


@pytest.mark.parametrize(
    "results",
    [
        [(BUCKET, SKIPPED_FOR_AN_ID)],
        [(GROUP, {"changed": True, "diff": {"before": {"a": 1}, "after": {"a": 2}}}), (BUCKET, SKIPPED_FOR_AN_ID)],
        [(GROUP, MADE), (BUCKET, {"skipped": True, "false_condition": "artifact_store_logs"})],
        [(GROUP, MADE), (NOTE, SKIPPED_FOR_AN_ID)],
    ],
    ids=["nothing is to be made", "something is to be changed", "it is switched off", "it only tells"],
)
def test_a_task_that_is_not_for_this_case_is_nothing_to_be_said(results):
    assert collected(*results).unknown == []


def left_to_others():
    return yaml.safe_load((ROOT / "playbooks" / "vars" / "left_to_others.yml").read_text())["drift_left_to_others"]


def predicted(role, *fields):
    said = {"fields": [{"field": field, "before": 1, "after": 2} for field in fields], "said": ""}
    place = {"role": role, "task": "Keep it", "module": "amazon.aws.x", "resource": "shop"}
    return {"differences": [{**place, **said}], "unknown": []}


@pytest.mark.parametrize(
    ("role", "field"),
    [
        ("fleet", "desired_capacity"),
        ("fleet", "auto_scaling_group_name"),
        ("network", "tags.aws:cloudformation:stack-name"),
    ],
)
def test_fields_of_others_are_told_apart(role, field):
    report = drift_report(predicted(role, field), left_to_others())

    assert report["differences"] == []
    assert [(one["field"], bool(one["why"])) for one in report["left_to_others"]] == [(field, True)]


def test_a_difference_keeps_the_fields_that_are_its_own():
    report = drift_report(predicted("fleet", "desired_capacity", "max_size"), left_to_others())

    assert [field["field"] for one in report["differences"] for field in one["fields"]] == ["max_size"]
    assert [one["owner"] for one in report["left_to_others"]] == ["Auto Scaling"]


def test_a_change_without_fields_stays_a_difference():
    report = drift_report(predicted("load_balancer"), left_to_others())

    assert len(report["differences"]) == 1
