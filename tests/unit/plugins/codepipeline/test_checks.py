# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused in a pipeline's declaration, each with its one sentence."""

from __future__ import annotations

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.common import MASK
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.codepipeline.declarations import (
    HOME,
    ROLE,
    action,
    approve,
    build,
    check,
    condition,
    connected,
    deploy,
    pipeline,
    rule,
    source,
    stage,
)

STORE = {"location": "artifacts"}


def commands(*lines, inputs=("App",), **more):
    return action("Script", "Compute Commands", inputs=inputs, commands=list(lines), **more)


def triggered(*triggers, **more):
    """A pipeline with a source by connection, and these triggers."""
    stages = [stage("Source", connected()), stage("Production", deploy())]
    return pipeline(stages=stages, triggers=[{"git_configuration": one} for one in triggers], **more)


def on_push(*filters):
    return triggered({"source_action_name": "GitHub", "push": list(filters)})


def telling(text, **more):
    """A deployment whose configuration refers to variables."""
    made = deploy(**more)
    made["configuration"]["ApplicationName"] = text
    return made


def custom(**more):
    return action("Probe", "Test Custom Probe", **more)


def out(*actions, **more):
    return stage("Out", *actions, **more)


def in_regions(*regions, **more):
    return {"artifact_store": None, "artifact_stores": dict.fromkeys(regions, {**STORE, **more})}


GIT = {
    "source_action_name": "GitHub",
    "push": [
        {"tags": {"includes": ["v*"]}},
        {"branches": {"excludes": ["x/**"]}, "file_paths": {"includes": ["a"]}},
    ],
    "pull_request": [{"events": ["OPEN", "UPDATED"], "branches": {"includes": ["main"]}}],
}
WANTED = {"Variable": "#{variables.reason}", "Value": "routine", "Operator": "EQ"}
EVERYTHING = pipeline(
    execution_mode="QUEUED",
    artifact_store=None,
    artifact_stores={HOME: STORE, "eu-west-1": {**STORE, "encryption_key": {"id": "alias/release"}}},
    variables=[{"name": "reason", "default_value": "routine", "description": "Why"}, {"name": "ticket"}],
    triggers=[{"git_configuration": GIT}],
    stages=[
        stage("Source", connected(namespace="Source"), source(outputs=["Data"])),
        stage(
            "Build",
            build(
                inputs=["App", "Data"], configuration={"PrimarySource": "App", "EnvironmentVariables": [{"name": "A"}]}
            ),
            commands(
                "make",
                "make check",
                order=2,
                inputs=["Built"],
                output_variables=["VERSION"],
                namespace="Script",
                output_artifacts=[{"name": "Pages", "files": ["pages/**"]}],
            ),
            custom(order=2, configuration={"Version": "#{Source.CommitId}"}),
            on_failure={"result": "RETRY", "retry_configuration": {"retry_mode": "ALL_ACTIONS"}},
        ),
        stage(
            "Production",
            approve(timeout_in_minutes=60, configuration={"CustomData": "#{Script.VERSION} #{variables.ticket}"}),
            deploy(order=2, inputs=["Built"], region="eu-west-1", role_arn=ROLE),
            before_entry=condition("SKIP", rule("Wanted", "VariableCheck", configuration=WANTED)),
            on_success=condition(
                "ROLLBACK",
                rule(timeout_in_minutes=30),
                rule("Pages", "Commands", commands=["ls"], input_artifacts=[{"name": "Pages"}]),
            ),
            on_failure={"result": "ROLLBACK", **condition("ROLLBACK", rule())},
        ),
    ],
)


@pytest.mark.parametrize(
    "options",
    [
        pipeline(),
        pipeline(pipeline_type=None),
        EVERYTHING,
        triggered({"source_action_name": "GitHub"}),
        pipeline(stage("Build", build(), build("Lint", outputs=())), out(deploy(inputs=["Built"]))),
        pipeline(out(telling("#{codepipeline.PipelineExecutionId}"))),
        pipeline(out(action("Call", "Invoke StepFunctions", configuration={"Input": '{"a":"#"}'}))),
        pipeline(out(custom(configuration={"Password": MASK}))),
    ],
    ids=["two stages", "no type", "everything", "no filter", "parallel", "execution id", "unlisted kind", "mask"],
)
def test_what_codepipeline_takes_is_taken(options):
    check({name: value for name, value in options.items() if value is not None})


