# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands share: finding the region that runs, asking it, refusing in a sentence."""

from __future__ import annotations

import json
import time
from pathlib import Path

from local_region.features import ROOT
from local_region.state import StateDir

OK, FAILED, BAD_INPUT, NOT_RUNNING = 0, 1, 2, 3

PATIENCE = 30.0


class Refused(Exception):
    """Bad input or an impossible request: one sentence; `status` is the exit status."""

    def __init__(self, sentence: str, status: int = BAD_INPUT):
        super().__init__(sentence)
        self.status = status


def running(path: Path) -> tuple[StateDir, dict]:
    """The state directory at `path` and what its region says of itself; refuses when none runs."""
    state = StateDir(path)
    if not state.is_running():
        raise Refused(
            f"The local region is not running (state in {shown(state.path)}): start it with "
            "`python -m local_region start`.",
            NOT_RUNNING,
        )
    return state, wait_for_info(state)


def wait_for_info(state: StateDir) -> dict:
    """What a region that somebody else just starts says of itself, once it answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        info = state.info()
        if info and info["starts"] > 0:
            return info
        time.sleep(0.1)
    raise Refused(f"Another process holds {state.lock_file} and no region answers: see {state.log_file}.", FAILED)


def ask(info: dict, what: str, data: dict | None = None) -> dict:
    """The region's answer about itself. `data` goes with the request; what the region refuses is refused."""
    import urllib.error
    import urllib.request

    body = None if data is None else json.dumps(data).encode()
    try:
        with urllib.request.urlopen(f"{info['url']}/_local_region/{what}", body, timeout=PATIENCE) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code != 400:
            raise Refused(f"The local region at {info['url']} fails ({error}): see its log.", FAILED) from None
        raise Refused(json.load(error)["error"]) from None
    except OSError as error:
        raise Refused(f"The local region at {info['url']} does not answer ({error}): see its log.", FAILED) from None


def shown(path: Path) -> str:
    """The path as a user of the project would say it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
