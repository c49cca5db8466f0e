# SPDX-License-Identifier: GPL-3.0-or-later
"""The one form of a declaration, what means the same, what a diff tells, and what becomes of secrets."""

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.common import MASK
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.declaration import content, declared, text
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.declaration_compare import (
    merged_stages,
    same,
)
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.declaration_diff import lines
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.declaration_secrets import (
    Secrets,
    asks_for_custom_types,
)
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.declaration_triggers import kept_triggers
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.codepipeline.declarations import (
    HOME,
    action,
    approve,
    build,
    condition,
    connected,
    deploy,
    pipeline,
    rule,
    source,
    stage,
)

VARIABLES = [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


def stages_of(*stages):
    return declared(pipeline(*stages))["stages"]


def equal(one, other):
    return same("stages", stages_of(*one), stages_of(*other), HOME)


def github(**configuration):
    known = {"Owner": "shop", "Repo": "web", "Branch": "main", **configuration}
    return action("GitHub", "Source ThirdParty GitHub", outputs=["App"], configuration=known)


def custom(**configuration):
    return action("Probe", "Test Custom Probe", configuration=configuration)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("main", "main"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (1.5, "1.5"),
        ([{"value": "1", "name": "Ü"}], '[{"name":"Ü","value":"1"}]'),
        ({}, "{}"),
    ],
)
def test_a_configuration_value_becomes_the_text_that_codepipeline_keeps(value, kept):
    assert text(value) == kept


def test_the_capabilities_of_a_stack_are_separated_by_commas():
    assert text(["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"], "Capabilities") == "CAPABILITY_IAM,CAPABILITY_NAMED_IAM"


@settings(max_examples=40, deadline=None)
@given(st.lists(json_values) | st.dictionaries(st.text(), json_values))
def test_lists_and_maps_are_told_again_as_they_were_given_and_always_written_the_same_way(value):
    assert content(text(value)) == value
    assert text(content(text(value))) == text(value)


@settings(deadline=None)
@given(st.text() | st.sampled_from(["[", "{x", "[1,", '{"a":}', "[NaN]"]))
def test_text_is_kept_as_it_is_and_told_as_it_is_where_it_is_no_json(value):
    assert text(value) == value
    told = content(value)
    assert told == value or json.dumps(told)


def test_the_form_of_a_form_is_itself_and_the_keys_of_configurations_stay():
    everything = pipeline(
        stage(
            "Production",
            approve(configuration={"CustomData": "x", "external_Key": 1}),
            deploy(order=2, environment_variables=[{"name": "A", "value": "1"}]),
            before_entry=condition("FAIL", rule()),
            on_failure={"result": "RETRY", "retry_configuration": {"retry_mode": "ALL_ACTIONS"}},
        ),
        artifact_stores={"eu-west-1": {"location": "b", "encryption_key": {"id": "k"}}},
    )
    form = declared(everything)
    assert declared(copy.deepcopy(form)) == form
    assert form["stages"][1]["actions"][0]["configuration"] == {"CustomData": "x", "external_Key": "1"}
    assert form["artifact_stores"]["eu-west-1"]["encryption_key"] == {"id": "k", "type": "KMS"}


SAME = {
    "JSON with other spaces and another order of keys": (
        [stage("A", build(configuration={"EnvironmentVariables": VARIABLES}))],
        [stage("A", build(configuration={"EnvironmentVariables": json.dumps(VARIABLES, indent=2)}))],
    ),
    "the order of actions": ([stage("A", approve(), deploy())], [stage("A", deploy(), approve())]),
    "the pipeline's own region": ([stage("A", deploy(region=HOME))], [stage("A", deploy())]),
    "the first run order": ([stage("A", deploy(run_order=None))], [stage("A", deploy(run_order=1))]),
    "a boolean and its text": ([stage("A", custom(On=True))], [stage("A", custom(On="true"))]),
    "a default of the provider": (
        [stage("A", build(configuration={"BatchEnabled": "false"}))],
        [stage("A", build())],
    ),
    "the order of environment variables": (
        [stage("A", deploy(environment_variables=VARIABLES))],
        [stage("A", deploy(environment_variables=VARIABLES[::-1]))],
    ),
    "the way to retry that goes without saying": (
        [stage("A", deploy(), on_failure={"result": "RETRY"})],
        [stage("A", deploy(), on_failure={"result": "RETRY", "retry_configuration": {"retry_mode": "FAILED_ACTIONS"}})],
    ),
    "the result of a condition that goes without saying": (
        [stage("A", deploy(), before_entry={"conditions": [{"rules": [rule()]}]})],
        [stage("A", deploy(), before_entry=condition("FAIL", rule()))],
    ),
    "empty lists": ([stage("A", deploy(output_artifacts=[]))], [stage("A", deploy(output_artifacts=None))]),
}