NAMES = [
    (pipeline(name="my shop"), "name: 'my shop' is not a valid name. Use 1 to 100 letters"),
    (pipeline(role_arn="codepipeline"), "role_arn: 'codepipeline' is not the ARN of a role"),
    (pipeline(out(deploy(role_arn="x"))), "stage Out, action Deploy: role_arn: 'x' is not the ARN of a role"),
    (pipeline(stage("Go live", deploy())), "stages.name: 'Go live' is not a valid name"),
    (pipeline(out(deploy("Go live"))), "stage Out, action Go live: name: 'Go live' is not a valid name"),
    (pipeline(out(action("A", "Deploy x.y", inputs=["App"]))), "action_type_id.provider 'x.y' is none"),
]

STORES = [
    (pipeline(artifact_stores={HOME: STORE}), "artifact_store and artifact_stores exclude each other: give"),
    (pipeline(artifact_store={"location": "a/b"}), "artifact_store.location: 'a/b' is not the name of a bucket"),
    (pipeline(**in_regions("home")), "artifact_stores: 'home' is not a region"),
    (
        pipeline(artifact_store=None, artifact_stores={HOME: "b"}),
        "artifact_stores.eu-central-1: 'b' is not an artifact",
    ),
    (
        pipeline(**in_regions(HOME, encryptionKey={})),
        "artifact_stores.eu-central-1: encryptionKey is not known. It has type, location, encryption_key.",
    ),
    (
        pipeline(**in_regions(HOME, encryption_key={"id": ""})),
        "artifact_stores.eu-central-1.encryption_key: {'id': '', 'type': 'KMS'} has no id. Give the id",
    ),
    (pipeline(artifact_store=None), "artifact_store: required to create pipeline shop, which does not exist yet."),
    (
        pipeline(out(deploy(region="eu-west-1"))),
        "stage Out, action Deploy: region eu-west-1 is another than the pipeline's, eu-central-1. Give artifact_stores",
    ),
    (
        pipeline(out(deploy(region="eu-west-1")), **in_regions(HOME)),
        "stage Out, action Deploy: region eu-west-1 has no artifact store. Add eu-west-1 to artifact_stores",
    ),
    (
        pipeline(**in_regions("eu-west-1")),
        "artifact_stores: has none for eu-central-1, the pipeline's region. Add one.",
    ),
    (pipeline(stages=[stage("In", source(region="eu-west-1")), out(deploy())]), "act in eu-central-1, the pipeline's"),
    (pipeline(out(custom(region="eu-west-1"))), "source, third-party and custom actions act in eu-central-1"),
]

STAGES = [
    (pipeline(stages=[stage("Source", source())]), "stages: 1 was given, a pipeline has 2 to 50"),
    (pipeline(*(stage(f"S{number}", approve()) for number in range(50))), "stages: 51 were given"),
    (pipeline(out(), stage("More", deploy())), "stage Out: has 0 actions. A stage has 1 to 50: give it one"),
    (pipeline(out(*(approve(f"A{number}") for number in range(51)))), "has 51 actions. A stage has 1 to 50: split it"),
    (pipeline(out(deploy()), out(deploy())), "stages: two stages are called Out. Rename one of them."),
    (pipeline(out(deploy(), deploy())), "stage Out: two actions are called Deploy. Rename one of them."),
    (
        pipeline(stages=[stage("In", build()), out(deploy())]),
        "stage In, action Compile: category Build is not possible in the first stage, which holds sources only.",
    ),
    (
        pipeline(out(source("Second", ["More"]))),
        "stage Out, action Second: category Source is possible in the first stage only. Move the source there.",
    ),
    (pipeline(out(deploy(order=0))), "stage Out, action Deploy: run_order 0 is not possible. Use 1 to 999."),
    (pipeline(out(deploy(order=1000))), "run_order 1000 is not possible"),
    (pipeline(out(custom(configuration={"Key": ""}))), "configuration.Key is empty, which CodePipeline refuses."),
    (
        pipeline(out(custom(configuration={"Key": "x" * 1001}))),
        "stage Out, action Probe: configuration.Key has 1001 characters, CodePipeline takes at most 1000.",
    ),
    (pipeline(out(custom(configuration={"K" * 51: "x"}))), "Use keys of 1 to 50 characters."),
]

