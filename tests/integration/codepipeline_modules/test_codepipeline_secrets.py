# SPDX-License-Identifier: GPL-3.0-or-later
"""codepipeline: secret configuration values are sent, and neither shown nor compared."""

import json

import pytest

from tests.integration.codepipeline_modules.pipelines import MODULE, action, storefront

OLD, NEW = "old-password-1", "new-password-2"


@pytest.fixture
def probed(modules):
    """A function that gives options with a custom action that takes a secret, `Password`, and a `Host`."""
    modules.client("codepipeline").create_custom_action_type(
        category="Test",
        provider="Probe",
        version="1",
        configurationProperties=[
            {"name": "Password", "required": True, "key": False, "secret": True},
            {"name": "Host", "required": False, "key": False, "secret": False},
        ],
        inputArtifactDetails={"minimumCount": 0, "maximumCount": 1},
        outputArtifactDetails={"minimumCount": 0, "maximumCount": 0},
    )

    def options(password: str, host: str = "shop.example", **more) -> dict:
        made = storefront(**more)
        made["stages"][1]["actions"].append(
            {
                "name": "Probe",
                "action_type_id": {"category": "Test", "owner": "Custom", "provider": "Probe"},
                "configuration": {"Password": password, "Host": host},
                "input_artifacts": [{"name": "Bundle"}],
            }
        )
        return made

    return options


def stored(shared_api) -> dict:
    """The configuration of the action as the region keeps it, secrets included."""
    codepipeline = shared_api.region.codepipeline
    (pipeline,) = [
        found
        for store in codepipeline.stores.values()
        for found in store.pipelines.values()
        if found.name == "storefront"
    ]
    return pipeline.action("Production", "Probe")["configuration"]


def test_a_secret_is_sent_and_never_shown(modules, probed, shared_api):
    predicted, real = modules.predicted_and_real(MODULE, **probed(OLD))
    for result in (
        predicted,
        real,
        modules.run(MODULE, **probed(OLD)),
        modules.run(MODULE, **probed(OLD), state="absent"),
    ):
        assert OLD not in json.dumps(result)
    assert predicted["diff"] == real["diff"]
    assert real["diff"]["after"]["stage Production, action Probe, configuration.Password"] == "****"
    assert real["diff"]["after"]["stage Production, action Probe, configuration.Host"] == "shop.example"
    modules.run(MODULE, **probed(OLD))
    assert stored(shared_api)["Password"] == OLD


def test_a_second_run_asks_once_though_the_type_is_custom(modules, probed):
    modules.run(MODULE, **probed(OLD))
    before = modules.calls()
    assert not modules.run(MODULE, **probed(OLD))["changed"]
    assert modules.calls() - before == {"all": 1}


def test_another_secret_alone_makes_no_version_unless_it_is_always_written(modules, probed, shared_api):
    modules.run(MODULE, **probed(OLD))
    assert not modules.run(MODULE, **probed(NEW))["changed"]
    predicted, real = modules.predicted_and_real(MODULE, **probed(NEW), update_secret="always")
    assert predicted["changed"] and real["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["pipeline"]["version"] == 2
    assert NEW not in json.dumps(real)
    assert stored(shared_api)["Password"] == NEW


def test_a_secret_goes_with_another_change_of_its_action(modules, probed, shared_api):
    modules.run(MODULE, **probed(OLD))
    real = modules.run(MODULE, **probed(NEW, host="other.example"))
    assert real["changed"] and NEW not in json.dumps(real)
    assert stored(shared_api) == {"Password": NEW, "Host": "other.example"}


def test_a_mask_keeps_the_secret_only_while_its_action_stays(modules, probed, shared_api):
    modules.run(MODULE, **probed(OLD))
    assert modules.run(MODULE, **probed("****", execution_mode="QUEUED"))["changed"]
    assert stored(shared_api)["Password"] == OLD
    before = modules.calls()
    refusal = modules.refusal(MODULE, **probed("****", host="other.example"))
    assert "stage Production, action Probe: configuration.Password is secret, and CodePipeline keeps it only" in refusal
    assert (modules.calls() - before)["writes"] == 0


def test_a_change_elsewhere_leaves_the_secret_alone(modules, probed, shared_api):
    modules.run(MODULE, **probed(OLD))
    modules.run(MODULE, name="storefront", execution_mode="QUEUED")
    assert stored(shared_api)["Password"] == OLD


def test_a_refusal_does_not_tell_a_secret(modules, probed):
    options = probed(OLD)
    action(options, "Production", "Deploy")["input_artifacts"] = [{"name": "Nothing"}]
    assert OLD not in modules.refusal(MODULE, **options)
