# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks of the conditions of stages and of what happens when a stage fails.

Source: user guide, "Configure conditions for a stage", "Configure automatic retry" and "Rule structure reference".
"""

from __future__ import annotations

import re

from ..engine.errors import Failure
from .checks_artifacts import check_rule_inputs
from .checks_kinds import check_minutes
from .checks_stages import check_commands, check_configuration, check_unique
from .common import check_name
from .declaration import CONDITIONS, rules

# What may follow when the rules of a condition are not met.
RESULTS = {"before_entry": ("FAIL", "SKIP"), "on_success": ("FAIL", "ROLLBACK"), "on_failure": ("FAIL", "ROLLBACK")}
RESULTS_OF_FAILURE = ("FAIL", "RETRY", "ROLLBACK")
MAY_SKIP = ("LambdaInvoke", "VariableCheck")
MOST_RULES = 5
LONGEST_RULE_VALUE = 10_000

REQUIRED = {
    "CloudWatchAlarm": ("AlarmName",),
    "CodeBuild": ("ProjectName",),
    "DeploymentWindow": ("Cron",),
    "LambdaInvoke": ("FunctionName",),
    "VariableCheck": ("Variable", "Value", "Operator"),
}

_PROVIDER = re.compile(r"[0-9A-Za-z_-]{1,35}")


def check_conditions(pipeline):
    """What is wrong with the conditions of a pipeline's stages."""
    for stage in pipeline["stages"]:
        for kind in CONDITIONS:
            conditions = (stage.get(kind) or {}).get("conditions", [])
            if len(conditions) > 1:
                raise Failure(
                    f"stage {stage['name']}: {kind} has {len(conditions)} conditions, CodePipeline takes one. "
                    "Put the rules into one condition."
                )
            for condition in conditions:
                _check_condition(stage, kind, condition)
        for kind, _condition, rule in rules(stage):
            _check_rule(f"stage {stage['name']}, {kind} rule {rule['name']}", rule)
            check_rule_inputs(pipeline["stages"], stage, kind, rule)
        _check_failure(stage)
        _check_rollback(pipeline, stage)


def _check_condition(stage, kind, condition):
    where = f"stage {stage['name']}, {kind}"
    result = condition.get("result")
    if result is not None and result not in RESULTS[kind]:
        raise Failure(f"{where}: result {result} is not possible for it. Use {' or '.join(RESULTS[kind])}.")
    names = [rule["name"] for rule in condition["rules"]]
    if not 1 <= len(names) <= MOST_RULES:
        raise Failure(f"{where}: the condition has {len(names)} rules. Give 1 to {MOST_RULES}.")
    check_unique(where, "rule", names)
    for rule in condition["rules"]:
        if result == "SKIP" and rule["rule_type_id"]["provider"] not in MAY_SKIP:
            raise Failure(
                f"{where} rule {rule['name']}: {rule['rule_type_id']['provider']} cannot lead to the result SKIP. Use "
                f"rules of {' or '.join(MAY_SKIP)}, or the result FAIL."
            )


def _check_rule(where, rule):
    check_name(f"{where}: name", rule["name"])
    provider = rule["rule_type_id"]["provider"]
    if not _PROVIDER.fullmatch(provider):
        raise Failure(f"{where}: rule_type_id.provider {provider!r} is none. Use one such as CloudWatchAlarm.")
    configuration = rule.get("configuration", {})
    check_configuration(where, configuration, LONGEST_RULE_VALUE)
    missing = [key for key in REQUIRED.get(provider, ()) if key not in configuration]
    if missing:
        raise Failure(f"{where}: configuration.{missing[0]} is required for {provider}. Add it.")
    if provider == "Commands" and not rule.get("commands"):
        raise Failure(f"{where}: commands is required for Commands. Give at least one.")
    if provider != "Commands" and rule.get("commands"):
        raise Failure(f"{where}: commands is for rules of the provider Commands only. Leave it out.")
    check_commands(where, rule.get("commands", []))
    check_minutes(where, rule.get("timeout_in_minutes"))


def _check_failure(stage):
    given = stage.get("on_failure", {})
    where, result = f"stage {stage['name']}, on_failure", given.get("result")
    if result is not None and result not in RESULTS_OF_FAILURE:
        raise Failure(f"{where}: result {result} is not possible for it. Use {', '.join(RESULTS_OF_FAILURE)}.")
    if result == "RETRY" and given.get("conditions"):
        raise Failure(f"{where}: result RETRY and conditions exclude each other. Leave one of the two out.")
    if "retry_configuration" in given and result != "RETRY":
        raise Failure(f"{where}: retry_configuration is for the result RETRY. Set result RETRY, or leave it out.")


def _check_rollback(pipeline, stage):
    results = [(stage.get("on_failure") or {}).get("result")]
    results += [condition.get("result") for _kind, condition, _rule in rules(stage)]
    if "ROLLBACK" not in results:
        return
    where = f"stage {stage['name']}: result ROLLBACK"
    if stage is pipeline["stages"][0]:
        raise Failure(f"{where} is not possible for the first stage: sources cannot be rolled back. Use FAIL.")
    if pipeline.get("execution_mode") == "PARALLEL":
        raise Failure(f"{where} is not possible in execution_mode PARALLEL. Use QUEUED or SUPERSEDED, or result FAIL.")
