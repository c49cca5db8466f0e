# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting, stopping and killing a region: what it says, and that nothing of it stays on the machine."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from tests.region import leftovers
from tests.running_region import ROOT, RunningRegion, boot, run_cli

AMI = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


@pytest.fixture
def machine():
    """The machine's interfaces before the test; they are the same after it."""
    before = leftovers.interfaces()
    yield
    assert leftovers.interfaces() == before


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A region with a host and a load balancer, for tests that only look at it."""
    region = boot(tmp_path_factory.mktemp("standing"), 10)
    with_a_host_and_a_load_balancer(region)
    yield region
    region.stop()


@pytest.fixture(scope="module")
def risen_again(tmp_path_factory):
    """A region that each test kills and starts anew."""
    region = boot(tmp_path_factory.mktemp("risen-again"), 10)
    yield region
    region.stop()
    assert leftovers.sockets_below(region.state_dir) == []


def with_a_host_and_a_load_balancer(region: RunningRegion) -> str:
    """Gives the region one of everything that it could leave behind; returns the load balancer's address."""
    ec2, elbv2 = region.client("ec2"), region.client("elbv2")
    image = region.client("ssm").get_parameter(Name=AMI)["Parameter"]["Value"]
    subnets = ec2.describe_subnets()["Subnets"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnets[0]["SubnetId"])["Instances"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance["InstanceId"]], WaiterConfig={"Delay": 1})
    (balancer,) = elbv2.create_load_balancer(Name="web", Subnets=[one["SubnetId"] for one in subnets[:2]])[
        "LoadBalancers"
    ]
    answer = {"StatusCode": "200", "MessageBody": "here", "ContentType": "text/plain"}
    elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=8080,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": answer}],
    )  # fmt: skip
    with urllib.request.urlopen(f"http://{balancer['DNSName']}:8080/", timeout=10) as response:
        assert response.read() == b"here"
    return balancer["DNSName"]


def test_the_supervisor_does_without_moto():
    """It stands beside the region for as long as that runs; moto alone is a hundred megabytes and a second to start."""
    loaded = "import sys, local_region.supervisor_process; print('moto' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_stop_leaves_no_process_mount_namespace_bridge_or_socket(start_region, machine):
    region = start_region()
    with_a_host_and_a_load_balancer(region)
    before = leftovers.processes_of(region.state_dir)
    assert len(before) > 5, "supervisor, door, nest, balancer and a host were expected"

    region.stop()

    assert leftovers.survivors(before) == []
    assert leftovers.mounts_below(region.state_dir) == []
    assert sorted(file.name for file in region.state_dir.iterdir()) == ["lock", "region.log"]


PARTS = {
    "the supervisor": r"local_region\.supervisor_process",
    "unshare": r"^unshare .*local_region\.region_process",
    "the nest's first process": r"^\S*python\S* -S -m local_region\.nest_init",
    "the region's process": r"^\S*python\S* -m local_region\.region_process",
    "the door": r"/door/bootstrap\.json",
}


# All else hangs on these two. The others are killed with --thorough.
OFTEN = ("the supervisor", "the region's process")


@pytest.mark.parametrize(
    "part", [part if part in OFTEN else pytest.param(part, marks=pytest.mark.thorough) for part in PARTS]
)
def test_killing_any_part_leaves_nothing_and_the_next_start_is_clean(part, risen_again):
    region = risen_again
    address = with_a_host_and_a_load_balancer(region)
    before = leftovers.processes_of(region.state_dir)
    (victim,) = [process for process in before if re.search(PARTS[part], process.command)]

    os.kill(victim.pid, signal.SIGKILL)

    assert leftovers.survivors(before) == []
    assert leftovers.mounts_below(region.state_dir) == []
    with pytest.raises(OSError), socket.create_connection((address, 8080), timeout=5):
        pass
    assert region.command("status", check=False).stdout == "The local region is not running.\n"
    started = region.command("start", "--port", region.url.rpartition(":")[2], "--time-scale", "10")
    assert "The local region answers at " + region.url in started.stdout
    assert region.inventory() == {}


@pytest.mark.thorough
def test_stop_clears_what_a_killed_region_left(start_region, machine):
    region = start_region()
    os.kill(region.status()["pid"], signal.SIGKILL)

    stopped = region.command("stop")

    assert stopped.stdout == "The local region is not running; cleared what a killed one left behind.\n"
    assert sorted(file.name for file in region.state_dir.iterdir()) == ["lock", "region.log"]
    assert region.command("stop").stdout == "The local region is not running.\n"


def test_starting_twice_says_so_and_starts_nothing(standing):
    region = standing
    before = leftovers.processes_of(region.state_dir)

    again = region.command("start")

    assert again.stdout == f"The local region already runs at {region.url} (pid {region.status()['pid']}).\n"
    assert leftovers.processes_of(region.state_dir) == before


