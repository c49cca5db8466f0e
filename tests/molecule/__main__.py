# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the molecule scenarios: `make molecule`, or `python -m tests.molecule [SCENARIO ...]`.

Two at a time, each in one of two local regions, which are started once and stopped at the end, whatever happens. A
scenario leaves its region empty, or fails. The output of each is in .build/molecule/SCENARIO/log.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "molecule"
BUILD = ROOT / ".build" / "molecule"
TIME_SCALE = 20
# They begin first, so that none of them runs alone in the end.
LONGEST = ("accounts", "release", "fleet", "pipeline", "on_premises", "codedeploy_agent")
LAST_LINES = 60


@dataclass(frozen=True)
class Result:
    scenario: str
    passed: bool
    seconds: float


class Regions:
    """Regions, each for one scenario at a time."""

    def __init__(self, count: int):
        self._state_dirs = [BUILD / f"region{number}" for number in range(count)]
        self.free: queue.SimpleQueue[Path] = queue.SimpleQueue()

    def start(self) -> None:
        for state_dir in self._state_dirs:
            # One that a killed run has left may hold anything.
            self._command("stop", state_dir)
            self._command("start", state_dir, "--port=0", f"--time-scale={TIME_SCALE}")
            self.free.put(state_dir)

    def stop(self) -> None:
        for state_dir in self._state_dirs:
            self._command("stop", state_dir)

    def _command(self, verb: str, state_dir: Path, *options: str) -> None:
        command = [sys.executable, "-m", "local_region", verb, f"--state-dir={state_dir}", *options]
        # In a session of its own: an interrupt of the terminal is not for it.
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
        if done.returncode:
            sys.exit(f"The region in {state_dir.relative_to(ROOT)} did not {verb}.")


class Runs:
    """Runs of molecule, side by side."""

    def __init__(self, regions: Regions):
        self._regions = regions
        self._running: set[subprocess.Popen] = set()
        self._stopped = False

    def run(self, scenario: str) -> Result:
        state_dir, began = self._regions.free.get(), time.monotonic()
        try:
            status = self._molecule(scenario, state_dir)
        finally:
            self._regions.free.put(state_dir)
        return Result(scenario, status == 0, time.monotonic() - began)

    def _molecule(self, scenario: str, state_dir: Path) -> int:
        log = log_of(scenario)
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_HOME": str(ROOT / ".build" / "ansible"),
            "ANSIBLE_NOCOLOR": "true",
            "NO_COLOR": "1",
            "LOCAL_REGION_STATE_DIR": str(state_dir),
            "MOLECULE_COMMAND_BORDERS": "false",
        }
        with log.open("w") as output:
            process = subprocess.Popen(
                ["molecule", "test", "--scenario-name", scenario], cwd=ROOT, env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
            self._running.add(process)
            try:
                if self._stopped:
                    self._end(process)
                return process.wait()
            finally:
                self._running.discard(process)

    def stop(self) -> None:
        self._stopped = True
        for process in list(self._running):
            self._end(process)

    @staticmethod
    def _end(process: subprocess.Popen) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def log_of(scenario: str) -> Path:
    return BUILD / scenario / "log"


def scenarios() -> list[str]:
    """The names of all scenarios, in the order in which they begin."""
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    return sorted(names, key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))


def run_all(names: list[str], workers: int) -> list[Result]:
    """Runs scenarios and tells of each when it ends."""
    results, regions = [], Regions(workers)
    runs = Runs(regions)
    try:
        regions.start()
        with ThreadPoolExecutor(workers) as pool:
            try:
                for future in as_completed([pool.submit(runs.run, name) for name in names]):
                    results.append(future.result())
                    tell(results[-1])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                runs.stop()
                raise
    finally:
        regions.stop()
    return results


def tell(result: Result) -> None:
    print(f"{result.scenario:<20} {'passed' if result.passed else 'FAILED'} {result.seconds:5.0f} s", flush=True)
    if not result.passed:
        print("\n".join(f"    {line}" for line in why(log_of(result.scenario).read_text(errors="replace"))))
        print(f"    All of it: {log_of(result.scenario).relative_to(ROOT)}", flush=True)


def why(log: str) -> list[str]:
    """The last lines of the step that failed first: what comes after it is molecule's cleaning up."""
    steps = re.split(r"(?m)^(?=.*Executing$)", log)
    failed = next((step for step in steps if "Executed: " in step and "Failed" in step), steps[-1])
    return failed.splitlines()[-LAST_LINES:]


def main() -> int:
    known = scenarios()
    parser = argparse.ArgumentParser(prog="python -m tests.molecule", description="Runs the molecule scenarios.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"default: all ({', '.join(sorted(known))})")
    parser.add_argument("--workers", type=int, choices=(1, 2, 3, 4), default=2, help="scenarios side by side (2)")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.scenarios) - set(known)):
        parser.error(f"there is no scenario {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
    names = [name for name in known if name in arguments.scenarios] if arguments.scenarios else known
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    try:
        results = run_all(names, min(arguments.workers, len(names)))
    except KeyboardInterrupt:
        print("Interrupted; the regions are stopped.")
        return 130
    failed = [result.scenario for result in results if not result.passed]
    print(f"{len(results)} scenarios in {time.monotonic() - began:.0f} s, {len(failed)} failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
