# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the build that the region orders through standard input (see `wire`); exit status 0 when it was told how it
ended, well or not."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from .build import TOP, Build
from .wire import Broken, Wire


def main() -> int:
    # The build's commands must not get hold of the conversation with the region.
    wire = Wire(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    os.dup2(null, 0)
    os.dup2(2, 1)
    TOP.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=TOP) as directory:
            order, blobs = _receive(wire, Path(directory))
            Build(order, blobs, wire).run()
    except Broken:
        return 1
    return 0


def _receive(wire: Wire, directory: Path) -> tuple[dict, dict[str, Path]]:
    order, blobs = wire.receive()["order"], {}
    while "start" not in (message := wire.receive()):
        path = directory / str(len(blobs))
        path.write_bytes(wire.payload(message))
        blobs[message["blob"]] = path
    return order, blobs


if __name__ == "__main__":
    sys.exit(main())
