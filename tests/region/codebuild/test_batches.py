# SPDX-License-Identifier: GPL-3.0-or-later
"""Build batches over HTTP."""

import io
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.region.codebuild.scripted import output
from tests.region.codebuild.yard import ARTIFACTS, ROLE, SOURCES, eventually

GRAPH = """
version: 0.2
batch:
  build-graph:
    - identifier: base
      env: {variables: {PART: base}}
    - {identifier: after, depend-on: [base]}
phases: {build: {commands: [make]}}
"""


def create(yard, buildspec: str = GRAPH, **more) -> None:
    source = {"type": "NO_SOURCE", "buildspec": buildspec}
    yard.create(**({"source": source, "buildBatchConfig": {"serviceRole": ROLE}} | more))


def start(yard, **more) -> str:
    return yard.builds.start_build_batch(projectName=yard.name, **more)["buildBatch"]["id"]


def look(yard, batch_id: str) -> dict:
    return yard.builds.batch_get_build_batches(ids=[batch_id])["buildBatches"][0]


def finished(yard, batch_id: str) -> dict:
    def question() -> dict | None:
        batch = look(yard, batch_id)
        return batch if batch["complete"] else None

    return eventually(question, f"{batch_id} to end")


def statuses(batch: dict) -> dict[str, str | None]:
    return {one["identifier"]: one.get("currentBuildSummary", {}).get("buildStatus") for one in batch["buildGroups"]}


def test_builds_of_a_graph_run_one_after_the_other(yard):
    create(yard)
    batch = finished(yard, start(yard))
    assert (batch["buildBatchStatus"], batch["buildBatchNumber"]) == ("SUCCEEDED", 1)
    assert [one["phaseType"] for one in batch["phases"]] == [
        "SUBMITTED",
        "DOWNLOAD_BATCHSPEC",
        "IN_PROGRESS",
        "SUCCEEDED",
    ]
    first, second = (one for one in yard.builder.orders if one.project == yard.name)
    assert first.variables["PART"] == "base"
    assert [one.variables["CODEBUILD_BATCH_BUILD_IDENTIFIER"] for one in (first, second)] == ["base", "after"]
    assert yard.look(first.id)["buildBatchArn"] == batch["arn"]


def test_what_depends_on_a_failure_never_runs(yard):
    create(yard)
    yard.will(fails="BUILD")
    batch = finished(yard, start(yard))
    assert batch["buildBatchStatus"] == "FAILED"
    assert statuses(batch) == {"base": "FAILED", "after": None}


def test_a_failed_batch_is_retried_where_it_failed(yard):
    create(yard)
    yard.will(fails="BUILD")
    batch_id = start(yard)
    finished(yard, batch_id)
    yard.will()
    yard.builds.retry_build_batch(id=batch_id, retryType="RETRY_FAILED_BUILDS")
    batch = finished(yard, batch_id)
    assert statuses(batch) == {"base": "SUCCEEDED", "after": "SUCCEEDED"}
    (earlier,) = batch["buildGroups"][0]["priorBuildSummaryList"]
    assert earlier["buildStatus"] == "FAILED"


def test_what_has_succeeded_is_not_built_again_by_a_retry_of_the_failed(yard):
    create(yard)
    yard.will(holds="POST_BUILD")
    batch_id = start(yard)
    base = eventually(lambda: statuses(look(yard, batch_id)).get("base"), "the first build")
    yard.will(fails="BUILD")  # from the second build on
    yard.builder.release()
    batch = finished(yard, batch_id)
    assert (base, statuses(batch)) == ("IN_PROGRESS", {"base": "SUCCEEDED", "after": "FAILED"})
    first = batch["buildGroups"][0]["currentBuildSummary"]["arn"]
    yard.will()
    yard.builds.retry_build_batch(id=batch_id, retryType="RETRY_FAILED_BUILDS")
    batch = finished(yard, batch_id)
    assert statuses(batch) == {"base": "SUCCEEDED", "after": "SUCCEEDED"}
    assert batch["buildGroups"][0]["currentBuildSummary"]["arn"] == first
    yard.builds.retry_build_batch(id=batch_id, retryType="RETRY_ALL_BUILDS")
    assert finished(yard, batch_id)["buildGroups"][0]["currentBuildSummary"]["arn"] != first


