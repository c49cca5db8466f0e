# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom actions and their job workers over HTTP."""

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from local_region.services.codepipeline import CodePipeline
from tests.region.codepipeline.workshop import ARTIFACTS, SITE, action, bundle, probe, stage, wait_for

PROBE = {"category": "Test", "owner": "Custom", "provider": "Probe", "version": "1"}


def code_of(call, **params) -> str:
    with pytest.raises(ClientError) as refused:
        call(**params)
    return refused.value.response["Error"]["Code"]


def poll(shop, **more) -> list[dict]:
    return shop.pipelines.poll_for_jobs(actionTypeId=PROBE, **more)["jobs"]


def test_a_worker_reads_the_input_artifact_and_writes_the_output_artifact(shop):
    deploy = {"BucketName": SITE, "Extract": "true", "ObjectKey": shop.name}
    execution = shop.create(
        stage("Build", probe(inputs=["App"], outputs=["Built"])),
        stage("Deploy", action("Site", "Deploy S3", inputs=["Built"], configuration=deploy)),
    )
    data = shop.take(execution)["data"]
    credentials = data["artifactCredentials"]
    s3 = shop.api.client(
        "s3",
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials["sessionToken"],
    )
    place = data["inputArtifacts"][0]["location"]["s3Location"]
    assert place["bucketName"] == ARTIFACTS
    assert s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()[:2] == b"PK"
    out = data["outputArtifacts"][0]["location"]["s3Location"]
    s3.put_object(Bucket=out["bucketName"], Key=out["objectKey"], Body=bundle(index_html="built"))
    details = {"summary": "12 tests", "externalExecutionId": "build-7", "percentComplete": 100}
    pipeline_job = [one for one in _jobs(shop) if one.status == "InProgress"]
    shop.pipelines.put_job_success_result(jobId=pipeline_job[0].id, executionDetails=details)
    shop.until(execution, "Succeeded")
    assert s3.get_object(Bucket=SITE, Key=f"{shop.name}/index.html")["Body"].read() == b"built"
    latest = shop.latest("Build")
    assert (latest["summary"], latest["externalExecutionId"], latest["percentComplete"]) == ("12 tests", "build-7", 100)


def _jobs(shop) -> list:
    """The region's jobs of this test's pipeline."""
    store = shop.api.region.codepipeline.stores["123456789012", "us-east-1"]
    return [one for one in store.action_types["Test", "Probe", "1"].jobs.values() if one.job.pipeline == shop.name]


def test_a_job_is_given_to_one_worker(shop):
    execution = shop.create(stage("Test", probe(configuration={"What": shop.name})))
    query = {"queryParam": {"What": shop.name}}
    (job,) = wait_for(lambda: poll(shop, **query), "a job")
    assert poll(shop, **query) == []
    wrong = {"jobId": job["id"], "nonce": "another worker's"}
    assert code_of(shop.pipelines.acknowledge_job, **wrong) == "InvalidNonceException"
    assert code_of(shop.pipelines.put_job_success_result, jobId=job["id"]) == "InvalidJobStateException"
    assert shop.pipelines.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "InProgress"
    shop.pipelines.put_job_success_result(jobId=job["id"])
    shop.until(execution, "Succeeded")
    assert code_of(shop.pipelines.put_job_success_result, jobId=job["id"]) == "InvalidJobStateException"


def test_a_job_that_nobody_acknowledges_is_offered_again_with_a_new_nonce(shop):
    shop.create(stage("Test", probe(configuration={"What": shop.name})))
    query = {"queryParam": {"What": shop.name}}
    (job,) = wait_for(lambda: poll(shop, **query), "a job")
    (again,) = wait_for(lambda: poll(shop, **query), "the job again, after a service minute")
    assert again["id"] == job["id"]
    stale = {"jobId": job["id"], "nonce": job["nonce"]}
    assert code_of(shop.pipelines.acknowledge_job, **stale) == "InvalidNonceException"
    shop.pipelines.acknowledge_job(jobId=again["id"], nonce=again["nonce"])


def test_a_failed_job_fails_its_action_with_the_workers_words(shop):
    execution = shop.create(stage("Test", probe()))
    shop.fail(execution, message="two tests failed")
    shop.until(execution, "Failed")
    assert shop.latest("Test")["errorDetails"] == {"code": "JobFailed", "message": "two tests failed"}


def test_a_continuation_token_keeps_the_action_going_with_a_further_job(shop):
    execution = shop.create(stage("Test", probe()))
    first = shop.take(execution)
    shop.pipelines.put_job_success_result(jobId=first["id"], continuationToken="deployment-7")
    second = shop.take(execution)
    assert second["data"]["continuationToken"] == "deployment-7"
    assert second["id"] != first["id"]
    assert shop.status(execution) == "InProgress"
    shop.pipelines.put_job_success_result(jobId=second["id"])
    shop.until(execution, "Succeeded")