KINDS = [
    (
        pipeline(out(action("Live", "Deploy CodeDeploy", inputs=["App"], configuration={"ApplicatonName": "a"}))),
        "stage Out, action Live: configuration.ApplicationName is required for Deploy CodeDeploy. It has "
        "ApplicatonName. Add it.",
    ),
    (pipeline(out(deploy(inputs=[]))), "input_artifacts has 0 entries, an action of Deploy CodeDeploy takes 1. Add"),
    (pipeline(stage("Build", build(outputs=list("abcdef")))), "output_artifacts has 6 entries, an action of Build"),
    (
        pipeline(stages=[stage("In", source(), source("More", ["Data"])), out(build(inputs=["App", "Data"]))]),
        "stage Out, action Compile: configuration.PrimarySource is required with several input_artifacts. Name",
    ),
    (
        pipeline(
            stage("Build", build()), out(build("Again", ["App", "Built"], [], configuration={"PrimarySource": "Ap"}))
        ),
        "configuration.PrimarySource names none of the input_artifacts App, Built. Correct it.",
    ),
    (pipeline(out(deploy(commands=["ls"]))), "stage Out, action Deploy: commands is for actions of the category Comp"),
    (pipeline(out(deploy(output_variables=["A"]))), "output_variables is for actions of the category Compute"),
    (pipeline(out(custom(output_artifacts=[{"name": "A", "files": ["b"]}]))), "output_artifacts.files is for"),
    (pipeline(out(commands())), "stage Out, action Script: commands is required for Compute Commands."),
    (pipeline(out(commands("make\nmake check"))), "commands has one of several lines, beginning 'make'."),
    (pipeline(out(commands(*["make"] * 51))), "51 commands were given, CodePipeline takes at most 50."),
    (pipeline(out(commands("x" * 1001))), "commands has one of 1001 characters. Use 1 to 1000, or a script."),
    (pipeline(out(commands("a", output_variables=list("abcdefghijklmnop")))), "16 output_variables were given"),
    (
        pipeline(out(commands("a", output_artifacts=[{"name": "A", "files": list("abcdefghijk")}]))),
        "output artifact A has 11 files, 10 are the most.",
    ),
    (
        pipeline(out(deploy(environment_variables=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]))),
        "environment_variables has a name twice.",
    ),
    (pipeline(out(deploy(environment_variables=[{"name": f"V{n}", "value": "1"} for n in range(11)]))), "11 environ"),
    (
        pipeline(stage("Build", build(timeout_in_minutes=60))),
        "stage Build, action Compile: timeout_in_minutes is for manual approvals only. Leave it out",
    ),
    (pipeline(out(approve(timeout_in_minutes=4))), "timeout_in_minutes 4 is not possible. Use 5 to 86400 (60 days)."),
]

ARTIFACTS = [
    (
        pipeline(out(deploy(inputs=["Ap"]))),
        "stage Out, action Deploy: input artifact Ap is the output of no action. Use one of App, or add the output.",
    ),
    (
        pipeline(out(build(), deploy(inputs=["Built"]))),
        "stage Out, action Deploy: input artifact Built is put out by stage Out, action Compile, which has run_order 1 "
        "and this action 1. Give this action the greater one.",
    ),
    (
        pipeline(out(deploy(inputs=["Built"])), stage("Build", build())),
        "input artifact Built is put out by stage Build, action Compile, which comes later. Move one of the two.",
    ),
    (pipeline(stage("Build", build(outputs=["App"]))), "is put out by stage Source, action Bundle already."),
    (pipeline(stage("Build", build(inputs=["Built"]))), "input artifact Built is an output of the action itself."),
    (pipeline(stage("Build", build(outputs=["my app"]))), "output artifact 'my app' is not a valid name."),
    (pipeline(out(build(inputs=["App", "App"], configuration={"PrimarySource": "App"}))), "names App twice. Drop one"),
]

