# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions of pipelines that run builds: CodeBuild in Build and Test, and Commands."""

import io
import itertools
import json
import zipfile
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.conftest import open_api
from tests.region.codebuild.scripted import Script, output
from tests.region.codebuild.yard import ROLE, Yard, eventually
from tests.region.codepipeline.workshop import Workshop, action, stage

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def factory() -> Iterator:
    with open_api() as opened:
        Workshop.furnish(opened)
        yield opened


@pytest.fixture
def yard(factory) -> Yard:
    return Yard(factory, f"built-{next(_numbers)}")


@pytest.fixture
def shop(yard) -> Workshop:
    """A pipeline of the project's name."""
    return Workshop(yard.api, yard.name)


def build(shop, kind="Build CodeBuild", inputs=("App",), outputs=("Bundle",), **configuration) -> dict:
    given = {"ProjectName": shop.name} | configuration
    return stage("Build", action("Compile", kind, inputs=inputs, outputs=outputs, configuration=given, namespace="B"))


def site(**configuration) -> dict:
    given = {"BucketName": "site", "Extract": "true"} | configuration
    return stage("Deploy", action("Site", "Deploy S3", inputs=["Bundle"], configuration=given))


def ended(shop, execution: str) -> str:
    def question() -> str | None:
        status = shop.status(execution)
        return status if status != "InProgress" else None

    return eventually(question, f"{execution} to end")


