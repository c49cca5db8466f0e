# SPDX-License-Identifier: GPL-3.0-or-later
"""The official modules against the region's ELBv2: what they make is there, and a second run changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_region.services.moto_gaps import elbv2 as gaps
from tests.region.balancing import ask, running_balancers

REGION = "eu-west-1"

# As little of the options as people give: no stickiness, no defaults spelled out.
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - community.aws.elb_target_group:
        name: web
        protocol: http
        port: 8000
        vpc_id: "{{ vpc }}"
        health_check_path: /health
        health_check_protocol: http
        health_check_interval: 5
        health_check_timeout: 2
        successful_response_codes: "200"
        deregistration_delay_timeout: 30
        state: present
        tags: {team: shop}
    - amazon.aws.elb_application_lb:
        name: web
        subnets: "{{ subnets }}"
        security_groups: ["{{ group }}"]
        idle_timeout: 90
        http2: true
        listeners:
          - Protocol: HTTP
            Port: 8080
            DefaultActions: [{Type: forward, TargetGroupName: web}]
            Rules:
              - Conditions: [{Field: path-pattern, Values: ["/old*"]}]
                Priority: "1"
                Actions:
                  - Type: fixed-response
                    FixedResponseConfig: {StatusCode: "410", ContentType: text/plain, MessageBody: gone}
        state: present
        tags: {team: shop}
"""


@pytest.fixture
def balancers(tmp_path):
    with running_balancers(tmp_path) as balancers:
        gaps.balance(balancers, lambda instance_id: "127.0.0.1")
        yield balancers
        gaps.balance(None)


def test_a_second_run_of_the_official_modules_changes_nothing(balancers, api, tmp_path):
    ec2 = api.client("ec2", region_name=REGION)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="lb", Description="lb", VpcId=vpc)["GroupId"]
    facts = {"vpc": vpc, "subnets": [one["SubnetId"] for one in subnets], "group": group}
    play = tmp_path / "play.yml"
    play.write_text(PLAY)
    first, second = changed(api.url, play, facts), changed(api.url, play, facts)
    assert (first, second) == (2, 0)
    elb = api.client("elbv2", region_name=REGION)
    balancer = elb.describe_load_balancers(Names=["web"])["LoadBalancers"][0]
    answer = ask(balancer["DNSName"], "/old/page")
    assert (answer.status, answer.text) == (410, "gone")


def changed(url: str, play: Path, facts: dict) -> int:
    """Runs the play; how many tasks say that they changed something."""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST",
        "AWS_SECRET_ACCESS_KEY": "not-a-real-secret",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
    }
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
    options = ["-e", json.dumps({**facts, "ansible_python_interpreter": sys.executable}), str(play)]
    done = subprocess.run([*command, *options], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)["stats"]["localhost"]["changed"]
