# SPDX-License-Identifier: GPL-3.0-or-later
"""codedeploy_revision over HTTP: bundle, check, upload once, register once; and what it refuses beforehand."""

import io
import tarfile
import zipfile

import boto3
import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import revision, revision_location
from ansible_collections.convoy.delivery.plugins.module_utils.engine.naming import option_gaps
from ansible_collections.convoy.delivery.plugins.modules import codedeploy_revision

from tests.integration.deployments.conftest import Shop


@pytest.fixture
def shop(live):
    return Shop(live, hosts=0)


def objects(shop):
    return [entry["Key"] for entry in shop.s3.list_objects_v2(Bucket=shop.bucket).get("Contents", [])]


def registered(shop):
    return shop.codedeploy.list_application_revisions(applicationName=shop.application)["revisions"]


def content_of(shop, location):
    body = shop.s3.get_object(Bucket=location["bucket"], Key=location["key"])["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as opened:
        return {member.name: opened.extractfile(member).read().decode() for member in opened if member.isfile()}


def test_a_directory_is_bundled_uploaded_and_registered(shop, source):
    result = shop.revision(source("2.0"), label="2.0", metadata={"built-by": "ci"})
    location = result["revision"]["s3_location"]
    assert (result["changed"], result["uploaded"], result["registered"]) == (True, True, True)
    assert location["key"] == f"revisions/{shop.application}/{result['content_sha256'][:32]}.tgz"
    assert content_of(shop, location) == {"appspec.yml": "version: 0.0\nos: linux\n", "VERSION": "2.0"}
    (found,) = registered(shop)
    assert found["s3Location"]["eTag"] == location["e_tag"]
    head = shop.s3.head_object(Bucket=shop.bucket, Key=location["key"])
    metadata = {key.lower(): value for key, value in head["Metadata"].items()}
    assert metadata == {"built-by": "ci", "label": "2.0", "content-sha256": result["content_sha256"]}


def test_the_same_content_is_uploaded_and_registered_once_and_asks_two_questions(shop, source):
    first = shop.revision(source("2.0"))
    before = shop.calls()
    again = shop.revision(source("2.0", name="a copy somewhere else"))
    total, writes = (now - then for now, then in zip(shop.calls(), before, strict=True))
    assert again["changed"] is False
    assert again["revision"] == first["revision"]
    assert again["diff"]["before"] == again["diff"]["after"]
    assert (total, writes) == (2, 0)


def test_other_content_is_another_revision(shop, source):
    first, second = shop.revision(source("1.0")), shop.revision(source("2.0"))
    assert second["changed"] is True
    assert first["revision"] != second["revision"]
    assert len(objects(shop)) == len(registered(shop)) == 2


def test_check_mode_predicts_the_real_run_and_writes_nothing(shop, source):
    predicted = shop.revision(source("2.0"), check_mode=True)
    assert (objects(shop), registered(shop)) == ([], [])
    real = shop.revision(source("2.0"))
    without_tag = {key: value for key, value in real["revision"]["s3_location"].items() if key != "e_tag"}
    assert predicted["revision"]["s3_location"] == without_tag
    assert [predicted[key] for key in ("changed", "uploaded", "registered", "content_sha256")] == [
        real[key] for key in ("changed", "uploaded", "registered", "content_sha256")
    ]
    assert shop.revision(source("2.0"), check_mode=True)["changed"] is False


def test_check_mode_works_before_bucket_and_application_are_made(shop, source):
    options = dict(application_name="not-made-yet", bucket="not-made-yet", path=str(source()))
    assert shop.module("codedeploy_revision", check_mode=True, **options)["changed"] is True


def test_an_object_that_was_written_over_is_uploaded_again(shop, source):
    location = shop.revision(source("2.0"))["revision"]["s3_location"]
    shop.s3.put_object(Bucket=shop.bucket, Key=location["key"], Body=b"something else")
    assert shop.revision(source("2.0"))["uploaded"] is True
    assert content_of(shop, location)["VERSION"] == "2.0"


def test_a_deleted_object_is_uploaded_again_under_the_same_key(shop, source):
    location = shop.revision(source("2.0"))["revision"]["s3_location"]
    shop.s3.delete_object(Bucket=shop.bucket, Key=location["key"])
    again = shop.revision(source("2.0"))
    assert (again["uploaded"], again["registered"]) == (True, False)


def test_a_bucket_with_versions_gives_the_version(shop, source):
    shop.s3.put_bucket_versioning(Bucket=shop.bucket, VersioningConfiguration={"Status": "Enabled"})
    first = shop.revision(source("2.0"))
    assert first["revision"]["s3_location"]["version"]
    again = shop.revision(source("2.0"))
    assert (again["changed"], again["revision"]) == (False, first["revision"])


def test_of_two_controllers_that_upload_at_once_the_second_takes_what_the_first_stored(shop, source, monkeypatch):
    shop.s3.put_bucket_versioning(Bucket=shop.bucket, VersioningConfiguration={"Status": "Enabled"})
    first = shop.revision(source("2.0"))
    look, answers = revision.Objects.head, [None]
    monkeypatch.setattr(revision.Objects, "head", lambda self, where: answers.pop() if answers else look(self, where))
    second = shop.revision(source("2.0"))
    assert answers == []
    assert second["revision"] == first["revision"]
    assert len(shop.s3.list_object_versions(Bucket=shop.bucket)["Versions"]) == 1


def test_the_encryption_that_is_asked_for_is_used(shop, source):
    key = shop.api.client("kms").create_key()["KeyMetadata"]["Arn"]
    location = shop.revision(source(), encryption="aws:kms", kms_key_id=key)["revision"]["s3_location"]
    head = shop.s3.head_object(Bucket=shop.bucket, Key=location["key"])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


@pytest.mark.parametrize("bundle_type", ["zip", "tar", "tgz"])
def test_each_bundle_type_is_registered_as_what_it_is(shop, source, bundle_type):
    location = shop.revision(source(), bundle_type=bundle_type)["revision"]["s3_location"]
    assert location["bundle_type"] == bundle_type
    assert location["key"].endswith(f".{bundle_type}")


def test_an_existing_archive_is_uploaded_byte_for_byte(shop, tmp_path):
    with zipfile.ZipFile(tmp_path / "built.zip", "w") as archive:
        archive.writestr("appspec.yml", "version: 0.0\nos: linux\n")
    location = shop.revision(tmp_path / "built.zip")["revision"]["s3_location"]
    body = shop.s3.get_object(Bucket=shop.bucket, Key=location["key"])["Body"].read()
    assert body == (tmp_path / "built.zip").read_bytes()
    assert location["bundle_type"] == "zip"


def test_an_object_in_s3_is_registered_with_its_present_e_tag(shop):
    shop.s3.put_object(Bucket=shop.bucket, Key="builds/2.0.zip", Body=b"from a build")
    location = {"bucket": shop.bucket, "key": "builds/2.0.zip", "bundle_type": "zip"}
    first = shop.module("codedeploy_revision", application_name=shop.application, s3_location=location)
    again = shop.module("codedeploy_revision", application_name=shop.application, s3_location=location)
    head = shop.s3.head_object(Bucket=shop.bucket, Key="builds/2.0.zip")
    assert first["revision"]["s3_location"]["e_tag"] == head["ETag"].strip('"')
    assert (first["changed"], again["changed"]) == (True, False)


def test_a_commit_on_github_is_registered_once(shop):
    commit = {"repository": "example/shop", "commit_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"}
    first = shop.module("codedeploy_revision", application_name=shop.application, git_hub_location=commit)
    again = shop.module("codedeploy_revision", application_name=shop.application, git_hub_location=commit)
    assert first["revision"] == {"revision_type": "GitHub", "git_hub_location": commit}
    assert (first["changed"], again["changed"]) == (True, False)


def test_the_description_is_the_label_unless_it_is_given_and_stays(shop, source):
    assert shop.revision(source(), label="2.0")["description"] == "2.0"
    assert shop.revision(source(), description="another")["description"] == "2.0"
    assert shop.revision(source("3"), label="3.0", description="third")["description"] == "third"


APPSPEC = "version: 0.0\nos: linux\nhooks:\n  ValidateService:\n    - location: scripts/check.sh\n"
BAD_INPUT = {
    "a script that is not in the bundle": (
        lambda source: dict(path=str(source(appspec=APPSPEC))),
        "appspec.yml: hooks.ValidateService[0].location: scripts/check.sh is not in the bundle.",
    ),
    "no AppSpec": (
        lambda source: dict(path=str(source() / "VERSION")),
        "VERSION is not a zip, tar or tgz archive. Name a directory, or make an archive.",
    ),
    "no version": (lambda source: dict(path=str(source(appspec="os: linux\n"))), "appspec.yml: version: is missing."),
    "a path that does not exist": (
        lambda source: dict(path="/nowhere/shop"),
        "path: /nowhere/shop does not exist. Name a directory, an archive or an AppSpec file.",
    ),
    "an archive of another type": (
        lambda source: dict(path=str(_zip(source())), bundle_type="tgz"),
        "is zip, not tgz. Leave bundle_type out",
    ),
    "a bucket that does not exist": (
        lambda source: dict(path=str(source()), bucket="not-there"),
        "Create it with amazon.aws.s3_bucket, or correct bucket.",
    ),
    "an application that does not exist": (
        lambda source: dict(path=str(source()), application_name="not-there"),
        "Create it with convoy.delivery.codedeploy_application, or correct application_name.",
    ),
    "an object that does not exist": (
        lambda source: dict(s3_location=dict(bucket="artifacts-1", key="nothing.zip", bundle_type="zip")),
        "s3_location: there is no object s3://artifacts-1/nothing.zip.",
    ),
    "no source": (lambda source: {}, "one of the following is required: path, s3_location"),
    "a path without a bucket": (
        lambda source: dict(path="/tmp", bucket=None),
        "missing parameter(s) required by 'path'",
    ),
}


def _zip(root):
    with zipfile.ZipFile(root / "built.zip", "w") as archive:
        archive.writestr("appspec.yml", "version: 0.0\nos: linux\n")
    return root / "built.zip"


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused_in_words_and_nothing_is_registered(shop, source, name):
    options, words = BAD_INPUT[name]
    given = {"application_name": shop.application, "bucket": shop.bucket, **options(source)}
    if "s3_location" in given:
        del given["bucket"]
    result = shop.module("codedeploy_revision", **{key: value for key, value in given.items() if value is not None})
    assert result["failed"] is True
    assert words in result["msg"]
    assert registered(shop) == []


def test_mistakes_in_the_bundle_are_refused_before_s3_is_asked(shop, source):
    (source() / "escape").symlink_to("/etc/passwd")
    before = shop.calls()
    result = shop.revision(source())
    assert result["msg"].startswith("path: escape: is a link to /etc/passwd, which is outside the bundle.")
    assert shop.calls() == before


def test_all_mistakes_are_listed_as_data(shop, source):
    result = shop.revision(source(appspec=APPSPEC.replace("0.0", "1.0")))
    assert len(result["problems"]) == 2
    assert "cannot be released, 2 mistakes:\n  appspec.yml: version: is 1.0" in result["msg"]


def test_a_permission_that_does_nothing_is_warned_of(shop, source):
    appspec = "version: 0.0\nos: linux\npermissions:\n  - object: /opt/elsewhere\n    mode: 644\n"
    result = shop.revision(source(appspec=appspec))
    assert any("installed at or below /opt/elsewhere" in str(warning) for warning in result["warnings"])


def test_the_info_module_lists_revisions_newest_first_with_what_codedeploy_knows(shop, source):
    shop.revision(source("1.0"), label="1.0")
    shop.revision(source("2.0"), label="2.0")
    listed = shop.module("codedeploy_revision_info", application_name=shop.application)
    assert listed["changed"] is False
    assert [entry["revision_info"]["description"] for entry in listed["revisions"]] == ["2.0", "1.0"]
    assert shop.module("codedeploy_revision_info", application_name="not-there")["revisions"] == []


def test_every_member_of_the_api_is_an_option():
    model = boto3.client("codedeploy", region_name="us-east-1").meta.service_model
    members = model.operation_model("RegisterApplicationRevision").input_shape.members
    snake = {"applicationName": "application_name", "description": "description"}
    assert set(members) - set(snake) == {"revision"}
    assert set(snake.values()) <= set(codedeploy_revision.OPTIONS)
    assert option_gaps(revision_location.REVISION_OPTIONS, members["revision"]) == ([], [])
