#!/usr/bin/env python
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a full no-op `site` costs in the warm controller and in the stock way, side by side in one run.

    .venv/bin/python tests/bench/site.py [--rounds 2] [--limit staging] [--json FILE]

A local region of its own is started on a free port and built once; then `site` runs with nothing to do, warm and stock
in turn, so that a busy machine slows both alike. Wall-clock and processor seconds, the calls that reached the region
(its hosts' own among them), and the ratio of the medians. Neither way may make a writing call: that would not be a
no-op.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOAL = 0.35
WAYS = {"warm": "true", "stock": "false"}


class Region:
    """A local region with a state directory of its own."""

    def __init__(self, directory):
        self.directory = directory
        self._run("start", "--port", "0", "--time-scale", "10")

    def _run(self, verb, *more):
        command = [sys.executable, "-m", "local_region", verb, "--state-dir", str(self.directory), *more]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def calls(self):
        return json.loads(self._run("status", "--json"))["calls"]

    def stop(self):
        self._run("stop")


def site(region, way, limit):
    """Run `site`; (wall-clock seconds, processor seconds, its recap's text)."""
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "inventories/local", "playbooks/site.yml"]
    environment = {
        **os.environ,
        "LOCAL_REGION_STATE_DIR": str(region.directory),
        "CONVOY_WARM": WAYS[way],
        "ANSIBLE_NOCOLOR": "1",
    }
    used, began = _processor_seconds(), time.perf_counter()
    done = subprocess.run(
        [*command, *(["--limit", limit] if limit else [])], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"site failed ({way}):\n{done.stdout}\n{done.stderr}")
    return time.perf_counter() - began, _processor_seconds() - used, done.stdout.partition("PLAY RECAP")[2]


def _processor_seconds():
    """Of all processes that were started from here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(region, rounds, limit):
    """{way: [{"seconds", "processor_seconds", "calls", "tasks"}, ...]}"""
    found = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            before = region.calls()
            seconds, processor, recap = site(region, way, limit)
            after = region.calls()
            changed = sum(map(int, re.findall(r"changed=(\d+)", recap)))
            if changed or after["writes"] != before["writes"]:
                sys.exit(f"site was not a no-op ({way}): changed={changed}, {after['writes_by_operation']}")
            tasks = sum(map(int, re.findall(r"\bok=(\d+)", recap)))
            calls = after["total"] - before["total"]
            found[way].append({"seconds": seconds, "processor_seconds": processor, "calls": calls, "tasks": tasks})
            print(
                f"{way:<6} {seconds:6.1f} s  {processor:6.1f} s of processor  {calls} calls  {tasks} tasks", flush=True
            )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--limit", help="only these environments")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        region = Region(pathlib.Path(directory, "region"))
        try:
            for _ in ("build", "settle"):  # after the first run the new hosts still boot beside the second
                site(region, "warm", arguments.limit)
            found = measure(region, arguments.rounds, arguments.limit)
        finally:
            region.stop()
    medians = {
        way: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for way, runs in found.items()
    }
    warm, stock = medians["warm"], medians["stock"]
    ratio = warm["seconds"] / stock["seconds"]
    processor = warm["processor_seconds"] / stock["processor_seconds"]
    print(f"a no-op site, warm to stock: {ratio:.2f} of the time, {processor:.2f} of the processor time")
    print(f"goal: at most {GOAL} of the time: {'met' if ratio <= GOAL else 'missed'}")
    print("not compared with `terraform plan`: there is no Terraform configuration of this stack to compare with")
    if arguments.json:
        figures = {"medians": medians, "ratio": ratio, "processor_ratio": processor, "runs": found}
        arguments.json.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
