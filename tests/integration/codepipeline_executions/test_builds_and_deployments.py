# SPDX-License-Identifier: GPL-3.0-or-later
"""What codepipeline_execution tells of builds and deployments, and the evidence that they leave for an approval."""

import pytest

from local_region.services.codebuild.builder import ReportFiles
from tests.integration.codepipeline_executions.conftest import Shop
from tests.region.codebuild.scripted import Script, ScriptedBuilder, output
from tests.region.codebuild.yard import BUILDSPEC, ENVIRONMENT
from tests.region.codebuild.yard import ROLE as BUILD_ROLE
from tests.region.codepipeline.test_codedeploy_action import ROLE, Fleet
from tests.region.codepipeline.workshop import action, stage, wait_for

LINES = ["$ pytest", "FAILED tests/test_prices.py::test_tax", "1 failed, 1 passed"]
JUNIT = b"""<testsuite name="prices" tests="2" failures="1">
  <testcase classname="prices" name="test_net" time="0.1"/>
  <testcase classname="prices" name="test_tax" time="0.1"><failure>19 is not 20</failure></testcase>
</testsuite>"""


@pytest.fixture(scope="module")
def builder(region_api):
    made = ScriptedBuilder()
    region_api.region.codebuild.builder = made
    return made


@pytest.fixture(scope="module")
def running_fleet(region_api):
    fleet = Fleet(region_api)
    yield fleet
    fleet.close()


@pytest.fixture
def fleet(running_fleet, shop):
    """One host, with an application of the test's name and the deployment groups staging and production."""
    running_fleet.broken = False
    codedeploy = shop.api.client("codedeploy")
    codedeploy.create_application(applicationName=shop.name)
    for group in ("staging", "production"):
        codedeploy.create_deployment_group(
            applicationName=shop.name,
            deploymentGroupName=group,
            serviceRoleArn=ROLE,
            ec2TagFilters=[{"Key": "Environment", "Value": "production", "Type": "KEY_AND_VALUE"}],
        )
    return running_fleet


@pytest.fixture
def built(builder, shop):
    """A function that says what the builds of the pipeline's project do; the project is made."""
    shop.api.client("codebuild").create_project(
        name=shop.name,
        source={"type": "NO_SOURCE", "buildspec": BUILDSPEC},
        artifacts={"type": "NO_ARTIFACTS"},
        environment=ENVIRONMENT,
        serviceRole=BUILD_ROLE,
    )

    def will(**script):
        script = {"artifacts": {"": output(index_html="built")}, "lines": LINES, **script}
        builder.scripts[shop.name] = Script(**script)

    return will


def build(shop: Shop) -> dict:
    given = {"ProjectName": shop.name}
    return stage("Build", action("Unit", "Build CodeBuild", inputs=["App"], outputs=["Bundle"], configuration=given))


def deploy(shop: Shop, group: str) -> dict:
    given = {"ApplicationName": shop.name, "DeploymentGroupName": group}
    return stage(group.title(), action("Hosts", "Deploy CodeDeploy", inputs=["App"], configuration=given))


APPROVAL = stage("Approve", action("Ok", "Approval Manual"))


def test_a_failed_build_is_told_by_its_phase_its_command_and_the_end_of_its_log(built, shop):
    built(fails="BUILD", message="Error while executing command: pytest. Reason: exit status 1")
    shop.create(build(shop))
    result = shop.execution(state="followed")
    lines = result["msg"].splitlines()
    assert (
        lines[0]
        == f"{shop.name}: Build/Unit: {shop.name} build 1: BUILD failed: exit status 1. The command was: pytest"
    )
    assert "  | FAILED tests/test_prices.py::test_tax" in lines
    assert any(
        line.startswith(f"The whole log: CloudWatch Logs group /aws/codebuild/{shop.name}, stream ") for line in lines
    )
    told = result["execution"]["stages"][1]["actions"][0]["build"]
    assert (told["build_status"], told["failed_phase"]["phase_type"]) == ("FAILED", "BUILD")
    assert "FAILED tests/test_prices.py::test_tax" in told["log_tail"]
    assert not any("test_tax" in line for line in result["progress"])


