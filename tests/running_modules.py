# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules over HTTP against a region's API, and counts the calls that they make."""

from __future__ import annotations

from collections import Counter

from tests.run_module import run_module

REGION = "eu-central-1"


class Modules:
    """Runs modules against one endpoint and tells which calls a run made. `api` is an Api of tests.conftest."""

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

    def xray(self):
        """X-Ray's service in the region."""
        return self._api.region.xray
