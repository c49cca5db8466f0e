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
from local_region.services.codecommit.commits import Commits
from local_region.services.codecommit.references import References
from local_region.services.codecommit.tagging import Tagging
from local_region.services.outbox import Emit, Outbox


class CodeCommit(Clones, Branches, Commits, Tagging, Service):
    """botocore's `codecommit`. `folder` is where it keeps its repositories; `emit` is the default event bus."""

    model = load_model("codecommit")

    def __init__(self, clock: Clock, folder: Path, emit: Emit):
        self.clock, self.folder = clock, folder
        self.lock = threading.RLock()
        self.stores = {}
        self._outbox = Outbox(emit, "codecommit")
        self.references = References(clock, self._outbox)

    def close(self) -> None:
        """Ends the thread that delivers events, and removes the repositories."""
        self._outbox.close()
        shutil.rmtree(self.folder, ignore_errors=True)