def files(archive: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def test_a_build_takes_the_source_and_hands_its_artifact_on(yard, shop):
    yard.create()
    yard.will(artifacts={"": output(index_html="built")}, exported={"VERSION": "1.2"})
    execution = shop.create(build(shop), site(ObjectKey="#{B.VERSION}"))
    assert ended(shop, execution) == "Succeeded"
    assert files(yard.order.source.archive) == {"index.html": "one"}
    assert shop.s3.get_object(Bucket="site", Key="1.2/index.html")["Body"].read() == b"built"


def test_the_action_shows_its_build_and_the_build_its_pipeline(yard, shop):
    yard.create(source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
    yard.will(artifacts={"": output(index_html="built")})
    execution = shop.create(build(shop, kind="Test CodeBuild"))
    assert ended(shop, execution) == "Succeeded"
    made = shop.latest("Build", "Compile")
    found = yard.look(made["externalExecutionId"])
    assert found["initiator"] == f"codepipeline/{shop.name}"
    assert found["resolvedSourceVersion"] == shop.s3.head_object(Bucket="sources", Key=shop.key)["VersionId"]
    assert found["sourceVersion"].startswith("arn:aws:s3:::artifacts/")
    assert made["logStreamARN"] == found["logs"]["cloudWatchLogsArn"]
    assert "/log" in made["externalExecutionUrl"]


def test_a_failing_build_fails_the_action_and_says_why(yard, shop):
    yard.create()
    yard.will(fails="BUILD", message="Error while executing command: pytest. Reason: exit status 1")
    execution = shop.create(build(shop))
    assert ended(shop, execution) == "Failed"
    assert shop.latest("Build", "Compile")["errorDetails"]["message"] == (
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, "
        "Message: Error while executing command: pytest. Reason: exit status 1"
    )


def test_a_build_without_the_artifact_that_is_wanted_fails_the_action(yard, shop):
    yard.create()
    assert ended(shop, shop.create(build(shop))) == "Failed"
    assert "put out no artifact Bundle" in shop.latest("Build", "Compile")["errorDetails"]["message"]


def test_a_project_that_is_not_there_fails_the_action(shop):
    assert ended(shop, shop.create(build(shop))) == "Failed"
    assert "Project cannot be found" in shop.latest("Build", "Compile")["errorDetails"]["message"]


def test_variables_of_the_action_reach_the_build_quotes_and_all(yard, shop):
    yard.create(environment=yard.declare()["environment"] | {"environmentVariables": [{"name": "A", "value": "own"}]})
    yard.will(artifacts={"": output(index_html="built")})
    given = json.dumps([{"name": "A", "value": "#{variables.message}"}, {"name": "B", "value": "b"}])
    shop.push(index_html="one")
    variables = [{"name": "message", "defaultValue": 'say "hi"'}]
    shop.pipelines.create_pipeline(pipeline=shop.declare(build(shop, EnvironmentVariables=given), variables=variables))
    assert ended(shop, shop.executions()[-1]["pipelineExecutionId"]) == "Succeeded"
    assert (yard.order.variables["A"], yard.order.variables["B"]) == ('say "hi"', "b")


def test_several_artifacts_go_in_and_out_by_name(yard, shop):
    yard.create()
    yard.will(artifacts={"Bundle": output(index_html="b"), "Docs": output(readme_txt="d")})
    more = shop.source() | {"name": "More", "outputArtifacts": [{"name": "Extra"}], "namespace": "More"}
    built = build(shop, inputs=("App", "Extra"), outputs=("Bundle", "Docs"), PrimarySource="Extra")
    shop.push(index_html="one")
    declared = shop.declare(built)
    declared["stages"][0]["actions"].append(more)
    shop.pipelines.create_pipeline(pipeline=declared)
    assert ended(shop, shop.executions()[-1]["pipelineExecutionId"]) == "Succeeded"
    assert set(yard.order.secondary_sources) == {"App"}


def test_a_batch_puts_the_artifacts_of_its_builds_together(yard, shop):
    spec = "version: 0.2\nbatch: {build-list: [{identifier: a}, {identifier: b}]}\n"
    yard.create(source={"type": "NO_SOURCE", "buildspec": spec}, buildBatchConfig={"serviceRole": ROLE})
    yard.will(artifacts={"": output(index_html="built")})
    execution = shop.create(build(shop, BatchEnabled="true", CombineArtifacts="true"), site(ObjectKey=shop.name))
    assert ended(shop, execution) == "Succeeded"
    assert shop.s3.get_object(Bucket="site", Key=f"{shop.name}/index.html")["Body"].read() == b"built"
    batch = yard.builds.batch_get_build_batches(ids=[shop.latest("Build", "Compile")["externalExecutionId"]])
    assert len(batch["buildBatches"][0]["buildGroups"]) == 2


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ({"PrimarySource": "Other"}, "PrimarySource Other is not one of its input artifacts"),
        ({"EnvironmentVariables": "A=1"}, "EnvironmentVariables is not JSON"),
        ({"EnvironmentVariables": '[{"name": "A"}]'}, "is an object with name, value"),
        ({"BatchEnabled": "yes"}, "BatchEnabled must be true or false"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_as_the_pipeline_is_made(shop, configuration, said):
    with pytest.raises(ClientError, match=said):
        shop.create(build(shop, **configuration))


def test_commands_run_without_a_project_and_give_files_and_variables(yard, shop):
    yard.builder.scripts[shop.name] = Script(
        lines=["hello"], artifacts={"": output(index_html="made")}, exported={"COLOUR": "blue"}
    )
    commands = action(
        "Run",
        "Compute Commands",
        inputs=["App"],
        commands=["echo #{Source.ETag}"],
        environmentVariables=[{"name": "A", "value": "#{codepipeline.PipelineExecutionId}"}],
        outputVariables=["COLOUR"],
        namespace="Run",
    ) | {"outputArtifacts": [{"name": "Bundle", "files": ["index.html"]}]}
    execution = shop.create(stage("Run", commands), site(ObjectKey="#{Run.COLOUR}"))
    assert ended(shop, execution) == "Succeeded"
    assert shop.s3.get_object(Bucket="site", Key="blue/index.html")["Body"].read() == b"made"
    etag = shop.s3.head_object(Bucket="sources", Key=shop.key)["ETag"].strip('"')
    assert json.loads(yard.order.buildspec) == {
        "version": "0.2",
        "phases": {"build": {"commands": [f"echo {etag}"]}},
        "env": {"exported-variables": ["COLOUR"]},
        "artifacts": {"files": ["index.html"]},
    }
    assert yard.order.variables["A"] == execution
    (stream,) = yard.api.client("logs").describe_log_streams(logGroupName=f"/aws/codepipeline/{shop.name}")[
        "logStreams"
    ]
    assert stream["logStreamName"] == shop.latest("Run", "Run")["actionExecutionId"]
    assert not [one for one in yard.builds.list_builds()["ids"] if one.startswith(f"{shop.name}:")]


def test_the_default_bus_hears_of_a_pipelines_builds_but_not_of_its_commands(yard, shop):
    events, sqs = yard.api.client("events"), yard.api.client("sqs")
    queue = sqs.create_queue(QueueName=shop.name)["QueueUrl"]
    pattern = {"source": ["aws.codebuild", "the.test"], "detail": {"project-name": [shop.name]}}
    events.put_rule(Name=shop.name, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:us-east-1:123456789012:{shop.name}"
    events.put_targets(Rule=shop.name, Targets=[{"Id": "1", "Arn": arn}])
    heard: list[str] = []

    def hear(source: str, kind: str) -> None:
        """Waits for an event; `heard` are the sources of all that came."""

        def came() -> bool:
            found = []
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            heard.extend(one["source"] for one in found)
            return (source, kind) in [(one["source"], one["detail"].get("build-status")) for one in found]

        eventually(came, f"{kind} of {source}")

    commands = action("Run", "Compute Commands", inputs=["App"], commands=["make"])
    assert ended(shop, shop.create(stage("Run", commands))) == "Succeeded"
    detail = json.dumps({"project-name": shop.name, "build-status": "now"})
    events.put_events(Entries=[{"Source": "the.test", "DetailType": "mark", "Detail": detail}])
    hear("the.test", "now")
    assert heard == ["the.test"]
    yard.create()
    shop.pipelines.update_pipeline(pipeline=shop.declare(build(shop, outputs=())))
    assert ended(shop, shop.start()) == "Succeeded"
    hear("aws.codebuild", "SUCCEEDED")


def test_commands_that_nobody_waits_for_any_more_are_stopped(yard, shop):
    yard.builder.scripts[shop.name] = Script(holds="BUILD")
    execution = shop.create(stage("Run", action("Run", "Compute Commands", inputs=["App"], commands=["sleep 9"])))
    (running,) = eventually(lambda: [one for one in yard.builder.builds if one.in_phase == "BUILD"], "a build")
    shop.pipelines.stop_pipeline_execution(pipelineName=shop.name, pipelineExecutionId=execution, abandon=True)
    assert ended(shop, execution) == "Stopped"
    eventually(lambda: running.status == "STOPPED", "the build to be stopped")


@pytest.mark.parametrize(("fails", "status"), [("", "Succeeded"), ("BUILD", "Failed")])
@pytest.mark.parametrize("kind", ["CodeBuild", "Commands"])
def test_a_rule_may_be_a_build_or_commands(yard, shop, kind, fails, status):
    yard.create()
    yard.builder.scripts[shop.name] = Script(fails=fails)
    given = {"configuration": {"ProjectName": shop.name}} if kind == "CodeBuild" else {"commands": ["make check"]}
    rule = {
        "name": "checked",
        "ruleTypeId": {"category": "Rule", "provider": kind},
        "inputArtifacts": [{"name": "App"}],
        **given,
    }
    deploy = action("Site", "Deploy S3", inputs=["App"], configuration={"BucketName": "site", "Extract": "true"})
    execution = shop.create(stage("Deploy", deploy, beforeEntry={"conditions": [{"result": "FAIL", "rules": [rule]}]}))
    assert ended(shop, execution) == status
    assert len([one for one in yard.builder.orders if one.project == shop.name]) == 1


def test_a_build_that_hangs_fails_its_action_and_releases_nothing(yard, shop):
    yard.create()
    yard.will(hangs="BUILD")
    execution = shop.create(build(shop), site(ObjectKey=shop.name))
    assert ended(shop, execution) == "Failed"
    assert (
        "Build terminated with state: TIMED_OUT. Phase: BUILD"
        in (shop.latest("Build", "Compile")["errorDetails"]["message"])
    )
    assert "Contents" not in shop.s3.list_objects_v2(Bucket="site", Prefix=shop.name)


def test_commands_need_a_pipeline_that_names_them(shop):
    with pytest.raises(ClientError, match=r"Run \(Commands\) must have commands"):
        shop.create(stage("Run", action("Run", "Compute Commands", inputs=["App"])))
