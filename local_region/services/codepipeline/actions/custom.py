# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom actions: jobs that wait for a job worker to poll for them.

Source: user guide, "Create and add a custom action"; PollForJobs and AcknowledgeJob of the API.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from local_region.services.codepipeline.actions.performer import DAY, Job, Performer, Property, Type
from local_region.services.codepipeline.records import Info, new_id

# A job that nobody acknowledges is offered again after so many service seconds, with a new nonce.
OFFERED_AGAIN = 60.0


@dataclass(eq=False)
class WorkerJob:
    """A job as job workers see it: Queued, Dispatched, InProgress, then Succeeded or Failed."""

    job: Job
    id: str = field(default_factory=new_id)
    status: str = "Queued"
    nonce: str | None = None
    offered: float | None = None
    continuation: str | None = None


class CustomAction(Performer):
    """One custom action type, and its jobs by id. Used with the service's lock held, except for `start` and `abandon`,
    each of which changes the jobs by one step."""

    def __init__(self, custom_type: Type, tags: dict[str, str]):
        self.type = custom_type
        self.tags = tags
        self.jobs: dict[str, WorkerJob] = {}

    def start(self, job: Job) -> None:
        self._add(WorkerJob(job))

    def abandon(self, job: Job) -> None:
        """Its job is not offered any more, and no result for it is taken."""
        for worker_job in list(self.jobs.values()):
            if worker_job.job is job and worker_job.status not in ("Succeeded", "Failed"):
                worker_job.status = "TimedOut"

    def offer(self, most: int, query: dict[str, str], now: float) -> list[WorkerJob]:
        """Jobs that nobody works on, the oldest first, each with a nonce of its own for this one poll."""
        waiting = [one for one in list(self.jobs.values()) if _free(one, now) and _matches(one.job, query)]
        for one in waiting[:most]:
            one.status, one.nonce, one.offered = "Dispatched", new_id(), now
        return waiting[:most]

    def go_on(self, worker_job: WorkerJob, token: str) -> None:
        """The worker's part is done, the action is not: a further job carries the token on."""
        self._add(WorkerJob(worker_job.job, continuation=token))

    def _add(self, worker_job: WorkerJob) -> None:
        self.jobs[worker_job.id] = worker_job


def custom_type(params: Info) -> Type:
    """The type that CreateCustomActionType describes."""
    properties = tuple(Property(**declared) for declared in params.get("configurationProperties", []))
    limits = [params[name] for name in ("inputArtifactDetails", "outputArtifactDetails")]
    inputs, outputs = ((one["minimumCount"], one["maximumCount"]) for one in limits)
    return Type(
        params["category"],
        params["provider"],
        properties,
        inputs,
        outputs,
        owner="Custom",
        version=params["version"],
        timeout=DAY,
        settings=params.get("settings", {}),
    )


def _free(one: WorkerJob, now: float) -> bool:
    return one.status == "Queued" or (one.status == "Dispatched" and now - one.offered >= OFFERED_AGAIN)


def _matches(job: Job, query: dict[str, str]) -> bool:
    return all(job.configuration.get(key) == value for key, value in query.items())
