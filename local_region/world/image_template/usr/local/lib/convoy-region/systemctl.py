# SPDX-License-Identifier: GPL-3.0-or-later
"""systemctl on a host: docker-systemctl-replacement, which is made not to sleep when a service ends at once.

It signals a service's processes, and if one still runs at that moment, which is always so, looks again a second later.
Here the signal waits for the process to end, for a second in all.
"""

import os
import select
import sys
import time

from systemctl2 import systemctl3

PATIENCE = 1.0  # seconds


class Systemctl(systemctl3.Systemctl):
    _deadline = 0.0

    def _kill_pid(self, pid, kill_signal=None):
        self._deadline = self._deadline or time.monotonic() + PATIENCE
        try:
            process = os.pidfd_open(pid)
        except OSError:  # it has ended; or a kernel before 5.3
            return super()._kill_pid(pid, kill_signal)
        try:
            signalled = super()._kill_pid(pid, kill_signal)
            select.select([process], [], [], max(0.0, self._deadline - time.monotonic()))
            return signalled
        finally:
            os.close(process)


systemctl3.Systemctl = Systemctl
sys.exit(systemctl3.main())
