# SPDX-License-Identifier: GPL-3.0-or-later
"""An execution in a few facts, whatever of it there is already."""

from ansible_collections.convoy.delivery.plugins.filter.execution_summary import execution_summary

BUILD = {
    "name": "Build",
    "provider": "CodeBuild",
    "status": "Failed",
    "seconds": 12.345,
    "external_execution_id": "shop:1",
    "output_variables": {"VERSION": "2.1"},
    "error": {"code": "JobFailed", "message": "Build terminated with state: FAILED\nPhase: BUILD"},
}
EXECUTION = {
    "pipeline_name": "shop",
    "pipeline_execution_id": "3fa85f64",
    "outcome": "failed",
    "seconds": 13.04,
    "artifact_revisions": [{"revision_id": "9d81c0de", "revision_summary": "Gift cards\n\nat last\n"}],
    "stages": [
        {"name": "Build", "status": "Failed", "seconds": 12.345, "start_time": "10:00", "actions": [BUILD]},
        {"name": "Staging", "status": "Pending", "actions": []},
    ],
}


def test_a_failed_execution_says_what_failed_when_and_why():
    found = execution_summary(EXECUTION)

    assert (found["release"], found["commit"], found["message"]) == ("2.1", "9d81c0de", "Gift cards")
    assert (found["outcome"], found["seconds"]) == ("failed", 13.0)
    build, staging = found["stages"]
    assert (build["status"], build["seconds"], build["actions"][0]["error"]) == (
        "Failed",
        12.3,
        "Build terminated with state: FAILED",
    )
    assert (staging["status"], staging["seconds"], staging["actions"]) == ("Pending", None, [])


def test_one_that_has_hardly_begun_is_told_all_the_same():
    found = execution_summary({"status": "InProgress"})

    assert (found["outcome"], found["commit"], found["release"], found["stages"]) == ("InProgress", "", "", [])
