# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds over HTTP: what a client sees of one that a scripted builder runs."""

import json

import pytest
from botocore.exceptions import ClientError

from local_region.clock import SimulatedClock
from local_region.protocol import Caller
from local_region.services.codebuild import CodeBuild
from local_region.services.codebuild.runner import MOST_RUNNING
from local_region.services.codebuild.surroundings import Surroundings
from tests.region.codebuild.scripted import Script, ScriptedBuilder
from tests.region.codebuild.yard import BUILDSPEC, ENVIRONMENT, ROLE, eventually, statuses

SUCCEEDED = dict.fromkeys(
    (
        "SUBMITTED",
        "QUEUED",
        "PROVISIONING",
        "DOWNLOAD_SOURCE",
        "INSTALL",
        "PRE_BUILD",
        "BUILD",
        "POST_BUILD",
        "UPLOAD_ARTIFACTS",
        "FINALIZING",
    ),
    "SUCCEEDED",
) | {"COMPLETED": None}


def test_a_build_goes_through_its_phases_and_is_numbered(yard):
    yard.create()
    first, second = yard.build(), yard.build()
    assert (first["buildStatus"], first["currentPhase"]) == ("SUCCEEDED", "COMPLETED")
    assert statuses(first) == SUCCEEDED
    assert list(statuses(first)) == list(SUCCEEDED)
    assert [first["buildNumber"], second["buildNumber"]] == [1, 2]
    assert yard.builds.list_builds_for_project(projectName=yard.name)["ids"] == [second["id"], first["id"]]


def test_a_failing_command_fails_the_build_in_its_phase(yard):
    yard.create()
    yard.will(fails="BUILD")
    build = yard.build()
    assert build["buildStatus"] == "FAILED"
    failed = next(one for one in build["phases"] if one["phaseType"] == "BUILD")
    assert failed["phaseStatus"] == "FAILED"
    assert failed["contexts"] == [
        {
            "statusCode": "COMMAND_EXECUTION_ERROR",
            "message": "Error while executing command: make. Reason: exit status 2",
        }
    ]


def test_a_running_build_is_stopped(yard):
    yard.create()
    yard.will(holds="BUILD")
    build_id = yard.start()
    yard.in_phase(build_id, "BUILD")
    yard.builds.stop_build(id=build_id)
    build = yard.finished(build_id)
    assert build["buildStatus"] == "STOPPED"
    assert statuses(build)["BUILD"] == "STOPPED"


def test_without_hosts_no_build_is_started(yard):
    yard.create()
    yard.store.builder = None
    with pytest.raises(yard.builds.exceptions.ClientError, match="has no hosts to build on"):
        yard.start()


def test_the_log_is_in_cloudwatch_logs_while_the_build_runs(yard):
    yard.create()
    yard.will(lines=["one", "two"], holds="POST_BUILD")
    build_id = yard.start()
    build = yard.in_phase(build_id, "POST_BUILD")
    where = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
    assert where["logGroupName"] == f"/aws/codebuild/{yard.name}"
    events = yard.api.client("logs").get_log_events(**where, startFromHead=True)["events"]
    assert [one["message"] for one in events] == ["one\n", "two\n"]
    yard.builder.release()
    yard.finished(build_id)


def test_a_token_starts_one_build(yard):
    yard.create()
    first = yard.start(idempotencyToken="once")
    assert yard.start(idempotencyToken="once") == first
    with pytest.raises(ClientError, match="was used for another request"):
        yard.start(idempotencyToken="once", sourceVersion="other")
    yard.finished(first)


def test_over_the_projects_limit_no_build_is_started(yard):
    yard.create(concurrentBuildLimit=1)
    yard.will(holds="BUILD")
    first = yard.start()
    with pytest.raises(yard.builds.exceptions.AccountLimitExceededException, match="more than 1 active builds"):
        yard.start()
    yard.builder.release()
    yard.finished(first)
    assert yard.build()["buildStatus"] == "SUCCEEDED"


def test_over_the_accounts_limit_builds_wait_and_then_run(yard):
    yard.create()
    yard.will(holds="BUILD")
    ids = [yard.start() for _ in range(MOST_RUNNING + 2)]
    for build_id in ids[:MOST_RUNNING]:
        yard.in_phase(build_id, "BUILD")
    assert [yard.look(one)["currentPhase"] for one in ids[MOST_RUNNING:]] == ["QUEUED", "QUEUED"]
    stopped = yard.builds.stop_build(id=ids[-1])["build"]
    assert (stopped["buildStatus"], statuses(stopped)["QUEUED"]) == ("STOPPED", "STOPPED")
    yard.builder.release()
    assert yard.finished(ids[-2])["buildStatus"] == "SUCCEEDED"
    assert len([one for one in yard.builder.orders if one.project == yard.name]) == MOST_RUNNING + 1
    for build_id in ids:
        yard.finished(build_id)


