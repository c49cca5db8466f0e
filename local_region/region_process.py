# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process of the nest: it runs the region until its lifeline ends. Started by the supervisor."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path

from local_region.clock import Clock
from local_region.logs import configure
from local_region.region import Region
from local_region.supervisor import READY

log = logging.getLogger("local_region")

# Real seconds that hosts and balancer have for an orderly end.
_CLOSE_PATIENCE = 5.0


def main(arguments: dict) -> int:
    """`arguments` are RegionOptions and three inherited file descriptors: api_fd, lifeline_fd, ready_fd."""
    configure()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    api = socket.socket(fileno=arguments["api_fd"])
    try:
        region = Region(Clock(arguments["time_scale"]), Path(arguments["run_dir"]))
        region.serve([api, *region.inner_sockets()])
    except Exception as error:
        log.exception("the region could not start")
        os.write(arguments["ready_fd"], f"The region could not start: {error}".encode())
        return 1
    os.write(arguments["ready_fd"], READY)
    os.close(arguments["ready_fd"])
    os.read(arguments["lifeline_fd"], 1)  # returns when the supervisor closes it or dies
    _close(region)
    shutil.rmtree(arguments["run_dir"], ignore_errors=True)
    return 0


def _close(region: Region) -> None:
    """Closes the region in an orderly way, if that works in good time; the end of the nest does the rest."""
    closing = threading.Thread(target=region.close, daemon=True)
    closing.start()
    closing.join(_CLOSE_PATIENCE)


if __name__ == "__main__":
    status = main(json.loads(sys.argv[1]))
    sys.stdout.flush()
    os._exit(status)  # threads that hold a long poll are not waited for
