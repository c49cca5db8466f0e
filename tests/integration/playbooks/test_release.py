# SPDX-License-Identifier: GPL-3.0-or-later
"""release and rollback, with a real application on real hosts. Each test goes on from where the one before ended."""

from __future__ import annotations

import os
import signal
import time

from tests.integration.playbooks.conftest import ENVIRONMENTS


def test_a_first_release_reaches_staging_then_production_and_reports_it(site):
    run = site.run("release", *site.release_arguments("1.0"))

    assert run.status == 0, run.output
    staging, production = (site.report("1.0", environment) for environment in ENVIRONMENTS)
    for report in (staging, production):
        assert report["status"] == "Succeeded"
        assert (report["version_before"], report["version_after"]) == (None, "1.0")
        assert (report["hosts"], report["lost"], report["rolled_back"]) == (2, 0, False)
        assert report["requests"] > 0
    [first], [second] = (site.deployments(environment) for environment in ENVIRONMENTS)
    assert first["completeTime"] <= second["createTime"]


def test_a_release_killed_in_the_middle_is_taken_up_again(site):
    arguments = [*site.release_arguments("2.0"), "--limit", "production"]
    before = site.deployments("production")
    killed = site.start("release", *arguments)
    deadline = time.monotonic() + 120
    while (found := site.deployments("production")) == before or not found[0]["deploymentOverview"]["Succeeded"]:
        assert time.monotonic() < deadline and killed.poll() is None, found
        time.sleep(0.2)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()

    run = site.run("release", *arguments)

    assert run.status == 0, run.output
    assert site.versions("production") == {"2.0"}
    newest, earlier = site.deployments("production")
    assert newest["status"] == earlier["status"] == "Succeeded"
    report = site.report("2.0", "production")
    assert (report["version_before"], report["version_after"], report["lost"]) == ("1.0", "2.0", 0)
    # The prober was taken up too: it has seen the old version, which was gone on one host before the kill.
    assert report["requests"] > 100


def test_the_same_release_again_deploys_nothing(site):
    before = site.deployments("production")

    run = site.run("release", *site.release_arguments("2.0"), "--limit", "production")

    assert run.status == 0, run.output
    assert site.deployments("production") == before


def test_a_release_that_breaks_staging_never_reaches_production(site):
    before = site.deployments("production")

    run = site.run("release", *site.release_arguments("2.1"))

    assert run.status != 0
    assert "ValidateService failed on i-" in run.text
    assert "catalogue-v3.json is not there" in run.text
    report = site.report("2.1", "staging")
    assert (report["status"], report["rolled_back"], report["lost"]) == ("Failed", True, 0)
    assert (report["version_before"], report["version_after"]) == ("1.0", "1.0")
    assert site.versions("staging") == {"1.0"}
    assert site.deployments("production") == before


def test_a_rollback_goes_to_the_release_before(site):
    run = site.run("rollback", "--limit", "production")

    assert run.status == 0, run.output
    assert site.versions("production") == {"1.0"}
    assert site.report("1.0", "production")["version_before"] == "2.0"


def test_a_rollback_to_a_release_that_never_was_is_refused(site):
    before = site.writes()

    run = site.run("rollback", "-e", "release_rollback_to=0.9", "--limit", "production")

    assert run.status != 0
    assert "production: release 0.9 is not in the history of storefront/production." in run.text
    assert "succeeded: 2.0" in run.text
    assert site.writes() == before


def test_a_strategy_that_is_not_built_is_refused_before_anything_moves(site):
    before = site.writes()

    run = site.run("release", *site.release_arguments("2.0"), "-e", "release_strategy=canary")

    assert run.status != 0
    assert (
        "staging: release_strategy canary is not built yet. This version has all_at_once, rolling, blue_green."
        in run.text
    )
    assert site.writes() == before


def test_a_batch_of_the_whole_fleet_and_one_of_another_strategy_are_refused_before_anything_moves(site):
    before = site.deployments("production")
    arguments = [*site.release_arguments("2.0"), "--limit", "production"]

    whole = site.run("release", *arguments, "-e", "release_batch=100%")
    stray = site.run("release", *arguments, "-e", "release_batch=1", "-e", "delivery_strategy=all_at_once")

    assert whole.status != 0 and stray.status != 0
    assert "batch: 100% takes all 2 hosts out at once. Use at most 1, or the strategy all_at_once." in whole.text
    assert "production: release_batch and release_zonal are for the strategy rolling" in stray.text
    assert site.deployments("production") == before


def test_status_says_what_is_live_where(site):
    run = site.run("status")

    assert run.status == 0, run.output
    assert run.changed == {"staging": 0, "production": 0, "pipeline": 0}
    for environment in ENVIRONMENTS:
        assert f"{environment} 1.0 {site.url(environment)}" in run.text
    assert run.text.count(" healthy") == 4