def test_stopping_a_batch_stops_its_builds(yard):
    create(yard)
    yard.will(holds="BUILD")
    batch_id = start(yard)
    eventually(lambda: statuses(look(yard, batch_id)).get("base"), "the first build")
    yard.builds.stop_build_batch(id=batch_id)
    batch = finished(yard, batch_id)
    assert (batch["buildBatchStatus"], statuses(batch)) == ("STOPPED", {"base": "STOPPED", "after": None})


def test_the_buildspec_may_be_a_file_of_the_source_and_the_artifacts_become_one(yard):
    spec = (
        "version: 0.2\nbatch: {build-list: [{identifier: a}, {identifier: b}]}\nphases: {build: {commands: [make]}}\n"
    )
    yard.s3.put_object(Bucket=SOURCES, Key=f"{yard.name}.zip", Body=output(buildspec_yml=spec).archive)
    create(
        yard,
        source={"type": "S3", "location": f"{SOURCES}/{yard.name}.zip"},
        artifacts={"type": "S3", "location": ARTIFACTS, "packaging": "ZIP", "name": f"{yard.name}-out.zip"},
        buildBatchConfig={"serviceRole": ROLE, "combineArtifacts": True},
    )
    yard.will(artifacts={"": output(index_html="x")})
    batch = finished(yard, start(yard))
    assert batch["buildBatchStatus"] == "SUCCEEDED"
    assert "COMBINE_ARTIFACTS" in [one["phaseType"] for one in batch["phases"]]
    assert batch["artifacts"]["location"] == f"arn:aws:s3:::{ARTIFACTS}/{yard.name}-out.zip"
    stored = yard.s3.get_object(Bucket=ARTIFACTS, Key=f"{yard.name}-out.zip")["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(stored)).namelist() == ["index.html"]


def test_a_buildspec_that_is_no_batch_fails_it_with_the_reason(yard):
    create(yard, "version: 0.2\nphases: {build: {commands: [make]}}\n")
    batch = finished(yard, start(yard))
    failed = next(one for one in batch["phases"] if one["phaseType"] == "DOWNLOAD_BATCHSPEC")
    assert failed["contexts"][0]["message"] == "The buildspec has no batch section."


def test_restrictions_of_the_project_hold(yard):
    create(yard, buildBatchConfig={"serviceRole": ROLE, "restrictions": {"maximumBuildsAllowed": 1}})
    batch = finished(yard, start(yard))
    failed = next(one for one in batch["phases"] if one["phaseType"] == "DOWNLOAD_BATCHSPEC")
    assert failed["contexts"][0]["message"] == "The batch has 2 builds; the project allows 1."


def test_a_token_starts_one_batch_and_batches_are_listed_and_deleted(yard):
    create(yard)
    batch_id = start(yard, idempotencyToken="once")
    assert start(yard, idempotencyToken="once") == batch_id
    batch = finished(yard, batch_id)
    assert yard.builds.list_build_batches_for_project(projectName=yard.name)["ids"] == [batch_id]
    assert batch_id not in yard.builds.list_build_batches(filter={"status": "FAILED"})["ids"]
    deleted = yard.builds.delete_build_batch(id=batch_id)
    assert deleted["statusCode"] == "SUCCEEDED"
    assert len(deleted["buildsDeleted"]) == len(batch["buildGroups"])
    assert yard.builds.batch_get_build_batches(ids=[batch_id])["buildBatchesNotFound"] == [batch_id]


def test_a_project_without_batch_configuration_runs_none(yard):
    yard.create()
    with pytest.raises(ClientError, match="must have a serviceRole"):
        start(yard)


def test_a_batch_has_no_debug_session(yard):
    create(yard)
    with pytest.raises(ClientError, match="no debug sessions"):
        start(yard, debugSessionEnabled=True)
