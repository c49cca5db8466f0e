# SPDX-License-Identifier: GPL-3.0-or-later
"""Which execution a revision means, and what an execution may be started with."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline import execution_find
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.execution_sources import overrides
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure

from tests.unit.plugins.codepipeline_execution.scenes import COMMIT, declaration


def summary(identity, revision="", status="Succeeded", **more):
    sources = [{"action_name": "Git", "revision_id": revision}] if revision else []
    return {"pipeline_execution_id": identity, "status": status, "source_revisions": sources, **more}


LISTED = [
    summary("five", status="InProgress"),
    summary("four", COMMIT, execution_type="ROLLBACK"),
    summary("three", "b" * 40),
    summary("two", COMMIT),
    summary("one", COMMIT),
]


@pytest.mark.parametrize(
    ("revision", "found"),
    [(COMMIT, "two"), (COMMIT[:7], "two"), ("b" * 12, "three"), (COMMIT[:6], None), ("c" * 40, None)],
    ids=["a commit", "a short commit", "another", "one that is too short", "one that is not there"],
)
def test_the_newest_execution_of_a_revision_is_meant_and_no_rollback(revision, found):
    seen = execution_find.of_revision(LISTED, revision)
    assert (seen and seen["pipeline_execution_id"]) == found


def options(**given):
    return {"source_revision": None, "source_revisions": None, **given}


def test_a_commit_is_an_override_of_the_only_source():
    assert overrides(declaration(), options(source_revision=COMMIT)) == [
        {"action_name": "Git", "revision_type": "COMMIT_ID", "revision_value": COMMIT}
    ]


def test_what_cannot_be_started_with_is_refused():
    with pytest.raises(Failure, match="is not a whole commit id"):
        overrides(declaration(), options(source_revision=COMMIT[:8]))
    two = declaration()
    two["stages"][0]["actions"].append({**two["stages"][0]["actions"][0], "name": "More"})
    with pytest.raises(Failure, match="has the sources Git, More. Say in source_revisions which one is meant."):
        overrides(two, options(source_revision=COMMIT))
    odd = declaration()
    odd["stages"][0]["actions"][0]["action_type_id"]["provider"] = "Bitbucket"
    with pytest.raises(Failure, match="a source of Bitbucket, which takes no revision"):
        overrides(odd, options(source_revision=COMMIT))
