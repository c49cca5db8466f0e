# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: the modules, run over HTTP against the API in this process, with every call counted."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conftest import open_api
from tests.run_module import run_module

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/codedeploy"


class Modules:
    """Runs modules against one endpoint and tells which calls a run made."""

    def __init__(self, api):
        self._api = api
        self.connection = {
            "endpoint_url": api.url,
            "region": REGION,
            "access_key": "AKIATESTTESTTESTTEST",
            "secret_key": "not-a-real-secret",
        }

    def run(self, module: str, /, check_mode: bool = False, **options) -> dict:
        """The result of a run that must not fail."""
        result = run_module(module, {**self.connection, **options}, check_mode)
        assert not result.get("failed"), result["msg"]
        return result

    def refusal(self, module: str, /, **options) -> str:
        """The message of a run that must fail."""
        result = run_module(module, {**self.connection, **options})
        assert result.get("failed"), result
        return result["msg"]

    def calls(self) -> Counter:
        """How many calls there were: {"all": 12, "writes": 3}."""
        counted = self._api.region.calls.counts()
        return Counter(all=counted["total"], writes=counted["writes"])

    def predicted_and_real(self, module: str, /, **options) -> tuple[dict, dict]:
        """The same task in check mode, which must write nothing, and for real."""
        before = self.calls()
        predicted = self.run(module, check_mode=True, **options)
        assert (self.calls() - before)["writes"] == 0
        return predicted, self.run(module, **options)

    def client(self, service: str):
        return self._api.client(service, region_name=REGION)


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
