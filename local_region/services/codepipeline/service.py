# SPDX-License-Identifier: GPL-3.0-or-later
"""The CodePipeline service, put together from its resources."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from local_region.clock import Clock
from local_region.protocol import Service, load_model
from local_region.services.codepipeline.action_types import ActionTypes
from local_region.services.codepipeline.actions.manual_approval import ManualApproval
from local_region.services.codepipeline.actions.performer import Performer
from local_region.services.codepipeline.actions.registry import Registry
from local_region.services.codepipeline.actions.s3_deploy import S3Deploy
from local_region.services.codepipeline.actions.s3_source import S3Source
from local_region.services.codepipeline.approvals import Approvals
from local_region.services.codepipeline.histories import Histories
from local_region.services.codepipeline.jobs import Jobs
from local_region.services.codepipeline.jobs_made import JobMaker
from local_region.services.codepipeline.pipelines import Pipelines, performer_of
from local_region.services.codepipeline.pushes import Pushes
from local_region.services.codepipeline.rules.cloudwatch_alarm import CloudWatchAlarm
from local_region.services.codepipeline.rules.variable_check import VariableCheck
from local_region.services.codepipeline.runner import Runner
from local_region.services.codepipeline.stages import Stages
from local_region.services.codepipeline.state import State
from local_region.services.codepipeline.surroundings import Surroundings
from local_region.services.codepipeline.tagging import Tagging
from local_region.services.codepipeline.third_party import ThirdParty
from local_region.services.codepipeline.webhooks import Webhooks
from local_region.services.outbox import Outbox


class CodePipeline(
    Pipelines, Pushes, State, Stages, Histories, Approvals, Jobs, ThirdParty, ActionTypes, Webhooks, Tagging, Service
):
    """botocore's `codepipeline`. `performers` are the actions of other services of the region; more can be added later:

    codepipeline.actions.add(...)
    """

    model = load_model("codepipeline")

    def __init__(self, clock: Clock, surroundings: Surroundings, performers: Iterable[Performer] = ()):
        self.clock, self.surroundings = clock, surroundings
        self.lock = threading.RLock()
        self.stores = {}
        self.actions = Registry(
            [
                S3Source(surroundings.objects),
                S3Deploy(surroundings.objects),
                ManualApproval(clock, surroundings.publish),
                *performers,
            ]
        )
        self.rules = Registry([CloudWatchAlarm(clock, surroundings.alarms), VariableCheck()])
        self.runner = Runner(
            self.lock,
            clock,
            Outbox(surroundings.emit, "codepipeline"),
            JobMaker(surroundings.objects, surroundings.why_not_assumed),
            find=self._find,
            look_at_sources=self.look_at_sources,
            began_by_itself=self.rollback_began,
        )

    def close(self) -> None:
        """Ends the runner's threads."""
        self.runner.close()

    def _find(self, pipeline, type_id) -> Performer | None:
        if type_id["category"] == "Rule":
            return self.rules.find(type_id)
        return performer_of(self.store(pipeline.account, pipeline.region), self.actions, type_id)
