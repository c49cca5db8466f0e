# SPDX-License-Identifier: GPL-3.0-or-later
"""The CodeBuild service, put together from its resources."""

from __future__ import annotations

import threading

from local_region.clock import Clock
from local_region.protocol import Service, load_model
from local_region.services.codebuild.builder import Builder
from local_region.services.codebuild.fleets import Fleets
from local_region.services.codebuild.for_pipelines import ForPipelines
from local_region.services.codebuild.images import Images
from local_region.services.codebuild.projects import Projects
from local_region.services.codebuild.pushes import Pushes
from local_region.services.codebuild.report_groups import ReportGroups
from local_region.services.codebuild.reports import Reports
from local_region.services.codebuild.runner import Runner
from local_region.services.codebuild.sandboxes import Sandboxes
from local_region.services.codebuild.sharing import Sharing
from local_region.services.codebuild.source_credentials import SourceCredentials
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codebuild.triggered import Triggered


class CodeBuild(
    Projects,
    ForPipelines,
    Triggered,
    Pushes,
    ReportGroups,
    Reports,
    SourceCredentials,
    Fleets,
    Sharing,
    Images,
    Sandboxes,
    Service,
):
    """botocore's `codebuild`. Without a builder projects can be made, and no build can be started."""

    model = load_model("codebuild")

    def __init__(self, clock: Clock, surroundings: Surroundings, builder: Builder | None = None):
        self.clock, self.surroundings, self.builder = clock, surroundings, builder
        self.lock = threading.RLock()
        self.stores = {}
        self.runner = Runner(self.lock, clock, surroundings, lambda: self.builder)

    def close(self) -> None:
        """Stops the builds and ends the runner's threads."""
        self.close_batches()
        self.runner.close()
