# SPDX-License-Identifier: GPL-3.0-or-later
"""Which phase comes next and how each ends. Source: CodeBuild User Guide, "Build phase transitions", and the buildspec
reference on ``finally`` and ``on-failure``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .buildspec import PHASES, Buildspec, OnFailure, PhaseSpec


@dataclass(frozen=True)
class Failure:
    """Why a phase failed. `printed` is the end of what the failing command printed."""

    code: str
    message: str
    printed: str = ""


@dataclass(frozen=True)
class Ended:
    """A phase that has ended; `failure` is None when it succeeded. `name` is CodeBuild's (PRE_BUILD)."""

    name: str
    failure: Failure | None


# Runs one command and returns why it failed, None when it did not.
Run = Callable[[str, PhaseSpec], Failure | None]


def run_all(spec: Buildspec, run: Run, begin: Callable[[str, int], None]) -> Iterator[Ended]:
    """Runs the phases that CodeBuild would run. `begin` hears of each phase, with the number of the try (from 0)."""
    for name in PHASES:
        phase = spec.phases.get(name, PhaseSpec())
        for attempt in range(phase.on_failure.retries + 1):
            begin(name.upper(), attempt)
            failure = run_phase(phase, run)
            yield Ended(name.upper(), failure)
            if failure is None or not _is_retried(phase.on_failure, failure):
                break
        if failure is not None and not goes_on(name, phase.on_failure):
            return


def run_phase(phase: PhaseSpec, run: Run) -> Failure | None:
    """Runs the commands until one fails, then, in any case, those of ``finally``. The first failure counts."""
    failure = _first_failure(phase.commands, phase, run)
    return _first_failure(phase.finally_commands, phase, run, failure)


def _first_failure(commands: tuple[str, ...], phase: PhaseSpec, run: Run, before: Failure | None = None):
    for command in commands:
        if failure := run(command, phase):
            return before or failure
    return before


def goes_on(name: str, on_failure: OnFailure) -> bool:
    """Whether the phase after the failed one `name` (build) runs: after BUILD unless it says otherwise."""
    if on_failure.action == "CONTINUE":
        return True
    return on_failure.action is None and name == "build"


def _is_retried(on_failure: OnFailure, failure: Failure) -> bool:
    said = f"{failure.code}: {failure.message}\n{failure.printed}"
    return on_failure.action == "RETRY" and re.search(on_failure.pattern, said) is not None
