# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines over HTTP: what is taken, what is refused, what is shown."""

from copy import deepcopy

import pytest
from botocore.exceptions import ClientError

from tests.region.codepipeline.workshop import ROLE, SITE, action, condition, probe, stage

SITE_ACTION = action("Site", "Deploy S3", inputs=["App"], configuration={"BucketName": SITE, "Extract": "true"})
DEPLOY = stage("Deploy", SITE_ACTION)
CHECK = ("VariableCheck", {"Variable": "a", "Operator": "EQ", "Value": "a"})


def error_of(call, **params) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    response = refused.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_pipeline_is_shown_with_its_defaults(shop):
    shop.push(index_html="one")
    given = shop.declare(deepcopy(DEPLOY))
    del given["pipelineType"]
    for one in given["stages"][1]["actions"]:
        del one["runOrder"], one["outputArtifacts"]
    made = shop.pipelines.create_pipeline(pipeline=given, tags=[{"key": "team", "value": "shop"}])
    shown = shop.pipelines.get_pipeline(name=shop.name)
    assert made["pipeline"] == shown["pipeline"]
    assert made["tags"] == [{"key": "team", "value": "shop"}]
    pipeline = shown["pipeline"]
    assert (pipeline["version"], pipeline["pipelineType"], pipeline["executionMode"]) == (1, "V1", "SUPERSEDED")
    assert pipeline["stages"][1]["actions"][0]["runOrder"] == 1
    arn = f"arn:aws:codepipeline:us-east-1:123456789012:{shop.name}"
    assert shown["metadata"]["pipelineArn"] == arn


def test_an_update_is_a_new_version_and_the_old_one_can_still_be_read(shop):
    shop.create(DEPLOY)
    changed = shop.declare(DEPLOY, stage("Test", probe()))
    assert shop.pipelines.update_pipeline(pipeline=changed)["pipeline"]["version"] == 2
    old = shop.pipelines.get_pipeline(name=shop.name, version=1)["pipeline"]
    assert [one["name"] for one in old["stages"]] == ["Source", "Deploy"]
    assert error_of(shop.pipelines.get_pipeline, name=shop.name, version=3)[0] == "PipelineVersionNotFoundException"
    assert [one["version"] for one in shop.pipelines.list_pipelines()["pipelines"] if one["name"] == shop.name] == [2]


def test_what_was_read_can_be_sent_back_as_it_is(shop):
    shop.create(DEPLOY)
    read = shop.pipelines.get_pipeline(name=shop.name)["pipeline"]
    assert shop.pipelines.update_pipeline(pipeline=read)["pipeline"] == read | {"version": 2}


def test_a_refused_update_changes_nothing(shop):
    shop.create(DEPLOY)
    broken = shop.declare(stage("Deploy", SITE_ACTION | {"inputArtifacts": [{"name": "Nothing"}]}))
    assert error_of(shop.pipelines.update_pipeline, pipeline=broken)[0] == "InvalidActionDeclarationException"
    assert shop.pipelines.get_pipeline(name=shop.name)["pipeline"]["version"] == 1


def test_a_deleted_pipeline_is_gone_and_deleting_it_again_is_no_error(shop):
    shop.create(stage("Test", probe()))
    shop.take()
    for _ in range(2):
        shop.pipelines.delete_pipeline(name=shop.name)
    assert error_of(shop.pipelines.get_pipeline, name=shop.name)[0] == "PipelineNotFoundException"
    again = shop.create(DEPLOY)
    shop.until(again, "Succeeded")


def test_a_name_can_be_used_once(shop):
    shop.create(DEPLOY)
    assert error_of(shop.pipelines.create_pipeline, pipeline=shop.declare(DEPLOY))[0] == "PipelineNameInUseException"


def changed(path: str, value):
    """A change of a declaration: stages.1.actions.0.runOrder = value; None takes the member away."""

    def change(declaration: dict) -> None:
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        place = declaration
        for part in parents:
            place = place[part]
        if value is None:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value

    return change