def test_a_build_that_waits_too_long_times_out():
    clock = SimulatedClock()
    service = CodeBuild(
        clock, Surroundings(NoObjects(), NoLogs(), lambda *where: "", lambda *event: None), ScriptedBuilder()
    )
    service.builder.script = Script(holds="BUILD")
    caller = Caller("123456789012", "us-east-1", None, "127.0.0.1")
    declared = {"name": "shop", "source": {"type": "NO_SOURCE", "buildspec": BUILDSPEC}, "environment": ENVIRONMENT}
    service.create_project(
        caller, declared | {"artifacts": {"type": "NO_ARTIFACTS"}, "serviceRole": ROLE, "queuedTimeoutInMinutes": 5}
    )
    ids = [service.start_build(caller, {"projectName": "shop"})["build"]["id"] for _ in range(MOST_RUNNING + 1)]
    clock.advance(5 * 60 + 1)

    def waited() -> dict:
        return service.batch_get_builds(caller, {"ids": ids[-1:]})["builds"][0]

    eventually(lambda: waited()["buildComplete"], "the build to time out")
    assert (waited()["buildStatus"], statuses(waited())["QUEUED"]) == ("TIMED_OUT", "TIMED_OUT")
    service.close()


def test_a_build_is_retried_as_it_was_asked_for(yard):
    yard.create()
    first = yard.build(environmentVariablesOverride=[{"name": "A", "value": "1"}])
    again = yard.builds.retry_build(id=first["id"])["build"]
    assert (again["buildNumber"], again["id"] != first["id"]) == (2, True)
    yard.finished(again["id"])
    assert yard.order.variables["A"] == "1"


def test_a_failed_build_retries_itself_as_often_as_the_project_says(yard):
    yard.create(autoRetryLimit=1)
    yard.will(fails="BUILD")
    first = yard.build()
    arn = eventually(lambda: yard.look(first["id"])["autoRetryConfig"].get("nextAutoRetry"), "a retry")
    again = yard.finished(arn.rpartition("build/")[2])
    assert again["autoRetryConfig"] == {
        "autoRetryLimit": 1,
        "autoRetryNumber": 1,
        "previousAutoRetry": first["arn"],
    }
    assert len(yard.builds.list_builds_for_project(projectName=yard.name)["ids"]) == 2


def test_builds_are_found_by_id_or_arn_and_forgotten(yard):
    yard.create()
    yard.will(holds="BUILD")
    running = yard.start()
    arn = yard.look(running)["arn"]
    asked = {"ids": [arn, f"{yard.name}:none"]}
    assert yard.builds.batch_get_builds(**asked)["buildsNotFound"] == [f"{yard.name}:none"]
    assert [one["statusCode"] for one in yard.builds.batch_delete_builds(**asked)["buildsNotDeleted"]] == [
        "BUILD_IN_PROGRESS",
        "BUILD_NOT_FOUND",
    ]
    yard.builder.release()
    yard.finished(running)
    assert yard.builds.batch_delete_builds(ids=[running])["buildsDeleted"] == [arn]
    with pytest.raises(yard.builds.exceptions.ResourceNotFoundException):
        yard.builds.stop_build(id=running)


def test_an_event_rule_starts_a_build(yard):
    project = yard.create()
    events = yard.api.client("events")
    events.put_rule(Name=yard.name, EventPattern=json.dumps({"source": [yard.name]}))
    given = json.dumps({"environmentVariablesOverride": [{"name": "A", "value": "by rule"}]})
    target = {"Id": "1", "Arn": project["arn"], "RoleArn": ROLE, "Input": given}
    events.put_targets(Rule=yard.name, Targets=[target])
    events.put_events(Entries=[{"Source": yard.name, "DetailType": "any", "Detail": "{}"}])
    ids = eventually(lambda: yard.builds.list_builds_for_project(projectName=yard.name)["ids"], "a build")
    assert yard.finished(ids[0])["initiator"] == f"rule/{yard.name}"
    assert yard.order.variables["A"] == "by rule"


def test_a_build_that_hangs_ends_when_its_time_is_over(yard):
    yard.create(timeoutInMinutes=5)
    yard.will(hangs="BUILD")
    build = yard.build()
    assert yard.order.timeout == 300
    assert (build["buildStatus"], statuses(build)["BUILD"]) == ("TIMED_OUT", "TIMED_OUT")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"debugSessionEnabled": True}, "no debug sessions"),
        ({"environmentTypeOverride": "WINDOWS_SERVER_2022_CONTAINER"}, "builds on Linux"),
    ],
)
def test_what_a_build_would_miss_is_refused(yard, asked, said):
    yard.create()
    with pytest.raises(ClientError, match=said) as refused:
        yard.start(**asked)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


class NoObjects:
    """An S3 without buckets."""

    def get(self, account, bucket, key, version_id=None):
        raise LookupError(f"There is no Amazon S3 bucket {bucket}.")


class NoLogs:
    """Logs that nobody keeps."""

    def create(self, *where):
        pass

    def put(self, *what):
        pass
