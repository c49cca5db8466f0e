# SPDX-License-Identifier: GPL-3.0-or-later
"""codedeploy_deployment_config and its info module, over HTTP."""

import pytest

MODULE = "codedeploy_deployment_config"
INFO = "codedeploy_deployment_config_info"

THREE_OF_FOUR = {"name": "careful", "minimum_healthy_hosts": {"type": "HOST_COUNT", "value": 3}}
CANARY = {
    "name": "canary",
    "compute_platform": "Lambda",
    "traffic_routing_config": {
        "type": "TimeBasedCanary",
        "time_based_canary": {"canary_percentage": 10, "canary_interval": 5},
    },
}
ZONAL = {
    "name": "zonal",
    "minimum_healthy_hosts": {"type": "FLEET_PERCENT", "value": 0},
    "zonal_config": {
        "first_zone_monitor_duration_in_seconds": 120,
        "monitor_duration_in_seconds": 60,
        "minimum_healthy_hosts_per_zone": {"type": "FLEET_PERCENT", "value": 50},
    },
}


@pytest.mark.parametrize("options", [THREE_OF_FOUR, CANARY, ZONAL], ids=lambda options: options["name"])
def test_a_configuration_is_made_as_predicted_and_then_left_alone(modules, options):
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert real["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["deployment_config"].items() >= predicted["deployment_config"].items()
    before = modules.calls()
    assert not modules.run(MODULE, **options)["changed"]
    assert modules.calls() - before == {"all": 1}


def test_a_different_configuration_is_refused_with_both_values_and_the_way_out(modules):
    modules.run(MODULE, **THREE_OF_FOUR)
    before = modules.calls()
    refusal = modules.refusal(MODULE, name="careful", minimum_healthy_hosts={"type": "HOST_COUNT", "value": 2})
    assert "deployment config careful exists and AWS cannot change it" in refusal
    assert "'value': 3" in refusal and "'value': 2" in refusal
    assert "Set replace=true to delete it and make it anew" in refusal
    assert (modules.calls() - before)["writes"] == 0


def test_a_different_configuration_is_replaced_where_the_task_asks_for_it(modules):
    made = modules.run(MODULE, **THREE_OF_FOUR)
    wanted = {"name": "careful", "minimum_healthy_hosts": {"type": "FLEET_PERCENT", "value": 50}, "replace": True}
    predicted, real = modules.predicted_and_real(MODULE, **wanted)
    assert predicted["diff"] == real["diff"]
    assert real["diff"]["before"]["minimum_healthy_hosts"] == {"type": "HOST_COUNT", "value": 3}
    assert real["diff"]["after"]["minimum_healthy_hosts"] == {"type": "FLEET_PERCENT", "value": 50}
    assert real["deployment_config"]["deployment_config_id"] != made["deployment_config"]["deployment_config_id"]
    assert not modules.run(MODULE, **wanted)["changed"]


def test_a_configuration_in_use_is_neither_deleted_nor_replaced(modules, role):
    modules.run(MODULE, **THREE_OF_FOUR)
    modules.run("codedeploy_application", name="shop")
    group = {"application_name": "shop", "name": "production", "service_role_arn": role}
    modules.run("codedeploy_deployment_group", **group, deployment_config_name="careful")
    refusal = modules.refusal(MODULE, name="careful", state="absent")
    assert "Could not delete deployment config careful" in refusal
    assert "Give the deployment groups that use it another deployment_config_name first" in refusal
    assert refusal.index("another deployment_config_name") < refusal.index("DeploymentConfigInUseException, request id")


def test_a_configuration_is_deleted_once(modules):
    modules.run(MODULE, **THREE_OF_FOUR)
    predicted, real = modules.predicted_and_real(MODULE, name="careful", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"]
    assert not modules.run(MODULE, name="careful", state="absent")["changed"]


def host_count(value):
    return {"type": "HOST_COUNT", "value": value}


def canary(**figures):
    return {"type": "TimeBasedCanary", "time_based_canary": {"canary_percentage": 10, "canary_interval": 5, **figures}}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "minimum_healthy_hosts is required for compute_platform Server."),
        ({"compute_platform": "ECS"}, "traffic_routing_config is required for compute_platform ECS."),
        ({"minimum_healthy_hosts": host_count(-1)}, "minimum_healthy_hosts.value: -1 is not possible with HOST_COUNT."),
        (
            {"minimum_healthy_hosts": {"type": "FLEET_PERCENT", "value": 101}},
            "minimum_healthy_hosts.value: 101 is not possible with FLEET_PERCENT. Use 0 to 100 (percent).",
        ),
        ({"minimum_healthy_hosts": {"type": "HOST_COUNT", "value": "many"}}, "value' is of type str"),
        (
            {"minimum_healthy_hosts": host_count(1), "traffic_routing_config": {"type": "AllAtOnce"}},
            "traffic_routing_config does not go with compute_platform Server. Leave it out.",
        ),
        (
            {"compute_platform": "Lambda", "traffic_routing_config": {"type": "TimeBasedLinear"}},
            "traffic_routing_config: type TimeBasedLinear needs time_based_linear.",
        ),
        (
            {"compute_platform": "Lambda", "traffic_routing_config": canary(canary_percentage=100)},
            "time_based_canary.canary_percentage: 100 is not possible. Use 1 to 99.",
        ),
        (
            {"compute_platform": "Lambda", "traffic_routing_config": canary(canary_interval=0)},
            "time_based_canary.canary_interval: 0 is not possible. Use 1 to 2880 (minutes).",
        ),
        (
            {"minimum_healthy_hosts": host_count(1), "zonal_config": {"monitor_duration_in_seconds": -5}},
            "zonal_config.monitor_duration_in_seconds: -5 is negative.",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(modules, options, sentence):
    before = modules.calls()
    assert sentence in modules.refusal(MODULE, name="careful", **options)
    assert (modules.calls() - before)["writes"] == 0


@pytest.mark.parametrize("state", ["present", "absent"])
def test_the_names_that_are_aws_own_are_refused(modules, state):
    refusal = modules.refusal(MODULE, name="CodeDeployDefault.OneAtATime", state=state)
    assert "CodeDeployDefault.OneAtATime is one of AWS's own" in refusal


def test_info_tells_the_predefined_and_the_own_ones(modules):
    modules.run(MODULE, **THREE_OF_FOUR)
    told = {entry["deployment_config_name"]: entry for entry in modules.run(INFO)["deployment_configs"]}
    assert told["careful"]["minimum_healthy_hosts"] == host_count(3)
    assert told["CodeDeployDefault.HalfAtATime"]["minimum_healthy_hosts"] == {"type": "FLEET_PERCENT", "value": 50}


def test_info_of_named_ones_asks_for_those_only(modules):
    modules.run(MODULE, **THREE_OF_FOUR)
    before = modules.calls()
    found = modules.run(INFO, deployment_config_names=["careful", "unknown"])["deployment_configs"]
    assert [entry["deployment_config_name"] for entry in found] == ["careful"]
    assert modules.calls() - before == {"all": 2}
