# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies on the hosts after a release, held against what the AppSpec of the release says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import boto3

HOME = PurePosixPath("/opt/storefront")
UNIT = PurePosixPath("/etc/systemd/system/storefront.service")


def expected_files(source: Path) -> dict[str, str]:
    """path -> "owner mode" of every file that storefront's AppSpec puts on a host, for the release in ``source``."""
    files = {str(HOME / name): "storefront 640" for name in ("VERSION", "settings.json")}
    package = source / "storefront"
    for file in sorted(package.rglob("*")):
        if file.is_file():
            mode = "644" if file.parent.name == "static" else "640"
            files[str(HOME / "storefront" / file.relative_to(package).as_posix())] = f"storefront {mode}"
    return files | {str(UNIT): "root 644"}


def running_instances(url: str, environments: Iterable[str]) -> list[str]:
    """The ids of the running instances of some environments of the region at ``url``."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    wanted = {"tag:Environment": list(environments), "instance-state-name": ["running"]}
    filters = [{"Name": name, "Values": values} for name, values in wanted.items()]
    pages = boto3.client("ec2", endpoint_url=url, **keys).get_paginator("describe_instances").paginate(Filters=filters)
    return [one["InstanceId"] for page in pages for found in page["Reservations"] for one in found["Instances"]]


def found_files(instance: str) -> dict[str, str]:
    """path -> "owner mode" of what is there, asked on the host itself."""
    find = ["find", str(HOME), str(UNIT), "-type", "f", "-printf", r"%p\t%u %m\n"]
    command = [sys.executable, "-m", "local_region", "exec", instance, "--", *find]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(line.split("\t") for line in answer.splitlines())


def differences(expected: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    """A sentence for each file that is missing, too much, or has another owner or mode."""
    for path in sorted(expected.keys() | found.keys()):
        if path not in found:
            yield f"{path} is missing"
        elif path not in expected:
            yield f"{path} should be gone"
        elif expected[path] != found[path]:
            yield f"{path} is {found[path]}, should be {expected[path]}"


def check_hosts(instances: Iterable[str], source: Path) -> list[str]:
    """A sentence for each difference on each host; none when all of them are as released."""
    expected = expected_files(source)
    return [f"{name}: {line}." for name in instances for line in differences(expected, found_files(name))]
