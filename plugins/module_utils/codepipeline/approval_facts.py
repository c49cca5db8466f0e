# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads what somebody should know before answering an approval. Changes nothing.

What the caller may not read is left out, and said to be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..codebuild.report import Summary, summaries
from ..codedeploy.deployment_calls import Deployments
from ..engine.errors import ApiError
from .approval_waiting import Waiting
from .execution_calls import Executions
from .follow import Followed, result_of

ALARMS_A_REQUEST = 100  # DescribeAlarms takes at most 100 names


@dataclass(frozen=True)
class Target:
    """A deploy action behind the approval. ``group`` is GetDeploymentGroup's answer, None when it cannot be read."""

    stage: str
    action: str
    application: str
    group_name: str
    artifact: str
    group: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Facts:
    """All that evidence is made of.

    ``tests`` are the reports of builds, by the action's id. ``alarms`` are the alarms that were found of ``asked``.
    ``recent`` are action executions of the pipeline, ``executions`` the summaries of its executions, the newest first.
    ``unread`` says what could not be read, in sentences.
    """

    waiting: Waiting
    execution: Followed
    tests: Mapping[str, Sequence[Summary]] = field(default_factory=dict)
    alarms: Sequence[Mapping[str, Any]] = ()
    asked: Sequence[str] = ()
    targets: Sequence[Target] = ()
    recent: Sequence[Mapping[str, Any]] = ()
    executions: Sequence[Mapping[str, Any]] = ()
    configuration: Mapping[str, str] = field(default_factory=dict)
    unread: Sequence[str] = ()


def read(context, executions: Executions, waiting: Waiting, alarms: Sequence[str]) -> Facts:
    """The facts about one approval that waits. ``alarms`` are names of CloudWatch alarms."""
    execution = result_of(context, executions, waiting.execution_id)
    unread = list(execution.unread)
    declaration = executions.declaration(execution.report.facts.get("pipeline_version"))
    tests = {}
    for identity, detail in execution.details.items():
        arns = (detail.get("build") or {}).get("report_arns") or []
        tests[identity] = _try(unread, "test reports", lambda arns=arns: summaries(context, arns)) or []
    action = next(
        (one for one in execution.report.approvals if (one.stage, one.name) == (waiting.stage, waiting.action)), None
    )
    return Facts(
        waiting=waiting,
        execution=execution,
        tests={identity: found for identity, found in tests.items() if found},
        alarms=_try(unread, "alarms", lambda: _alarms(context, alarms)) or [],
        asked=tuple(alarms),
        targets=[_with_group(context, target, unread) for target in targets_of(declaration, waiting)],
        recent=executions.latest_actions(),
        executions=executions.newest(),
        configuration=action.configuration if action else {},
        unread=tuple(unread),
    )


def targets_of(declaration: Mapping[str, Any], waiting: Waiting) -> list[Target]:
    """The CodeDeploy actions that run after an approval, those of the next stage that has some. Pure.

    Behind the approval are the later actions of its own stage and the stages after it.
    """
    stages = declaration.get("stages") or []
    names = [stage["name"] for stage in stages]
    if waiting.stage not in names:
        return []
    place = names.index(waiting.stage)
    own = stages[place]["actions"]
    order = next((_order(one) for one in own if one["name"] == waiting.action), 0)
    behind = [(waiting.stage, [one for one in own if _order(one) > order])]
    behind += [(stage["name"], stage["actions"]) for stage in stages[place + 1 :]]
    for stage, actions in behind:
        found = [_target(stage, one) for one in actions if _is_deployment(one)]
        if found:
            return found
    return []


def _order(action: Mapping[str, Any]) -> int:
    return action.get("run_order") or 1


def _is_deployment(action: Mapping[str, Any]) -> bool:
    kind = action["action_type_id"]
    return (kind["category"], kind["provider"]) == ("Deploy", "CodeDeploy")


def _target(stage: str, action: Mapping[str, Any]) -> Target:
    configuration = action.get("configuration") or {}
    artifacts = action.get("input_artifacts") or [{}]
    return Target(
        stage=stage,
        action=action["name"],
        application=configuration.get("ApplicationName", ""),
        group_name=configuration.get("DeploymentGroupName", ""),
        artifact=artifacts[0].get("name", ""),
    )


def _with_group(context, target: Target, unread: list[str]) -> Target:
    name = f"{target.application}/{target.group_name}"
    if "#{" in name:  # a variable of the pipeline: it is known when the action runs
        unread.append(f"Which deployment group {target.stage}/{target.action} deploys to is known only when it runs.")
        return target
    read_group = Deployments(context, target.application, target.group_name).group
    return Target(**{**vars(target), "group": _try(unread, f"deployment group {name}", read_group)})


def _alarms(context, names: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for start in range(0, len(names), ALARMS_A_REQUEST):
        answer = context.client("cloudwatch").call(
            "describe_alarms",
            doing="read the alarms",
            alarm_names=list(names[start : start + ALARMS_A_REQUEST]),
            alarm_types=["MetricAlarm", "CompositeAlarm"],
        )
        found += (answer.get("metric_alarms") or []) + (answer.get("composite_alarms") or [])
    return found


def _try(unread: list[str], what: str, read_it: Callable[[], Any]) -> Any:
    try:
        return read_it()
    except ApiError as error:
        unread.append(f"The {what} cannot be read: {error}")
        return None
