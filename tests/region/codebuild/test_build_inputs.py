# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build is given: its source, its buildspec, its variables and secrets."""

import json

import pytest
from botocore.exceptions import ClientError

from local_region.services.codebuild.artifacts import unpacked
from tests.region.codebuild.scripted import output
from tests.region.codebuild.yard import BUILDSPEC, ENVIRONMENT, SOURCES


def put(yard, key: str, body: bytes | None = None) -> str:
    data = body if body is not None else output(index_html="one").archive
    return yard.s3.put_object(Bucket=SOURCES, Key=key, Body=data)["VersionId"]


def failure(build: dict) -> tuple[str, str]:
    """The phase in which a build has failed, and why."""
    failed = next(one for one in build["phases"] if one.get("phaseStatus") == "FAILED")
    return failed["phaseType"], failed["contexts"][0]["message"]


def test_a_zip_in_s3_is_taken_in_its_newest_or_the_named_version(yard):
    first, second = put(yard, f"{yard.name}.zip"), put(yard, f"{yard.name}.zip", output(index_html="two").archive)
    yard.create(source={"type": "S3", "location": f"{SOURCES}/{yard.name}.zip"})
    assert yard.build()["resolvedSourceVersion"] == second
    assert yard.build(sourceVersion=first)["resolvedSourceVersion"] == first
    assert yard.order.source.archive == output(index_html="one").archive


def test_a_version_that_is_not_there_fails_the_download(yard):
    put(yard, f"{yard.name}.zip")
    yard.create(source={"type": "S3", "location": f"{SOURCES}/{yard.name}.zip"})
    assert failure(yard.build(sourceVersion="none"))[0] == "DOWNLOAD_SOURCE"


def test_a_folder_in_s3_is_taken_whole(yard):
    put(yard, f"{yard.name}/a.txt", b"a")
    put(yard, f"{yard.name}/sub/b.txt", b"b")
    yard.create(source={"type": "S3", "location": f"{SOURCES}/{yard.name}/"})
    yard.build()
    assert unpacked(yard.order.source.archive) == {"a.txt": b"a", "sub/b.txt": b"b"}


@pytest.mark.parametrize(
    ("location", "said"),
    [
        (f"{SOURCES}/none.zip", "The object none.zip is not in the Amazon S3 bucket"),
        ("no-such-bucket/a.zip", "There is no Amazon S3 bucket no-such-bucket"),
        (f"{SOURCES}/none/", "There is no object below none/"),
        (f"{SOURCES}/text", "is not a ZIP file"),
    ],
)
def test_a_source_that_is_not_there_fails_the_download(yard, location, said):
    put(yard, "text", b"text")
    yard.create(source={"type": "S3", "location": location})
    phase, message = failure(yard.build())
    assert (phase, said in message) == ("DOWNLOAD_SOURCE", True)


def test_a_commit_of_codecommit_is_cloned(yard):
    codecommit = yard.api.client("codecommit")
    url = codecommit.create_repository(repositoryName=yard.name)["repositoryMetadata"]["cloneUrlHttp"]
    given = {"repositoryName": yard.name, "filePath": "buildspec.yml", "fileContent": BUILDSPEC.encode()}
    head = codecommit.put_file(**given, branchName="main")["commitId"]
    yard.create(source={"type": "CODECOMMIT", "location": url, "gitCloneDepth": 1})
    build = yard.build(sourceVersion="main")
    assert (build["buildStatus"], build["resolvedSourceVersion"]) == ("SUCCEEDED", head)
    source = yard.order.source
    assert (source.commit, source.clone_depth, source.git_url.endswith(f"/v1/repos/{yard.name}")) == (head, 1, True)
    assert failure(yard.build(sourceVersion="no-branch"))[0] == "DOWNLOAD_SOURCE"


def test_secondary_sources_come_by_their_identifier(yard):
    version = put(yard, f"{yard.name}.zip")
    put(yard, f"{yard.name}.zip", output(index_html="two").archive)
    second = {"type": "S3", "location": f"{SOURCES}/{yard.name}.zip", "sourceIdentifier": "lib"}
    yard.create(secondarySources=[second])
    yard.build(secondarySourcesVersionOverride=[{"sourceIdentifier": "lib", "sourceVersion": version}])
    assert yard.order.secondary_sources["lib"].subject == version
    assert yard.order.variables["CODEBUILD_RESOLVED_SOURCE_VERSION_lib"] == version


