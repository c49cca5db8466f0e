# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds that an EventBridge rule starts."""

from __future__ import annotations

import json

from local_region.services.codebuild.builds import Builds
from local_region.services.codebuild.records import Info, Origin


class Triggered(Builds):
    """Nothing of the API."""

    def event_came(self, arn: str, rule_arn: str, text: str, target: Info) -> None:
        """A rule has this project for a target. The build is started soon, by another thread: events are delivered
        wherever they arise.

        The target's input may have members of StartBuild (user guide of EventBridge, "Targets", CodeBuild project); the
        event itself has none.
        """
        _, _, _, region, account, _ = arn.split(":", 5)
        rule = rule_arn.rpartition("/")[2]
        asked = _overrides(text, self.model.operation_model("StartBuild").input_shape.members)

        def start() -> None:
            with self.lock:
                store = self.store(account, region)
                self.begin_build(store, store.project(arn), asked, Origin(f"rule/{rule}"))

        self.runner.later(start)


def _overrides(text: str, known: Info) -> Info:
    try:
        given = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(given, dict):
        return {}
    return {name: value for name, value in given.items() if name in known and name != "projectName"}