CHECKED = {"Variable": "#{Build.OK}", "Value": "1", "Operator": "EQ"}
VARIABLES = [
    (
        pipeline(out(telling("#{variables.vresion}")), variables=[{"name": "version"}]),
        "stage Out, action Deploy: configuration.ApplicationName: #{variables.vresion} refers to no variable of the "
        "pipeline. It has version. Use one of them, or add vresion to variables.",
    ),
    (pipeline(out(telling("#{variables.version}"))), "It has none. Correct it, or add version to variables."),
    (pipeline(out(telling("#{codepipeline.Id}"))), "CodePipeline tells #{codepipeline.PipelineExecutionId} only."),
    (pipeline(out(telling("#{version}"))), "#{version} is not a reference. Write #{namespace.key}"),
    (
        pipeline(stages=[stage("In", source(namespace="In")), out(telling("#{Source.VersionId}"))]),
        "#{Source.VersionId} refers to a namespace that no action has. There are In. Correct it, or give the action",
    ),
    (
        pipeline(out(build(namespace="Build"), telling("#{Build.TAG}"))),
        "#{Build.TAG} comes from stage Out, action Compile, which has not ended by then. Let it run earlier.",
    ),
    (
        pipeline(stage("Run", commands("a", namespace="Run", output_variables=["A"])), out(telling("#{Run.B}"))),
        "#{Run.B} comes from stage Run, action Script, which does not put it out. Add B to its output_variables.",
    ),
    (
        pipeline(
            stage(
                "Build",
                build(namespace="Build"),
                before_entry=condition("FAIL", rule("Fine", "VariableCheck", configuration=CHECKED)),
            )
        ),
        "stage Build, before_entry rule Fine: configuration.Variable: #{Build.OK} comes from stage Build, action "
        "Compile, which has not ended by then.",
    ),
    (
        pipeline(out(build(configuration={"EnvironmentVariables": [{"name": "V", "value": "#{variables.v}"}]}))),
        "configuration.EnvironmentVariables: #{variables.v} refers to no variable of the pipeline.",
    ),
    (pipeline(stage("A", build(namespace="N")), stage("B", approve(namespace="N"))), "two namespaces are called N."),
    (pipeline(stage("A", build(namespace="variables"))), "namespace variables is CodePipeline's own."),
    (pipeline(stage("A", build(namespace="App"))), "namespace App is the name of an artifact too. Choose another."),
    (pipeline(stage("A", build(namespace="my build"))), "namespace my build is not a valid name."),
    (pipeline(variables=[{"name": "my version"}]), "variables: 'my version' is not a valid name."),
    (pipeline(variables=[{"name": "a"}, {"name": "a"}]), "variables: two variables are called a. Rename one of them."),
    (pipeline(variables=[{"name": "a", "default_value": ""}]), "variable a: default_value has 0 characters."),
    (
        pipeline(variables=[{"name": "a", "description": "x" * 201}]),
        "description has 201 characters, 200 are the most.",
    ),
    (pipeline(variables=[{"name": f"v{number}"} for number in range(51)]), "variables: 51 were given"),
]

TYPES = [
    (pipeline(pipeline_type="V1", variables=[{"name": "a"}]), "variables: only pipelines of the type V2 have that"),
    (triggered({"source_action_name": "GitHub"}, pipeline_type="V1"), "triggers: only pipelines of the type V2 have"),
    (pipeline(pipeline_type="V1", execution_mode="QUEUED"), "execution_mode QUEUED: only pipelines of the type V2"),
    (
        pipeline(out(deploy(), on_failure={"result": "ROLLBACK"}), pipeline_type="V1"),
        "stage Out: on_failure: only pipelines of the type V2 have that, this one is V1. Set pipeline_type to V2.",
    ),
    (pipeline(out(commands("ls")), pipeline_type=None), "stage Out, action Script: Compute Commands: only pipelines"),
]

TRIGGERS = [
    (
        triggered({"source_action_name": "Github"}),
        "triggers: source_action_name Github is no action of Source; triggers are for sources of "
        "CodeStarSourceConnection. Name one of GitHub.",
    ),
    (
        pipeline(triggers=[{"git_configuration": {"source_action_name": "Bundle"}}]),
        "source_action_name Bundle is a source of S3; triggers are for sources of CodeStarSourceConnection. The "
        "pipeline has none: leave triggers out.",
    ),
    (triggered(*[{"source_action_name": "GitHub"}] * 2), "trigger of GitHub: there are two. Put the filters of both"),
    (triggered(*[{"source_action_name": "GitHub"}] * 51), "triggers: 51 were given, a pipeline has at most 50."),
    (
        on_push({"tags": {"includes": ["v*"]}, "branches": {"includes": ["a"]}}),
        "trigger of GitHub, push: tags and branches exclude each other. Make two filters of them.",
    ),
    (on_push({"file_paths": {"includes": ["src/**"]}}), "trigger of GitHub, push: file_paths go with branches only."),
    (on_push({}), "a filter says nothing. Give tags or branches, or leave push out."),
    (on_push(*[{"branches": {"includes": ["a"]}}] * 4), "trigger of GitHub: push has 4 filters, 3 are the most."),
    (on_push({"branches": {"includes": list("abcdefghi")}}), "branches.includes has 9 patterns, 8 are the most."),
    (on_push({"branches": {"excludes": ["x" * 256]}}), "branches.excludes has a pattern of 256 characters. Use 1 to"),
    (
        triggered({"source_action_name": "GitHub", "pull_request": [{"events": ["OPEN", "OPEN"]}]}),
        "trigger of GitHub, pull_request: events names one twice.",
    ),
]

