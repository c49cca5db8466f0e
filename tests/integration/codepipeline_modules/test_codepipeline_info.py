# SPDX-License-Identifier: GPL-3.0-or-later
"""codepipeline_info, over HTTP."""

import pytest

from tests.integration.codepipeline_modules.pipelines import MODULE, storefront

INFO = "codepipeline_info"


def test_info_of_nothing_is_an_empty_list(modules):
    assert modules.run(INFO)["pipelines"] == []
    assert modules.run(INFO, names=["unknown"])["pipelines"] == []


def test_info_tells_the_wanted_ones_by_name_and_nothing_of_unknown_ones(modules):
    for name in ("c", "a", "b"):
        modules.run(MODULE, **storefront(name=name))
    assert [one["name"] for one in modules.run(INFO)["pipelines"]] == ["a", "b", "c"]
    before = modules.calls()
    found = modules.run(INFO, names=["b", "unknown"])
    assert [one["name"] for one in found["pipelines"]] == ["b"]
    assert not found["changed"]
    assert modules.calls() - before == {"all": 3}  # two pipelines, and the tags of the one that is there


def test_what_info_tells_can_be_given_back(modules):
    made = storefront(tags={"Team": "web"}, variables=[{"name": "reason", "default_value": "routine"}])
    modules.run(MODULE, **made)
    (told,) = modules.run(INFO)["pipelines"]
    options = {
        name: value for name, value in told.items() if name not in ("version", "pipeline_arn", "created", "updated")
    }
    assert not modules.run(MODULE, **options)["changed"]
    modules.run(MODULE, **options | {"name": "copy"})
    assert modules.run(INFO, names=["copy"])["pipelines"][0]["stages"] == told["stages"]


def test_an_older_version_is_told_and_can_be_given_back(modules):
    modules.run(MODULE, **storefront())
    modules.run(MODULE, name="storefront", execution_mode="QUEUED")
    (old,) = modules.run(INFO, names=["storefront"], version=1)["pipelines"]
    assert (old["version"], old["execution_mode"]) == (1, "SUPERSEDED")


def test_the_state_and_the_executions_are_told_on_request(modules):
    modules.run(MODULE, **storefront())
    (plain,) = modules.run(INFO)["pipelines"]
    assert "state" not in plain and "executions" not in plain
    (told,) = modules.run(INFO, stage_states=True, executions=1)["pipelines"]
    assert [stage["stage_name"] for stage in told["state"]["stage_states"]] == ["Source", "Production"]
    assert told["state"]["stage_states"][1]["inbound_transition_state"] == {"enabled": True}
    (execution,) = told["executions"]
    assert execution["trigger"]["trigger_type"] == "CreatePipeline"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"names": ["my shop"]}, "pipeline_names: 'my shop' is not a valid name."),
        ({"version": 1}, "version: is that of one pipeline. Name the one in pipeline_names"),
        ({"executions": 101}, "executions: 101 is not possible. Use 0 to 100"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(modules, options, sentence):
    before = modules.calls()
    assert sentence in modules.refusal(INFO, **options)
    assert modules.calls() == before


def test_a_version_that_never_was_is_refused_in_codepipelines_words(modules):
    modules.run(MODULE, **storefront())
    assert "does not have a version 7" in modules.refusal(INFO, names=["storefront"], version=7)
