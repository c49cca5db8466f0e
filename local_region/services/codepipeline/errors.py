# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the API that more than one resource raises."""

from __future__ import annotations

from local_region.protocol import ServiceError


def no_pipeline(account: str, name: str) -> ServiceError:
    return ServiceError("PipelineNotFoundException", f"Account '{account}' does not have a pipeline with name '{name}'")


def no_stage(pipeline: str, stage: str) -> ServiceError:
    return ServiceError("StageNotFoundException", f"Pipeline '{pipeline}' does not have a stage with name '{stage}'")


def no_action(stage: str, action: str) -> ServiceError:
    return ServiceError("ActionNotFoundException", f"Stage '{stage}' does not have an action with name '{action}'")


def no_execution(pipeline: str, execution_id: str) -> ServiceError:
    return ServiceError(
        "PipelineExecutionNotFoundException",
        f"Pipeline '{pipeline}' does not have an execution with id '{execution_id}'",
    )


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
