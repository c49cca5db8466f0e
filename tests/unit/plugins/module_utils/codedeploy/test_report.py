# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read of a deployment: the lines while it runs and the message when it failed, held to golden files.

To accept a changed print, run with CONVOY_ACCEPT_GOLDEN=1 and read the difference in version control.
"""

import os
from pathlib import Path

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import failure, progress, report

GOLDEN = Path(__file__).parent / "golden"
EVENTS = ("ApplicationStop", "Install", "ValidateService")
ZONES = {"i-0a1f": "us-east-1a", "i-0b2e": "us-east-1b"}
SCRIPT_FAILED = {
    "error_code": "ScriptFailed",
    "script_name": "scripts/validate.sh",
    "message": "Script at specified location: scripts/validate.sh run as user root failed with exit code 3",
    "log_tail": "LifecycleEvent - ValidateService\nScript - scripts/validate.sh\n[stderr]no catalogue: gifts.json\n",
}
SILENT = {
    "error_code": "UnknownError",
    "message": "CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your "
    "host and make sure the agent is running and can connect to the CodeDeploy server.",
}
TOO_MANY = {
    "code": "HEALTH_CONSTRAINTS",
    "message": "The overall deployment failed because too many individual instances failed deployment, too few "
    "healthy instances are available for deployment, or some instances in your deployment group are experiencing "
    "problems.",
}


def at(second):
    return f"2026-01-15T10:{second // 60:02d}:{second % 60:02d}+00:00"


def target(host, status, *events, start=0):
    """events: (status, diagnostics or None), each takes 2 s; those not given are Pending."""
    listed = []
    for number, name in enumerate(EVENTS):
        event_status, diagnostics = events[number] if number < len(events) else ("Pending", None)
        event = {"lifecycle_event_name": name, "status": event_status}
        if event_status not in ("Pending", "Skipped"):
            event["start_time"] = at(start + 2 * number)
        if event_status in ("Succeeded", "Failed"):
            event["end_time"] = at(start + 2 * number + 2)
        if diagnostics:
            event["diagnostics"] = diagnostics
        listed.append(event)
    body = {"deployment_id": "d-7X2K", "target_id": host, "status": status, "lifecycle_events": listed}
    return {"deployment_target_type": "InstanceTarget", "instance_target": body}


def deployment(status, targets=(), identity="d-7X2K", **more):
    counts = {}
    for one in targets:
        key = {"InProgress": "in_progress"}.get(
            one["instance_target"]["status"], one["instance_target"]["status"].lower()
        )
        counts[key] = counts.get(key, 0) + 1
    info = {
        "deployment_id": identity,
        "application_name": "storefront",
        "deployment_group_name": "production",
        "status": status,
        "creator": "user",
        "deployment_overview": counts,
        "deployment_style": {"deployment_type": "IN_PLACE"},
        "create_time": at(0),
        "start_time": at(1),
        "auto_rollback_configuration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        **more,
    }
    return report.make(info, list(targets), ZONES)


OK, RUNS, SKIPPED = ("Succeeded", None), ("InProgress", None), ("Skipped", None)
ALL_OK = (OK, OK, OK)


def rollback(status="Succeeded"):
    targets = [target("i-0a1f", status, *ALL_OK), target("i-0b2e", "Succeeded", *ALL_OK)]
    return deployment(status, targets, "d-9QRB", creator="codeDeployRollback", complete_time=at(43))


SCRIPT = [
    target("i-0a1f", "Failed", OK, OK, ("Failed", SCRIPT_FAILED)),
    target("i-0b2e", "Skipped", SKIPPED, SKIPPED, SKIPPED),
]
FAILURES = {
    "script_failed_and_rolled_back": (
        deployment("Failed", SCRIPT, error_information=TOO_MANY, complete_time=at(20)),
        rollback(),
    ),
    "script_failed_and_rollback_is_off": (
        deployment("Failed", SCRIPT, error_information=TOO_MANY, auto_rollback_configuration={"enabled": False}),
        None,
    ),
    "no_earlier_revision_to_roll_back_to": (
        deployment(
            "Failed",
            SCRIPT,
            error_information=TOO_MANY,
            rollback_info={"rollback_message": "No rollback, as there is no last known successful revision."},
        ),
        None,
    ),
    "silent_agents": (
        deployment(
            "Failed",
            [target("i-0a1f", "Failed", ("Failed", SILENT)), target("i-0b2e", "Failed", ("Failed", SILENT))],
            error_information=TOO_MANY,
            auto_rollback_configuration={},
        ),
        None,
    ),
    "two_causes_the_earlier_first": (
        deployment(
            "Failed",
            [
                target("i-0a1f", "Failed", ("Failed", SILENT), start=300),
                target("i-0b2e", "Failed", OK, OK, ("Failed", SCRIPT_FAILED)),
            ],
            error_information=TOO_MANY,
            rollback_info={"rollback_deployment_id": "d-9QRB"},
        ),
        None,
    ),
    "stopped_by_an_alarm": (
        deployment(
            "Stopped",
            [target("i-0a1f", "Succeeded", *ALL_OK), target("i-0b2e", "Skipped", SKIPPED)],
            error_information={"code": "ALARM_ACTIVE", "message": "One or more alarms have been activated: 5xx."},
        ),
        None,
    ),
    "the_rollback_failed_too": (
        deployment("Failed", SCRIPT, error_information=TOO_MANY, rollback_info={"rollback_deployment_id": "d-9QRB"}),
        deployment(
            "Failed",
            [target("i-0a1f", "Failed", ("Failed", SILENT)), target("i-0b2e", "Skipped")],
            "d-9QRB",
            creator="codeDeployRollback",
            error_information=TOO_MANY,
            complete_time=at(400),
        ),
    ),
    "no_hosts": (
        deployment("Failed", [], error_information={"code": "NO_INSTANCES", "message": "No instances were found."}),
        None,
    ),
}


def held_to(name, text):
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("CONVOY_ACCEPT_GOLDEN"):
        path.write_text(text + "\n")
    assert text + "\n" == path.read_text()


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_deployment_is_explained(name):
    held_to(f"failure_{name}", failure.explain(*FAILURES[name]))


def test_many_hosts_that_failed_alike_are_told_once():
    targets = [target(f"i-{n:02d}", "Failed", OK, OK, ("Failed", SCRIPT_FAILED)) for n in range(12)]
    text = failure.explain(deployment("Failed", targets, error_information=TOO_MANY))
    assert "ValidateService failed on i-00, i-01, i-02 and 9 more: scripts/validate.sh ended with exit code 3." in text
    assert text.count("no catalogue") == 1


def test_a_long_log_is_cut_to_its_last_lines_in_the_message_and_kept_whole_in_the_result():
    log = "".join(f"[stdout]line {n}\n" for n in range(60))
    failed = target("i-0a1f", "Failed", ("Failed", {**SCRIPT_FAILED, "log_tail": log}))
    found = deployment("Failed", [failed], error_information=TOO_MANY)
    text = failure.explain(found)
    assert "line 59" in text and "line 40" in text and "line 39" not in text
    diagnostics = report.as_result(found)["hosts"][0]["lifecycle_events"][0]["diagnostics"]
    assert diagnostics["log_tail"] == log
    assert diagnostics["exit_code"] == 3


ROLLING = [
    deployment("Created"),
    deployment("InProgress", [target("i-0a1f", "InProgress", RUNS), target("i-0b2e", "Pending")]),
    deployment("InProgress", [target("i-0a1f", "InProgress", OK, RUNS), target("i-0b2e", "Pending")]),
    deployment("InProgress", [target("i-0a1f", "InProgress", OK, RUNS), target("i-0b2e", "Pending")]),
    deployment("InProgress", [target("i-0a1f", "Succeeded", *ALL_OK), target("i-0b2e", "InProgress", OK)]),
    deployment(
        "Failed",
        [target("i-0a1f", "Succeeded", *ALL_OK), target("i-0b2e", "Failed", OK, OK, ("Failed", SCRIPT_FAILED))],
    ),
]


MOVE = ("BeforeAllowTraffic", "AllowTraffic")
BLOCK = ("BeforeBlockTraffic", "BlockTraffic")
STOPS_WHEN_LATE = {
    "deployment_ready_option": {"action_on_timeout": "STOP_DEPLOYMENT", "wait_time_in_minutes": 60},
    "terminate_blue_instances_on_deployment_success": {"action": "TERMINATE", "termination_wait_time_in_minutes": 5},
}


def labelled(host, label, status, *events, names=EVENTS):
    """events: statuses of the first of the names; the rest is Pending."""
    listed = [
        {"lifecycle_event_name": name, "status": events[number] if number < len(events) else "Pending"}
        for number, name in enumerate(names)
    ]
    return {
        "instance_target": {"target_id": host, "status": status, "instance_label": label, "lifecycle_events": listed}
    }


def blue_green(status, *targets, **more):
    style = {"deployment_type": "BLUE_GREEN", "deployment_option": "WITH_TRAFFIC_CONTROL"}
    settings = {"blue_green_deployment_configuration": STOPS_WHEN_LATE, "deployment_style": style, **more}
    return deployment(status, targets, **settings)


def fleets(green, blue):
    """Two green hosts and a blue one, given (status, event statuses...) each."""
    yield labelled("i-0a1f", "Green", *green, names=EVENTS + MOVE)
    yield labelled("i-0b2e", "Green", *green, names=EVENTS + MOVE)
    yield labelled("i-0c3d", "Blue", *blue, names=BLOCK)


DONE = ("Succeeded",) * 3
BLUE_GREEN = [
    blue_green("Created"),
    blue_green("InProgress", *fleets(("InProgress", "InProgress"), ("Pending",))),
    blue_green("Ready", *fleets(("Ready", *DONE), ("Pending",))),
    blue_green("InProgress", *fleets(("InProgress", *DONE, "Succeeded", "InProgress"), ("Pending",))),
    blue_green("InProgress", *fleets(("Succeeded", *DONE, "Succeeded", "Succeeded"), ("InProgress", "InProgress"))),
    blue_green(
        "InProgress",
        *fleets(("Succeeded", *DONE, "Succeeded", "Succeeded"), ("Succeeded", "Succeeded", "Succeeded")),
        instance_termination_wait_time_started=True,
    ),
    blue_green("Succeeded", *fleets(("Succeeded", *DONE, "Succeeded", "Succeeded"), ("Succeeded", *DONE[:2]))),
]


def function(weight, event):
    info = {
        "function_name": "checkout",
        "function_alias": "live",
        "current_version": "3",
        "target_version": "4",
        "target_version_weight": weight,
    }
    events = [{"lifecycle_event_name": "AllowTraffic", "status": event}]
    status = "Succeeded" if event == "Succeeded" else "InProgress"
    body = {"target_id": "checkout", "status": status, "lambda_function_info": info, "lifecycle_events": events}
    return {"deployment_target_type": "LambdaTarget", "lambda_target": body}


def service(blue, green, event):
    sets = [
        {"task_set_label": "Blue", "running_count": 2, "desired_count": 2, "traffic_weight": blue},
        {"task_set_label": "Green", "running_count": 2, "desired_count": 2, "traffic_weight": green},
    ]
    events = [{"lifecycle_event_name": "AllowTraffic", "status": event}]
    status = "Succeeded" if event == "Succeeded" else "InProgress"
    body = {"target_id": "shop:web", "status": status, "task_sets_info": sets, "lifecycle_events": events}
    return {"deployment_target_type": "ECSTarget", "ecs_target": body}


def stack(weight, status):
    body = {
        "target_id": "shop",
        "status": status,
        "target_version_weight": weight,
        "resource_type": "AWS::ECS::Service",
    }
    return {"deployment_target_type": "CloudFormationTarget", "cloud_formation_target": body}


def shifting(status, target):
    overview = {"succeeded" if status == "Succeeded" else "in_progress": 1}
    style = {"deployment_type": "BLUE_GREEN"}
    return report.make(
        {
            "deployment_id": "d-7X2K",
            "deployment_group_name": "production",
            "status": status,
            "deployment_overview": overview,
            "deployment_style": style,
        },
        [target],
        {},
    )


SEQUENCES = {
    "rolling": ROLLING,
    "blue_green": BLUE_GREEN,
    "lambda": [
        shifting("InProgress", function(10.0, "InProgress")),
        shifting("InProgress", function(10.0, "InProgress")),
        shifting("Succeeded", function(100.0, "Succeeded")),
    ],
    "ecs": [
        shifting("InProgress", service(100.0, 0.0, "InProgress")),
        shifting("InProgress", service(50.0, 50.0, "InProgress")),
        shifting("Succeeded", service(0.0, 100.0, "Succeeded")),
    ],
    "cloud_formation": [
        shifting("InProgress", stack(0.0, "InProgress")),
        shifting("Succeeded", stack(100.0, "Succeeded")),
    ],
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_progress_is_one_line_for_each_change(name):
    lines, before = [], None
    for second, now in enumerate(SEQUENCES[name]):
        lines += [line.line() for line in progress.changes(before, now, 10 * second)]
        before = now
    held_to(f"progress_{name}", "\n".join(lines))


def test_a_blue_green_deployment_is_in_one_phase_after_the_other():
    phases = ["installing", "installing", "ready", "rerouting", "rerouting", "terminating", ""]
    assert [one.phase for one in BLUE_GREEN] == phases
    assert report.as_result(BLUE_GREEN[2])["phase"] == "ready"
    assert "phase" not in report.as_result(ROLLING[1])


@pytest.mark.parametrize(
    "target, member, value",
    [
        (function(10.0, "InProgress"), "lambda_function_info", "checkout"),
        (service(50.0, 50.0, "InProgress"), "task_sets_info", "Green"),
        (stack(25.0, "InProgress"), "target_version_weight", "25"),
    ],
)
def test_what_a_function_a_service_or_a_stack_tells_is_in_the_result(target, member, value):
    (told,) = report.as_result(shifting("InProgress", target))["hosts"]
    assert value in str(told[member])


def test_a_host_that_was_skipped_is_said_to_be():
    before = deployment("InProgress", [target("i-0a1f", "InProgress", RUNS), target("i-0b2e", "Pending")])
    lines = [line.line() for line in progress.changes(before, deployment("Failed", SCRIPT), 9)]
    assert lines[1] == "  i-0b2e  us-east-1b  skipped"


def test_nothing_is_printed_when_nothing_changed():
    assert progress.changes(ROLLING[2], ROLLING[3], 30) == []


def test_hosts_are_listed_in_the_order_they_were_taken():
    targets = [target("i-a", "Pending"), target("i-b", "Succeeded", *ALL_OK, start=30), target("i-c", "Succeeded", OK)]
    assert [host.id for host in deployment("InProgress", targets).hosts] == ["i-c", "i-b", "i-a"]


def test_the_result_has_each_hosts_events_with_their_seconds():
    result = report.as_result(deployment("Succeeded", [target("i-0a1f", "Succeeded", *ALL_OK)], complete_time=at(7)))
    assert result["seconds"] == 6.0
    assert result["counts"] == {"Succeeded": 1}
    (host,) = result["hosts"]
    assert (host["id"], host["zone"], host["status"], host["seconds"]) == ("i-0a1f", "us-east-1a", "Succeeded", 6.0)
    assert [(e["name"], e["status"], e["seconds"]) for e in host["lifecycle_events"]] == [
        (name, "Succeeded", 2.0) for name in EVENTS
    ]
