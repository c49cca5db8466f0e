# SPDX-License-Identifier: GPL-3.0-or-later
"""A nest of namespaces in which builds run, for tests: a process of its own that does what the test asks."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.managers import BaseManager
from pathlib import Path

from local_region.nest import nested
from local_region.services.codebuild.builder import Order, Phase, Result, Source
from local_region.world.builds import Builds
from local_region.world.hosts import Hosts

PROJECT = Path(__file__).resolve().parents[3]
PATIENCE = 120  # seconds after which a test gives up; nothing here takes so long
# So many lines of a build's log are kept, the last ones; others are only counted.
_KEPT_LINES = 5000
_MODULE = "tests.region.build.build_nest"


def order_of(buildspec: str | None, **changes) -> Order:
    """An order of a build whose buildspec is written out."""
    settings = {
        "id": "storefront:0f",
        "arn": "arn:aws:codebuild:us-east-1:123456789012:build/storefront:0f",
        "account": "123456789012",
        "region": "us-east-1",
        "project": "storefront",
        "source": Source(),
        "buildspec": buildspec,
        "timeout": float(PATIENCE),
    }
    return Order(**settings | changes)


@dataclass
class Story:
    """What a listener has heard."""

    begun: list[str] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    printed: int = 0  # bytes of all lines
    result: Result | None = None

    def phase(self, name: str) -> Phase:
        return next(phase for phase in self.phases if phase.name == name)

    @property
    def statuses(self) -> dict[str, str]:
        return {phase.name: phase.status for phase in self.phases}

    @property
    def output(self) -> list[str]:
        """What the commands printed, without the runner's own lines."""
        return [line for line in self.lines if line and not line.startswith("[Container]")]


class _Ear:
    """A listener that writes a story."""

    def __init__(self):
        self.story = Story()
        self.changed = threading.Condition()

    def begun(self, phase: str) -> None:
        with self.changed:
            self.story.begun.append(phase)
            self.changed.notify_all()

    def phase(self, phase: Phase) -> None:
        self.story.phases.append(phase)

    def log(self, lines: list[str]) -> None:
        with self.changed:
            self.story.printed += sum(len(line) + 1 for line in lines)
            self.story.lines = [*self.story.lines, *lines][-_KEPT_LINES:]
            self.changed.notify_all()

    def ended(self, result: Result) -> None:
        with self.changed:
            self.story.result = result
            self.changed.notify_all()


class Nest:
    """What runs inside. Every public method can be called from the test; arguments and answers are pickled."""

    def __init__(self, directory: str, egress_socket: str):
        self._hosts = Hosts(Path(directory))
        self._builds = Builds(self._hosts, Path(egress_socket), _credentials)
        self._running: dict[int, tuple] = {}

    def run(self, order: Order, values: Mapping[str, str] | None = None) -> Story:
        """Runs a build to its end. `values` are the parameters and secrets that there are, by name."""
        return self.wait(self.start(order, values))

    def start(self, order: Order, values: Mapping[str, str] | None = None) -> int:
        def resolve(kind: str, name: str) -> str:
            if name not in (values or {}):
                raise LookupError(f"parameter does not exist: {name}")
            return values[name]

        ear = _Ear()
        build = self._builds.start(replace(order, resolve=resolve), ear)
        number = len(self._running)
        self._running[number] = (build, ear)
        return number

    def await_line(self, number: int, text: str) -> None:
        """Returns when the build has printed a line that is `text`."""
        _, ear = self._running[number]
        with ear.changed:
            if not ear.changed.wait_for(lambda: text in ear.story.lines, PATIENCE):
                raise TimeoutError(f"The build did not print {text!r}.")

    def wait(self, number: int) -> Story:
        """The whole story of a build, when it is over."""
        _, ear = self._running[number]
        with ear.changed:
            if not ear.changed.wait_for(lambda: ear.story.result is not None, PATIENCE):
                raise TimeoutError("The build did not end.")
        return ear.story

    def stop(self, number: int) -> None:
        self._running[number][0].stop()

    def kill_host(self, number: int) -> None:
        """Ends the build's host as a loss of power does."""
        self._hosts.kill(self._running[number][0].name)

    def most_memory(self) -> int:
        """The most bytes that this process has had in memory."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def leftovers(self) -> dict[str, list[str]]:
        """Processes and mounts of hosts."""
        commands = [Path(entry, "cmdline").read_bytes() for entry in Path("/proc").glob("[0-9]*")]
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        return {
            "processes": [line.decode() for line in commands if b"host_init" in line],
            "mounts": [path for path in mounts if path.endswith("/disk")],
        }

    def close(self) -> None:
        self._builds.close()
        self._hosts.close()


def _credentials(order: Order) -> dict[str, str]:
    return {
        "RoleArn": order.role_arn,
        "AccessKeyId": "ASIABUILD",
        "SecretAccessKey": "the-secret-key",
        "Token": "the-session-token",
        "Expiration": "2035-01-01T00:00:00Z",
    }


class _Manager(BaseManager):
    pass


@contextmanager
def running_nest(directory: Path, egress_socket: Path) -> Iterator[Nest]:
    """A nest for as long as the block lasts; yields what `Nest` can do."""
    address = f"{directory}/socket"
    process = subprocess.Popen(
        nested(
            [sys.executable, "-m", "tests.region.build.build_nest", address, f"{directory}/run", str(egress_socket)]
        ),
        cwd=PROJECT,
        stdin=subprocess.PIPE,  # the nest ends when it is closed, also by the death of the tests
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"The nest did not start (exit code {process.wait()}).")
        _Manager.register("nest")
        manager = _Manager(address, b"test")
        manager.connect()
        nest = manager.nest()
        yield nest
        nest.close()
    finally:
        process.kill()
        process.wait()


def _end_with_the_tests() -> None:
    sys.stdin.read()
    os._exit(0)


def _serve(address: str, directory: str, egress_socket: str) -> None:
    nest = Nest(directory, egress_socket)
    _Manager.register("nest", callable=lambda: nest, exposed=[name for name in vars(Nest) if not name.startswith("_")])
    server = _Manager(address, b"test").get_server()
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    # Under its own name, so that what is pickled here is found by the test under the same.
    from tests.region.build import build_nest

    build_nest._serve(*sys.argv[1:])