CONFIGURATION = "stages.1.actions.0.configuration"
ACTION = "InvalidActionDeclarationException"
STAGE = "InvalidStageDeclarationException"
STRUCTURE = "InvalidStructureException"


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (changed("stages.1", None), STRUCTURE, "minimum of 2 stages"),
        (changed("stages.1.name", "Source"), STRUCTURE, "stage names"),
        (changed("stages.2", stage("Late", action("S3", "Source S3"))), STRUCTURE, "Only the first stage"),
        (changed("stages.0.actions.1", probe()), STRUCTURE, "source actions only"),
        (changed("stages.1.blockers", [{"name": "x", "type": "Schedule"}]), "InvalidBlockerDeclarationException",
         "reserved"),
        (changed("stages.1.actions.1", SITE_ACTION), STAGE, "two actions with the name Site"),
        (changed("stages.1.actions", []), STAGE, "has 0 actions"),
        (changed("artifactStore", None), STRUCTURE, "either artifactStore or artifactStores"),
        (changed("stages.1.actions.0.region", "eu-west-1"), STRUCTURE, "eu-west-1"),
        (changed("stages.1.actions.0.inputArtifacts.0.name", "Other"), ACTION, "Input Artifact Bundle Other"),
        (changed("stages.1.actions.0.inputArtifacts", []), ACTION, "0 input artifacts"),
        (changed("stages.1.actions.1", probe(inputs=["Made"], order=1)), ACTION, "Input Artifact Bundle Made"),
        (changed("stages.1.actions.1", probe(outputs=["App"])), STRUCTURE, "output artifact names"),
        (changed(f"{CONFIGURATION}.BucketName", None), ACTION, "missing required configuration 'BucketName'"),
        (changed(f"{CONFIGURATION}.Buckett", "x"), ACTION, "unknown configuration 'Buckett'"),
        (changed(f"{CONFIGURATION}.Extract", "false"), ACTION, "ObjectKey"),
        (changed(f"{CONFIGURATION}.ObjectKey", "#{Nobody.x}"), ACTION, "namespace that does not exist"),
        (changed(f"{CONFIGURATION}.ObjectKey", "#{variables.x}"), ACTION, "VariableReferenceText=[#{variables.x}]"),
        (changed(f"{CONFIGURATION}.ObjectKey", "#{nothing}"), ACTION, "separated by a period"),
        (changed("stages.0.actions.0.configuration.S3ObjectKey", "#{codepipeline.PipelineExecutionId}"), ACTION,
         "nothing has run before"),
        (changed("stages.1.actions.1", probe(namespace="Source")), STRUCTURE, "namespaces"),
        (changed("stages.1.actions.1", probe(namespace="variables")), ACTION, "reserved"),
        (changed("variables", [{"name": "a"}, {"name": "a"}]), STRUCTURE, "pipeline variables"),
        (changed("stages.1.beforeEntry", condition("ROLLBACK", CHECK)), STAGE, "FAIL, SKIP"),
        (changed("stages.1.onSuccess", condition("SKIP", CHECK)), STAGE, "FAIL, ROLLBACK"),
        (changed("stages.1.onFailure", {"result": "SKIP"}), STAGE, "FAIL, RETRY, ROLLBACK"),
        (changed("stages.1.onFailure", {"result": "RETRY"} | condition("ROLLBACK", CHECK)), STAGE, "automatic retry"),
        (changed("stages.0.onFailure", {"result": "ROLLBACK"}), STAGE, "source stage"),
        (changed("stages.1.beforeEntry", condition("SKIP", ("CloudWatchAlarm", {"AlarmName": "x"}))), STAGE,
         "VariableCheck"),
        (changed("stages.1.beforeEntry", condition("FAIL", ("VariableCheck", CHECK[1] | {"Operator": "GT"}))),
         "ValidationException", "EQ, NE, CONTAINS, MATCHES"),
        (changed("pipelineType", "V1"), None, ""),
    ],
)  # fmt: skip
def test_a_declaration_is_checked(shop, change, code, sentence):
    declaration = deepcopy(shop.declare(DEPLOY))
    change(declaration)
    if code is None:
        shop.pipelines.create_pipeline(pipeline=declaration)
        return
    found, message, status = error_of(shop.pipelines.create_pipeline, pipeline=declaration)
    assert (found, status) == (code, 400), message
    assert sentence in message


