# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that die, whose disks are full, whose processes and networks fail."""

import pytest

from tests.region.faults.fault_site import BUCKET, eventually, runs
from tests.running_region import FaultRefused

GROUP = "replaced"
WEB_SERVER = "http.server 8000"


def free_mib(site, instance: str) -> tuple[int, int]:
    """(size, free) of the disk of an instance's host, in MiB."""
    shown = site.region.run_on(instance, "df", "--block-size=1M", "--output=size,avail", "/").stdout
    size, free = shown.split()[-2:]
    return int(size), int(free)


def test_an_installation_fails_on_a_full_disk_and_succeeds_when_there_is_room_again(site):
    size, _ = free_mib(site, site.one)
    fault = site.region.fault("disk-full", instance=site.one, leave_mib=24)  # room to unpack 16 MiB, not to copy them
    assert 23 <= free_mib(site, site.one)[1] <= 24
    status, event = site.deploy("one", mib=16)
    assert (status, event["lifecycleEventName"]) == ("Failed", "Install")
    assert "No space left on device" in event["diagnostics"]["message"]

    fault.clear()
    assert free_mib(site, site.one)[0] == size
    assert site.deploy("one", mib=16) == ("Succeeded", None)


def test_two_faults_cannot_have_hold_of_one_disk(site):
    first = site.region.fault("disk-full", instance=site.two)
    with pytest.raises(FaultRefused, match=f"{first.id}.* has hold of the disk of {site.two} already; clear it first"):
        site.region.fault("disk-full", instance=site.two, leave_mib=5)


def test_a_fault_of_a_host_ends_with_the_host(site):
    fault = site.region.fault("disk-full", instance=site.bare)
    site.region.fault("host-killed", instance=site.bare)
    eventually(lambda: site.instance_state(site.bare)["State"]["Name"] == "terminated")
    eventually(lambda: not fault.active)
    assert site.instance_state(site.bare)["StateReason"]["Code"] == "Server.InternalError"
    with pytest.raises(FaultRefused, match=f"no host runs for instance '{site.bare}'; give one of .*{site.one}"):
        site.region.fault("host-killed", instance=site.bare)


def test_auto_scaling_replaces_a_killed_host(site):
    autoscaling = site.region.client("autoscaling")
    image = site.instance_state(site.one)["ImageId"]
    autoscaling.create_launch_configuration(LaunchConfigurationName=GROUP, ImageId=image, InstanceType="t3.micro")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        LaunchConfigurationName=GROUP,
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )

    def in_service() -> list[str]:
        group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]
        return [one["InstanceId"] for one in group["Instances"] if one["LifecycleState"] == "InService"]

    (killed,) = eventually(in_service)
    site.region.fault("host-killed", instance=killed)
    (replacement,) = eventually(lambda: in_service() if in_service() != [killed] else None)
    assert replacement != killed
    eventually(lambda: site.instance_state(killed)["State"]["Name"] == "terminated")
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=GROUP, ForceDelete=True)


def test_a_killed_process_is_gone_and_comes_back_when_it_is_started(site):
    site.region.fault("process-killed", instance=site.two, pattern=WEB_SERVER)
    site.wait_for_health(site.two, "unhealthy")
    assert not runs(site.region, site.two, WEB_SERVER)
    assert site.region.faults() == []

    site.region.run_on(site.two, "systemctl", "start", "site")
    site.wait_for_health(site.two, "healthy")


def test_a_frozen_process_times_out_and_goes_on_when_the_fault_is_cleared(site):
    with site.region.fault("process-frozen", instance=site.two, pattern=WEB_SERVER):
        assert runs(site.region, site.two, WEB_SERVER) == "T"
        assert site.wait_for_health(site.two, "unhealthy")[1] == "Target.Timeout"
    site.wait_for_health(site.two, "healthy")


def test_a_host_with_its_cable_cut_is_unreachable_until_it_is_plugged_in(site):
    with site.region.fault("network-cut", instance=site.two):
        assert site.wait_for_health(site.two, "unhealthy")[1] == "Target.Timeout"
    site.wait_for_health(site.two, "healthy")


def download(site, seconds: float) -> int:
    """curl's exit status after downloading 400 kB to a host in at most so many seconds; 28 says: too slow."""
    url = f"http://169.254.169.250/{BUCKET}/large"
    limit = ["--silent", "--fail", "--max-time", str(seconds), "--output", "/dev/null"]
    return site.region.run_on(site.two, "curl", *limit, url, check=False).returncode


def test_a_slow_network_lets_little_through_until_the_fault_is_cleared(site):
    site.region.client("s3").put_object(Bucket=BUCKET, Key="large", Body=bytes(400_000), ACL="public-read")
    with site.region.fault("network-slow", instance=site.two, rate_kbit=160):  # 20 s for 400 kB
        assert download(site, seconds=2) == 28
    assert download(site, seconds=20) == 0


def test_delay_and_loss_do_what_they_say_or_say_what_the_kernel_lacks(site):
    try:
        fault = site.region.fault("network-slow", instance=site.two, loss_percent=100)
    except FaultRefused as refused:
        assert "need the kernel's netem, which it has not: load it as root (`modprobe sch_netem`)" in str(refused)
        assert "or give rate_kbit alone" in str(refused)
        assert site.region.faults() == []
    else:
        assert site.wait_for_health(site.two, "unhealthy")[1] == "Target.Timeout"
        fault.clear()
    site.wait_for_health(site.two, "healthy")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "needs at least one of delay_ms, loss_percent and rate_kbit"),
        ({"delay_ms": 10, "jitter_ms": 20}, "jitter_ms 20 is more than delay_ms 10"),
    ],
)
def test_a_slow_network_that_would_not_be_slow_is_refused(site, given, sentence):
    with pytest.raises(FaultRefused, match=sentence):
        site.region.fault("network-slow", instance=site.two, **given)


def test_broken_health_checks_take_a_target_out_while_its_application_answers(site):
    with site.region.fault("health-check-broken", instance=site.two, status=500):
        health = site.wait_for_health(site.two, "unhealthy")
        expected = ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]")
        assert eventually(lambda: site.health(site.two) == expected, str(health))
        assert len(site.served_by()) == 1
        assert site.region.run_on(site.two, "curl", "-sf", "http://127.0.0.1:8000/").returncode == 0
    site.wait_for_health(site.two, "healthy")
    eventually(lambda: len(site.served_by()) == 2)


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("process-killed", {"pattern": "nobody runs this"}, "found in no command line on i-.*exec i-.* -- ps -ef"),
        ("process-frozen", {"pattern": "("}, "is no regular expression"),
        ("agent-killed", {"instance": "i-0"}, "no host runs for instance 'i-0'"),
    ],
)
def test_what_is_not_there_cannot_be_broken(site, name, given, sentence):
    with pytest.raises(FaultRefused, match=sentence):
        site.region.fault(name, **({"instance": site.two} | given))
