# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build leaves behind: artifacts, its cache, its log, and events."""

import gzip
import hashlib
import json

import pytest

from local_region.services.codebuild import logs
from tests.region.codebuild.scripted import output
from tests.region.codebuild.yard import ACCOUNT, ARTIFACTS, eventually, statuses


def stored(yard, key: str) -> bytes:
    return yard.s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()


def place(**more) -> dict:
    return {"type": "S3", "location": ARTIFACTS} | more


@pytest.mark.parametrize(
    ("more", "name", "key"),
    [
        ({}, None, "{project}/index.html"),
        ({"path": "out", "name": "site"}, None, "out/site/index.html"),
        ({"path": "/out/", "name": "/"}, None, "out/index.html"),
        ({"namespaceType": "BUILD_ID", "name": "{project}-x"}, None, "{uuid}/{project}-x/index.html"),
        ({"name": "{project}-n", "overrideArtifactName": True}, "{project}-other", "{project}-other/index.html"),
        ({"name": "{project}-n"}, "ignored", "{project}-n/index.html"),
    ],
)
def test_files_are_stored_below_path_build_and_name(yard, more, name, key):
    known = {"project": yard.name}
    yard.create(
        artifacts=place(**{member: v.format(**known) if isinstance(v, str) else v for member, v in more.items()})
    )
    yard.will(artifacts={"": output(name and name.format(**known), index_html="x")})
    build = yard.build()
    where = key.format(**known, uuid=build["id"].rpartition(":")[2])
    assert stored(yard, where) == b"x"
    assert build["artifacts"]["location"] == f"arn:aws:s3:::{ARTIFACTS}/{where.removesuffix('/index.html')}"


def test_a_zip_is_stored_whole_with_its_hashes(yard):
    yard.create(artifacts=place(packaging="ZIP", name=f"{yard.name}.zip"))
    made = output(index_html="x")
    yard.will(artifacts={"": made})
    shown = yard.build()["artifacts"]
    assert stored(yard, f"{yard.name}.zip") == made.archive
    assert shown["sha256sum"] == hashlib.sha256(made.archive).hexdigest()


def test_secondary_artifacts_go_where_the_project_says(yard):
    docs = place(packaging="ZIP", name=f"{yard.name}-docs.zip", artifactIdentifier="docs")
    yard.create(secondaryArtifacts=[docs])
    yard.will(artifacts={"docs": output(readme_txt="d")})
    build = yard.build()
    assert stored(yard, f"{yard.name}-docs.zip") == output(readme_txt="d").archive
    assert build["secondaryArtifacts"][0]["artifactIdentifier"] == "docs"
    assert yard.order.artifacts == {"docs"}


@pytest.mark.parametrize(
    ("artifacts", "identifier", "said"),
    [
        (place(location="no-such-bucket"), "", "There is no Amazon S3 bucket no-such-bucket."),
        (place(), "docs", "the project has no secondary artifact docs"),
    ],
)
def test_an_artifact_that_cannot_be_stored_fails_the_upload(yard, artifacts, identifier, said):
    yard.create(artifacts=artifacts)
    yard.will(artifacts={identifier: output(index_html="x")})
    build = yard.build()
    assert (build["buildStatus"], statuses(build)["UPLOAD_ARTIFACTS"]) == ("FAILED", "FAILED")
    failed = next(one for one in build["phases"] if one["phaseType"] == "UPLOAD_ARTIFACTS")
    assert said in failed["contexts"][0]["message"]


def test_the_cache_of_a_build_is_there_for_the_next_until_it_is_invalidated(yard):
    yard.create(cache={"type": "S3", "location": f"{ARTIFACTS}/caches"})
    yard.will(cache=b"kept")
    yard.build()
    assert (yard.order.cache, yard.order.keeps_cache) == (None, True)
    yard.build()
    assert yard.order.cache == b"kept"
    yard.builds.invalidate_project_cache(projectName=yard.name)
    yard.build()
    assert yard.order.cache is None


