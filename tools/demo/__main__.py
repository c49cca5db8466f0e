# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: the commands a user would type, one after the other, and what came of them.

It provisions staging, production and a pipeline over both in the local region, then pushes storefront with Git. 1.0 and
2.0 are built, reach staging, are approved and reach production, while every load balancer is asked for the shop at a
fixed rate. 2.1 is broken: its first push fails its unit tests, the second passes them and fails on staging, where it is
rolled back. By hand it then releases to production 3.0, to a fleet of new hosts, and a 3.1 that is healthy and answers
errors, which an alarm stops and rolls back.
The figures of the summary are those of the reports, which count the prober's own record of every request.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools.demo.hosts import check_hosts, running_instances
from tools.demo.repository import Repository
from tools.demo.summary import complaints, pipeline_complaints, read_executions, read_reports, stage_table, table

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"
REPORTS = BUILD / "demo-reports"
PIPELINE_REPORTS = REPORTS / "pipeline"
CHECKOUT = BUILD / "storefront-repository"
WHEELS = BUILD / "storefront-wheels"
STOREFRONT = ROOT / "examples" / "storefront"
INVENTORY = "inventories/local"

REPORTED = ("-e", f"release_report_path={REPORTS}", "-e", f"pipeline_report_path={PIPELINE_REPORTS}")
# Two minutes between zones, for an alarm that looks at whole minutes.
ZONE_BY_ZONE = ("-e", "release_zonal=true", "-e", "release_zone_monitor_seconds=120")
BLUE_GREEN = ("-e", "delivery_strategy=blue_green", "-e", "release_termination_wait_minutes=1")
PRODUCTION = ("--limit", "production")

# Only a release that answers errors itself has any.
ERRORS = {"3.1"}
EXPECTED = [
    {"release": release, "environment": environment, "strategy": "pipeline", "status": "Succeeded"}
    | {"version_before": before, "version_after": release, "hosts": hosts, "rolled_back": False}
    for release, before in (("1.0", None), ("2.0", "1.0"))
    for environment, hosts in (("staging", 2), ("production", 4))
] + [
    {"release": release, "environment": environment, "strategy": strategy, "status": status}
    | {"version_before": before, "version_after": after, "hosts": hosts, "rolled_back": after == before}
    for release, environment, hosts, strategy, status, before, after in (
        ("2.1", "staging", 2, "pipeline", "Failed", "2.0", "2.0"),
        ("3.0", "production", 4, "blue_green", "Succeeded", "2.0", "3.0"),
        ("3.1", "production", 4, "rolling", "Failed", "3.0", "3.0"),
    )
]
# How far each push came: its stages that succeeded, and the one that failed.
EXPECTED_EXECUTIONS = [
    ("1.0", ["Source", "Build", "Staging", "Approval", "Production"], None),
    ("2.0", ["Source", "Build", "Staging", "Approval", "Production"], None),
    ("2.1", ["Source"], "Build"),
    ("2.1", ["Source", "Build"], "Staging"),
]


class DemoFailed(Exception):
    """Something did not go as the demonstration promises; the text says what."""


def say(text: str) -> None:
    print(f"\n=== {text}", flush=True)


def playbook(name: str, *arguments: str, fails: bool = False, **environment: str) -> None:
    """Runs a playbook of the collection as a user would, in plain sight."""
    command = ["ansible-playbook", "-i", INVENTORY, f"convoy.delivery.{name}", *arguments]
    print("$", shlex.join(command), flush=True)
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode
    if (code != 0) != fails:
        raise DemoFailed(f"{name} ended with exit code {code}, {'a failure' if fails else 'success'} was expected.")


def source_of(release: str) -> Path:
    """The application as of one release: the example with the release's own files laid over it."""
    folder = BUILD / "storefront" / release
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("releases", "tests", "ci", "__pycache__", ".pytest_cache", "README.md")
    shutil.copytree(STOREFRONT, folder, ignore=ignored)
    shutil.copytree(STOREFRONT / "releases" / release, folder, dirs_exist_ok=True)
    return folder


def release(version: str, *arguments: str, fails: bool = False) -> None:
    playbook(
        "release",
        *("-e", f"release_version={version}"),
        *("-e", f"release_source={source_of(version)}"),
        *("-e", f"release_report_path={REPORTS}"),
        *arguments,
        fails=fails,
    )