@pytest.mark.thorough
def test_two_starts_at_once_make_one_region(tmp_path):
    done = []
    starts = [
        threading.Thread(target=lambda: done.append(run_cli("start", "--state-dir", str(tmp_path), "--port", "0")))
        for _ in range(2)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    try:
        said = sorted(one.stdout.splitlines()[-1] for one in done)
        assert said[0].startswith("The local region already runs at ") and " answers at " in said[1]
    finally:
        run_cli("stop", "--state-dir", str(tmp_path))


@pytest.mark.parametrize(("option", "value"), [("--time-scale", "7"), ("--port", "1")])
def test_starting_with_other_options_than_the_running_one_is_refused(option, value, standing):
    refused = standing.command("start", option, value, check=False)

    assert refused.returncode == 2
    assert refused.stderr.startswith(f"The local region already runs at {standing.url} with {option} ")
    assert "stop it first" in refused.stderr


def test_status_says_what_runs(standing):
    status = standing.status()

    assert status["running"] and status["url"] == standing.url and status["time_scale"] == 10
    assert len(status["hosts"]) == len(status["load_balancers"]) == 1
    assert f"runs at {standing.url}" in standing.command("status").stdout


def test_reset_empties_the_region_on_the_same_port(start_region):
    region = start_region()
    assert region.status()["calls"] == {"total": 0, "writes": 0, "writes_by_operation": {}}
    with_a_host_and_a_load_balancer(region)
    pid = region.status()["pid"]
    assert region.inventory()

    assert region.command("reset").stdout == f"The local region at {region.url} is empty.\n"

    status = region.status()
    assert (status["url"], status["pid"], status["hosts"], status["load_balancers"]) == (region.url, pid, [], [])
    assert region.inventory() == {}


@pytest.mark.parametrize("verb", ["reset", "inventory", "exec"])
def test_a_verb_that_needs_a_region_says_that_none_runs(verb, tmp_path):
    argv = [verb, "--state-dir", str(tmp_path), *(["i-0"] if verb == "exec" else [])]

    refused = run_cli(*argv, check=False)

    assert refused.returncode == 3
    assert refused.stderr.startswith("The local region is not running") and "local_region start" in refused.stderr


def test_status_of_no_region_is_json_too_and_exits_with_3(tmp_path):
    done = run_cli("status", "--json", "--state-dir", str(tmp_path), check=False)

    assert (done.returncode, json.loads(done.stdout)) == (3, {"running": False})


def test_a_port_that_is_taken_is_refused_in_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run_cli("start", "--state-dir", str(tmp_path), "--port", str(port), check=False)

    assert refused.returncode == 2
    assert refused.stderr == (
        f"--port {port} on 127.0.0.1 cannot be used (Address already in use): "
        "choose another one, or 0 for a free one.\n"
    )


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--port", "65536", "'65536' is not a port; give a number from 1 to 65535"),
        ("--port", "http", "'http' is not a port; give a number from 1 to 65535"),
        ("--time-scale", "0", "'0' is not a time scale; give a number greater than 0"),
        ("--time-scale", "fast", "'fast' is not a time scale; give a number greater than 0"),
        ("--time-scale", "inf", "'inf' is not a time scale; give a number greater than 0"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_by_name(option, value, reason, tmp_path):
    refused = run_cli("start", "--state-dir", str(tmp_path), option, value, check=False)

    assert refused.returncode == 2
    assert f"argument {option}: {reason}" in refused.stderr


@pytest.mark.thorough
def test_a_state_directory_with_a_very_long_path_works(start_region, tmp_path):
    deep = tmp_path / ("d" * 100) / ("e" * 100)

    region = start_region(state_dir=deep)

    with_a_host_and_a_load_balancer(region)
    before = leftovers.processes_of(region.state_dir)
    run_dir = Path(json.loads((deep / "region.json").read_text())["run_dir"])
    assert run_dir.is_dir() and len(str(run_dir)) < 60
    region.stop()
    assert leftovers.survivors(before) == [] and not run_dir.exists()


def test_a_region_whose_starting_terminal_hangs_up_lives_on(standing):
    assert os.getsid(standing.status()["pid"]) == standing.status()["pid"] != os.getsid(0)


def test_exec_runs_a_command_on_the_host_and_hands_its_exit_code_on(standing):
    (host,) = standing.status()["hosts"]

    done = standing.run_on(host["instance_id"], "sh", "-c", "hostname; id -un; exit 7", check=False)

    assert done.returncode == 7
    assert done.stdout.splitlines()[1] == "root"
    assert done.stdout.startswith(f"ip-{host['private_ip'].replace('.', '-')}")


def test_exec_names_the_hosts_there_are_when_the_instance_is_unknown(standing):
    (host,) = standing.status()["hosts"]

    refused = standing.run_on("i-0123", "true", check=False)

    assert refused.returncode == 2
    assert refused.stderr.startswith("No host runs for instance 'i-0123'; ") and host["instance_id"] in refused.stderr


def test_log_prints_what_the_region_logged(standing):
    standing.client("s3").create_bucket(Bucket="a-bucket")

    assert "s3:CreateBucket 200" in standing.command("log").stdout