def test_exported_variables_are_shown(yard):
    yard.create()
    yard.will(exported={"VERSION": "2.0"})
    assert yard.build()["exportedEnvironmentVariables"] == [{"name": "VERSION", "value": "2.0"}]


def test_the_log_may_go_to_s3_and_to_a_group_of_ones_own(yard):
    config = {
        "cloudWatchLogs": {"status": "ENABLED", "groupName": f"/own/{yard.name}", "streamName": "ci"},
        "s3Logs": {"status": "ENABLED", "location": f"{ARTIFACTS}/logs"},
    }
    yard.create(logsConfig=config)
    yard.will(lines=["hello"])
    build = yard.build()
    run = build["id"].rpartition(":")[2]
    assert (build["logs"]["groupName"], build["logs"]["streamName"]) == (f"/own/{yard.name}", f"ci/{run}")
    assert gzip.decompress(stored(yard, f"logs/{run}.gz")) == b"hello\n"


def test_without_cloudwatch_there_is_no_stream(yard):
    yard.create(logsConfig={"cloudWatchLogs": {"status": "DISABLED"}})
    build = yard.build()
    assert build["buildStatus"] == "SUCCEEDED"
    assert "streamName" not in build["logs"]


def test_a_log_without_end_is_cut_but_keeps_the_runners_lines_and_the_last(yard, monkeypatch):
    """The region keeps logs in memory. 100 MB of them are as good as endless; the reason of a failure is at the end."""
    monkeypatch.setattr(logs, "MOST_BYTES", 1024**2)
    yard.create()
    runners = "[Container] Entering phase POST_BUILD"
    yard.will(lines=["x" * 1000] * 2000 + ["why it failed", runners] + ["y" * 1000] * 499 + ["the last line"])
    build = yard.build()
    backend = yard.api.region.moto.backend("logs", ACCOUNT, "us-east-1")
    events = backend.groups[build["logs"]["groupName"]].streams[build["logs"]["streamName"]].events
    lines = [one.message.rstrip("\n") for one in events]
    assert lines[-1] == "the last line"
    assert lines[lines.index(runners) - 1] == "why it failed"
    assert "[The local region keeps 1 MiB of a build's log: 453 lines left out]" in lines
    assert len(lines) < 2100


def test_the_default_bus_hears_of_states_and_phases(yard):
    events, sqs = yard.api.client("events"), yard.api.client("sqs")
    queue = sqs.create_queue(QueueName=yard.name)["QueueUrl"]
    pattern = {"source": ["aws.codebuild"], "detail": {"project-name": [yard.name]}}
    events.put_rule(Name=yard.name, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{yard.name}"
    events.put_targets(Rule=yard.name, Targets=[{"Id": "1", "Arn": arn}])
    yard.create()
    yard.will(fails="BUILD", message="exit status 1")
    build = yard.build()
    heard: list[dict] = []

    def all_heard() -> bool:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            heard.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return "FAILED" in [one["detail"].get("build-status") for one in heard]

    eventually(all_heard, "the last event")
    states = [one["detail"] for one in heard if one["detail-type"] == "CodeBuild Build State Change"]
    assert [one["build-status"] for one in states] == ["IN_PROGRESS", "FAILED"]
    assert states[-1]["build-id"] == build["arn"]
    assert states[-1]["additional-information"]["logs"]["stream-name"] == build["logs"]["streamName"]
    phases = {one["detail"]["completed-phase"]: one["detail"] for one in heard if "completed-phase" in one["detail"]}
    assert list(phases)[:3] == ["SUBMITTED", "QUEUED", "PROVISIONING"]
    assert phases["BUILD"]["completed-phase-status"] == "FAILED"
    assert phases["BUILD"]["completed-phase-context"] == "COMMAND_EXECUTION_ERROR: exit status 1"
