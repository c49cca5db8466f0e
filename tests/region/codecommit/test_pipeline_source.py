# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines with a CodeCommit source: what they take, and what starts them."""

import pytest

from tests.region.codecommit.pipelines import GitShop
from tests.region.codepipeline.workshop import Workshop, wait_for


@pytest.fixture(scope="module", autouse=True)
def furnished(region_api):
    Workshop.furnish(region_api)


@pytest.fixture
def shop(forge) -> GitShop:
    return GitShop(forge)


def test_a_push_goes_through_the_pipeline_as_a_zip_with_its_variables(shop):
    work = shop.forge.copy()
    rule = shop.start_by_event()
    work.commit("First", index__html="one")
    work.push()
    first = shop.make()
    shop.succeed(first)
    commit = work.commit("Second: greet", index__html="two", start__sh="#!/bin/sh\n")
    work.git("update-index", "--chmod=+x", "start.sh")
    commit = work.commit("Second: greet")
    work.push()
    second = wait_for(lambda: len(shop.executions()) == 2 and shop.executions()[0], "an execution by event")
    assert second["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
    shop.succeed(second["pipelineExecutionId"])
    assert shop.files(first) == {"index.html": b"one"}
    assert shop.files(second["pipelineExecutionId"]) == {"index.html": b"two", "start.sh": b"#!/bin/sh\n"}
    assert shop.variables(second["pipelineExecutionId"]) == {
        "RepositoryName": shop.name,
        "BranchName": "main",
        "CommitId": commit,
        "CommitMessage": "Second: greet\n",
        "AuthorDate": "2024-02-29T09:11:12Z",
        "CommitterDate": "2024-03-01T00:00:00Z",
    }
