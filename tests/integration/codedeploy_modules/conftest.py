# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: the modules, run over HTTP against the API in this process, with every call counted."""

from __future__ import annotations

import pytest

from tests.conftest import open_api
from tests.running_modules import Modules

ROLE = "arn:aws:iam::123456789012:role/codedeploy"


@pytest.fixture(scope="module")
def shared_api():
    """One API for all tests of a file: emptying moto costs seconds, deleting some applications does not."""
    with open_api() as opened:
        yield opened


@pytest.fixture
def modules(shared_api):
    runner = Modules(shared_api)
    yield runner
    client = runner.client("codedeploy")
    for name in client.list_applications()["applications"]:
        client.delete_application(applicationName=name)
    for name in client.list_deployment_configs()["deploymentConfigsList"]:
        if not name.startswith("CodeDeployDefault."):
            client.delete_deployment_config(deploymentConfigName=name)


@pytest.fixture
def role() -> str:
    return ROLE
