# SPDX-License-Identifier: GPL-3.0-or-later
"""codedeploy_deployment over HTTP: start, follow, adopt, stop, roll back; what it says when it goes wrong."""

import threading
from collections import Counter

import pytest

from tests.integration.deployments.conftest import GROUP, Shop

SEVEN = [
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
]
NO_CATALOGUE = {
    "error_code": 4,
    "script_name": "scripts/validate.sh",
    "message": "Script at specified location: scripts/validate.sh failed with exit code 3",
    "log": "LifecycleEvent - ValidateService\nScript - scripts/validate.sh\n[stderr]no catalogue: gifts.json\n",
}


@pytest.fixture
def first(shop, source):
    return shop.revision(source("1.0"), label="1.0")["revision"]


@pytest.fixture
def second(shop, source):
    return shop.revision(source("2.0"), label="2.0")["revision"]


@pytest.fixture
def gate(shop):
    """Agents wait at ApplicationStart until the gate is set."""
    opened = threading.Event()

    def wait(instance, event):
        if event == "ApplicationStart":
            opened.wait(60)

    shop.agents.script = wait
    yield opened
    opened.set()


def test_a_deployment_is_followed_to_its_end_on_every_host(shop, first):
    result = shop.deploy(first)
    deployment = result["deployment"]
    assert (result["changed"], result["adopted"], deployment["status"]) == (True, False, "Succeeded")
    assert deployment["counts"]["Succeeded"] == 4
    assert sorted(host["id"] for host in deployment["hosts"]) == sorted(shop.instances)
    for host in deployment["hosts"]:
        assert [event["name"] for event in host["lifecycle_events"]] == SEVEN
        assert {event["status"] for event in host["lifecycle_events"]} == {"Succeeded"}
        assert (host["zone"], host["status"]) == ("us-east-1a", "Succeeded")
        assert host["seconds"] >= 0
    assert result["progress"][-1].startswith(f"production  in place  {deployment['deployment_id']}  succeeded  4 of 4")


def test_the_same_revision_again_changes_nothing_and_asks_three_questions(shop, first):
    done = shop.deploy(first)
    shop.agents.stop()
    before = asked_of(shop, "codedeploy")
    again = shop.deploy(first)
    asked = asked_of(shop, "codedeploy") - before
    assert again["changed"] is False
    assert again["deployment"]["deployment_id"] == done["deployment"]["deployment_id"]
    assert again["diff"]["before"] == again["diff"]["after"]
    assert asked == {"GetDeploymentGroup": 1, "ListDeployments": 1, "GetDeployment": 1}


def asked_of(shop, service):
    """Counter of the calls to a service by operation, since the region started."""
    calls = shop.api.region.calls._calls
    return Counter({name.partition(":")[2]: n for name, n in calls.items() if name.startswith(f"{service}:")})


def test_force_deploys_the_same_revision_again(shop, first):
    shop.deploy(first)
    assert shop.deploy(first, force=True)["changed"] is True
    assert len(shop.deployments()) == 2


def test_a_failing_script_is_named_with_its_log_and_the_rollback_is_followed(shop, first, second):
    shop.deploy(first)
    broken = {"left": 1}

    def fail_once(instance, event):
        if event == "ValidateService" and broken["left"]:
            broken["left"] -= 1
            return NO_CATALOGUE
        return None

    shop.agents.script = fail_once
    result = shop.deploy(second)
    failed = next(host for host in result["deployment"]["hosts"] if host["status"] == "Failed")
    lines = result["msg"].splitlines()
    assert result["failed"] is True
    assert lines[0] == (
        f"production: ValidateService failed on {failed['id']} (us-east-1a): "
        "scripts/validate.sh ended with exit code 3."
    )
    assert "  | [stderr]no catalogue: gifts.json" in lines
    assert any("(HEALTH_CONSTRAINTS)" in line for line in lines)
    assert "Hosts: 1 failed, 3 skipped." in lines
    assert lines[-1].startswith(f"Rolled back by deployment {result['rollback']['deployment_id']}: 4 of 4 hosts")
    assert result["deployment"]["status"] == "Failed"
    assert (result["rollback"]["status"], result["rollback"]["creator"]) == ("Succeeded", "codeDeployRollback")
    assert result["rollback"]["revision"] == first
    diagnostics = failed["lifecycle_events"][-1]["diagnostics"]
    assert (diagnostics["error_code"], diagnostics["exit_code"]) == ("ScriptFailed", 3)
    assert any("  rollback  " in line for line in result["progress"])


