# SPDX-License-Identifier: GPL-3.0-or-later
"""codedeploy_deployment_group and its info module, over HTTP."""

import pytest

MODULE = "codedeploy_deployment_group"
INFO = "codedeploy_deployment_group_info"

WEB = [{"key": "Role", "value": "web"}]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:deployments"


def trigger(name, *events):
    return {"trigger_name": name, "trigger_target_arn": TOPIC, "trigger_events": list(events)}


BEHIND_A_LOAD_BALANCER = {
    "deployment_style": {"deployment_type": "IN_PLACE", "deployment_option": "WITH_TRAFFIC_CONTROL"},
    "load_balancer_info": {"target_group_info_list": [{"name": "web"}]},
}
CASES = {
    "least": {},
    "tag_filters": {"ec2_tag_filters": [{"key": "Role", "value": "web"}, {"key": "Spot"}, {"value": "canary"}]},
    "tag_set": {"ec2_tag_set": {"ec2_tag_set_list": [WEB, [{"key": "Stage", "value": "test"}, {"key": "Spot"}]]}},
    "on_premises": {"on_premises_instance_tag_filters": WEB},
    "on_premises_set": {"on_premises_tag_set": {"on_premises_tag_set_list": [WEB]}},
    "rolling": {
        **BEHIND_A_LOAD_BALANCER,
        "ec2_tag_filters": WEB,
        "deployment_config_name": "CodeDeployDefault.HalfAtATime",
        "auto_rollback_configuration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]},
        "alarm_configuration": {"enabled": True, "alarms": [{"name": "5xx"}, {"name": "latency"}]},
        "trigger_configurations": [trigger("tell", "DeploymentFailure", "DeploymentStart")],
        "outdated_instances_strategy": "IGNORE",
        "termination_hook_enabled": True,
        "ec2_deployment_options": {"auto_scaling_group_processes_to_suspend": ["AZRebalance"]},
        "tags": {"Team": "web"},
    },
    "blue_green": {
        "ec2_tag_filters": WEB,
        "deployment_style": {"deployment_type": "BLUE_GREEN", "deployment_option": "WITH_TRAFFIC_CONTROL"},
        "load_balancer_info": {"target_group_info_list": [{"name": "web"}]},
        "blue_green_deployment_configuration": {
            "green_fleet_provisioning_option": {"action": "DISCOVER_EXISTING"},
            "deployment_ready_option": {"action_on_timeout": "STOP_DEPLOYMENT", "wait_time_in_minutes": 60},
            "terminate_blue_instances_on_deployment_success": {
                "action": "TERMINATE",
                "termination_wait_time_in_minutes": 0,
            },
        },
    },
}


@pytest.fixture
def group(modules, role):
    """The options that every group here has; its application is there."""
    modules.run("codedeploy_application", name="shop")
    return {"application_name": "shop", "name": "production", "service_role_arn": role}


@pytest.mark.parametrize("case", CASES)
def test_a_group_is_made_as_predicted_and_then_left_alone(modules, group, case):
    options = {**group, **CASES[case]}
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert real["changed"]
    assert predicted["diff"] == real["diff"]
    before = modules.calls()
    again = modules.run(MODULE, **options)
    assert not again["changed"]
    assert modules.calls() - before == {"all": 2 if "tags" in options else 1}


@pytest.mark.parametrize("case", CASES)
def test_what_info_tells_can_be_given_back(modules, group, case):
    modules.run(MODULE, **group, **CASES[case])
    told = modules.run(INFO, application_name="shop")["deployment_groups"][0]
    options = {name: value for name, value in told.items() if name in {*CASES["rolling"], *CASES["blue_green"], *group}}
    options.update({name: told[name] for name in ("deployment_group_name", "application_name", "ec2_tag_filters")})
    assert not modules.run(MODULE, **options)["changed"]


def test_check_mode_passes_while_the_application_is_not_there_yet(modules, role):
    predicted = modules.run(MODULE, check_mode=True, application_name="later", name="production", service_role_arn=role)
    assert predicted["changed"]


