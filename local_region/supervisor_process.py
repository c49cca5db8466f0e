# SPDX-License-Identifier: GPL-3.0-or-later
"""The supervisor as a process of its own, detached from the terminal that started it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys

from local_region.logs import configure
from local_region.state import StateDir
from local_region.supervisor import Supervisor


def main(arguments: dict) -> int:
    """`arguments`: state_dir, time_scale, and the inherited file descriptors api_fd and ready_fd (and the lock's)."""
    configure()

    def tell(said: str) -> None:
        # Whoever started us may be gone by now.
        with contextlib.suppress(OSError), os.fdopen(arguments["ready_fd"], "w") as pipe:
            pipe.write(said)

    api = socket.socket(fileno=arguments["api_fd"])
    return Supervisor(StateDir(arguments["state_dir"]), api, arguments["time_scale"], ready=tell).run()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