def push(repository: Repository, folder: str, message: str, fails: bool = False) -> str:
    """Pushes a release and follows it to its approval, or to its failure; returns the commit."""
    commit = repository.push(folder, message)
    follow = ("-e", "release_by=pipeline", "-e", f"pipeline_commit={commit}", *REPORTED)
    playbook("release", *follow, fails=fails)
    return commit


def approve() -> None:
    # The evidence is printed by a task that changes nothing.
    playbook("approve", "-e", "decision=approve", *REPORTED, ANSIBLE_DISPLAY_OK_HOSTS="true")


def region_url() -> str:
    return json.loads((BUILD / "region" / "region.json").read_text())["url"]


def look_at_hosts(version: str, *environments: str) -> None:
    """Holds the files on every host against the release: what it brings is there, what only others brought is gone."""
    instances = running_instances(region_url(), environments)
    if wrong := check_hosts(instances, source_of(version)):
        raise DemoFailed("\n".join(wrong))
    print(f"The files of {len(instances)} hosts are those of {version}, with their owners and modes, and no others.")


def keep_wheels() -> None:
    """What the storefront's build checks it with, fetched once, so that builds need no package index."""
    wanted, stamp = STOREFRONT / "requirements-build.txt", WHEELS / "complete.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        shutil.rmtree(WHEELS, ignore_errors=True)
        command = ["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--wheel-dir", WHEELS, "-r", wanted]
        subprocess.run([sys.executable, *command], check=True)
        shutil.copyfile(wanted, stamp)
    # The local region gives pip's settings of this machine to its builds.
    os.environ["PIP_FIND_LINKS"] = f"{os.environ.get('PIP_FIND_LINKS', '')} {WHEELS.as_uri()}".strip()


def run() -> None:
    keep_wheels()
    started = time.monotonic()
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)

    say("An empty local region")
    playbook("local_region", "-e", "local_region_state=reset")
    say("Networks, load balancers, fleets and deployment groups of staging and production, and the pipeline over both")
    playbook("site")
    repository, releases = Repository(CHECKOUT, STOREFRONT, region_url()), {}
    for version in ("1.0", "2.0"):
        say(f"Storefront {version}: pushed, built, on staging one host at a time, then up to an approval")
        releases[push(repository, version, f"Storefront {version}")] = version
        approve()
    look_at_hosts("2.0", "staging", "production")
    say("Storefront 2.1 names a catalogue that nobody wrote: its unit tests fail")
    releases[push(repository, "2.1", "Storefront 2.1, with the new catalogue", fails=True)] = "2.1"
    say("Storefront 2.1 again: the catalogue is written, but not where the AppSpec takes files from; staging fails")
    releases[push(repository, "2.1-again", "Write the catalogue", fails=True)] = "2.1"
    look_at_hosts("2.0", "staging", "production")
    say("By hand: 3.0 to new hosts of production, blue/green")
    release("3.0", *PRODUCTION, *BLUE_GREEN)
    look_at_hosts("3.0", "production")
    say("By hand: 3.1 is healthy, but every third visit of its front page is an error; an alarm sees it")
    release("3.1", *PRODUCTION, *ZONE_BY_ZONE, fails=True)
    look_at_hosts("3.0", "production")
    report(time.monotonic() - started, releases)


def report(seconds: float, releases: dict[str, str]) -> None:
    """Shows what came of it, writes it down, and complains about what is not as promised."""
    rows = read_reports(REPORTS)
    executions = read_executions(PIPELINE_REPORTS, rows, releases)
    (BUILD / "demo.json").write_text(json.dumps([*rows, *executions], indent=2) + "\n")
    say(f"Done in {seconds:.0f} s. Every request that was sent during a release is in these figures")
    print(table(rows))
    print("\nThe pipeline's stages, in seconds (! failed). An approval lasts as long as people take:")
    print(stage_table(executions))
    print("\nThe same as data: .build/demo.json. `make demo-down` stops the region and removes everything in it.")
    if wrong := [*complaints(rows, EXPECTED, ERRORS), *pipeline_complaints(executions, EXPECTED_EXECUTIONS)]:
        raise DemoFailed("\n".join(wrong))


def main() -> int:
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # What changed, what is under way and what failed; not every task that found all in order.
    os.environ |= {"ANSIBLE_DISPLAY_OK_HOSTS": "false", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}
    try:
        run()
    except DemoFailed as problem:
        print(f"\nThe demonstration did not go as promised.\n{problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
