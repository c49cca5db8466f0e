# SPDX-License-Identifier: GPL-3.0-or-later
"""The CodeCommit service, put together from its resources."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from local_region.clock import Clock
from local_region.protocol import Service, load_model
from local_region.services.codecommit.branches import Branches
from local_region.services.codecommit.clones import Clones
from local_region.services.codecommit.comments import Comments
from local_region.services.codecommit.commits import Commits
from local_region.services.codecommit.commits_made import CommitsMade
from local_region.services.codecommit.differences import Differences
from local_region.services.codecommit.files import Files
from local_region.services.codecommit.references import References
from local_region.services.codecommit.tagging import Tagging
from local_region.services.codecommit.triggers import Publish, Triggers
from local_region.services.outbox import Emit, Outbox


class CodeCommit(Clones, Branches, Commits, Files, Differences, CommitsMade, Comments, Triggers, Tagging, Service):
    """botocore's `codecommit`. `folder` is where it keeps its repositories; `emit` is the default event bus,
    `publish` SNS."""

    model = load_model("codecommit")

    def __init__(self, clock: Clock, folder: Path, emit: Emit, publish: Publish):
        self.clock, self.folder, self.publish = clock, folder, publish
        self.lock = threading.RLock()
        self.stores = {}
        self.outbox = Outbox(emit, "codecommit")
        self.send_later = self.outbox.do
        self.references = References(clock, self.outbox)
        self.references.listeners += [self.pull_triggers, self.follow_sources]

    def close(self) -> None:
        """Ends the thread that delivers events, and removes the repositories."""
        self.outbox.close()
        shutil.rmtree(self.folder, ignore_errors=True)