CONDITIONS = [
    (
        pipeline(out(deploy(), before_entry=condition("ROLLBACK", rule()))),
        "stage Out, before_entry: result ROLLBACK is not possible for it. Use FAIL or SKIP.",
    ),
    (pipeline(out(deploy(), on_success=condition("SKIP", rule()))), "result SKIP is not possible for it. Use FAIL or"),
    (pipeline(out(deploy(), on_failure={"result": "SKIP"})), "on_failure: result SKIP is not possible for it. Use"),
    (
        pipeline(out(deploy(), before_entry=condition("SKIP", rule()))),
        "stage Out, before_entry rule Quiet: CloudWatchAlarm cannot lead to the result SKIP. Use rules of LambdaInvoke",
    ),
    (pipeline(out(deploy(), on_success=condition("FAIL"))), "the condition has 0 rules. Give 1 to 5."),
    (pipeline(out(deploy(), on_success=condition("FAIL", rule(), rule()))), "two rules are called Quiet."),
    (
        pipeline(out(deploy(), on_success={"conditions": condition("FAIL", rule())["conditions"] * 2})),
        "stage Out: on_success has 2 conditions, CodePipeline takes one.",
    ),
    (
        pipeline(out(deploy(), on_success=condition("FAIL", rule(configuration={"Alarm": "errors"})))),
        "stage Out, on_success rule Quiet: configuration.AlarmName is required for CloudWatchAlarm. Add it.",
    ),
    (pipeline(out(deploy(), on_success=condition("FAIL", rule("R", "Commands")))), "rule R: commands is required for"),
    (
        pipeline(out(deploy(), on_success=condition("FAIL", rule(commands=["ls"])))),
        "rules of the provider Commands only",
    ),
    (pipeline(out(deploy(), on_success=condition("FAIL", rule(role_arn="x")))), "rule Quiet: role_arn: 'x' is not the"),
    (
        pipeline(stage("Build", build(), before_entry=condition("FAIL", rule(input_artifacts=[{"name": "Built"}])))),
        "stage Build, before_entry rule Quiet: input artifact Built is the output of no action before this stage.",
    ),
    (
        pipeline(out(deploy(), on_failure={"result": "RETRY", **condition("ROLLBACK", rule())})),
        "stage Out, on_failure: result RETRY and conditions exclude each other.",
    ),
    (
        pipeline(out(deploy(), on_failure={"retry_configuration": {"retry_mode": "ALL_ACTIONS"}})),
        "retry_configuration is for the result RETRY. Set result RETRY, or leave it out.",
    ),
    (
        pipeline(stages=[stage("In", source(), on_failure={"result": "ROLLBACK"}), out(deploy())]),
        "stage In: result ROLLBACK is not possible for the first stage: sources cannot be rolled back.",
    ),
    (
        pipeline(out(deploy(), on_failure={"result": "ROLLBACK"}), execution_mode="PARALLEL"),
        "stage Out: result ROLLBACK is not possible in execution_mode PARALLEL.",
    ),
]

REFUSED = [*NAMES, *STORES, *STAGES, *KINDS, *ARTIFACTS, *VARIABLES, *TYPES, *TRIGGERS, *CONDITIONS]


@pytest.mark.parametrize(("options", "sentence"), REFUSED, ids=[sentence[:60] for _, sentence in REFUSED])
def test_what_codepipeline_would_refuse_is_refused_with_stage_action_option_and_remedy(options, sentence):
    with pytest.raises(Failure) as refusal:
        check({name: value for name, value in options.items() if value is not None})
    assert sentence in str(refusal.value)


def test_no_value_of_a_configuration_is_told():
    secret = "ghp_0123456789" + "x" * 1000
    with pytest.raises(Failure) as refusal:
        check(pipeline(out(custom(configuration={"Password": secret}))))
    assert "ghp_" not in str(refusal.value)


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_an_artifact_is_taken_in_after_it_was_put_out_and_never_before(made_in, made_at, taken_in, taken_at):
    """Stages 1 to 3 behind the source, run orders 1 to 3: by stage first, then by run order."""
    stages = [stage(f"S{number}", approve(order=3)) for number in (1, 2, 3)]
    stages[made_in - 1]["actions"].append(build(order=made_at))
    stages[taken_in - 1]["actions"].append(deploy(inputs=["Built"], order=taken_at))
    if (made_in, made_at) < (taken_in, taken_at):
        check(pipeline(*stages))
    else:
        with pytest.raises(Failure, match="action Deploy: input artifact Built is put out by stage S"):
            check(pipeline(*stages))