def test_after_a_rollback_the_old_revision_is_in_place_and_the_new_one_is_tried_again(shop, first, second):
    shop.deploy(first)
    shop.agents.script = lambda instance, event: NO_CATALOGUE if len(shop.deployments()) == 2 else None
    assert shop.deploy(second)["failed"] is True
    shop.agents.script = lambda instance, event: None
    assert shop.deploy(first)["changed"] is False
    assert shop.deploy(second)["deployment"]["status"] == "Succeeded"


def test_a_failure_that_is_not_rolled_back_says_so_and_leaves_something_to_do(shop, first, second):
    shop.deploy(first)
    shop.agents.script = lambda instance, event: NO_CATALOGUE if event == "ValidateService" else None
    result = shop.deploy(second, auto_rollback_configuration={"enabled": False})
    assert "Not rolled back: automatic rollback on DEPLOYMENT_FAILURE is off." in result["msg"]
    assert "rollback" not in result
    shop.agents.script = lambda instance, event: None
    assert shop.deploy(first)["changed"] is True


def test_the_first_deployment_of_a_group_cannot_be_rolled_back_and_the_message_says_so(shop, first):
    shop.agents.script = lambda instance, event: NO_CATALOGUE
    assert "Not rolled back: " in shop.deploy(first)["msg"]


def test_a_silent_agent_is_named_as_such(shop, first):
    (quiet,) = shop.add_instances(1, agents=False)
    shop.agents.stop()
    result = shop.deploy(first, deployment_config_name="CodeDeployDefault.AllAtOnce", wait_timeout=120)
    assert "CodeDeploy agent" in result["msg"]
    assert quiet in result["msg"] or "more" in result["msg"]
    assert "silent: ApplicationStop was not taken up in time." in result["msg"]


def test_a_running_deployment_of_the_same_revision_is_adopted_and_never_started_twice(shop, first, gate):
    started = shop.deploy(first, wait=False)
    assert started["deployment"]["status"] in ("Created", "Queued", "InProgress")
    threading.Timer(0.5, gate.set).start()
    adopted = shop.deploy(first)
    assert (adopted["changed"], adopted["adopted"]) == (True, True)
    assert adopted["deployment"]["deployment_id"] == started["deployment"]["deployment_id"]
    assert adopted["deployment"]["status"] == "Succeeded"
    assert len(shop.deployments()) == 1


def test_another_revision_that_runs_is_named_and_nothing_is_started(shop, first, second, gate):
    running = shop.deploy(first, wait=False)["deployment"]["deployment_id"]
    result = shop.deploy(second)
    key = first["s3_location"]["key"]
    assert result["msg"].startswith(
        f"{shop.application}/production: deployment {running} of s3://{shop.bucket}/{key} runs ("
    )
    assert "set on_conflict to wait or stop" in result["msg"]
    assert shop.deployments() == [running]


def test_on_conflict_wait_deploys_after_what_runs(shop, first, second, gate):
    shop.deploy(first, wait=False)
    threading.Timer(0.5, gate.set).start()
    result = shop.deploy(second, on_conflict="wait")
    assert (result["deployment"]["status"], result["deployment"]["revision"]) == ("Succeeded", second)
    states = [
        shop.codedeploy.get_deployment(deploymentId=one)["deploymentInfo"]["status"] for one in shop.deployments()
    ]
    assert states == ["Succeeded", "Succeeded"]


def test_on_conflict_stop_stops_what_runs_and_deploys(shop, first, second, gate):
    running = shop.deploy(first, wait=False)["deployment"]["deployment_id"]
    threading.Timer(0.5, gate.set).start()
    result = shop.deploy(second, on_conflict="stop")
    assert result["deployment"]["status"] == "Succeeded"
    assert shop.codedeploy.get_deployment(deploymentId=running)["deploymentInfo"]["status"] == "Stopped"


