# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence for an approval, as data and as text, from facts made up here."""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.report import Summary, TestCase
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline import report_make
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.approval_evidence import evidence
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.approval_facts import (
    Facts,
    Target,
    targets_of,
)
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.approval_text import text
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.approval_waiting import Waiting, waiting_in
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.follow import Followed

from tests.unit.plugins.codepipeline_execution.scenes import (
    COMMIT,
    EXECUTION,
    action,
    at,
    declaration,
    execution,
    golden,
)

OLD, NEWER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
OLD_COMMIT = "77aa00bb" + "0" * 32
STAGES = {"Source": ["Git"], "Build": ["Unit"], "Staging": ["Hosts"], "Approve": ["Ok"], "Production": ["Hosts"]}
WAITING = Waiting("storefront", "Approve", "Ok", EXECUTION, "waits", at(100), "https://staging.example", "secret")
COMMIT_VARIABLES = {
    "CommitMessage": "Show prices with tax\n\nAs asked for.",
    "AuthorDisplayName": "Anna",
    "AuthorDate": "2026-01-15T09:00:00Z",
    "BranchName": "main",
}


def artifact(key):
    return {"name": "App", "s3location": {"bucket": "artifacts", "key": key}}


def source_of(identity, key):
    made = action("Source", "Git", output={"output_artifacts": [artifact(key)], "output_variables": COMMIT_VARIABLES})
    return {**made, "pipeline_execution_id": identity}


def revision(key):
    return {"revision_type": "S3", "s3_location": {"bucket": "artifacts", "key": key, "bundle_type": "zip"}}


def facts(**more):
    actions = [
        source_of(EXECUTION, "new"),
        action("Build", "Unit", start=10, end=52, id="build"),
        action("Staging", "Hosts", start=52, end=90, id="staging"),
        action("Approve", "Ok", "InProgress", start=100),
    ]
    deployment = {
        "application_name": "storefront",
        "deployment_group_name": "staging",
        "deployment_id": "d-STAGING",
        "status": "Succeeded",
        "counts": {"Succeeded": 2},
        "seconds": 37.0,
    }
    details = {"build": {"build": {"build_status": "SUCCEEDED"}}, "staging": {"deployment": deployment}}
    group = {
        "target_revision": revision("old"),
        "last_successful_deployment": {"deployment_id": "d-OLD", "end_time": "2026-01-10T08:00:00.5+00:00"},
    }
    failed = TestCase("test_tax", "prices", "FAILED", "19 is not 20")
    given = {
        "waiting": WAITING,
        "execution": Followed(report_make.make(execution(), actions, declaration(STAGES)), details),
        "tests": {
            "build": [
                Summary("arn:1", "storefront-unit", "TEST", "FAILED", 40, 37, 1, 2, 3.5, failures=(failed,)),
                Summary("arn:2", "storefront-coverage", "CODE_COVERAGE", "SUCCEEDED", line_coverage=92.5),
            ]
        },
        "alarms": [
            {"alarm_name": "production-5xx", "state_value": "ALARM", "state_reason": "3 % of answers are errors"},
            {"alarm_name": "staging-5xx", "state_value": "OK", "state_reason": "quiet"},
        ],
        "asked": ("staging-5xx", "production-5xx", "gone"),
        "targets": [Target("Production", "Hosts", "storefront", "production", "App", group)],
        "recent": [source_of(EXECUTION, "new"), source_of(OLD, "old")],
        "executions": [
            {"pipeline_execution_id": NEWER, "status": "InProgress"},
            {"pipeline_execution_id": EXECUTION, "status": "InProgress"},
            {
                "pipeline_execution_id": OLD,
                "status": "Succeeded",
                "source_revisions": [{"revision_id": OLD_COMMIT, "revision_summary": "Add a basket"}],
            },
        ],
        "configuration": {"CustomData": "Release it?"},
        "unread": ["The test reports cannot be read: not allowed"],
    }
    return Facts(**{**given, **more})


def told(one):
    return text(one.waiting, evidence(one), one.configuration)


def test_the_text_has_a_line_for_each_fact():
    assert told(facts()) == golden("evidence")["everything"]


def test_the_text_of_a_first_release_says_that_nothing_is_there_yet():
    first = facts(
        tests={},
        alarms=[],
        asked=(),
        targets=[Target("Production", "Hosts", "storefront", "production", "App", {})],
        executions=[],
        configuration={},
        unread=(),
    )
    assert told(first) == golden("evidence")["a first release"]


def test_what_is_deployed_is_traced_to_the_execution_that_made_it():
    (change,) = evidence(facts())["changes"]
    assert change["now"]["pipeline_execution_id"] == OLD
    assert change["now"]["source_revisions"] == [{"revision_id": OLD_COMMIT, "message": "Add a basket"}]
    assert (change["then"]["revision"], change["same"]) == (revision("new"), False)
    (unknown,) = evidence(facts(recent=[]))["changes"]
    assert unknown["now"]["pipeline_execution_id"] == ""
    assert unknown["now"]["revision_name"] == "s3://artifacts/old"


def test_a_group_that_has_the_revision_already_is_a_concern():
    target = Target("Production", "Hosts", "storefront", "production", "App", {"target_revision": revision("new")})
    found = evidence(facts(targets=[target]))
    assert found["changes"][0]["same"] is True
    assert "storefront/production has this revision already." in found["concerns"]


def test_nothing_speaks_against_a_release_of_which_all_is_well():
    quiet = facts(tests={}, asked=("staging-5xx",), executions=[{"pipeline_execution_id": EXECUTION}])
    assert evidence(quiet)["concerns"] == []


def deploys(name, order=1):
    kind = {"category": "Deploy", "provider": "CodeDeploy"}
    configuration = {"ApplicationName": "storefront", "DeploymentGroupName": name}
    return {"name": name, "run_order": order, "action_type_id": kind, "configuration": configuration}


def approves(order=1):
    return {"name": "Ok", "run_order": order, "action_type_id": {"category": "Approval", "provider": "Manual"}}


def test_what_changes_is_what_is_behind_the_approval_in_its_own_stage_or_the_next_that_deploys():
    before = {"name": "Staging", "actions": [deploys("staging")]}
    after = {"name": "Production", "actions": [deploys("blue"), deploys("green")]}
    own = {"name": "Approve", "actions": [deploys("early"), approves(2), deploys("late", 3)]}
    alone = {"name": "Approve", "actions": [approves()]}
    tested = {"name": "Test", "actions": [approves()]}

    def groups(*stages):
        return [one.group_name for one in targets_of({"stages": stages}, WAITING)]

    assert groups(before, own, after) == ["late"]
    assert groups(before, alone, tested, after) == ["blue", "green"]
    assert groups(before, alone) == groups(before) == []


def test_only_an_action_with_a_token_waits_and_the_token_is_not_shown():
    def state(**latest):
        actions = [{"action_name": "Ok", "latest_execution": {"status": "InProgress", **latest}}]
        stage = {
            "stage_name": "Approve",
            "latest_execution": {"pipeline_execution_id": EXECUTION},
            "action_states": actions,
        }
        return {"pipeline_name": "storefront", "stage_states": [stage]}

    (found,) = waiting_in(state(token="secret-token"))
    assert (found.execution_id, found.place, found.token) == (EXECUTION, "Approve/Ok", "secret-token")
    assert "secret-token" not in repr(found)
    assert waiting_in(state()) == []


def test_the_commit_is_told_with_its_author_and_branch():
    (found,) = evidence(facts())["revisions"]
    assert (found["revision_id"], found["about"]["AuthorDisplayName"]) == (COMMIT, "Anna")
