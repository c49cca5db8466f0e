# SPDX-License-Identifier: GPL-3.0-or-later
"""The nest's first process: starts the command that it is given, reaps, and ends with that command.

A program that somebody runs in a host from outside and then kills leaves an orphan that belongs to the nest's first
process. As long as nobody reaps it, the kernel cannot end the host's pid namespace.
"""

from __future__ import annotations

import os
import sys


def main(argv: list[str]) -> int:
    """Runs `argv`, which inherits every open file, and returns its exit code."""
    child = os.posix_spawnp(argv[0], argv, os.environ)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # or nobody would ever see the end of the region's pipes
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.exit(code if code >= 0 else 128 - code)
