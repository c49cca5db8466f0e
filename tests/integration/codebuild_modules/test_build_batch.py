# SPDX-License-Identifier: GPL-3.0-or-later
"""codebuild_build with batches, and builds that CodeBuild retries by itself, over HTTP."""

import pytest

from tests.integration.codebuild_modules.shop import MODULE, ROLE, lines_of

INFO = "codebuild_build_info"

GRAPH = """
version: 0.2
batch:
  build-graph:
    - identifier: base
    - {identifier: after, depend-on: [base]}
phases: {build: {commands: [make]}}
"""
BATCH = {"batch": True}


@pytest.fixture
def batches(shop):
    """The test's project, of which batches can be started."""
    shop.is_changed(source={"type": "NO_SOURCE", "buildspec": GRAPH}, buildBatchConfig={"serviceRole": ROLE})
    return shop


def test_a_batch_is_followed_to_its_end(batches):
    options = {"project_name": batches.name, **BATCH}
    predicted, built = batches.modules.predicted_and_real(MODULE, **options)
    assert built["changed"] and predicted["diff"] == built["diff"]
    assert built["build"]["build_batch_status"] == "SUCCEEDED"
    builds = {one["identifier"]: one["current_build_summary"] for one in built["build"]["build_groups"]}
    assert {name: one["build_status"] for name, one in builds.items()} == {"base": "SUCCEEDED", "after": "SUCCEEDED"}
    assert {"base succeeded", "after succeeded"} <= set(lines_of(built))
    assert lines_of(built)[-1].startswith(f"{batches.name} batch 1 succeeded")


def test_the_lines_of_each_build_are_shown_under_its_name(batches):
    batches.will(lines=("compiling",))
    shown = [line for line in lines_of(batches.run(**BATCH, build_log="live")) if "compiling" in line]
    assert sorted(shown) == ["after | compiling", "base | compiling"]


def test_a_failed_batch_tells_the_builds_that_failed(batches):
    batches.will(fails="BUILD", lines=("error: no such file",))
    refusal = batches.refusal(**BATCH).splitlines()
    assert refusal[0] == f"{batches.name} batch 1: 1 of 2 builds did not succeed (FAILED)."
    assert refusal[1].endswith("BUILD failed: exit status 2. The command was: make")
    assert "  | error: no such file" in refusal


def test_a_batch_without_a_buildspec_of_one_tells_why(shop):
    shop.is_changed(buildBatchConfig={"serviceRole": ROLE})
    refusal = shop.refusal(**BATCH)
    assert f"{shop.name} batch 1: DOWNLOAD_BATCHSPEC failed: " in refusal


def test_only_what_failed_is_run_again(batches):
    batches.will(fails="BUILD")
    batches.refusal(**BATCH)
    failed = batches.modules.run(INFO, project_name=batches.name, **BATCH)["builds"][0]
    batches.will()
    options = {"build_id": failed["id"], "state": "retried", "retry_type": "RETRY_FAILED_BUILDS", **BATCH}
    predicted, real = batches.modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    assert real["build"]["id"] == failed["id"]
    assert real["build"]["build_batch_status"] == "SUCCEEDED"


def test_a_batch_is_stopped_once(batches):
    batches.will(holds="BUILD")
    started = batches.run(**BATCH, wait=False)["build"]["id"]
    options = {"build_id": started, "state": "stopped", **BATCH}
    predicted, real = batches.modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    assert real["build"]["build_batch_status"] == "STOPPED"
    assert not batches.modules.run(MODULE, **options)["changed"]


def test_info_tells_batches_by_status(batches):
    batches.run(**BATCH)
    told = batches.modules.run(INFO, project_name=batches.name, **BATCH, statuses=["SUCCEEDED"])["builds"]
    assert [one["build_batch_number"] for one in told] == [1]
    assert batches.modules.run(INFO, project_name=batches.name, **BATCH, statuses=["FAILED"])["builds"] == []


def test_a_build_that_codebuild_retries_is_followed_too(shop):
    shop.will(fails="BUILD")
    refusal = shop.refusal(auto_retry_limit_override=1)
    assert refusal.startswith(f"{shop.name} build 2: BUILD failed")
    assert len(shop.started()) == 2


def test_a_retry_that_succeeds_is_a_success(shop):
    shop.will(fails="BUILD", holds="BUILD")
    shop.goes_on_once_looked_at()
    build_once = shop.builder.start

    def start(order, listener):
        running = build_once(order, listener)
        shop.will()  # the next one succeeds
        return running

    shop.builder.start = start
    built = shop.run(auto_retry_limit_override=1)
    assert (built["build"]["build_number"], built["build"]["build_status"]) == (2, "SUCCEEDED")
    assert f"{shop.name} build 1 failed and is retried as {shop.name} build 2" in lines_of(built)