@pytest.mark.parametrize(
    "more",
    [
        {"executionMode": "QUEUED"},
        {"variables": [{"name": "a", "defaultValue": "1"}]},
        {"stages": 1},
    ],
    ids=["mode", "variables", "conditions"],
)
def test_what_only_v2_has_is_refused_in_v1(shop, more):
    declaration = shop.declare(deepcopy(DEPLOY), pipelineType="V1")
    if "stages" in more:
        declaration["stages"][1]["onFailure"] = {"result": "RETRY"}
    else:
        declaration |= more
    code, message, _ = error_of(shop.pipelines.create_pipeline, pipeline=declaration)
    assert (code, "set pipelineType to V2" in message) == (STRUCTURE, True)


def test_a_parallel_pipeline_cannot_roll_back(shop):
    declaration = shop.declare(DEPLOY | {"onFailure": {"result": "ROLLBACK"}}, executionMode="PARALLEL")
    assert error_of(shop.pipelines.create_pipeline, pipeline=declaration)[0] == STAGE


@pytest.mark.parametrize("kind", ["Invoke Lambda", "Deploy ECS", "Deploy CloudFormation"])
def test_an_action_that_the_region_cannot_run_is_refused_when_the_pipeline_is_made(shop, kind):
    declaration = shop.declare(DEPLOY, stage("Other", action("other", kind)))
    code, message, status = error_of(shop.pipelines.create_pipeline, pipeline=declaration)
    assert (code, status) == ("NotImplementedInLocalRegion", 501)
    assert kind.split()[1] in message
    assert error_of(shop.pipelines.get_pipeline, name=shop.name)[0] == "PipelineNotFoundException"


@pytest.mark.parametrize("provider", ["LambdaInvoke", "DeploymentWindow"])
def test_a_rule_that_the_region_cannot_evaluate_is_refused_when_the_pipeline_is_made(shop, provider):
    declaration = shop.declare(DEPLOY | {"beforeEntry": condition("FAIL", (provider, {}))})
    code, message, status = error_of(shop.pipelines.create_pipeline, pipeline=declaration)
    assert (code, status) == ("NotImplementedInLocalRegion", 501)
    assert provider in message


def test_a_custom_action_type_must_exist(shop):
    declaration = shop.declare(DEPLOY, stage("Other", action("other", "Test Custom Nobody")))
    assert error_of(shop.pipelines.create_pipeline, pipeline=declaration)[0] == ACTION


def test_secret_configuration_is_never_shown_and_survives_an_update(shop):
    secret = probe(configuration={"Password": "hunter2", "What": "x"})
    execution = shop.create(stage("Test", secret))
    job = shop.take(execution)
    assert job["data"]["actionConfiguration"]["configuration"]["Password"] == "hunter2"
    read = shop.pipelines.get_pipeline(name=shop.name)["pipeline"]
    assert read["stages"][1]["actions"][0]["configuration"] == {"Password": "****", "What": "x"}
    assert "hunter2" not in str(shop.actions(execution))
    shop.pipelines.update_pipeline(pipeline=read)
    shop.pipelines.put_job_success_result(jobId=job["id"])
    again = shop.start()
    assert shop.take(again)["data"]["actionConfiguration"]["configuration"]["Password"] == "hunter2"


