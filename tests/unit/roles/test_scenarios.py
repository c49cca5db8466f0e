# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role has a molecule scenario that builds it, asks what is there, and removes it. `make molecule` runs them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = ROOT / "molecule"
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
# What no role does alone, with the steps that its molecule.yml says.
OF_SEVERAL_ROLES = {"accounts"}
NAMES = sorted({path.parent.name for path in SCENARIOS.glob("*/molecule.yml")} - OF_SEVERAL_ROLES)
REMOVABLE = {role for role in ROLES if (ROOT / "roles" / role / "tasks" / "absent.yml").exists()}
COMMON = yaml.safe_load((ROOT / ".config" / "molecule" / "config.yml").read_text())
STEPS = ["destroy", "create", "check", "converge", "idempotence", "check", "verify", "cleanup", "destroy"]
# Whose second run cannot be without a change, as their molecule.yml says.
VERBS = {"release"}


def settings(scenario: str) -> dict:
    return yaml.safe_load((SCENARIOS / scenario / "molecule.yml").read_text()) or {}


def plays(scenario: str, playbook: str) -> list[dict]:
    return yaml.safe_load((SCENARIOS / scenario / playbook).read_text())


def tasks(scenario: str, playbook: str) -> list[dict]:
    """All tasks of a playbook, those in blocks too."""
    found = []
    waiting = [task for play in plays(scenario, playbook) for part in PARTS for task in play.get(part, [])]
    while waiting:
        task = waiting.pop()
        found.append(task)
        waiting.extend(inner for part in ("block", "rescue", "always") for inner in task.get(part, []))
    return found


PARTS = ("pre_tasks", "tasks", "post_tasks")


def roles_of(scenario: str, playbook: str) -> set[str]:
    listed = {role["role"] for play in plays(scenario, playbook) for role in play.get("roles", [])}
    included = [task.get("ansible.builtin.include_role") for task in tasks(scenario, playbook)]
    return listed | {task["name"] for task in included if task}


def test_every_role_has_a_scenario():
    assert set(ROLES) <= set(NAMES)


@pytest.mark.parametrize("scenario", sorted(set(NAMES) & set(ROLES)))
def test_a_scenario_builds_the_role_of_its_name(scenario):
    assert f"convoy.delivery.{scenario}" in roles_of(scenario, "converge.yml")


@pytest.mark.parametrize("scenario", NAMES)
def test_a_scenario_asks_what_is_there(scenario):
    assert any("ansible.builtin.assert" in task for task in tasks(scenario, "verify.yml"))


@pytest.mark.parametrize("scenario", NAMES)
def test_a_scenario_takes_every_step(scenario):
    taken = settings(scenario).get("scenario", {}).get("test_sequence", COMMON["scenario"]["test_sequence"])

    wanted = [step for step in STEPS if not (scenario in VERBS and step in ("idempotence", "check"))]
    position = iter(taken)
    assert all(step in position for step in wanted), taken


@pytest.mark.parametrize("scenario", sorted(set(NAMES) & REMOVABLE))
def test_a_scenario_removes_by_the_role_what_the_role_has_made(scenario):
    hosts = settings(scenario).get("provisioner", {}).get("inventory", {}).get("host_vars", {})
    of_the_default = [] if "scenario_removes" in hosts.get("staging", {}) else [scenario]

    removed = of_the_default + [part for host in hosts.values() for part in host.get("scenario_removes", [])]

    assert any(part.split(".")[0] == scenario for part in removed)


@pytest.mark.parametrize("scenario", NAMES)
def test_a_scenario_is_compared_with_an_empty_region_in_the_end(scenario):
    own = settings(scenario).get("ansible", {}).get("playbooks", {}).get("cleanup")

    assert own is None or "../shared/cleanup.yml" in imported(scenario, own)


def imported(scenario: str, playbook: str) -> list[str]:
    return [play.get("ansible.builtin.import_playbook") for play in plays(scenario, playbook)]


# --- what each run is held to --------------------------------------------------------------------------------------


@pytest.fixture
def writes(tmp_path, monkeypatch):
    """A function that runs a playbook: it makes calls, and reports changes. Returns what it was refused for."""
    path = SCENARIOS / "plugins" / "callback" / "region_writes.py"
    spec = importlib.util.spec_from_file_location("region_writes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("MOLECULE_EPHEMERAL_DIRECTORY", str(tmp_path))
    counted = {"s3:PutObject": 7}
    monkeypatch.setattr(module, "_writes", lambda: dict(counted))

    def run(*calls: str, changed: int = 0, check: bool = False, playbook: str = "converge.yml") -> str | None:
        monkeypatch.setattr(module.context, "CLIARGS", {"check": check})
        said: list[str] = []
        callback = module.CallbackModule()
        callback._display = SimpleNamespace(error=said.append)
        callback.v2_playbook_on_start(SimpleNamespace(_file_name=f"/x/{playbook}"))
        for call in calls:
            counted[call] = counted.get(call, 0) + 1
        try:
            callback.v2_playbook_on_stats(SimpleNamespace(changed={"staging": changed}))
        except SystemExit as ended:
            assert ended.code
            return said[0]
        return None

    return run


def test_a_run_that_says_what_it_does_passes(writes):
    assert writes(changed=2, check=True) is None
    assert writes("s3:PutObject", "ec2:CreateVpc", changed=2) is None
    assert writes() is None
    assert writes(check=True) is None


def test_check_mode_may_not_write(writes):
    assert writes("s3:PutObject", changed=1, check=True) == "Check mode wrote: s3:PutObject."


def test_who_reports_no_change_may_not_have_written(writes):
    assert writes("ec2:CreateTags") == "A run that reports no change wrote: ec2:CreateTags."


def test_check_mode_may_foresee_nothing_where_there_was_nothing_to_do(writes):
    writes()

    assert writes(changed=1, check=True) == "Check mode foresees changes, but the run before it had nothing to change."


def test_what_check_mode_foresees_counts_only_right_after_the_run_that_found_nothing_to_do(writes):
    writes()
    writes("ec2:DeleteVpc", changed=1, playbook="cleanup.yml")

    assert writes(changed=1, check=True) is None
