# SPDX-License-Identifier: GPL-3.0-or-later
"""Build batches: which builds a buildspec's batch section asks for, and which of them may begin when.

Source: CodeBuild user guide, "Batch build buildspec reference".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
KINDS = ("build-graph", "build-list", "build-matrix")
# Statuses of builds that have ended; None is one that has not begun.
ENDED = ("SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED")
MOST_BUILDS = 100

# Members of env -> members of StartBuild.
OF_ENV = {
    "type": "environmentTypeOverride",
    "image": "imageOverride",
    "compute-type": "computeTypeOverride",
    "privileged-mode": "privilegedModeOverride",
}


class BadBatch(Exception):
    """The batch section is not one that CodeBuild takes. The message is a sentence."""


@dataclass(frozen=True)
class Task:
    """A build of a batch. `asked` are the members of StartBuild that it has of its own."""

    identifier: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    ignore_failure: bool = False


@dataclass(frozen=True)
class Plan:
    """A batch. With `fast_fail` the first failure stops the builds that run."""

    tasks: tuple[Task, ...]
    fast_fail: bool = False


@dataclass(frozen=True)
class Decision:
    """What is to be done: builds to begin, builds to stop, and the batch's status when it has ended."""

    begin: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    status: str | None = None


def plan(buildspec: Any) -> Plan:
    """The plan of a buildspec (as YAML gives it). Raises BadBatch."""
    batch = buildspec.get("batch") if isinstance(buildspec, dict) else None
    if not isinstance(batch, dict):
        raise BadBatch("The buildspec has no batch section.")
    given = [kind for kind in KINDS if kind in batch]
    if "build-fanout" in batch:
        raise BadBatch("The local region does not run build-fanout: use build-list, build-graph or build-matrix.")
    if len(given) != 1:
        raise BadBatch(f"The batch section has exactly one of {', '.join(KINDS)}.")
    kind = given[0]
    if kind == "build-matrix":
        tasks = _of_matrix(_mapping(batch[kind], kind))
    else:
        tasks = tuple(_task(one, kind) for one in _list(batch[kind], kind))
    _check(tasks)
    return Plan(tasks, batch.get("fast-fail", False) is True)


def decide(batch: Plan, statuses: Mapping[str, str | None], stopping: bool = False) -> Decision:
    """What follows from how the builds stand: status by identifier, IN_PROGRESS while one runs, None before.

    A build begins when all that it depends on have succeeded, or have failed and may. One that depends on a failure
    never begins. The batch fails when a build does that may not.
    """
    by_id = {task.identifier: task for task in batch.tasks}
    running = tuple(name for name, status in statuses.items() if status == "IN_PROGRESS")
    failed = [name for name, status in statuses.items() if status in ENDED[1:] and not by_id[name].ignore_failure]
    if stopping or (failed and batch.fast_fail):
        if running:
            return Decision(stop=running)
        return Decision(status="STOPPED" if stopping else "FAILED")
    begin = tuple(
        task.identifier
        for task in batch.tasks
        if statuses[task.identifier] is None and all(_passed(by_id[name], statuses) for name in task.depends_on)
    )
    if begin or running:
        return Decision(begin=begin)
    return Decision(status="FAILED" if failed else "SUCCEEDED")


def _passed(task: Task, statuses: Mapping[str, str | None]) -> bool:
    status = statuses[task.identifier]
    return status == "SUCCEEDED" or (status in ENDED and task.ignore_failure)


