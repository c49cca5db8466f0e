# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds over HTTP: what a client sees of one that a scripted builder runs."""

import pytest

from tests.region.codebuild.yard import statuses

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
