# SPDX-License-Identifier: GPL-3.0-or-later
"""Sandboxes, to look around in by hand: the region has none, and says so."""

from __future__ import annotations

from local_region.protocol import Caller, NotImplementedInLocalRegion
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.records import Store

WHAT_INSTEAD = (
    "The local region has no sandboxes: run the commands in a build (start_build with buildspecOverride), or enter a "
    "host with `python -m local_region exec`."
)


class Sandboxes(Base):
    """The lists are empty; whatever would need a sandbox is refused."""

    @operation
    def batch_get_sandboxes(self, store: Store, params: dict) -> dict:
        return {"sandboxes": [], "sandboxesNotFound": params["ids"]}

    @operation
    def list_sandboxes(self, store: Store, params: dict) -> dict:
        return {"ids": []}

    @operation
    def list_sandboxes_for_project(self, store: Store, params: dict) -> dict:
        store.project(params["projectName"])
        return {"ids": []}

    def start_sandbox(self, caller: Caller, params: dict) -> dict:
        raise NotImplementedInLocalRegion(WHAT_INSTEAD)

    def start_sandbox_connection(self, caller: Caller, params: dict) -> dict:
        raise NotImplementedInLocalRegion(WHAT_INSTEAD)

    def stop_sandbox(self, caller: Caller, params: dict) -> dict:
        raise NotImplementedInLocalRegion(WHAT_INSTEAD)

    def start_command_execution(self, caller: Caller, params: dict) -> dict:
        raise NotImplementedInLocalRegion(WHAT_INSTEAD)

    def batch_get_command_executions(self, caller: Caller, params: dict) -> dict:
        raise NotImplementedInLocalRegion(WHAT_INSTEAD)

    def list_command_executions_for_sandbox(self, caller: Caller, params: dict) -> dict:
        raise NotImplementedInLocalRegion(WHAT_INSTEAD)
