# SPDX-License-Identifier: GPL-3.0-or-later
"""Executions over HTTP: from the source to the deployment, and everything that can come between."""

import pytest
from botocore.exceptions import ClientError

from tests.region.codepipeline.workshop import (
    ARTIFACTS,
    SITE,
    SOURCES,
    action,
    condition,
    probe,
    stage,
    wait_for,
)


def deploy(**configuration) -> dict:
    given = {"BucketName": SITE, "Extract": "true"} | configuration
    return stage("Deploy", action("Site", "Deploy S3", inputs=["App"], configuration=given))


def refused(code: str):
    return pytest.raises(ClientError, match=code)


def test_a_change_goes_from_the_source_bucket_to_the_site(shop):
    execution = shop.create(deploy(ObjectKey=f"{shop.name}/live"))
    shop.until(execution, "Succeeded")
    live = shop.s3.get_object(Bucket=SITE, Key=f"{shop.name}/live/index.html")
    assert (live["Body"].read(), live["ContentType"]) == (b"one", "text/html")
    source, site = shop.actions(execution)
    (made,) = source["output"]["outputArtifacts"]
    assert made["s3location"] == site["input"]["inputArtifacts"][0]["s3location"]
    stored = shop.s3.get_object(Bucket=ARTIFACTS, Key=made["s3location"]["key"])
    assert stored["Body"].read()[:2] == b"PK"


def test_deployed_objects_have_the_headers_and_the_key_that_the_action_names(shop):
    key = shop.api.client("kms").create_key()["KeyMetadata"]["Arn"]
    configuration = {"CacheControl": "max-age=60", "CannedACL": "public-read", "KMSEncryptionKeyARN": key}
    execution = shop.create(deploy(ObjectKey=shop.name, **configuration))
    shop.until(execution, "Succeeded")
    live = {"Bucket": SITE, "Key": f"{shop.name}/index.html"}
    head = shop.s3.head_object(**live)
    assert (head["CacheControl"], head["ContentType"]) == ("max-age=60", "text/html")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    grants = shop.s3.get_object_acl(**live)["Grants"]
    assert "READ" in [grant["Permission"] for grant in grants if grant["Grantee"]["Type"] == "Group"]


def test_an_execution_shows_its_trigger_and_the_revision_it_found(shop):
    execution = shop.create(deploy())
    shop.until(execution, "Succeeded")
    (summary,) = shop.executions()
    version = shop.s3.head_object(Bucket=SOURCES, Key=shop.key)["VersionId"]
    assert summary["trigger"]["triggerType"] == "CreatePipeline"
    assert [(one["actionName"], one["revisionId"]) for one in summary["sourceRevisions"]] == [("S3", version)]
    assert shop.state("Source")["actionStates"][0]["currentRevision"]["revisionId"] == version


def test_the_artifact_can_be_deployed_as_it_is_under_a_key_with_variables(shop):
    configuration = {"BucketName": SITE, "Extract": "false", "ObjectKey": "#{variables.folder}/#{Source.ETag}.zip"}
    shop.push(index_html="one")
    etag = shop.s3.head_object(Bucket=SOURCES, Key=shop.key)["ETag"].strip('"')
    shop.pipelines.create_pipeline(
        pipeline=shop.declare(
            stage("Deploy", action("Site", "Deploy S3", inputs=["App"], configuration=configuration)),
            variables=[{"name": "folder", "defaultValue": "usual"}],
        )
    )
    shop.until(shop.executions()[0]["pipelineExecutionId"], "Succeeded")
    other = shop.start(variables=[{"name": "folder", "value": "other"}])
    shop.until(other, "Succeeded")
    for folder in ("usual", "other"):
        assert shop.s3.head_object(Bucket=SITE, Key=f"{folder}/{etag}.zip")
    detail = shop.pipelines.get_pipeline_execution(pipelineName=shop.name, pipelineExecutionId=other)
    assert detail["pipelineExecution"]["variables"] == [{"name": "folder", "resolvedValue": "other"}]


