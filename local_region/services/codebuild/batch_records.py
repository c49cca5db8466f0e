# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of builds, as CodeBuild remembers them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from local_region.engine.build_batch import Plan
from local_region.services.codebuild.records import BuildRecord, Handover, Info, ProjectRecord


@dataclass(eq=False)
class BatchRecord:
    """A batch. `info` is its BuildBatch without the groups, `settings` and `asked` are as a build's.

    `plan` is None until the buildspec has been read. `builds` are the last of each identifier, `earlier` those that
    were retried; `refused` are identifiers whose build could not begin, with the reason. `timer` ends the batch.
    `handover_gone` says that it was a pipeline's.
    """

    info: Info
    settings: Info
    project: ProjectRecord
    asked: Info
    handover: Handover | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    builds: dict[str, BuildRecord] = field(default_factory=dict)
    earlier: dict[str, list[BuildRecord]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    stopping: str | None = None
    timer: threading.Timer | None = None
    handover_gone: bool = False

    @property
    def id(self) -> str:
        return self.info["id"]

    @property
    def uuid(self) -> str:
        return self.id.rpartition(":")[2]

    @property
    def complete(self) -> bool:
        return self.info["complete"]

    @property
    def combines(self) -> bool:
        """Whether the artifacts of its builds become one."""
        return self.info["buildBatchConfig"].get("combineArtifacts", False)

    def statuses(self) -> dict[str, str | None]:
        """How its builds stand, for the engine."""
        found = {identifier: build.info["buildStatus"] for identifier, build in self.builds.items()}
        found |= dict.fromkeys(self.refused, "FAILED")
        return {task.identifier: found.get(task.identifier) for task in self.plan.tasks} if self.plan else {}

    def shown(self) -> Info:
        """BuildBatch of the API."""
        groups = [self._group(task) for task in self.plan.tasks] if self.plan else []
        reports = [arn for build in self.builds.values() for arn in build.info.get("reportArns", [])]
        return self.info | {"buildGroups": groups, "reportArns": reports}

    def _group(self, task) -> Info:
        group = {
            "identifier": task.identifier,
            "dependsOn": list(task.depends_on),
            "ignoreFailure": task.ignore_failure,
            "priorBuildSummaryList": [_summary(one) for one in self.earlier.get(task.identifier, [])],
        }
        if task.identifier in self.builds:
            group["currentBuildSummary"] = _summary(self.builds[task.identifier])
        elif task.identifier in self.refused:
            group["currentBuildSummary"] = {"buildStatus": "FAILED"}
        return group


def _summary(build: BuildRecord) -> Info:
    """BuildSummary of the API."""
    kinds = {"type": build.settings["artifacts"]["type"]}
    shown = {
        "arn": build.info["arn"],
        "requestedOn": build.info["startTime"],
        "buildStatus": build.info["buildStatus"],
        "primaryArtifact": kinds | {"location": build.info["artifacts"].get("location", "")},
    }
    secondary = [
        {"type": "S3", "location": one.get("location", ""), "identifier": one.get("artifactIdentifier", "")}
        for one in build.info["secondaryArtifacts"]
    ]
    return shown | {"secondaryArtifacts": secondary}
