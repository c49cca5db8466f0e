# SPDX-License-Identifier: GPL-3.0-or-later
"""site: what it builds, and that it leaves alone what is as it should be."""

from __future__ import annotations

import re

import pytest

from tests.integration.playbooks.conftest import ENVIRONMENTS


def test_check_mode_on_an_empty_region_passes_foresees_and_writes_nothing(foreseen):
    run, writes = foreseen

    assert run.status == 0, run.output
    assert all(count > 0 for count in run.changed.values())
    assert writes == {}


def test_every_environment_has_hosts_in_two_zones_with_a_running_agent(site):
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    hosts = site.region.client("ec2").describe_instances(Filters=running)["Reservations"]
    hosts = [instance for reservation in hosts for instance in reservation["Instances"]]
    zones = {}
    for host in hosts:
        tags = {tag["Key"]: tag["Value"] for tag in host["Tags"]}
        assert (tags["Application"], tags["ManagedBy"]) == ("storefront", "convoy.delivery")
        zones.setdefault(tags["Environment"], []).append(host["Placement"]["AvailabilityZone"])
        assert site.region.run_on(host["InstanceId"], "systemctl", "is-active", "codedeploy-agent").stdout == "active\n"

    assert {name: sorted(where) for name, where in zones.items()} == dict.fromkeys(
        ENVIRONMENTS, ["us-east-1a", "us-east-1b"]
    )


def test_the_artifact_bucket_is_versioned_encrypted_and_closed(site):
    s3 = site.region.client("s3")
    bucket = {"Bucket": "storefront-artifacts"}

    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"].values())
    assert '"aws:SecureTransport": "false"' in s3.get_bucket_policy(**bucket)["Policy"]
    rules = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_a_second_run_changes_nothing_and_writes_nothing(site):
    before = site.writes()

    run = site.run("site")

    assert run.status == 0, run.output
    assert run.changed == {"staging": 0, "production": 0, "pipeline": 0}
    assert site.writes() == before


@pytest.mark.thorough
def test_check_mode_on_a_built_region_foresees_nothing_and_writes_nothing(site):
    before = site.writes()

    run = site.run("site", "--check", "--diff", "--limit", "production,pipeline")

    assert run.status == 0, run.output
    assert run.changed == {"production": 0, "pipeline": 0}
    assert site.writes() == before


@pytest.mark.thorough
def test_check_mode_foresees_what_a_changed_option_would_do(site):
    before = site.writes()
    options = ["-e", "fleet_max_size=6", "-e", "load_balancer_deregistration_delay_seconds=60"]

    run = site.run("site", "--check", "--diff", "--limit", "staging", *options)

    assert run.status == 0, run.output
    assert run.changed == {"staging": 2}
    assert re.search(r"""\+ *"?deregistration_delay.timeout_seconds"?: ['"]60""", run.text)
    assert "Auto Scaling group storefront-staging would be changed." in run.text
    assert site.writes() == before


def test_the_wrong_account_is_refused_before_anything_is_built(site):
    before = site.writes()

    run = site.run("site", "-e", "aws_account_id=999999999999")

    assert run.status != 0
    assert "the credentials belong to account 123456789012, but aws_account_id says 999999999999." in run.text
    assert site.writes() == before


def test_a_region_that_does_not_run_is_named_with_the_remedy(site, tmp_path):
    nowhere = "aws_connection={region: us-east-1, endpoint_url: 'http://127.0.0.1:9', access_key: a, secret_key: b}"

    run = site.run("site", "-e", "{" + nowhere.replace("=", ": ", 1) + "}")

    assert run.status != 0
    assert "staging: http://127.0.0.1:9 did not answer as AWS does" in run.text
    assert "Start the local region (playbook convoy.delivery.local_region)" in run.text
