# SPDX-License-Identifier: GPL-3.0-or-later
"""codebuild_fleet and its info module, over HTTP."""

import pytest

from tests.integration.codebuild_modules.shop import ROLE

MODULE = "codebuild_fleet"
INFO = "codebuild_fleet_info"

LEAST = {
    "name": "ready",
    "base_capacity": 1,
    "environment_type": "LINUX_CONTAINER",
    "compute_type": "BUILD_GENERAL1_SMALL",
}
SCALING = {
    "scaling_type": "TARGET_TRACKING_SCALING",
    "target_tracking_scaling_configs": [{"metric_type": "FLEET_UTILIZATION_RATE", "target_value": 80.0}],
    "max_capacity": 3,
}
RULE = {"type": "DOMAIN", "effect": "ALLOW", "entities": ["pypi.org", "github.com"]}
VPC = {"vpc_id": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}
FULL = {
    **LEAST,
    "scaling_configuration": SCALING,
    "overflow_behavior": "ON_DEMAND",
    "vpc_config": VPC,
    "fleet_service_role": ROLE,
    "proxy_configuration": {"default_behavior": "DENY_ALL", "ordered_proxy_rules": [RULE]},
    "tags": {"Team": "shop"},
}
BY_SIZE = {
    **LEAST,
    "compute_type": "ATTRIBUTE_BASED_COMPUTE",
    "compute_configuration": {"v_cpu": 4, "memory": 8, "disk": 64, "machine_type": "GENERAL"},
}
CASES = {"least": LEAST, "full": FULL, "by_size": BY_SIZE}


@pytest.fixture
def fleets(modules):
    """The modules, with no fleet before and after."""
    yield modules
    client = modules.client("codebuild")
    for arn in client.list_fleets()["fleets"]:
        client.delete_fleet(arn=arn)


@pytest.mark.parametrize("case", CASES)
def test_a_fleet_is_made_as_predicted_and_then_left_alone(fleets, case):
    options = CASES[case]
    predicted, real = fleets.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert real["fleet"]["status"]["status_code"] == "ACTIVE"
    before = fleets.calls()
    assert not fleets.run(MODULE, **options)["changed"]
    assert fleets.calls() - before == {"all": 1}


CHANGES = {
    "capacity": (LEAST, {"base_capacity": 2}),
    "size": (LEAST, {"compute_type": "BUILD_GENERAL1_LARGE"}),
    "by_size": (LEAST, {name: BY_SIZE[name] for name in ("compute_type", "compute_configuration")}),
    "disk": (BY_SIZE, {"compute_configuration": {"disk": 128}}),
    "kind": (LEAST, {"environment_type": "ARM_CONTAINER"}),
    "scaling": (LEAST, {"scaling_configuration": SCALING}),
    "most": (FULL, {"scaling_configuration": {"max_capacity": 5}}),
    "no_scaling": (FULL, {"scaling_configuration": {}}),
    "overflow": (FULL, {"overflow_behavior": "QUEUE"}),
    "no_vpc": (FULL, {"vpc_config": {}}),
    "subnets": (FULL, {"vpc_config": {**VPC, "subnets": ["subnet-2"]}}),
    "role": (FULL, {"fleet_service_role": f"{ROLE}-2"}),
    "rules": (FULL, {"proxy_configuration": {"default_behavior": "ALLOW_ALL"}}),
    "image": (LEAST, {"image_id": "arn:aws:ec2:eu-central-1::image/ami-1"}),
    "tags": (FULL, {"tags": {"Team": "api"}}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(fleets, change):
    before, wanted = CHANGES[change]
    fleets.run(MODULE, **before)
    predicted, real = fleets.predicted_and_real(MODULE, name="ready", **wanted)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert not fleets.run(MODULE, name="ready", **wanted)["changed"]


def test_there_is_a_change_of_every_setting():
    from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.fleet import Fleet

    assert {*Fleet.settings} <= {option for _before, wanted in CHANGES.values() for option in wanted}


def test_what_info_tells_can_be_given_back(fleets):
    fleets.run(MODULE, **FULL)
    told = fleets.run(INFO)["fleets"][0]
    options = {name: value for name, value in told.items() if name in FULL}
    assert told["desired_capacity"] == 1
    assert not fleets.run(MODULE, **options)["changed"]


def test_a_fleet_is_deleted_once(fleets):
    fleets.run(MODULE, **FULL)
    predicted, real = fleets.predicted_and_real(MODULE, name="ready", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = fleets.calls()
    assert not fleets.run(MODULE, name="ready", state="absent")["changed"]
    assert fleets.calls() - before == {"all": 1}


def fleet_becomes(api, **status):
    """What CodeBuild says of the fleet from now on."""
    for store in api.region.codebuild.stores.values():
        for fleet in store.fleets.values():
            fleet["status"] = status


def test_a_fleet_that_is_being_deleted_is_gone_for_a_task_that_wants_it_gone_and_refused_otherwise(fleets, shared_api):
    fleets.run(MODULE, **LEAST)
    fleet_becomes(shared_api, statusCode="PENDING_DELETION")
    assert "fleet ready is being deleted (PENDING_DELETION)." in fleets.refusal(MODULE, **LEAST)
    assert not fleets.run(MODULE, name="ready", state="absent")["changed"]


def test_info_tells_the_wanted_ones_by_name(fleets):
    for name in ("ready-c", "ready-a", "ready-b"):
        fleets.run(MODULE, **{**LEAST, "name": name})
    assert [fleet["name"] for fleet in fleets.run(INFO)["fleets"]] == ["ready-a", "ready-b", "ready-c"]
    assert [fleet["name"] for fleet in fleets.run(INFO, names=["ready-b", "unknown"])["fleets"]] == ["ready-b"]


BAD = {
    "name": ({"name": "x"}, "name: 'x' is not a valid name. Use 2 to 128 letters"),
    "incomplete": (
        {"base_capacity": None},
        "base_capacity must be given to create fleet ready.",
    ),
    "capacity": ({"base_capacity": 0}, "base_capacity: 0 is not possible. Use 1 or more (hosts)."),
    "lambda": (
        {"compute_type": "BUILD_LAMBDA_1GB"},
        "compute_type: BUILD_LAMBDA_1GB does not go with type LINUX_CONTAINER.",
    ),
    "size": ({"compute_type": "ATTRIBUTE_BASED_COMPUTE"}, "compute_configuration is required for compute_type"),
    "most": (
        {"base_capacity": 4, "scaling_configuration": SCALING},
        "scaling_configuration.max_capacity: 3 is less than base_capacity, 4.",
    ),
    "vpc": ({"vpc_config": VPC}, "fleet_service_role is required with vpc_config"),
    "half_vpc": ({"vpc_config": {"vpc_id": "vpc-1"}}, "vpc_config.subnets is required with vpc_config."),
    "role": ({"fleet_service_role": "build"}, "fleet_service_role: 'build' is not the ARN of a role"),
    "overflow": ({"overflow_behavior": "WAIT"}, "overflow_behavior must be one of: QUEUE, ON_DEMAND"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_is_written(fleets, case):
    options, sentence = BAD[case]
    before = fleets.calls()
    assert sentence in fleets.refusal(MODULE, **{**LEAST, **options})
    assert (fleets.calls() - before)["writes"] == 0