def test_the_log_of_a_build_is_shown_while_it_runs_when_that_is_wanted(built, builder, shop, worker):
    builder.hold()
    built(holds="POST_BUILD")
    shop.create(build(shop))
    wait_for(lambda: shop.latest("Build", "Unit").get("logStreamARN"), "the build's log")
    waited = shop.execution(state="followed", build_log="live", wait_timeout=0)
    assert "in vain. Last seen: runs Build/Unit" in waited["msg"]
    assert "  |  FAILED tests/test_prices.py::test_tax" in waited["progress"]
    assert "  Build/Unit  CodeBuild  running" in waited["progress"]
    worker(shop.after_a_look(builder.release))
    result = shop.good(state="followed", build_log="live")
    assert result["progress"].count("  |  1 failed, 1 passed") == 1
    assert any(line.startswith("  Build/Unit  POST_BUILD  succeeded") for line in result["progress"])


def test_nothing_of_the_log_is_told_when_that_is_not_wanted(built, shop):
    built(fails="BUILD")
    shop.create(build(shop))
    result = shop.execution(state="followed", build_log="none")
    assert "BUILD failed: exit status 2." in result["msg"]
    assert "test_tax" not in str(result)


def test_a_failed_command_is_told_with_the_end_of_its_log(builder, shop):
    builder.scripts[shop.name] = Script(lines=LINES, fails="BUILD")
    commands = action("Run", "Compute Commands", inputs=["App"], commands=["make check"])
    shop.create(stage("Check", commands))
    result = shop.execution(state="followed")
    lines = result["msg"].splitlines()
    assert lines[0].startswith(f"{shop.name}: Check/Run: ")
    assert "  | FAILED tests/test_prices.py::test_tax" in lines


def test_a_failed_deployment_is_told_by_its_host_its_event_and_its_script(fleet, shop, worker):
    fleet.broken = True
    fleet.held.clear()
    shop.create(deploy(shop, "staging"))
    wait_for(lambda: shop.latest("Staging", "Hosts").get("externalExecutionId"), "a deployment")
    worker(shop.after_a_look(fleet.held.set))
    result = shop.execution(state="followed")
    lines = result["msg"].splitlines()
    (host,) = result["execution"]["stages"][1]["actions"][0]["deployment"]["hosts"]
    event = next(one for one in host["lifecycle_events"] if one["status"] == "Failed")
    assert lines[0].startswith(f"{shop.name}: Staging/Hosts: {event['name']} failed on {host['id']} ")
    assert "Hosts: 1 failed." in lines
    assert "Not rolled back: automatic rollback on DEPLOYMENT_FAILURE is off." in lines
    assert any(line.startswith(f"  {host['id']}") and "failed: validate.sh" in line for line in result["progress"])


def test_the_evidence_has_tests_staging_and_what_will_change(built, fleet, shop):
    built(reports=(ReportFiles("unit", "JUNITXML", {"junit.xml": JUNIT}),))
    stages = (build(shop), deploy(shop, "staging"), APPROVAL, deploy(shop, "production"))
    first = shop.create(*stages)
    shop.good(state="followed", wait_for="approval")
    (before,) = shop.module("codepipeline_approval_info")["approvals"]
    (change,) = before["evidence"]["changes"]
    assert (change["known"], change["now"]["revision"], change["same"]) == (True, None, False)
    shop.module("codepipeline_approval", pipeline_execution_id=first, state="approved")
    shop.good(state="followed")
    old = shop.executions()[0]["sourceRevisions"][0]["revisionId"]
    new = shop.push(index_html="two")
    second = shop.good(wait_for="approval")["execution"]["pipeline_execution_id"]
    (approval,) = shop.module("codepipeline_approval_info")["approvals"]
    evidence = approval["evidence"]
    (told,) = evidence["builds"]
    (tests,) = told["tests"]
    assert (told["status"], tests["passed"], tests["failed"], tests["total"]) == ("SUCCEEDED", 1, 1, 2)
    assert [one["name"] for one in tests["failures"]] == ["test_tax"]
    (staging,) = evidence["deployments"]
    assert (staging["deployment_group_name"], staging["status"]) == ("staging", "Succeeded")
    assert staging["counts"]["Succeeded"] == 1
    (change,) = evidence["changes"]
    assert change["now"]["pipeline_execution_id"] == first
    assert change["now"]["source_revisions"][0]["revision_id"] == old
    assert change["then"]["pipeline_execution_id"] == second
    assert change["then"]["source_revisions"][0]["revision_id"] == new
    assert evidence["unread"] == []
    assert f"1 of 2 tests of {tests['name']} failed." in evidence["concerns"]
    lines = approval["text"].splitlines()
    assert f"              now   {old} (execution {first[:8]}, deployed " in approval["text"]
    assert f"              then  {new} (execution {second[:8]})" in lines
    assert any(line.startswith(f"  Deployed  {shop.name}/staging  d-") and "1 of 1 hosts" in line for line in lines)
    assert f"              {tests['name']}: 1 of 2 tests passed" in lines
