# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases in a row: `make soak`, or `python -m tests.soak [RELEASES]` (50).

Strategies take turns, and every fifth release meets a fault. At the end nothing may be lost that no fault took, and the
region may hold no more than after the first round: processes, hosts, mounts, Auto Scaling groups, memory.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.region.leftovers import processes_of, survivors
from tests.soak.belongings import Belongings
from tests.soak.injections import INJECTIONS, Injection
from tests.soak.shop import STRATEGIES, Shop, SoakFailed, open_shop

EVERY = 5
PATIENCE = 15.0
# All strategies have had their turn, and what is made once is made.
FIRST_ROUND = len(STRATEGIES)


@dataclass(frozen=True)
class Result:
    """A release's end: what was wrong with it, and the requests that it lost to a fault."""

    complaints: list[str]
    requests: int
    lost_to_faults: int


def one_release(shop: Shop, number: int) -> Result:
    names = list(STRATEGIES)
    strategy = names[(number - 1) % len(names)]
    injection = INJECTIONS[number // EVERY % len(INJECTIONS) - 1] if number % EVERY == 0 else None
    began = time.monotonic()
    report = shop.release(f"1.{number}", strategy, lambda: injection and injection.inject(shop.region, shop.hosts()))
    shop.region.clear()
    shop.settle()
    complaints = complaints_about(report, injection)
    rolled_back = ", rolled back" if report["rolled_back"] else ""
    print(
        f"{number:>3}  {strategy:<13}  {injection.name if injection else '-':<14}  {report['status']}{rolled_back}  "
        f"{report['lost']} lost of {report['requests']}  {time.monotonic() - began:.0f} s  "
        f"{'; '.join(complaints) or Belongings.of(shop.region)}",
        flush=True,
    )
    lost_to_fault = report["lost"] if injection and injection.may_lose else 0
    return Result([f"Release {number} ({strategy}): {one}" for one in complaints], report["requests"], lost_to_fault)


def complaints_about(report: dict, injection: Injection | None) -> list[str]:
    """What may not be, given the fault that the release met."""
    found = []
    if report["lost"] and not (injection and injection.may_lose):
        found.append(f"{report['lost']} of {report['requests']} requests were lost.")
    if report["answered_with_error"]:
        found.append(f"{report['answered_with_error']} requests were answered with an error.")
    if report["status"] != "Succeeded" and not (injection and injection.may_fail):
        found.append(f"It ended as {report['status']}.")
    if not report["requests"]:
        found.append("Nobody asked for the application.")
    return found


def soak(shop: Shop, releases: int) -> list[str]:
    """What was wrong, a sentence each."""
    results, first = [], None
    for number in range(1, releases + 1):
        results.append(one_release(shop, number))
        if number == FIRST_ROUND:
            first = Belongings.of(shop.region)
    asked, lost = sum(one.requests for one in results), sum(one.lost_to_faults for one in results)
    print(f"\n{releases} releases, {asked:,} requests, {lost:,} of them lost to injected faults.")
    wrong = [complaint for one in results for complaint in one.complaints]
    if first is None:
        print(f"Leaks were not looked for: that takes more than {FIRST_ROUND} releases.")
        return wrong
    last = _at_rest(shop, first)
    print(f"After {FIRST_ROUND} releases: {first}.\nAfter {releases}: {last}.")
    return wrong + last.more_than(first)


def _at_rest(shop: Shop, before: Belongings) -> Belongings:
    """What there is when what runs for a moment only, such as a health check or a script's end, is over."""
    deadline = time.monotonic() + PATIENCE
    while (now := Belongings.of(shop.region)).more_than(before) and time.monotonic() < deadline:
        time.sleep(0.5)
    return now


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Releases in a row, with faults.")
    parser.add_argument("releases", nargs="?", type=int, default=50, metavar="RELEASES")
    releases = parser.parse_args().releases
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        try:
            with open_shop(Path(name)) as shop:
                processes = processes_of(shop.region.state_dir)
                wrong = soak(shop, releases)
            wrong += [f"Still there after the end: {one.command[:100]}" for one in survivors(processes)]
        except SoakFailed as problem:
            wrong = [str(problem)]
        if wrong:
            kept = Path(tempfile.mkdtemp(prefix="soak-log-")) / "playbooks.log"
            log = Path(name) / "playbooks.log"
            if log.exists():
                log.rename(kept)
            print("\nThe soak found:", *wrong, f"Output of the playbooks: {kept}", sep="\n  ")
            return 1
    print("Nothing was lost that no fault took, and nothing has leaked.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