@pytest.mark.parametrize("kind", ["GITHUB", "BITBUCKET", "GITLAB"])
def test_a_source_that_the_region_cannot_reach_is_refused_at_the_start(yard, kind):
    yard.create(source={"type": kind, "location": "https://example.com/acme/shop.git"})
    with pytest.raises(ClientError, match=f"from {kind} through a connection only") as refused:
        yard.start()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_project_of_pipelines_is_started_by_pipelines(yard):
    yard.create(source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
    with pytest.raises(ClientError, match="is started by its pipeline"):
        yard.start()


@pytest.mark.parametrize(
    ("given", "text", "path"),
    [
        (BUILDSPEC, BUILDSPEC, "buildspec.yml"),
        ('{"version": 0.2}', '{"version": 0.2}', "buildspec.yml"),
        ("ci/build.yml", None, "ci/build.yml"),
        (f"arn:aws:s3:::{SOURCES}/shared.yml", "version: 0.2", "buildspec.yml"),
    ],
)
def test_a_buildspec_is_text_or_the_path_of_a_file_or_an_object(yard, given, text, path):
    put(yard, "shared.yml", b"version: 0.2")
    yard.create()
    yard.build(buildspecOverride=given)
    assert (yard.order.buildspec, yard.order.buildspec_path) == (text, path)


def test_variables_are_plain_or_parameters_or_secrets(yard):
    ssm, secrets = yard.api.client("ssm"), yard.api.client("secretsmanager")
    ssm.put_parameter(Name=f"/{yard.name}/token", Value="p-value", Type="SecureString")
    secret = secrets.create_secret(Name=yard.name, SecretString=json.dumps({"user": "u", "password": "s-value"}))["ARN"]
    declared = [
        ("PLAIN", "plain", "PLAINTEXT"),
        ("PARAMETER", f"/{yard.name}/token", "PARAMETER_STORE"),
        ("SECRET", f"{yard.name}:password", "SECRETS_MANAGER"),
        ("BY_ARN", f"{secret}:user", "SECRETS_MANAGER"),
        ("WHOLE", yard.name, "SECRETS_MANAGER"),
    ]
    given = [{"name": name, "value": value, "type": kind} for name, value, kind in declared]
    yard.create(environment=ENVIRONMENT | {"environmentVariables": given})
    build = yard.build()
    found = yard.order.variables
    assert [found[name] for name in ("PLAIN", "PARAMETER", "SECRET", "BY_ARN")] == ["plain", "p-value", "s-value", "u"]
    assert json.loads(found["WHOLE"])["password"] == "s-value"
    assert {"p-value", "s-value", "u"} < yard.order.secrets
    assert "plain" not in yard.order.secrets
    assert "p-value" not in json.dumps(build, default=str)
    assert yard.order.resolve("PARAMETER_STORE", f"/{yard.name}/token") == "p-value"


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("PARAMETER_STORE", "/none", "parameter does not exist: /none"),
        ("PARAMETER_STORE", "/known:7", "could not find version 7"),
        ("SECRETS_MANAGER", "none", "ResourceNotFoundException"),
    ],
)
def test_a_value_that_is_not_there_fails_the_build_before_its_commands(yard, kind, value, said):
    yard.api.client("ssm").put_parameter(Name="/known", Value="x", Type="String", Overwrite=True)
    yard.create()
    build = yard.build(environmentVariablesOverride=[{"name": "A", "value": value, "type": kind}])
    assert build["buildStatus"] == "FAILED"
    phase, message = failure(build)
    assert (phase, said in message) == ("DOWNLOAD_SOURCE", True)
    assert yard.builder.orders == []


def test_a_build_knows_who_it_is(yard):
    yard.create()
    build = yard.build(timeoutInMinutesOverride=7)
    found = yard.order.variables
    assert (found["CODEBUILD_BUILD_ID"], found["CODEBUILD_BUILD_NUMBER"]) == (build["id"], "1")
    assert (found["AWS_REGION"], found["CODEBUILD_LOG_PATH"]) == ("us-east-1", build["logs"]["streamName"])
    assert yard.order.timeout == 7 * 60  # real seconds: commands live in real time
