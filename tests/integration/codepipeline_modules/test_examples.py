# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the modules' documentation, run as they stand."""

import importlib

import pytest
import yaml

from tests.integration.codepipeline_modules.pipelines import storefront

COLLECTION = "convoy.delivery."
PLUGINS = "ansible_collections.convoy.delivery.plugins.modules."


def tasks_of(module: str) -> list[dict]:
    """The options of each example that runs the module itself, in their order."""
    examples = yaml.safe_load(importlib.import_module(PLUGINS + module).EXAMPLES)
    return [task[COLLECTION + module] or {} for task in examples if COLLECTION + module in task]


def filled_in(value):
    """A value with what a template would have put there."""
    if isinstance(value, dict):
        return {key: filled_in(entry) for key, entry in value.items()}
    return "a-secret-from-the-environment" if isinstance(value, str) and value.startswith("{{") else value


@pytest.fixture
def prepared(modules):
    """What the examples take for granted."""
    modules.run("codepipeline", **storefront())


@pytest.mark.parametrize(
    "module",
    [
        "codepipeline_webhook",
        "codepipeline_webhook_info",
        "codepipeline_custom_action_type",
        "codepipeline_custom_action_type_info",
        "codepipeline_info",
        "codepipeline",
    ],
)
def test_the_examples_run_and_those_that_change_something_do_it_once(modules, prepared, module):
    tasks = [filled_in(task) for task in tasks_of(module)]
    assert tasks
    for task in tasks:
        assert modules.run(module, **task)["changed"] is not module.endswith("_info")
        if task.get("update_secret") != "always":
            assert not modules.run(module, **task)["changed"]
