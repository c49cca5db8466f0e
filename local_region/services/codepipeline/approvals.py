# SPDX-License-Identifier: GPL-3.0-or-later
"""PutApprovalResult."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services.codepipeline.actions.performer import Failed, Succeeded
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.errors import invalid
from local_region.services.codepipeline.records import PipelineRecord, RunRecord, Store


class Approvals(Base):
    """Approvals and rejections. The token says which attempt at the approval is meant: no other can be reached with it,
    not even when a newer execution waits at the same action."""

    @operation
    def put_approval_result(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["pipelineName"])
        action = pipeline.action(params["stageName"], params["actionName"])
        if action["actionTypeId"]["category"] != "Approval":
            raise invalid(f"The action '{action['name']}' is not an approval action.")
        run = _with_token(pipeline, params["stageName"], params["actionName"], params["token"])
        if run.run.status != "InProgress":
            message = f"The approval action '{run.name}' has already been {run.run.status.lower()} for this token."
            raise ServiceError("ApprovalAlreadyCompletedException", message)
        summary, status = params["result"]["summary"], params["result"]["status"]
        run.job.summary = summary or None
        approved = status == "Approved"
        rejection = Failed(f"Rejected by {self.user(store)}" + (f": {summary}" if summary else "."))
        self.runner.finish(pipeline, run, Succeeded() if approved else rejection, by=self.user(store))
        return {"approvedAt": run.updated} if approved else {}


def _with_token(pipeline: PipelineRecord, stage: str, action: str, token: str) -> RunRecord:
    """The attempt that a token was given for."""
    for run in reversed(pipeline.runs.values()):
        if (run.stage, run.name) == (stage, action) and run.job and run.job.token == token:
            return run
    raise ServiceError(
        "InvalidApprovalTokenException",
        f"The token is not one of the approval action '{action}'. GetPipelineState shows the one that is asked for.",
    )