def test_the_details_of_a_job_can_be_asked_for_again(shop):
    execution = shop.create(stage("Test", probe()))
    job = shop.take(execution)
    details = shop.pipelines.get_job_details(jobId=job["id"])["jobDetails"]
    assert details["data"]["pipelineContext"] == job["data"]["pipelineContext"]
    assert details["data"]["pipelineContext"]["stage"] == {"name": "Test"}
    nobody = "00000000-0000-0000-0000-000000000000"
    assert code_of(shop.pipelines.get_job_details, jobId=nobody) == "JobNotFoundException"
    shop.pipelines.put_job_success_result(jobId=job["id"])


@pytest.mark.parametrize("type_id", [PROBE | {"version": "9"}, PROBE | {"owner": "AWS"}])
def test_only_existing_custom_action_types_can_be_polled(shop, type_id):
    assert code_of(shop.pipelines.poll_for_jobs, actionTypeId=type_id) == "ActionTypeNotFoundException"


def test_only_queryable_properties_can_be_asked_for(shop):
    asked = {"actionTypeId": PROBE, "queryParam": {"Password": "x"}}
    assert code_of(shop.pipelines.poll_for_jobs, **asked) == "ValidationException"


def custom(provider: str, category: str = "Build", most: int = 1, **more) -> dict:
    limits = {"minimumCount": 0, "maximumCount": most}
    return {"category": category, "provider": provider, "version": "1"} | {
        "inputArtifactDetails": limits,
        "outputArtifactDetails": limits,
        **more,
    }


def test_a_custom_action_type_is_made_listed_and_deleted(shop):
    made = shop.pipelines.create_custom_action_type(
        **custom(shop.name, settings={"entityUrlTemplate": "https://example.com/{Config:What}"}),
        tags=[{"key": "team", "value": "shop"}],
    )
    assert made["actionType"]["id"] == {
        "category": "Build", "owner": "Custom", "provider": shop.name, "version": "1"
    }  # fmt: skip
    assert made["actionType"] in shop.pipelines.list_action_types(actionOwnerFilter="Custom")["actionTypes"]
    assert code_of(shop.pipelines.create_custom_action_type, **custom(shop.name)) == "ValidationException"
    for _ in range(2):
        shop.pipelines.delete_custom_action_type(category="Build", provider=shop.name, version="1")
    assert made["actionType"] not in shop.pipelines.list_action_types()["actionTypes"]


def test_a_custom_source_reports_a_revision_and_starts_the_pipeline_once_for_it(shop):
    shop.pipelines.create_custom_action_type(**custom(shop.name, "Source"))
    declaration = shop.declare(stage("Test", probe()))
    declaration["stages"][0] = stage("Source", action("Own", f"Source Custom {shop.name}", outputs=["App"]))
    shop.pipelines.create_pipeline(pipeline=declaration)
    first = shop.executions()[0]["pipelineExecutionId"]
    shop.pipelines.stop_pipeline_execution(pipelineName=shop.name, pipelineExecutionId=first, abandon=True)
    revision = {"revisionId": "r-2", "revisionChangeId": "c-2", "created": 1_800_000_000}
    report = {"pipelineName": shop.name, "stageName": "Source", "actionName": "Own", "actionRevision": revision}
    told = shop.pipelines.put_action_revision(**report)
    assert told["newRevision"] is True
    again = shop.pipelines.put_action_revision(**report)
    assert again["newRevision"] is False
    newest = shop.executions()[0]
    assert (newest["pipelineExecutionId"], newest["trigger"]["triggerType"]) == (
        told["pipelineExecutionId"], "PutActionRevision",
    )  # fmt: skip
    asked = {"category": "Source", "owner": "Custom", "provider": shop.name, "version": "1"}
    (job,) = wait_for(lambda: shop.pipelines.poll_for_jobs(actionTypeId=asked)["jobs"], "a source job")
    shop.pipelines.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
    current = {"revision": "r-2", "changeIdentifier": "c-2", "revisionSummary": "Fix the till"}
    shop.pipelines.put_job_success_result(jobId=job["id"], currentRevision=current)
    shop.succeed(told["pipelineExecutionId"])
    shop.until(told["pipelineExecutionId"], "Succeeded")
    shown = shop.executions()[0]["sourceRevisions"]
    assert shown == [{"actionName": "Own", "revisionId": "r-2", "revisionSummary": "Fix the till"}]


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("poll_for_third_party_jobs", {"actionTypeId": PROBE | {"owner": "ThirdParty"}}, "ActionTypeNotFoundException"),
        ("acknowledge_third_party_job", {"jobId": "j", "nonce": "n", "clientToken": "t"}, "JobNotFoundException"),
        ("get_third_party_job_details", {"jobId": "j", "clientToken": "t"}, "JobNotFoundException"),
        ("put_third_party_job_success_result", {"jobId": "j", "clientToken": "t"}, "JobNotFoundException"),
        ("register_webhook_with_third_party", {"webhookName": "nowhere"}, "WebhookNotFoundException"),
        ("deregister_webhook_with_third_party", {"webhookName": "nowhere"}, "WebhookNotFoundException"),
    ],
)
def test_the_region_has_no_partners(shop, operation, params, code):
    assert code_of(getattr(shop.pipelines, operation), **params) == code


def test_every_operation_of_the_api_is_built():
    missing = [name for name in CodePipeline.model.operation_names if not hasattr(CodePipeline, xform_name(name))]
    assert missing == []