def test_a_group_of_no_application_is_refused_with_what_to_do(modules, role):
    refusal = modules.refusal(MODULE, application_name="none", name="production", service_role_arn=role)
    assert "Could not create deployment group none/production" in refusal
    assert "convoy.delivery.codedeploy_application" in refusal


CHANGES = {
    "config": (CASES["least"], {"deployment_config_name": "CodeDeployDefault.AllAtOnce"}),
    "filter_to_set": (CASES["tag_filters"], CASES["tag_set"]),
    "set_to_filter": (CASES["tag_set"], CASES["tag_filters"]),
    "no_filters": (CASES["tag_filters"], {"ec2_tag_filters": []}),
    "alarms_off": (CASES["rolling"], {"alarm_configuration": {"enabled": False, "alarms": []}}),
    "one_alarm_setting": (CASES["rolling"], {"alarm_configuration": {"ignore_poll_alarm_failure": True}}),
    "no_load_balancer": (
        CASES["rolling"],
        {"deployment_style": {"deployment_option": "WITHOUT_TRAFFIC_CONTROL"}, "load_balancer_info": {}},
    ),
    "to_blue_green": (CASES["rolling"], CASES["blue_green"]),
    "wait_longer": (
        CASES["blue_green"],
        {"blue_green_deployment_configuration": {"deployment_ready_option": {"wait_time_in_minutes": 90}}},
    ),
    "hook_off": (CASES["rolling"], {"termination_hook_enabled": False}),
    "no_suspension": (CASES["rolling"], {"ec2_deployment_options": {"auto_scaling_group_processes_to_suspend": []}}),
    "tags": (CASES["rolling"], {"tags": {"Team": "api"}}),
    "rename": (CASES["rolling"], {"new_deployment_group_name": "live"}),
    "role": (CASES["least"], {"service_role_arn": "arn:aws:iam::123456789012:role/another"}),
    "filters": (CASES["tag_filters"], {"ec2_tag_filters": WEB}),
    "set": (CASES["tag_set"], {"ec2_tag_set": {"ec2_tag_set_list": [WEB]}}),
    "on_premises": (CASES["on_premises"], {"on_premises_instance_tag_filters": [{"key": "Rack"}]}),
    "on_premises_to_set": (CASES["on_premises"], CASES["on_premises_set"]),
    "load_balancer": (CASES["rolling"], {"load_balancer_info": {"target_group_info_list": [{"name": "api"}]}}),
    "style": (
        CASES["rolling"],
        {"deployment_style": {"deployment_type": "IN_PLACE", "deployment_option": "WITHOUT_TRAFFIC_CONTROL"}},
    ),
    "continue_at_once": (
        CASES["blue_green"],
        {
            "blue_green_deployment_configuration": {
                "deployment_ready_option": {"action_on_timeout": "CONTINUE_DEPLOYMENT", "wait_time_in_minutes": 0}
            }
        },
    ),
    "keep_blue": (
        CASES["blue_green"],
        {
            "blue_green_deployment_configuration": {
                "terminate_blue_instances_on_deployment_success": {"action": "KEEP_ALIVE"}
            }
        },
    ),
    "rollback_off": (CASES["rolling"], {"auto_rollback_configuration": {"enabled": False}}),
    "rollback_events": (CASES["rolling"], {"auto_rollback_configuration": {"events": ["DEPLOYMENT_STOP_ON_REQUEST"]}}),
    "alarms": (CASES["rolling"], {"alarm_configuration": {"alarms": [{"name": "5xx"}]}}),
    "trigger": (CASES["rolling"], {"trigger_configurations": [trigger("tell", "DeploymentStop")]}),
    "outdated": (CASES["rolling"], {"outdated_instances_strategy": "UPDATE"}),
    "suspension": (
        CASES["rolling"],
        {"ec2_deployment_options": {"auto_scaling_group_processes_to_suspend": ["Terminate", "AZRebalance"]}},
    ),
}
# Options that a change is not tested of here, and where it is.
ELSEWHERE = {
    "auto_scaling_groups": "test_deployment_group_auto_scaling",
    "ecs_services": "test_the_services_of_ecs_are_changed",
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(modules, group, change):
    before, wanted = CHANGES[change]
    modules.run(MODULE, **group, **before)
    options = {**group, **wanted}
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert real["changed"]
    assert predicted["diff"] == real["diff"]
    assert not modules.run(MODULE, **options)["changed"]


def test_there_is_a_change_of_every_setting():
    from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.deployment_group import (
        IN_AUTO_SCALING,
        DeploymentGroup,
    )

    changed = {option for _before, wanted in CHANGES.values() for option in wanted} | set(ELSEWHERE)
    assert {*DeploymentGroup.settings} - {*IN_AUTO_SCALING} <= changed


def test_the_services_of_ecs_are_changed(modules, role):
    modules.run("codedeploy_application", name="containers", compute_platform="ECS")
    pair = {
        "target_groups": [{"name": "blue"}, {"name": "green"}],
        "prod_traffic_route": {"listener_arns": ["arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/1"]},
    }
    options = {
        "application_name": "containers",
        "name": "production",
        "service_role_arn": role,
        "deployment_config_name": "CodeDeployDefault.ECSAllAtOnce",
        "deployment_style": {"deployment_type": "BLUE_GREEN", "deployment_option": "WITH_TRAFFIC_CONTROL"},
        "load_balancer_info": {"target_group_pair_info_list": [pair]},
        "blue_green_deployment_configuration": {
            "deployment_ready_option": {"action_on_timeout": "CONTINUE_DEPLOYMENT"},
            "terminate_blue_instances_on_deployment_success": {
                "action": "TERMINATE",
                "termination_wait_time_in_minutes": 5,
            },
        },
        "ecs_services": [{"service_name": "web", "cluster_name": "shop"}],
    }
    modules.run(MODULE, **options)
    assert not modules.run(MODULE, **options)["changed"]
    options["ecs_services"] = [{"service_name": "api", "cluster_name": "shop"}]
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert real["changed"]
    assert predicted["diff"] == real["diff"]
    assert not modules.run(MODULE, **options)["changed"]


def test_only_what_is_given_changes(modules, group):
    modules.run(MODULE, **group, **CASES["rolling"])
    real = modules.run(MODULE, application_name="shop", name="production", outdated_instances_strategy="UPDATE")
    changed = {name for name, value in real["diff"]["after"].items() if real["diff"]["before"].get(name) != value}
    assert changed == {"outdated_instances_strategy"}
    assert real["deployment_group"]["alarm_configuration"]["alarms"] == [{"name": "5xx"}, {"name": "latency"}]


def test_the_order_of_sets_means_nothing(modules, group):
    modules.run(MODULE, **group, **CASES["rolling"])
    turned = {
        "auto_rollback_configuration": {"events": ["DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_FAILURE"]},
        "alarm_configuration": {"alarms": [{"name": "latency"}, {"name": "5xx"}]},
        "trigger_configurations": [trigger("tell", "DeploymentStart", "DeploymentFailure")],
    }
    assert not modules.run(MODULE, **group, **turned)["changed"]


def test_triggers_are_kept_without_purge(modules, group):
    modules.run(MODULE, **group, trigger_configurations=[trigger("one", "DeploymentStart")])
    more = [trigger("two", "DeploymentStop")]
    kept = modules.run(MODULE, **group, trigger_configurations=more, purge_trigger_configurations=False)
    names = [entry["trigger_name"] for entry in kept["deployment_group"]["trigger_configurations"]]
    assert names == ["one", "two"]
    purged = modules.run(MODULE, **group, trigger_configurations=more)
    assert [entry["trigger_name"] for entry in purged["deployment_group"]["trigger_configurations"]] == ["two"]


def test_a_group_is_deleted_once(modules, group):
    modules.run(MODULE, **group)
    predicted, real = modules.predicted_and_real(MODULE, application_name="shop", name="production", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    assert not modules.run(MODULE, application_name="shop", name="production", state="absent")["changed"]
    assert not modules.run(MODULE, application_name="gone", name="production", state="absent")["changed"]


def test_info_of_an_unknown_application_is_an_empty_list(modules):
    assert modules.run(INFO, application_name="unknown") == {"changed": False, "deployment_groups": []}


def test_info_tells_the_wanted_ones_by_name(modules, group):
    for name in ("c", "a", "b"):
        modules.run(MODULE, **{**group, "name": name})
    found = modules.run(INFO, application_name="shop")["deployment_groups"]
    assert [entry["deployment_group_name"] for entry in found] == ["a", "b", "c"]
    found = modules.run(INFO, application_name="shop", names=["b", "unknown"])["deployment_groups"]
    assert [entry["deployment_group_name"] for entry in found] == ["b"]


BAD = {
    "no_role": ({"service_role_arn": None}, "service_role_arn is required to create deployment group production."),
    "role": ({"service_role_arn": "codedeploy"}, "service_role_arn: 'codedeploy' is not the ARN of a role"),
    "both_filters": (
        {**CASES["tag_filters"], **CASES["tag_set"]},
        "ec2_tag_filters and ec2_tag_set exclude each other",
    ),
    "empty_filter": ({"ec2_tag_filters": [{}]}, "ec2_tag_filters: a filter without key and value was given."),
    "filter_type": (
        {"ec2_tag_filters": [{"key": "Role", "type": "KEY_AND_VALUE"}]},
        "ec2_tag_filters: a filter of type KEY_AND_VALUE needs key and value",
    ),
    "set_of_filters": (
        {"ec2_tag_set": {"ec2_tag_set_list": [[{"name": "Role"}]]}},
        "ec2_tag_set.ec2_tag_set_list: {'name': 'Role'} is not a tag filter.",
    ),
    "many_sets": ({"ec2_tag_set": {"ec2_tag_set_list": [WEB] * 4}}, "ec2_tag_set: 4 lists were given"),
    "no_load_balancer": (
        {"deployment_style": {"deployment_option": "WITH_TRAFFIC_CONTROL"}},
        "WITH_TRAFFIC_CONTROL needs a load balancer. Name its target group",
    ),
    "blue_green_without_traffic": (
        {"deployment_style": {"deployment_type": "BLUE_GREEN"}},
        "BLUE_GREEN moves traffic from one fleet to another. Set deployment_option WITH_TRAFFIC_CONTROL.",
    ),
    "blue_green_on_premises": (
        {**CASES["blue_green"], "ec2_tag_filters": [], "on_premises_instance_tag_filters": WEB},
        "BLUE_GREEN is for EC2 instances.",
    ),
    "continue_with_wait": (
        {
            "blue_green_deployment_configuration": {
                "deployment_ready_option": {"action_on_timeout": "CONTINUE_DEPLOYMENT", "wait_time_in_minutes": 5}
            }
        },
        "Leave wait_time_in_minutes out, or use STOP_DEPLOYMENT.",
    ),
    "wait": (
        {
            "blue_green_deployment_configuration": {
                "terminate_blue_instances_on_deployment_success": {"termination_wait_time_in_minutes": 3000}
            }
        },
        "termination_wait_time_in_minutes: 3000 is not possible. Use 0 to 2880",
    ),
    "alarms": ({"alarm_configuration": {"enabled": True, "alarms": []}}, "enabled without alarms"),
    "same_alarm": ({"alarm_configuration": {"alarms": [{"name": "a"}] * 2}}, "names an alarm twice"),
    "events": ({"auto_rollback_configuration": {"enabled": True, "events": []}}, "enabled without events"),
    "event": ({"auto_rollback_configuration": {"events": ["BAD_WEATHER"]}}, "one or more of: DEPLOYMENT_FAILURE"),
    "triggers": ({"trigger_configurations": [trigger(str(n), "DeploymentStop") for n in range(11)]}, "11 were given"),
    "name": ({"name": "two words"}, "deployment_group_name: 'two words' is not a valid name."),
    "unknown_option": ({"colour": "green"}, "Unsupported parameters"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_is_written(modules, group, case):
    options, sentence = BAD[case]
    before = modules.calls()
    assert sentence in modules.refusal(MODULE, **{**group, **options})
    assert (modules.calls() - before)["writes"] == 0