def test_artifacts_go_along_into_another_regions_bucket(shop):
    eu = shop.api.client("s3", region_name="eu-west-1")
    eu.create_bucket(Bucket=f"{shop.name}-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    shop.push(index_html="one")
    stores = {
        "us-east-1": {"type": "S3", "location": "artifacts"},
        "eu-west-1": {"type": "S3", "location": f"{shop.name}-eu"},
    }
    declaration = shop.declare(stage("Deploy", SITE_ACTION | {"region": "eu-west-1"}), artifactStores=stores)
    del declaration["artifactStore"]
    shop.pipelines.create_pipeline(pipeline=declaration)
    execution = shop.executions()[0]["pipelineExecutionId"]
    shop.until(execution, "Succeeded")
    site = shop.actions(execution)[1]
    location = site["input"]["inputArtifacts"][0]["s3location"]
    assert (site["input"]["region"], location["bucket"]) == ("eu-west-1", f"{shop.name}-eu")
    assert eu.head_object(Bucket=location["bucket"], Key=location["key"])


def test_tags_of_pipelines_webhooks_and_action_types(shop):
    shop.create(DEPLOY)
    arn = f"arn:aws:codepipeline:us-east-1:123456789012:{shop.name}"
    shop.pipelines.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    shop.pipelines.untag_resource(resourceArn=arn, tagKeys=["a"])
    pages = shop.pipelines.get_paginator("list_tags_for_resource").paginate(resourceArn=arn)
    assert [tag for page in pages for tag in page["tags"]] == [{"key": "b", "value": "2"}]
    action_type = "arn:aws:codepipeline:us-east-1:123456789012:actiontype:Custom/Test/Probe/1"
    shop.pipelines.tag_resource(resourceArn=action_type, tags=[{"key": "a", "value": "1"}])
    assert shop.pipelines.list_tags_for_resource(resourceArn=action_type)["tags"] == [{"key": "a", "value": "1"}]
    nothing = arn + "-not"
    assert error_of(shop.pipelines.list_tags_for_resource, resourceArn=nothing)[0] == "ResourceNotFoundException"
    aws = [{"key": "aws:x", "value": "1"}]
    assert error_of(shop.pipelines.tag_resource, resourceArn=arn, tags=aws)[0] == "InvalidTagsException"


def test_pipelines_are_listed_by_boto3s_paginator(shop):
    for letter in "abc":
        declaration = shop.declare(DEPLOY) | {"name": f"{shop.name}-{letter}"}
        shop.pipelines.create_pipeline(pipeline=declaration)
    pages = shop.pipelines.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 2})
    names = [one["name"] for page in pages for one in page["pipelines"]]
    assert [name for name in names if name.startswith(f"{shop.name}-")] == [f"{shop.name}-{one}" for one in "abc"]


def test_only_what_the_region_can_run_is_listed(shop):
    listed = shop.pipelines.get_paginator("list_action_types").paginate().build_full_result()["actionTypes"]
    found = {(one["id"]["category"], one["id"]["owner"], one["id"]["provider"]) for one in listed}
    assert {("Source", "AWS", "S3"), ("Deploy", "AWS", "CodeDeploy"), ("Test", "Custom", "Probe")} <= found
    assert ("Invoke", "AWS", "Lambda") not in found
    own = shop.pipelines.list_action_types(actionOwnerFilter="Custom")["actionTypes"]
    assert {one["id"]["owner"] for one in own} == {"Custom"}
    rules = shop.pipelines.list_rule_types()["ruleTypes"]
    assert {one["id"]["provider"] for one in rules} == {"CloudWatchAlarm", "CodeBuild", "Commands", "VariableCheck"}


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("get_pipeline_state", {"name": "nobody"}, "PipelineNotFoundException"),
        ("start_pipeline_execution", {"name": "nobody"}, "PipelineNotFoundException"),
        ("update_pipeline", {"pipeline": {"name": "nobody", "roleArn": ROLE, "stages": []}}, STRUCTURE),
        ("get_action_type", {"category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1"},
         "ActionTypeNotFoundException"),
        ("get_pipeline_state", {"name": "no spaces"}, "ValidationException"),
    ],
)  # fmt: skip
def test_errors_are_codepipelines_own(shop, operation, params, code):
    assert error_of(getattr(shop.pipelines, operation), **params)[0] == code


def test_stages_actions_and_executions_that_do_not_exist_are_named(shop):
    execution = shop.create(DEPLOY)
    retry = {
        "pipelineName": shop.name,
        "stageName": "Nowhere",
        "pipelineExecutionId": execution,
        "retryMode": "ALL_ACTIONS",
    }
    assert error_of(shop.pipelines.retry_stage_execution, **retry)[0] == "StageNotFoundException"
    nobody = "00000000-0000-0000-0000-000000000000"
    asked = {"pipelineName": shop.name, "pipelineExecutionId": nobody}
    assert error_of(shop.pipelines.get_pipeline_execution, **asked)[0] == "PipelineExecutionNotFoundException"
    targets = shop.pipelines.list_deploy_action_execution_targets
    assert error_of(targets, pipelineName=shop.name, actionExecutionId=nobody)[0] == "ActionExecutionNotFoundException"


def test_the_inventory_and_the_status_count_pipelines(shop):
    shop.create(DEPLOY)
    region = shop.api.region
    assert shop.name in region.inventory()["codepipeline pipelines"]
    assert region.status()["pipelines"] >= 1