def test_a_wait_that_is_too_short_says_what_it_saw_and_the_next_run_adopts(shop, first, gate):
    started = shop.deploy(first, wait=False)["deployment"]["deployment_id"]
    shop.until(started, "InProgress")
    result = shop.deploy(first, wait_timeout=1)
    assert result["failed"] is True
    assert f"for deployment {result['deployment']['deployment_id']} to end, in vain." in result["msg"]
    assert "Last seen: InProgress, 0 of 4 hosts" in result["msg"]
    gate.set()
    adopted = shop.deploy(first)
    assert adopted["deployment"]["deployment_id"] == result["deployment"]["deployment_id"]


def stop(shop, **options):
    return shop.module(
        "codedeploy_deployment",
        state="stopped",
        application_name=shop.application,
        deployment_group_name=GROUP,
        wait_timeout=300,
        **options,
    )


def test_what_runs_is_stopped_and_stopping_again_changes_nothing(shop, first, gate):
    shop.deploy(first, wait=False)
    threading.Timer(0.5, gate.set).start()
    result = stop(shop)
    assert (result["changed"], result["deployment"]["status"]) == (True, "Stopped")
    assert result["deployment"]["error_information"]["code"] == "MANUAL_STOP"
    assert stop(shop)["changed"] is False
    assert stop(shop, deployment_id=result["deployment"]["deployment_id"])["changed"] is False


def test_stopping_with_a_rollback_follows_the_rollback(shop, first, second, gate):
    gate.set()
    shop.deploy(first)
    gate.clear()
    rollback_on_stop = {"enabled": True, "events": ["DEPLOYMENT_STOP_ON_REQUEST"]}
    running = shop.deploy(second, wait=False, auto_rollback_configuration=rollback_on_stop)
    threading.Timer(0.5, gate.set).start()
    result = shop.module(
        "codedeploy_deployment",
        state="stopped",
        deployment_id=running["deployment"]["deployment_id"],
        auto_rollback_enabled=True,
        wait_timeout=300,
    )
    assert result["deployment"]["status"] == "Stopped"
    assert (result["rollback"]["status"], result["rollback"]["revision"]) == ("Succeeded", first)


def test_a_deployment_that_somebody_else_stops_fails_the_task(shop, first, gate):
    started = shop.deploy(first, wait=False)["deployment"]["deployment_id"]
    threading.Timer(0.5, lambda: (shop.codedeploy.stop_deployment(deploymentId=started), gate.set())).start()
    result = shop.deploy(first)
    assert result["failed"] is True
    assert result["msg"].startswith(f"production: deployment {started} stopped: ")
    assert "(MANUAL_STOP)" in result["msg"]
    assert "Not rolled back: automatic rollback on DEPLOYMENT_STOP_ON_REQUEST is off." in result["msg"]


def test_check_mode_predicts_and_starts_nothing(shop, first, second):
    predicted = shop.deploy(first, check_mode=True, description="first")
    assert shop.deployments() == []
    assert predicted["changed"] is True
    assert predicted["deployment"]["revision"] == first
    assert predicted["deployment"]["deployment_config_name"] == "CodeDeployDefault.OneAtATime"
    real = shop.deploy(first, description="first")
    for key in ("application_name", "deployment_group_name", "deployment_config_name", "description", "revision"):
        assert predicted["deployment"][key] == real["deployment"][key]
    assert predicted["diff"] == real["diff"]
    assert shop.deploy(first, check_mode=True)["changed"] is False
    assert shop.deploy(second, check_mode=True)["changed"] is True


def test_settings_of_the_task_are_those_of_the_deployment(shop, first):
    options = {
        "deployment_config_name": "CodeDeployDefault.AllAtOnce",
        "description": "everything at once",
        "file_exists_behavior": "OVERWRITE",
        "ignore_application_stop_failures": True,
        "update_outdated_instances_only": False,
        "auto_rollback_configuration": {"enabled": True, "events": ["DEPLOYMENT_STOP_ON_ALARM"]},
    }
    deployment = shop.deploy(first, **options)["deployment"]
    assert {name: deployment[name] for name in options} == options


