# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: the CodeBuild modules, run over HTTP against the API in this process, with every call counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild import follow

from tests.conftest import Api, open_api
from tests.integration.codebuild_modules.shop import Shop
from tests.running_modules import Modules


@pytest.fixture(scope="module")
def shared_api() -> Iterator[Api]:
    """One API for all tests of a file: emptying moto costs seconds, deleting some projects does not."""
    with open_api() as opened:
        yield opened


@pytest.fixture
def modules(shared_api: Api) -> Iterator[Modules]:
    """The modules, with no project before and after."""
    runner = Modules(shared_api)
    yield runner
    client = runner.client("codebuild")
    for name in client.list_projects()["projects"]:
        client.delete_project(name=name)


@pytest.fixture
def shop(modules: Modules, shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A project of the test's own; the module looks at its builds often."""
    monkeypatch.setattr(follow.pace, "pause", lambda known: 0.02)
    return Shop(modules, shared_api)