DIFFERENT = {
    "the order of stages": (
        [stage("A", approve()), stage("B", deploy())],
        [stage("B", deploy()), stage("A", approve())],
    ),
    "JSON that says something else": (
        [stage("A", build(configuration={"EnvironmentVariables": VARIABLES}))],
        [stage("A", build(configuration={"EnvironmentVariables": VARIABLES[:1]}))],
    ),
    "a run order": ([stage("A", deploy(order=1))], [stage("A", deploy(order=2))]),
    "a key that is gone": ([stage("A", custom(Key="x"))], [stage("A", custom())]),
    "the provider's default and its opposite": (
        [stage("A", build(configuration={"BatchEnabled": "true"}))],
        [stage("A", build())],
    ),
    "the result of a condition": (
        [stage("A", deploy(), before_entry=condition("FAIL", rule()))],
        [stage("A", deploy(), before_entry=condition("SKIP", rule()))],
    ),
    "what happens on failure": ([stage("A", deploy(), on_failure={"result": "ROLLBACK"})], [stage("A", deploy())]),
    "a role": ([stage("A", deploy(role_arn="x"))], [stage("A", deploy())]),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_what_means_the_same_is_the_same(one, other):
    assert equal(one, other)
    assert equal(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_what_means_something_else_is_different(one, other):
    assert not equal(one, other)
    assert not equal(other, one)


def test_the_order_of_patterns_and_variables_says_nothing():
    push = {"branches": {"includes": ["a", "b"]}}
    git = {"source_action_name": "GitHub", "push": [push]}
    turned = {**git, "push": [{"branches": {"includes": ["b", "a"]}}]}
    assert same("triggers", [{"git_configuration": git}], [{"git_configuration": turned}], HOME)
    assert same("variables", [{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}], HOME)
    assert same("variables", [], None, HOME)
    assert not same("execution_mode", "QUEUED", "PARALLEL", HOME)


def test_what_aws_has_filled_in_is_kept_where_something_else_changes():
    there = stages_of(stage("A", build(configuration={"BatchEnabled": "false", "Left": "over"}), deploy(region=HOME)))
    wanted = stages_of(stage("A", build(configuration={"ProjectName": "other"}), deploy()))
    compiled, deployed = merged_stages(there, wanted, HOME)[1]["actions"]
    assert compiled["configuration"] == {"ProjectName": "other", "BatchEnabled": "false"}
    assert deployed["region"] == HOME


def test_what_a_later_api_tells_is_kept_and_not_compared():
    there = stages_of(stage("A", deploy(novelty={"on": True}), new_mode="x"))
    wanted = stages_of(stage("A", deploy()))
    assert same("stages", there, wanted, HOME)
    assert merged_stages(there, wanted, HOME)[1]["actions"][0]["novelty"] == {"on": True}
    assert there[1]["new_mode"] == "x"


def pushed(source_action_name, *branches):
    git = {"source_action_name": source_action_name, "push": [{"branches": {"includes": list(branches)}}]}
    return {"provider_type": "CodeStarSourceConnection", "git_configuration": git}


@pytest.mark.parametrize(
    ("trigger", "name", "branch", "is_kept"),
    [
        (pushed("GitHub", "main"), "GitHub", "main", True),
        (pushed("GitHub", "main"), "GitHub", "next", False),
        (pushed("GitHub", "main", "release/*"), "GitHub", "next", True),
        (pushed("GitHub", "main"), "GitLab", "main", False),
    ],
    ids=[
        "nothing changes",
        "the branch it was made for is not the source's any more",
        "somebody's own",
        "renamed source",
    ],
)
def test_triggers_that_are_not_named_are_kept_while_they_make_sense(trigger, name, branch, is_kept):
    def stages(source_name, of_branch):
        made = connected(source_name)
        made["configuration"]["BranchName"] = of_branch
        return declared(pipeline(stages=[stage("Source", made), stage("Out", deploy())]))["stages"]

    kept = kept_triggers([trigger], stages("GitHub", "main"), stages(name, branch))
    assert kept == ([trigger] if is_kept else [])


def test_a_line_of_the_diff_says_by_itself_what_it_is_about():
    told = lines(
        declared(
            pipeline(
                stage(
                    "Out",
                    deploy(),
                    build(configuration={"EnvironmentVariables": VARIABLES}),
                    before_entry=condition("FAIL", rule()),
                    on_failure={"result": "ROLLBACK"},
                ),
                variables=[{"name": "reason", "default_value": "routine"}],
                triggers=[
                    {
                        "provider_type": "CodeStarSourceConnection",
                        "git_configuration": {"source_action_name": "G", "push": []},
                    }
                ],
            )
        )
    )
    assert told["stages"] == ["Source", "Out"]
    assert told["stage Out, action Deploy, action_type_id"] == "Deploy AWS CodeDeploy 1"
    assert told["stage Out, action Deploy, configuration.ApplicationName"] == "shop"
    assert told["stage Out, action Compile, configuration.EnvironmentVariables"] == VARIABLES
    assert told["stage Out, before_entry condition, result"] == "FAIL"
    assert told["stage Out, before_entry rule Quiet, configuration.AlarmName"] == "errors"
    assert told["stage Out, on_failure.result"] == "ROLLBACK"
    assert told["variable reason"] == {"default_value": "routine"}
    assert told["trigger of G"] == {"provider_type": "CodeStarSourceConnection", "push": []}


@pytest.fixture
def hidden():
    return []


@pytest.fixture
def secrets(hidden):
    return Secrets(hidden.append)


def github_stages(**configuration):
    return declared(pipeline(stages=[stage("Source", github(**configuration)), stage("Out", deploy())]))["stages"]


def test_githubs_token_is_masked_hidden_and_sent(secrets, hidden):
    given_stages = github_stages(OAuthToken="ghp_1")
    taken = secrets.taken(given_stages, [], {})
    assert taken[0]["actions"][0]["configuration"]["OAuthToken"] == MASK
    assert hidden == ["ghp_1"]
    assert secrets.restored(taken) == given_stages


def test_what_is_masked_there_is_secret_and_what_custom_types_say_is(secrets, hidden):
    there = stages_of(stage("Test", custom(Password=MASK)))
    taken = secrets.taken(
        stages_of(stage("Test", custom(Password="p", Key="k"))), there, {("Test", "Probe", "1"): {"Key"}}
    )
    assert taken[1]["actions"][0]["configuration"] == {"Password": MASK, "Key": MASK}
    assert sorted(hidden) == ["k", "p"]


def test_what_looks_secret_in_a_foreign_action_is_hidden_before_anything_is_known(secrets, hidden):
    secrets.hide(stages_of(stage("Test", custom(ApiKey="k", Host="h"), build(configuration={"Token": "t"}))))
    assert hidden == ["k"]


def test_custom_types_are_asked_for_only_where_a_key_is_new():
    there = stages_of(stage("Test", custom(Key="x")))
    assert not asks_for_custom_types(stages_of(stage("Test", custom(Key="y"))), there)
    assert asks_for_custom_types(stages_of(stage("Test", custom(Key="x", Other="y"))), there)
    assert asks_for_custom_types(there, [])
    assert not asks_for_custom_types(stages_of(stage("Test", build(), custom())), [])


def test_a_secret_that_is_not_given_is_kept_while_nothing_else_of_its_action_changes(secrets):
    there = github_stages(OAuthToken=MASK)
    secrets.check(secrets.taken(github_stages(OAuthToken=MASK), there, {}), there, HOME)
    moved = secrets.taken(github_stages(OAuthToken=MASK, Branch="next"), there, {})
    with pytest.raises(
        Failure, match="stage Source, action GitHub: configuration.OAuthToken is secret, and CodePipeline"
    ):
        secrets.check(moved, there, HOME)
    secrets.check(secrets.taken(github_stages(OAuthToken="ghp_2", Branch="next"), there, {}), there, HOME)


def test_a_mask_alone_is_no_secret(secrets):
    with pytest.raises(Failure, match=r"configuration.OAuthToken is \*\*\*\*, which only stands for a value. Give the"):
        secrets.check(github_stages(OAuthToken=MASK), [], HOME)


def test_a_connection_has_no_secrets(secrets, hidden):
    made = declared(pipeline(stages=[stage("Source", connected(), source(outputs=["B"])), stage("Out", deploy())]))
    assert secrets.taken(made["stages"], [], {}) == made["stages"]
    assert not hidden and not secrets
