# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows docs/getting-started-on-aws.md line by line, against a local region of its own.

    .venv/bin/python -m tests.guide [--keep]

The commands are run as they stand, in a scratch clone of what is committed here. What makes the difference to AWS is
the environment (AWS_ENDPOINT_URL, a profile with keys that are none), and tests/guide/rehearsal.yml, which every
playbook is given. The first command that fails, or whose output is not as the guide says, ends it. The
load balancers listen on port 80, so root or a low net.ipv4.ip_unprivileged_port_start is needed.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.guide.reading import Step, UncoveredCommand, missing, steps
from tests.running_region import ROOT, boot

GUIDE = ROOT / "docs" / "getting-started-on-aws.md"
ORIGIN = "https://github.com/convoy-delivery/convoy.delivery"
VARIABLES = ROOT / "tests" / "guide" / "rehearsal.yml"
TIME_SCALE = 10.0
CONFIGURATION = "[profile delivery]\nregion = eu-central-1\naws_access_key_id = local\naws_secret_access_key = none\n"

# A step has a shell of its own, which goes on where the one before has ended. Playbooks get a rehearsal's variables.
SHELL = """
set -eo pipefail
[ ! -e {state} ] || source {state}
cd {folder}
trap 'declare -px > {state}; pwd > {state}.folder' EXIT
ansible-playbook() {{ command ansible-playbook "$@" -e @{variables}; }}
"""


class Failed(Exception):
    """A command failed, or did not show what the guide promises."""


def follow(folder: Path, url: str) -> None:
    """Runs every step of the guide."""
    environment = surroundings(folder, url)
    for step in steps(GUIDE.read_text()):
        print("\n" + "".join(f"$ {line}\n" for line in step.shown.splitlines()), end="", flush=True)
        began = time.monotonic()
        output = perform(step, folder, environment)
        absent = missing(step.expected, output)
        if absent is not None:
            raise Failed(f"{GUIDE.name}, line {step.line}: the output has no line {absent!r} where the guide has it.")
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)


def perform(step: Step, folder: Path, environment: dict[str, str]) -> str:
    """Runs the commands of a step in their order; their output, which is shown as well."""
    state = folder / "state"
    remembered = Path(f"{state}.folder")
    where = remembered.read_text().strip() if remembered.exists() else str(folder)
    names = {"state": state, "folder": where, "variables": VARIABLES}
    shell = SHELL.format(**{name: shlex.quote(str(value)) for name, value in names.items()})
    process = subprocess.Popen(
        ["bash", "-c", shell + step.commands],
        env=environment, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    lines = []
    for line in process.stdout:
        print(f"  {line}", end="", flush=True)
        lines.append(line)
    if process.wait() != 0:
        raise Failed(f"{GUIDE.name}, line {step.line}: failed with {process.returncode}:\n{step.commands}")
    return "".join(lines)


def surroundings(folder: Path, url: str) -> dict[str, str]:
    """The environment of somebody who has an account and a project of nothing but this clone."""
    (folder / "aws").write_text(CONFIGURATION)
    collection = folder / "collections" / "ansible_collections" / "convoy" / "delivery"
    collection.parent.mkdir(parents=True)
    collection.symlink_to(folder / "convoy.delivery")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_", "GIT_"))}
    git = [
        (f"url.{ROOT}.insteadOf", ORIGIN),
        ("user.name", "A reader of the guide"),
        ("user.email", "reader@example.com"),
        ("http.proxy", ""),
        ("safe.directory", "*"),
    ]
    configured = {f"GIT_CONFIG_{part}_{index}": one[place]
                  for index, one in enumerate(git) for place, part in enumerate(("KEY", "VALUE"))}  # fmt: skip
    return {
        **kept,
        **configured,
        "GIT_CONFIG_COUNT": str(len(git)),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": str(folder),
        "AWS_CONFIG_FILE": str(folder / "aws"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": "127.0.0.1,localhost,127.0.0.0/8",
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
        "ANSIBLE_NOCOLOR": "true",
        "REHEARSAL_VENV": str(ROOT / ".venv"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--keep", action="store_true", help="leave the region and the scratch folder as they are in the end"
    )
    keep = parser.parse_args().keep
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="guide-", delete=not keep) as name:
        folder = Path(name)
        region = boot(folder / "region", TIME_SCALE)
        try:
            follow(folder, region.url)
            left = region.inventory()
            if left or region.status()["hosts"]:
                raise Failed(f"The guide removes all of it in the end, but this is left: {left}")
        except (Failed, UncoveredCommand) as failure:
            print(f"\n{failure}", file=sys.stderr)
            return 1
        finally:
            if not keep:
                region.stop()
    print(f"\nThe guide can be followed: {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
