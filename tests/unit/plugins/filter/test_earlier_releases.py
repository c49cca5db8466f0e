# SPDX-License-Identifier: GPL-3.0-or-later
"""Which releases a rollback can choose from."""

from ansible_collections.convoy.delivery.plugins.filter.earlier_releases import earlier_releases


def revision(name, **more):
    location = {"bucket": "artifacts", "key": f"revisions/{name}.tgz", "bundle_type": "tgz", **more}
    return {"revision_type": "S3", "s3_location": location}


def deployment(name, status="Succeeded", **more):
    return {"deployment_id": f"d-{name}", "status": status, "revision": revision(name, **more)}


REVISIONS = [{**revision(name), "revision_info": {"description": name}} for name in ("1.0", "2.0", "2.1")]


def versions(*deployments):
    return [release["version"] for release in earlier_releases(list(deployments), REVISIONS)]


def test_the_present_release_is_not_an_earlier_one():
    assert versions(deployment("2.0"), deployment("1.0")) == ["1.0"]


def test_after_an_automatic_rollback_the_release_that_came_back_is_the_present_one():
    assert versions(
        deployment("2.0"), deployment("2.1", "Failed"), deployment("2.0"), deployment("1.0")
    ) == ["1.0"]  # fmt: skip


def test_after_a_failure_without_a_rollback_the_last_good_release_comes_first():
    assert versions(deployment("2.1", "Failed"), deployment("2.0"), deployment("1.0")) == ["2.0", "1.0"]


def test_a_release_that_never_succeeded_cannot_be_gone_back_to():
    assert versions(deployment("2.0"), deployment("2.1", "Stopped")) == []


def test_another_version_or_etag_of_the_same_object_is_the_same_release():
    assert versions(deployment("2.0", e_tag="a"), deployment("2.0", version="7"), deployment("1.0")) == ["1.0"]


def test_what_a_pipeline_released_has_no_name():
    of_pipeline = {"description": "Application revision registered by Deployment ID: d-3"}
    known = [{**revision("3"), "revision_info": of_pipeline}]
    [found] = earlier_releases([deployment("4"), deployment("3")], known)
    assert (found["version"], found["deployment_id"]) == ("", "d-3")


def test_without_a_history_there_is_nothing():
    assert versions() == []


def test_the_revision_can_be_deployed_as_it_is():
    release = earlier_releases([deployment("2.0"), deployment("1.0", e_tag="x")], REVISIONS)[0]
    assert release["revision"] == revision("1.0", e_tag="x")
    assert release["deployment_id"] == "d-1.0"
