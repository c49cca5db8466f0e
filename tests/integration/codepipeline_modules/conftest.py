# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: the CodePipeline modules, run over HTTP against the API in this process, with every call counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Api, open_api
from tests.running_modules import Modules


@pytest.fixture(scope="package")
def shared_api() -> Iterator[Api]:
    """One API for all tests here: emptying moto costs seconds, deleting some pipelines does not."""
    with open_api() as opened:
        yield opened


@pytest.fixture
def modules(shared_api: Api) -> Iterator[Modules]:
    """The modules, with no pipeline, webhook or custom action type before and after."""
    runner = Modules(shared_api)
    yield runner
    client = runner.client("codepipeline")
    for pipeline in client.list_pipelines()["pipelines"]:
        client.delete_pipeline(name=pipeline["name"])
    for one in client.list_action_types(actionOwnerFilter="Custom")["actionTypes"]:
        type_id = {name: value for name, value in one["id"].items() if name != "owner"}
        client.delete_custom_action_type(**type_id)
