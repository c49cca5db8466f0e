# SPDX-License-Identifier: GPL-3.0-or-later
"""CodePipeline: its API, and the runner that carries executions out.

service.py      the Service: one mixin per resource (pipelines.py, executions.py, stages.py, approvals.py, jobs.py, ...)
declarations.py is a PipelineDeclaration one that CodePipeline takes? with declared_actions.py, declared_conditions.py
runner.py       carries out what `local_region.engine.pipeline_operations` decides
actions/        what performs actions; `performer.py` says how to add a kind
rules/          what evaluates the rules of conditions
events.py       what the event bus is told
surroundings.py what all this needs of the rest of the region; over_moto.py, how moto gives it
"""

from local_region.services.codepipeline.service import CodePipeline

__all__ = ["CodePipeline"]
