# SPDX-License-Identifier: GPL-3.0-or-later
"""The message for each way in which an execution may end: the most useful first, then how far, then what to do."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline import failure
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.failure import Aftermath

from tests.unit.plugins.codepipeline_execution.scenes import EXECUTION, action, golden, make, stage_state

SOURCE, UNIT = action("Source", "Git", end=3), action("Build", "Unit", start=3, end=45)
OK = action("Approve", "Ok", start=45, end=90)
ANOTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
BUILD_SAYS = "storefront build 12: BUILD failed: exit status 1. The command was: pytest\n  | 1 failed, 41 passed"
ROLLBACK = {
    "pipeline_execution_id": ANOTHER,
    "execution_type": "ROLLBACK",
    "rollback_metadata": {"rollback_target_pipeline_execution_id": "11111111-0000-0000-0000-000000000000"},
}


def failed(stage, name, **more):
    return action(stage, name, "Failed", start=45, end=60, id="failed", **more)


RULE = {
    "rule_name": "quiet",
    "latest_execution": {"status": "Failed", "error_details": {"message": "The alarm shop-5xx rings"}},
}
CLOSED = {
    "before_entry_condition_state": {
        "condition_states": [{"latest_execution": {"status": "Failed"}, "rule_states": [RULE]}]
    }
}

# name of the golden message: (report, what explain takes beside it)
ENDS = {
    "a build": (
        make("Failed", SOURCE, failed("Build", "Unit", error="Build terminated with state: FAILED")),
        dict(told={"failed": BUILD_SAYS}),
    ),
    "an action that only CodePipeline tells of": (
        make(
            "Failed",
            SOURCE,
            failed(
                "Build", "Unit", error="two tests failed", result={"external_execution_url": "https://ci.example/7"}
            ),
        ),
        {},
    ),
    "a rejection": (
        make("Failed", SOURCE, UNIT, failed("Approve", "Ok", error="Rejected by anna: alarms are red")),
        {},
    ),
    "a source": (
        make("Failed", failed("Source", "Git", error="The branch main does not exist"), artifact_revisions=[]),
        {},
    ),
    "a condition": (
        make("Failed", SOURCE, UNIT, OK, states=[stage_state("Production", "Failed", **CLOSED)]),
        {},
    ),
    "no reason at all": (
        make("Failed", SOURCE),
        {},
    ),
    "a deployment, rolled back by the pipeline": (
        make("Failed", SOURCE, UNIT, OK, failed("Production", "Hosts", error="Deployment d-1 failed")),
        dict(
            told={"failed": "ValidateService failed on i-1 (us-east-1a): validate.sh ended with exit code 3."},
            rollback=make("Succeeded", action("Production", "Hosts", start=60, end=72), **ROLLBACK),
        ),
    ),
    "a rollback that still runs": (
        make("Failed", SOURCE, failed("Production", "Hosts", error="Deployment d-1 failed.")),
        dict(rollback=make("InProgress", **ROLLBACK)),
    ),
    "stopped": (
        make("Stopped", SOURCE, action("Build", "Unit", "Abandoned", start=3, end=9)),
        dict(aftermath=Aftermath(stop_reason="wrong version")),
    ),
    "stopped before its first action, without a reason": (
        make("Stopped", artifact_revisions=[]),
        {},
    ),
    "superseded": (
        make("Superseded", SOURCE, UNIT),
        dict(aftermath=Aftermath(successor=ANOTHER)),
    ),
    "cancelled": (
        make("Cancelled", SOURCE),
        {},
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_the_message_says(name):
    seen, more = ENDS[name]
    assert failure.explain(seen, **more) == golden("failures")[name]


def test_two_failed_actions_are_both_told_the_earlier_first():
    late = action("Production", "Hosts", "Failed", start=45, end=70, error="late")
    early = action("Build", "Unit", "Failed", start=45, end=60, error="early")
    lines = failure.explain(make("Failed", SOURCE, late, early)).splitlines()
    assert lines[:2] == ["storefront: Build/Unit: early. (JobFailed)", "Production/Hosts: late. (JobFailed)"]


def test_who_waits_for_an_approval_is_told_what_to_do():
    assert failure.next_step(make("InProgress", SOURCE, action("Approve", "Ok", "InProgress"))) == (
        "storefront: execution 3fa85f64 waits for the approval Approve/Ok. Look at the evidence with "
        "convoy.delivery.codepipeline_approval_info, then answer with convoy.delivery.codepipeline_approval "
        f"(pipeline_execution_id={EXECUTION})."
    )
    assert failure.next_step(make("InProgress", SOURCE)) == failure.next_step(make("Succeeded", SOURCE)) == ""