def test_sixty_hosts_are_read_in_batches(shop, first):
    shop.add_instances(56)
    result = shop.deploy(first, deployment_config_name="CodeDeployDefault.AllAtOnce", wait_timeout=120)
    assert result["deployment"]["counts"]["Succeeded"] == len(result["deployment"]["hosts"]) == 60


S3_ONLY = {"revision_type": "S3", "s3_location": {"bucket": "b", "key": "k", "bundle_type": "zip"}}
BAD_INPUT = {
    "an unknown group": (
        dict(deployment_group_name="nowhere"),
        "Create it with convoy.delivery.codedeploy_deployment_group, or correct deployment_group_name.",
    ),
    "an unknown application": (
        dict(application_name="nothing"),
        "Create it with convoy.delivery.codedeploy_application, or correct application_name.",
    ),
    "an unknown configuration": (
        dict(deployment_config_name="Everything"),
        "Create it with convoy.delivery.codedeploy_deployment_config",
    ),
    "a revision without its location": (
        dict(revision={"revision_type": "S3"}),
        "revision: revision_type S3 needs s3_location.",
    ),
    "no revision": (dict(revision=None), "state is started but all of the following are missing: revision"),
    "two revisions": (dict(last_successful_revision=True), "mutually exclusive: revision|last_successful_revision"),
    "no revision that succeeded": (
        dict(revision=None, last_successful_revision=True),
        "/production has succeeded yet. Give the revision to deploy.",
    ),
    "nothing to restart": (dict(revision=None, deployment_mode="RESTART"), "has succeeded yet."),
    "a restart with a revision": (
        dict(deployment_mode="RESTART"),
        "deployment_mode: RESTART restarts what is deployed. Leave revision and last_successful_revision out.",
    ),
    "a restart of some instances": (
        dict(revision=None, deployment_mode="RESTART", update_outdated_instances_only=True),
        "update_outdated_instances_only does not go with deployment_mode RESTART",
    ),
    "processes to suspend without an Auto Scaling group": (
        dict(ec2_deployment_options={"auto_scaling_group_processes_to_suspend": ["Terminate"]}),
        "/production has no Auto Scaling group. Processes are suspended in in-place deployments to Auto Scaling groups",
    ),
    "instances for a deployment in place": (
        dict(target_instances={"tag_filters": [{"key": "A"}]}),
        "/production is deployed to in place, so it takes no other instances.",
    ),
    "a revision of an unknown kind": (dict(revision={"revision_type": "FTP"}), "revision_type"),
    "two ways to choose instances": (
        dict(target_instances={"tag_filters": [{"key": "A"}], "ec2_tag_set": {"ec2_tag_set_list": [[{"key": "A"}]]}}),
        "target_instances.tag_filters and target_instances.ec2_tag_set exclude each other",
    ),
    "rollback on nothing": (
        dict(auto_rollback_configuration={"enabled": True}),
        "auto_rollback_configuration: enabled needs events.",
    ),
    "alarms without names": (
        dict(override_alarm_configuration={"enabled": True}),
        "override_alarm_configuration: enabled needs alarms.",
    ),
    "a wrong type": (dict(wait_timeout="soon"), "wait_timeout"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused_in_words_and_nothing_is_started(shop, name):
    options, words = BAD_INPUT[name]
    given = dict(application_name=shop.application, deployment_group_name=GROUP, revision=S3_ONLY) | options
    result = shop.module("codedeploy_deployment", **{key: value for key, value in given.items() if value is not None})
    assert result["failed"] is True
    assert words in result["msg"]
    assert shop.deployments() == []


def test_the_info_module_lists_by_group_status_and_id_with_hosts(shop, first, second):
    one = shop.deploy(first)["deployment"]["deployment_id"]
    two = shop.deploy(second)["deployment"]["deployment_id"]
    group = dict(application_name=shop.application, deployment_group_name=GROUP)

    def info(**options):
        return shop.module("codedeploy_deployment_info", **options)["deployments"]

    assert [entry["deployment_id"] for entry in info(**group)] == [two, one]
    assert [entry["deployment_id"] for entry in info(**group, limit=1)] == [two]
    assert info(**group, include_only_statuses=["Failed"]) == []
    assert info(**group, created_before="2020-01-01T00:00:00Z") == []
    (found,) = info(deployment_ids=[one], hosts=True)
    assert len(found["hosts"]) == 4
    assert [entry["deployment_id"] for entry in info(deployment_ids=["d-NOTTHERE1", two])] == [two]
    assert info(application_name="nothing", deployment_group_name="nowhere") == []


def last(shop, check_mode=False, **options):
    """A deployment without a revision of its own."""
    given = dict(application_name=shop.application, deployment_group_name=GROUP, wait_timeout=60)
    return shop.module("codedeploy_deployment", check_mode, **given, **options)


def test_the_last_successful_revision_is_deployed_again_when_another_failed_since(shop, first, second):
    shop.deploy(first)
    assert last(shop, last_successful_revision=True)["changed"] is False
    shop.agents.script = lambda instance, event: NO_CATALOGUE if event == "ValidateService" else None
    shop.deploy(second, auto_rollback_configuration={"enabled": False})
    shop.agents.script = lambda instance, event: None
    predicted = last(shop, check_mode=True, last_successful_revision=True)
    real = last(shop, last_successful_revision=True)
    assert predicted["changed"] is real["changed"] is True
    assert predicted["deployment"]["revision"] == real["deployment"]["revision"] == first
    assert last(shop, last_successful_revision=True)["changed"] is False
    assert last(shop, last_successful_revision=True, force=True)["changed"] is True


CHANGED = {
    "deployment_config_name": "CodeDeployDefault.HalfAtATime",
    "description": "by hand",
    "file_exists_behavior": "RETAIN",
    "auto_rollback_configuration": {"enabled": True, "events": ["DEPLOYMENT_STOP_ON_REQUEST"]},
    "ignore_application_stop_failures": True,
    "update_outdated_instances_only": True,
    "override_alarm_configuration": {"enabled": False},
    "deployment_mode": "STANDARD",
    "ec2_deployment_options": {"auto_scaling_group_processes_to_suspend": []},
}


@pytest.mark.parametrize("option", CHANGED)
def test_every_option_of_a_deployment_is_predicted_and_handed_over(live, option, source):
    shop = Shop(live, hosts=0)
    revision = shop.revision(source(option))["revision"]
    settings = {option: CHANGED[option], "wait": False}
    predicted = shop.deploy(revision, check_mode=True, **settings)["deployment"]
    assert predicted[option] == CHANGED[option]
    assert shop.deployments() == []
    shop.deploy(revision, **settings)
    (identity,) = shop.deployments()
    (told,) = shop.module("codedeploy_deployment_info", deployment_ids=[identity])["deployments"]
    assert told.get(option, CHANGED[option]) == CHANGED[option], "where CodeDeploy tells it"


def test_a_restart_is_done_by_every_run_and_adopted_while_it_runs(shop, first, second, gate):
    gate.set()
    shop.deploy(first)
    gate.clear()
    predicted = last(shop, check_mode=True, deployment_mode="RESTART")
    started = last(shop, deployment_mode="RESTART", wait=False)
    assert predicted["changed"] is started["changed"] is True
    assert predicted["deployment"]["revision"] == first
    assert f"restart deployment {started['deployment']['deployment_id']} of s3://" in shop.deploy(second)["msg"]
    threading.Timer(0.3, gate.set).start()
    adopted = last(shop, deployment_mode="RESTART")
    assert (adopted["adopted"], adopted["deployment"]["status"]) == (True, "Succeeded")
    assert adopted["deployment"]["deployment_id"] == started["deployment"]["deployment_id"]
    assert any("  restart  " in line for line in adopted["progress"])
    assert last(shop, deployment_mode="RESTART")["adopted"] is False
    assert len(shop.deployments()) == 3