def _task(given: Any, kind: str) -> Task:
    declared = _mapping(given, f"an item of {kind}")
    identifier = declared.get("identifier", "")
    if not isinstance(identifier, str) or not IDENTIFIER.fullmatch(identifier):
        raise BadBatch(f"Each item of {kind} has an identifier of letters, digits and underscores, not {identifier!r}.")
    if kind == "build-list" and "depend-on" in declared:
        raise BadBatch(f"{identifier}: depend-on belongs to build-graph.")
    depends = tuple(_list(declared.get("depend-on", []), "depend-on")) if "depend-on" in declared else ()
    asked = _asked(_mapping(declared.get("env", {}), f"env of {identifier}"))
    if "buildspec" in declared:
        asked["buildspecOverride"] = declared["buildspec"]
    return Task(identifier, asked, depends, declared.get("ignore-failure", False) is True)


def _of_matrix(matrix: dict) -> tuple[Task, ...]:
    """One build for each combination of the dynamic values, with the static ones."""
    static = _mapping(matrix.get("static", {}), "static")
    dynamic = _mapping(matrix.get("dynamic", {}), "dynamic")
    fixed = _asked(_mapping(static.get("env", {}), "env of static"))
    fixed_variables = fixed.pop("environmentVariablesOverride", [])
    tasks = []
    for number, combination in enumerate(itertools.product(*_choices(dynamic)), 1):
        asked, variables = dict(fixed), list(fixed_variables)
        for member, value in combination:
            if member.startswith("variable "):
                variables.append({"name": member.removeprefix("variable "), "value": str(value)})
            else:
                asked[member] = value
        if variables:
            asked["environmentVariablesOverride"] = variables
        tasks.append(Task(f"build{number}", asked, ignore_failure=static.get("ignore-failure", False) is True))
    return tuple(tasks)


def _choices(dynamic: dict) -> list[list[tuple[str, Any]]]:
    """The values of each dimension, each with the member of StartBuild (or the variable) that it is for."""
    env = _mapping(dynamic.get("env", {}), "env of dynamic")
    found = []
    if "buildspec" in dynamic:
        found.append([("buildspecOverride", one) for one in _list(dynamic["buildspec"], "buildspec")])
    for name, member in OF_ENV.items():
        if name in env:
            found.append([(member, one) for one in _list(env[name], name)])
    for name, values in _mapping(env.get("variables", {}), "variables").items():
        found.append([(f"variable {name}", one) for one in _list(values, f"variables {name}")])
    if not found:
        raise BadBatch("build-matrix has no dynamic values: give buildspec or env lists of them.")
    return found


def _asked(env: dict) -> dict[str, Any]:
    asked = {member: env[name] for name, member in OF_ENV.items() if name in env}
    variables = _mapping(env.get("variables", {}), "variables")
    if variables:
        asked["environmentVariablesOverride"] = [
            {"name": name, "value": str(value)} for name, value in variables.items()
        ]
    return asked


def _check(tasks: tuple[Task, ...]) -> None:
    if not 1 <= len(tasks) <= MOST_BUILDS:
        raise BadBatch(f"The batch has {len(tasks)} builds; 1 to {MOST_BUILDS} may be in one.")
    names = [task.identifier for task in tasks]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        raise BadBatch(f"The identifier {repeated} is there twice.")
    for task in tasks:
        unknown = next((name for name in task.depends_on if name not in names), None)
        if unknown:
            raise BadBatch(f"{task.identifier} depends on {unknown}, which is not in the batch.")
    _check_order(tasks)


def _check_order(tasks: Iterable[Task]) -> None:
    left, done = list(tasks), set()
    while left:
        ready = [task for task in left if set(task.depends_on) <= done]
        if not ready:
            raise BadBatch(f"The builds {', '.join(task.identifier for task in left)} wait for each other.")
        done |= {task.identifier for task in ready}
        left = [task for task in left if task not in ready]


def _mapping(given: Any, what: str) -> dict:
    if not isinstance(given, dict):
        raise BadBatch(f"{what} must be a mapping.")
    return given


def _list(given: Any, what: str) -> list:
    """A list; what is a single value stands for a list of one."""
    if isinstance(given, dict) or given is None:
        raise BadBatch(f"{what} must be a list.")
    return given if isinstance(given, list) else [given]
