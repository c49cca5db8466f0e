# SPDX-License-Identifier: GPL-3.0-or-later
"""The region of an ordinary user: the same as root's, and as little of it stays."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from pathlib import Path

import pytest

from tests.region import leftovers
from tests.region.ordinary_user import UID, OrdinaryUser, why_not
from tests.region.test_supervisor import with_a_host_and_a_load_balancer
from tests.running_region import RunningRegion

pytestmark = pytest.mark.skipif(why_not() is not None, reason=f"not tried as an ordinary user: {why_not()}")


@pytest.fixture
def directory():
    """Not in tmp_path: each start of pytest closes the directory of all of root's test runs to other users."""
    with tempfile.TemporaryDirectory(prefix="region-user-") as name:
        yield Path(name, "user")


@pytest.fixture
def user(directory):
    return OrdinaryUser(directory)


@pytest.fixture
def region(user):
    state_dir = user.home / "region"
    started = user.region("start", "--state-dir", str(state_dir), "--port", "0", "--time-scale", "10")
    assert started.returncode == 0, started.stdout + started.stderr
    info = json.loads((state_dir / "region.json").read_text())
    yield RunningRegion(info["url"], 10, state_dir)
    user.region("stop", "--state-dir", str(state_dir))


def test_an_ordinary_users_region_has_hosts_and_load_balancers_and_leaves_nothing(user, region):
    with_a_host_and_a_load_balancer(region)
    (host,) = region.status()["hosts"]
    before = leftovers.processes_of(region.state_dir)
    assert {os.stat(f"/proc/{process.pid}").st_uid for process in before} == {UID}

    inside = user.region("exec", "--state-dir", str(region.state_dir), host["instance_id"], "--", "id", "-un")
    stopped = user.region("stop", "--state-dir", str(region.state_dir))

    assert (inside.stdout, inside.stderr) == ("root\n", "")
    assert stopped.stdout == "The local region is stopped.\n"
    assert leftovers.survivors(before) == []
    assert sorted(file.name for file in region.state_dir.iterdir()) == ["lock", "region.log"]


@pytest.mark.thorough
def test_an_ordinary_users_region_has_on_premises_hosts(user, region):
    where = ("--state-dir", str(region.state_dir))
    added = user.region("on-premises", *where, "add", "rack-7")
    assert (added.stdout, added.stderr) == ("rack-7 runs at 192.168.100.10.\n", "")
    metadata = user.region("exec", *where, "rack-7", "--", "curl", "-s", "http://169.254.169.254/")
    assert metadata.returncode != 0 and metadata.stdout == ""


@pytest.mark.thorough
@pytest.mark.parametrize("victim", ["supervisor", "unshare", "region"])
def test_killing_a_part_of_an_ordinary_users_region_leaves_nothing(victim, region):
    with_a_host_and_a_load_balancer(region)
    before = leftovers.processes_of(region.state_dir)
    info = json.loads((region.state_dir / "region.json").read_text())
    _, unshare, first = [entry["pid"] for entry in info["processes"]]

    os.kill({"supervisor": info["pid"], "unshare": unshare, "region": first}[victim], signal.SIGKILL)

    assert leftovers.survivors(before) == []


def test_without_subordinate_ids_one_sentence_names_the_remedy(directory):
    user = OrdinaryUser(directory, subordinate_ids=False)

    refused = user.region("start", "--state-dir", str(user.home / "region"), "--port", "0")

    assert refused.returncode == 2
    assert refused.stderr.startswith("The local region needs a range of 65536 ids for region-user in /etc/subuid: ")
    assert "usermod --add-subuids 100000-165535" in refused.stderr
    assert not (user.home / "region").exists()


def test_without_newuidmap_one_sentence_names_the_package(user, directory):
    few = directory / "few-commands"
    few.mkdir()
    for command in ("unshare", "nsenter", "mount", "env"):
        (few / command).symlink_to(f"/usr/bin/{command}")

    refused = user.region("start", "--state-dir", str(user.home / "region"), path=str(few))

    assert refused.returncode == 2
    assert refused.stderr == (
        "The local region needs the command newuidmap, which is not installed: install the package uidmap.\n"
    )
