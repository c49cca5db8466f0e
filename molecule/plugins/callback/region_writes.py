# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds each run of a scenario to its word, by the region's count of writing calls.

A run fails at its end when it wrote in check mode, when it wrote and reported no change, or when its check mode
foresees a change right after a run that had nothing to change.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: region_writes
type: aggregate
short_description: Fail runs that write what they do not report
description:
  - For the scenarios in C(molecule/) only. Compares what a playbook says with what the local region has counted.
"""

ROOT = Path(__file__).resolve().parents[3]
# What hosts ask for by themselves.
BACKGROUND = {"codedeploy-commands", "logs", "monitoring"}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "region_writes"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook) -> None:
        self._converges = Path(playbook._file_name).name == "converge.yml"
        self._before = _writes() if self._converges else {}

    def v2_playbook_on_stats(self, stats) -> None:
        if not self._converges:
            _record().unlink(missing_ok=True)
            return
        checks, changed = bool(context.CLIARGS.get("check")), sum(stats.changed.values())
        wrote = sorted(name for name, count in _writes().items() if count > self._before.get(name, 0))
        if wrote and checks:
            self._fail(f"Check mode wrote: {', '.join(wrote)}.")
        if wrote and not changed:
            self._fail(f"A run that reports no change wrote: {', '.join(wrote)}.")
        if checks and changed and _nothing_changed_before():
            self._fail("Check mode foresees changes, but the run before it had nothing to change.")
        if not checks:
            _record().write_text(json.dumps({"changed": changed}))

    def _fail(self, sentence: str) -> None:
        self._display.error(sentence)
        sys.exit(2)


def _record() -> Path:
    """Where the last run of the scenario's converge.yml that was no check is remembered, until something else runs."""
    return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "last_converge.json")


def _nothing_changed_before() -> bool:
    return _record().exists() and json.loads(_record().read_text())["changed"] == 0


def _state_dir() -> Path:
    """As in molecule/inventory/group_vars/all.yml."""
    given = os.environ.get("LOCAL_REGION_STATE_DIR")
    return Path(given) if given else ROOT / ".build" / "molecule" / os.environ["MOLECULE_SCENARIO_NAME"] / "region"


def _writes() -> dict[str, int]:
    """How many calls of each writing operation the region has counted since it started."""
    url = json.loads((_state_dir() / "region.json").read_text())["url"]
    with urllib.request.urlopen(f"{url}/_local_region/status", timeout=60) as answer:
        counted = json.load(answer)["calls"]["writes_by_operation"]
    return {name: count for name, count in counted.items() if name.split(":")[0] not in BACKGROUND}
