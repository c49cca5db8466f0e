# SPDX-License-Identifier: GPL-3.0-or-later
"""What a region holds between two releases: what must not become more, however many releases there were."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.region.leftovers import Process, processes_of
from tests.running_region import RunningRegion

MOST_GROWTH = 1.2
# What the region itself is made of; what descends from it besides are its hosts' processes.
OWN = ("local_region.supervisor_process", "local_region.nest_init", "local_region.region_process", "/_bin/envoy")


@dataclass(frozen=True)
class Belongings:
    """Counts, and the memory of the region's own processes in MiB (resident)."""

    processes: int
    hosts: int
    mounts: int
    interfaces: int
    auto_scaling_groups: int
    memory: float

    @classmethod
    def of(cls, region: RunningRegion) -> Belongings:
        named = processes_of(region.state_dir)
        own = [process for process in named if any(part in process.command for part in OWN)]
        inside = next(process.pid for process in own if "region_process" in process.command and _is_nested(process))
        groups = region.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        return cls(
            processes=len({process.pid for process in named} | _descendants({process.pid for process in own})),
            hosts=len(region.status()["hosts"]),
            mounts=len(Path(f"/proc/{inside}/mountinfo").read_text().splitlines()),
            interfaces=len(Path(f"/proc/{inside}/net/dev").read_text().splitlines()) - 2,
            auto_scaling_groups=len(groups),
            memory=sum(map(_resident, own)),
        )

    def more_than(self, before: Belongings) -> list[str]:
        """A sentence for each kind of which there is more now than there was; memory may grow by a fifth."""
        names = ("processes", "hosts", "mounts", "interfaces", "auto_scaling_groups")
        found = [
            f"{name.replace('_', ' ')}: {getattr(before, name)} became {getattr(self, name)}."
            for name in names
            if getattr(self, name) > getattr(before, name)
        ]
        if self.memory > before.memory * MOST_GROWTH:
            found.append(f"memory of the region: {before.memory:.0f} MiB became {self.memory:.0f} MiB.")
        return found

    def __str__(self) -> str:
        return (
            f"{self.processes} processes, {self.hosts} hosts, {self.mounts} mounts, {self.interfaces} interfaces, "
            f"{self.auto_scaling_groups} Auto Scaling groups, {self.memory:.0f} MiB"
        )


def _is_nested(process: Process) -> bool:
    """Whether it runs the region, and is not one of those that start it (they have its command line in their own)."""
    return " -m local_region.region_process " in process.command and "nest_init" not in process.command


def _descendants(pids: set[int]) -> set[int]:
    """The processes that descend from some; one whose parent ended belongs to the first process of its namespace."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(stat.parent.name)] = int(parent)
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _resident(process: Process) -> float:
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0][1]) / 1024 if lines else 0.0