@pytest.mark.parametrize(
    ("declared", "given", "sentence"),
    [
        ([], [{"name": "a", "value": "1"}], "has no variable with the name 'a'"),
        ([{"name": "a"}], [], "'a' has no default value"),
    ],
)
def test_variables_must_exist_and_have_a_value(shop, declared, given, sentence):
    shop.push(index_html="one")
    declaration = shop.declare(deploy(), variables=[one | {"defaultValue": "x"} for one in declared])
    shop.pipelines.create_pipeline(pipeline=declaration)
    if declared:
        shop.pipelines.update_pipeline(pipeline=shop.declare(deploy(), variables=declared))
    with pytest.raises(ClientError, match=sentence) as error:
        shop.start(**({"variables": given} if given else {}))
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_an_execution_can_be_started_with_an_older_source_version(shop):
    old = shop.push(index_html="old")
    shop.create(deploy(ObjectKey=shop.name))
    override = {"actionName": "S3", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": old}
    execution = shop.start(sourceRevisions=[override])
    shop.until(execution, "Succeeded")
    assert shop.s3.get_object(Bucket=SITE, Key=f"{shop.name}/index.html")["Body"].read() == b"old"
    with refused("ValidationException"):
        shop.start(sourceRevisions=[override | {"revisionType": "COMMIT_ID"}])


def test_one_client_request_token_starts_one_execution(shop):
    shop.create(deploy())
    first = shop.start(clientRequestToken="press-once")
    assert shop.start(clientRequestToken="press-once") == first
    assert len(shop.executions()) == 2


@pytest.mark.parametrize("problem", ["no versions", "no object"])
def test_a_source_that_cannot_be_read_fails_and_says_why(shop, problem):
    bucket = "unversioned" if problem == "no versions" else SOURCES
    if problem == "no versions":
        shop.s3.create_bucket(Bucket=bucket)
    source = shop.source(configuration={"S3Bucket": bucket, "S3ObjectKey": "nowhere.zip"})
    declaration = shop.declare(deploy()) | {"stages": [stage("Source", source), deploy()]}
    shop.pipelines.create_pipeline(pipeline=declaration)
    execution = shop.executions()[0]["pipelineExecutionId"]
    shop.until(execution, "Failed")
    failed = shop.latest("Source", "S3")["errorDetails"]
    assert failed["code"] == "ConfigurationError"
    assert ("not versioned" if problem == "no versions" else "nowhere.zip is not in") in failed["message"]
    assert failed["message"] in shop.executions()[0]["statusSummary"]


def test_an_output_variable_of_an_action_reaches_the_next(shop):
    execution = shop.create(
        stage("Test", probe(namespace="Probe"), probe("report", 2, configuration={"What": "v-#{Probe.VERSION}"}))
    )
    shop.succeed(execution, outputVariables={"VERSION": "2.1"})
    job = shop.take(execution, "report")
    assert job["data"]["actionConfiguration"]["configuration"] == {"What": "v-2.1"}
    details = shop.actions(execution)
    assert details[1]["output"]["outputVariables"] == {"VERSION": "2.1"}
    assert details[2]["input"]["configuration"] == {"What": "v-#{Probe.VERSION}"}
    assert details[2]["input"]["resolvedConfiguration"] == {"What": "v-2.1"}


def test_a_variable_that_was_not_put_out_fails_the_action(shop):
    execution = shop.create(
        stage("Test", probe(namespace="Probe"), probe("report", 2, configuration={"What": "#{Probe.NOTHING}"}))
    )
    shop.succeed(execution)
    shop.until(execution, "Failed")
    assert "#{Probe.NOTHING}" in shop.latest("Test", "report")["errorDetails"]["message"]


def test_a_waiting_execution_is_superseded_and_does_not_reach_the_stage(shop):
    first = shop.create(stage("Test", probe()))
    job = shop.take(first)
    second = shop.start()
    wait_for(lambda: shop.state("Test").get("inboundExecution", {}).get("pipelineExecutionId") == second, "it waits")
    third = shop.start()
    shop.until(second, "Superseded")
    shop.pipelines.put_job_success_result(jobId=job["id"])
    shop.until(first, "Succeeded")
    shop.succeed(third)
    shop.until(third, "Succeeded")
    assert [one["actionName"] for one in shop.actions(second)] == ["S3"]


def test_a_queue_loses_nothing(shop):
    first = shop.create(stage("Test", probe()), executionMode="QUEUED")
    second, third = shop.start(), shop.start()
    wait_for(lambda: len(shop.state("Test").get("inboundExecutions", [])) == 2, "two wait")
    for execution in (first, second, third):
        shop.succeed(execution)
        shop.until(execution, "Succeeded")


def test_parallel_executions_are_in_one_stage_together(shop):
    first = shop.create(stage("Test", probe()), executionMode="PARALLEL")
    second = shop.start()
    found = {shop.take()["data"]["pipelineContext"]["pipelineExecutionId"] for _ in range(2)}
    assert found == {first, second}


def test_a_failure_beside_a_running_action_is_retried_alone(shop):
    execution = shop.create(stage("Test", probe("unit"), probe("lint")))
    jobs = [shop.take(execution, "*") for _ in range(2)]
    unit, lint = sorted(jobs, key=lambda job: job["data"]["pipelineContext"]["action"]["name"], reverse=True)
    details = {"type": "JobFailed", "message": "two tests failed"}
    shop.pipelines.put_job_failure_result(jobId=unit["id"], failureDetails=details)
    assert shop.status(execution) == "InProgress"
    shop.pipelines.put_job_success_result(jobId=lint["id"])
    shop.until(execution, "Failed")
    retry = {"pipelineName": shop.name, "stageName": "Test", "pipelineExecutionId": execution}
    shop.pipelines.retry_stage_execution(**retry, retryMode="FAILED_ACTIONS")
    shop.succeed(execution, "unit")
    shop.until(execution, "Succeeded")
    assert shop.state("Test")["retryStageMetadata"] == {
        "manualStageRetryAttempt": 1,
        "latestRetryTrigger": "ManualStageRetry",
    }
    all_attempts = [one["actionName"] for one in shop.actions(execution)]
    assert sorted(all_attempts) == ["S3", "lint", "unit", "unit"]
    with refused("StageNotRetryableException"):
        shop.pipelines.retry_stage_execution(**retry, retryMode="ALL_ACTIONS")


def test_stop_waits_for_the_running_action_or_abandons_it(shop):
    execution = shop.create(stage("Test", probe(), probe("never", 2)))
    job = shop.take(execution)
    stop = {"pipelineName": shop.name, "pipelineExecutionId": execution}
    shop.pipelines.stop_pipeline_execution(**stop, reason="wrong branch")
    assert shop.status(execution) == "Stopping"
    with refused("DuplicatedStopRequestException"):
        shop.pipelines.stop_pipeline_execution(**stop)
    shop.pipelines.stop_pipeline_execution(**stop, abandon=True)
    assert shop.status(execution) == "Stopped"
    assert shop.latest("Test")["status"] == "Abandoned"
    assert shop.executions()[0]["stopTrigger"] == {"reason": "wrong branch"}
    wait_for(lambda: _rejected(shop, job), "results of an abandoned job are refused")
    with refused("PipelineExecutionNotStoppableException"):
        shop.pipelines.stop_pipeline_execution(**stop)


def _rejected(shop, job) -> bool:
    status = shop.api.region.codepipeline.stores["123456789012", "us-east-1"].action_types["Test", "Probe", "1"]
    if status.jobs[job["id"]].status != "TimedOut":
        return False
    with refused("InvalidJobStateException"):
        shop.pipelines.put_job_success_result(jobId=job["id"])
    return True


def test_a_disabled_transition_holds_executions_and_says_why(shop):
    shop.push(index_html="one")
    execution = shop.create(stage("Test", probe()))
    shop.succeed(execution)
    shop.until(execution, "Succeeded")
    transition = {"pipelineName": shop.name, "stageName": "Test", "transitionType": "Inbound"}
    shop.pipelines.disable_stage_transition(**transition, reason="Release freeze")
    held = shop.start()
    wait_for(lambda: "inboundExecution" in shop.state("Test"), "the execution waits")
    shown = shop.state("Test")["inboundTransitionState"]
    assert (shown["enabled"], shown["disabledReason"]) == (False, "Release freeze")
    shop.pipelines.enable_stage_transition(**transition)
    shop.succeed(held)
    shop.until(held, "Succeeded")


def test_the_outbound_transition_of_a_stage_is_the_inbound_one_of_the_next(shop):
    shop.create(deploy())
    transition = {"pipelineName": shop.name, "transitionType": "Outbound"}
    shop.pipelines.disable_stage_transition(**transition, stageName="Source", reason="freeze")
    assert shop.state("Deploy")["inboundTransitionState"]["enabled"] is False
    with refused("ValidationException"):
        shop.pipelines.disable_stage_transition(**transition, stageName="Deploy", reason="freeze")


def test_a_rollback_deploys_the_artifacts_of_its_target(shop):
    first = shop.create(deploy(ObjectKey=shop.name))
    shop.until(first, "Succeeded")
    shop.push(index_html="two")
    second = shop.start()
    shop.until(second, "Succeeded")
    asked = {"pipelineName": shop.name, "stageName": "Deploy", "targetPipelineExecutionId": first}
    rollback = shop.pipelines.rollback_stage(**asked)["pipelineExecutionId"]
    shop.until(rollback, "Succeeded")
    assert shop.s3.get_object(Bucket=SITE, Key=f"{shop.name}/index.html")["Body"].read() == b"one"
    summary = shop.executions()[0]
    assert (summary["executionType"], summary["trigger"]["triggerType"]) == ("ROLLBACK", "ManualRollback")
    assert summary["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first}
    assert [one["actionName"] for one in shop.actions(rollback)] == ["Site"]
    with refused("UnableToRollbackStageException"):
        shop.pipelines.rollback_stage(**asked | {"stageName": "Source"})


def test_a_stage_rolls_itself_back_when_it_fails(shop):
    first = shop.create(stage("Deploy", probe(), onFailure={"result": "ROLLBACK"}))
    shop.succeed(first)
    shop.until(first, "Succeeded")
    second = shop.start()
    shop.fail(second)
    shop.until(second, "Failed")
    rollback = wait_for(lambda: [one for one in shop.executions() if one["executionType"] == "ROLLBACK"], "a rollback")
    (summary,) = rollback
    assert summary["trigger"] == {"triggerType": "AutomatedRollback", "triggerDetail": second}
    assert summary["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first}
    shop.succeed(summary["pipelineExecutionId"])
    shop.until(summary["pipelineExecutionId"], "Succeeded")


def test_a_stage_retries_itself_once(shop):
    failure = {"result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}
    execution = shop.create(stage("Test", probe(), onFailure=failure))
    shop.fail(execution)
    shop.fail(execution)
    shop.until(execution, "Failed")
    shown = shop.state("Test")["retryStageMetadata"]
    assert shown == {"autoStageRetryAttempt": 1, "latestRetryTrigger": "AutomatedStageRetry"}


CHECK = {"Variable": "#{variables.go}", "Operator": "EQ", "Value": "yes"}
GO = [{"name": "go", "defaultValue": "yes"}]


@pytest.mark.parametrize(
    ("result", "value", "status", "stage_status"),
    [
        ("FAIL", "no", "Failed", "Failed"),
        ("SKIP", "no", "Succeeded", "Skipped"),
        ("SKIP", "yes", "Succeeded", "Succeeded"),
    ],
)
def test_an_entry_condition_on_a_variable(shop, result, value, status, stage_status):
    entry = condition(result, ("VariableCheck", CHECK))
    first = shop.create(deploy() | {"beforeEntry": entry}, variables=GO)
    shop.until(first, "Succeeded")
    execution = shop.start(variables=[{"name": "go", "value": value}])
    shop.until(execution, status)
    shown = shop.state("Deploy")
    assert shown["latestExecution"]["status"] == stage_status
    rule = shown["beforeEntryConditionState"]["conditionStates"][0]["ruleStates"][0]
    assert rule["latestExecution"]["status"] == ("Succeeded" if value == "yes" else "Failed")
    listed = shop.pipelines.list_rule_executions(pipelineName=shop.name, filter={"pipelineExecutionId": execution})[
        "ruleExecutionDetails"
    ]
    assert [one["input"]["resolvedConfiguration"]["Variable"] for one in listed] == [value]


def test_a_rule_whose_variable_has_no_value_fails_the_condition_before_the_others_begin(shop):
    lost = ("VariableCheck", CHECK | {"Variable": "#{Nobody.knows}"})
    execution = shop.create(deploy() | {"beforeEntry": condition("FAIL", lost, ("VariableCheck", CHECK))}, variables=GO)
    shop.until(execution, "Failed")
    assert "#{Nobody.knows}" in shop.executions()[0]["statusSummary"]
    assert shop.state("Deploy")["beforeEntryConditionState"]["latestExecution"]["status"] == "Failed"


def test_a_blocked_stage_can_be_let_in_by_hand(shop):
    entry = condition("FAIL", ("VariableCheck", CHECK))
    shop.create(deploy() | {"beforeEntry": entry}, variables=GO)
    execution = shop.start(variables=[{"name": "go", "value": "no"}])
    shop.until(execution, "Failed")
    asked = {"pipelineName": shop.name, "stageName": "Deploy", "pipelineExecutionId": execution}
    with refused("ConditionNotOverridableException"):
        shop.pipelines.override_stage_condition(**asked, conditionType="ON_SUCCESS")
    shop.pipelines.override_stage_condition(**asked, conditionType="BEFORE_ENTRY")
    shop.until(execution, "Succeeded")
    assert shop.state("Deploy")["beforeEntryConditionState"]["latestExecution"]["status"] == "Overridden"


@pytest.mark.parametrize(("state", "status"), [("ALARM", "Failed"), ("OK", "Succeeded")])
def test_an_alarm_decides_whether_a_stage_is_entered(shop, state, status):
    cloudwatch, alarm = shop.api.client("cloudwatch"), f"{shop.name}-errors"
    cloudwatch.put_metric_alarm(
        AlarmName=alarm, Namespace="Shop", MetricName="Errors", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="a test")
    entry = condition("FAIL", ("CloudWatchAlarm", {"AlarmName": alarm}))
    execution = shop.create(deploy() | {"beforeEntry": entry})
    shop.until(execution, status)


def test_a_changed_source_is_found_by_polling_and_only_once(shop):
    source = shop.source(configuration={"PollForSourceChanges": "true"})
    shop.push(index_html="one")
    shop.pipelines.create_pipeline(pipeline=shop.declare(deploy()) | {"stages": [stage("Source", source), deploy()]})
    service = shop.api.region.codepipeline
    shop.until(shop.executions()[0]["pipelineExecutionId"], "Succeeded")
    service.look_at_sources()
    assert len(shop.executions()) == 1
    shop.push(index_html="two")
    service.look_at_sources()
    service.look_at_sources()
    newest, _ = shop.executions()
    assert newest["trigger"] == {"triggerType": "PollForSourceChanges", "triggerDetail": "S3"}


def test_an_update_cancels_the_execution_that_is_under_way(shop):
    execution = shop.create(stage("Test", probe()))
    job = shop.take(execution)
    shop.pipelines.update_pipeline(pipeline=shop.declare(stage("Test", probe())))
    shop.pipelines.put_job_success_result(jobId=job["id"])
    shop.until(execution, "Cancelled")
    with refused("StageNotRetryableException"):
        shop.pipelines.retry_stage_execution(
            pipelineName=shop.name, stageName="Test", pipelineExecutionId=execution, retryMode="ALL_ACTIONS"
        )


def test_a_bundle_that_is_no_zip_fails_the_deployment_in_plain_words(shop):
    shop.s3.put_object(Bucket=SOURCES, Key=shop.key, Body=b"not a zip")
    shop.pipelines.create_pipeline(pipeline=shop.declare(deploy()))
    shop.until(shop.executions()[0]["pipelineExecutionId"], "Failed")
    assert "not a zip file" in shop.latest("Deploy", "Site")["errorDetails"]["message"]


def test_boto3s_paginators_find_everything_once(shop):
    first = shop.create(deploy())
    others = [shop.start() for _ in range(4)]
    for execution in others[-1:]:
        shop.until(execution, "Succeeded")
    pages = shop.pipelines.get_paginator("list_pipeline_executions").paginate(
        pipelineName=shop.name, PaginationConfig={"PageSize": 2}
    )
    found = [one["pipelineExecutionId"] for page in pages for one in page["pipelineExecutionSummaries"]]
    assert found == [*reversed(others), first]
    pages = shop.pipelines.get_paginator("list_action_executions").paginate(
        pipelineName=shop.name, PaginationConfig={"PageSize": 1}
    )
    ids = [one["actionExecutionId"] for page in pages for one in page["actionExecutionDetails"]]
    assert len(ids) == len(set(ids)) > 1
    with refused("InvalidNextTokenException"):
        shop.pipelines.list_pipeline_executions(pipelineName=shop.name, nextToken="made up")


def test_of_retried_actions_the_latest_can_be_asked_for(shop):
    execution = shop.create(stage("Test", probe()))
    shop.fail(execution)
    shop.until(execution, "Failed")
    shop.pipelines.retry_stage_execution(
        pipelineName=shop.name, stageName="Test", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
    )
    shop.succeed(execution)
    shop.until(execution, "Succeeded")
    latest = {"pipelineExecutionId": execution, "startTimeRange": "Latest"}
    found = shop.pipelines.list_action_executions(pipelineName=shop.name, filter={"latestInPipelineExecution": latest})[
        "actionExecutionDetails"
    ]
    assert {one["actionName"]: one["status"] for one in found} == {"S3": "Succeeded", "probe": "Succeeded"}
    assert len(shop.actions(execution)) == 3
