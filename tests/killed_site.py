# SPDX-License-Identifier: GPL-3.0-or-later
"""`site` killed at random places, again and again, completes on the next run.

    .venv/bin/python -m tests.killed_site [--kills 10] [--seed N]

In a region of its own `site` is started, and killed with everything that it has started (SIGKILL, as by a machine that
loses its power) some tasks after the place that the run before had come to, in the middle of what it does there. After
the last kill a run has to complete, a second one to change nothing, and teardown to leave nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests.running_region import ROOT, RunningRegion, boot

TASKS_FARTHER = 17  # at most: ten kills are then spread over the run of about 90 tasks
WITHIN_TASK = 0.6  # seconds: about what a task takes
CONFIRMED = ("-e", "teardown_confirm=staging,production,pipeline")


class Wrong(Exception):
    """What was promised did not come true."""


class Playbook:
    """A run of a playbook; `tasks` yields the title of each task as it begins."""

    def __init__(self, region: RunningRegion, name: str, *arguments: str) -> None:
        command = ["-m", "ansible", "playbook", "-i", "inventories/local", f"convoy.delivery.{name}"]
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, *command, "-e", "fleet_size=2", *arguments],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "LOCAL_REGION_STATE_DIR": str(region.state_dir), "ANSIBLE_NOCOLOR": "1"},
        )  # fmt: skip

    def tasks(self) -> Iterator[str]:
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("TASK ["):
                yield line.partition("[")[2].rpartition("]")[0]

    def kill(self) -> None:
        """Kills the run and whatever came of it at one blow: workers lead sessions of their own."""
        family = [self.process.pid, *descendants(self.process.pid)]
        for pid in family:
            send(pid, signal.SIGSTOP)  # so that none of them starts another meanwhile
        for pid in {*family, *descendants(self.process.pid)}:
            send(pid, signal.SIGKILL)
        self.process.wait()

    def complete(self) -> dict[str, int]:
        """How many tasks changed something, by host, of a run that has to succeed."""
        for _ in self.tasks():
            pass
        if self.process.wait() != 0:
            raise Wrong("".join(self.lines[-60:]))
        return {host: int(count) for host, count in re.findall(r"^(\w+) +: ok=.*changed=(\d+)", self.text, re.M)}

    @property
    def text(self) -> str:
        return "".join(self.lines)


def send(pid: int, what: signal.Signals) -> None:
    """Signals a process, if it has not come to its end by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)


def descendants(pid: int) -> list[int]:
    """The processes that came of a process, itself not among them."""
    parents = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # gone meanwhile
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return sorted(found)


def killed_run(region: RunningRegion, chance: random.Random, reached: int) -> int:
    """Starts `site` and kills it a bit farther than `reached`; returns the number of the task it had come to."""
    goal = reached + chance.randint(1, TASKS_FARTHER)
    playbook = Playbook(region, "site")
    number = 0
    for number, title in enumerate(playbook.tasks(), start=1):
        if number == goal:
            time.sleep(chance.uniform(0, WITHIN_TASK))
            playbook.kill()
            print(f"  killed in task {number}: {title}", flush=True)
            return number
    if playbook.process.wait() != 0:
        raise Wrong("".join(playbook.lines[-60:]))
    Playbook(region, "teardown", *CONFIRMED).complete()
    print(f"  complete before its task {goal}: from the beginning again, with nothing there", flush=True)
    return 0


def run(kills: int, seed: int, folder: pathlib.Path) -> None:
    chance, reached = random.Random(seed), 0
    region = boot(folder / "region", 20.0)
    try:
        print(f"site, killed {kills} times (seed {seed})", flush=True)
        while kills:
            reached = killed_run(region, chance, reached)
            kills -= reached > 0
        print(f"the next run completes: {Playbook(region, 'site').complete()}", flush=True)
        again = Playbook(region, "site")
        if any(changed := again.complete().values()):
            raise Wrong(f"A second run changed {list(changed)} tasks:\n{again.text}")
        print("one more changes nothing", flush=True)
        Playbook(region, "teardown", *CONFIRMED).complete()
        if region.inventory() or region.status()["hosts"]:
            raise Wrong(f"teardown left {region.inventory()} {region.status()['hosts']}")
        print("teardown leaves nothing", flush=True)
    finally:
        region.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="repeats a run")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="killed-site-") as folder:
        try:
            run(asked.kills, asked.seed, pathlib.Path(folder))
        except Wrong as wrong:
            print(wrong, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
