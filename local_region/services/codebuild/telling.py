# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is told of builds: the default event bus. Nobody is told of a hidden one."""

from __future__ import annotations

from local_region.services.codebuild import events
from local_region.services.codebuild.records import BuildRecord, Info, Store
from local_region.services.outbox import Outbox


class Telling:
    """Tells of builds as they are at that moment; used with the service's lock held."""

    def __init__(self, outbox: Outbox):
        self._outbox = outbox
        self._hushed = False

    def hush(self) -> None:
        """Nobody is told of anything any more."""
        self._hushed = True

    def state(self, store: Store, build: BuildRecord) -> None:
        """The build has begun, or has ended."""
        if not build.hidden and not self._hushed:
            self._outbox.put(store.account, store.region, events.state_change(build.info))

    def phase(self, store: Store, build: BuildRecord, phase: Info | None) -> None:
        """A phase has ended; None: there was none to end."""
        if phase and not build.hidden and not self._hushed:
            self._outbox.put(store.account, store.region, events.phase_change(build.info, phase))
