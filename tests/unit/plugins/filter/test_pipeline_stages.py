# SPDX-License-Identifier: GPL-3.0-or-later
"""A pipeline goes through the environments in their order, with an approval where one is wanted."""

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.convoy.delivery.plugins.filter.pipeline_stages import pipeline_stages

SOURCE = {"provider": "CodeCommit", "configuration": {"RepositoryName": "shop", "BranchName": "main"}}


def stages(environments, **options):
    return pipeline_stages(environments, SOURCE, build_project="shop", application="shop", **options)


def names(found):
    return [stage["name"] for stage in found]


def test_an_approval_comes_right_before_its_environment():
    assert names(stages(["staging", "production"], approve_before=["production"])) == [
        "Source",
        "Build",
        "Staging",
        "Approval",
        "Production",
    ]


def test_several_approvals_are_told_apart_by_their_environment():
    found = names(stages(["dev", "qa", "production"], approve_before=["qa", "production"]))
    assert found == ["Source", "Build", "Dev", "Approval-Qa", "Qa", "Approval-Production", "Production"]


def test_every_environment_gets_the_same_bundle_in_its_own_deployment_group():
    deploys = [stage["actions"][0] for stage in stages(["staging", "production"])[2:]]

    assert [one["configuration"]["DeploymentGroupName"] for one in deploys] == ["staging", "production"]
    assert [one["input_artifacts"] for one in deploys] == [[{"name": "Bundle"}]] * 2


def test_an_approval_has_only_what_is_given():
    plain = stages(["production"], approve_before=["production"])[2]["actions"][0]
    approval = {"message": "2.0?", "topic_arn": "arn:aws:sns:us-east-1:123456789012:shop", "timeout_minutes": 60}
    full = stages(["production"], approve_before=["production"], approval=approval)[2]["actions"][0]

    assert plain["configuration"] == {} and "timeout_in_minutes" not in plain
    assert full["configuration"] == {"CustomData": "2.0?", "NotificationArn": approval["topic_arn"]}
    assert full["timeout_in_minutes"] == 60


def test_an_approval_before_what_is_no_environment_is_refused_with_the_remedy():
    with pytest.raises(AnsibleFilterError, match="approve_before: prod is not among the environments staging"):
        stages(["staging"], approve_before=["prod"])


@pytest.mark.parametrize(
    ("account", "region", "given"),
    [
        ("111111111111", "us-east-1", {}),
        ("111111111111", "eu-west-1", {"region": "eu-west-1"}),
        ("222222222222", "us-east-1", {"role_arn": "its-role"}),
        ("222222222222", "eu-west-1", {"region": "eu-west-1", "role_arn": "its-role"}),
    ],
)
def test_an_environment_elsewhere_is_deployed_to_in_its_region_and_with_its_accounts_role(account, region, given):
    home = {"account_id": "111111111111", "region": "us-east-1"}
    there = {"environment": "live", "account_id": account, "region": region, "action_role_arn": "its-role"}
    here, live = [stage["actions"][0] for stage in stages(["staging", "live"], places=[there], home=home)[2:]]

    assert "region" not in here and "role_arn" not in here
    assert {name: live[name] for name in ("region", "role_arn") if name in live} == given
