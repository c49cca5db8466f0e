# SPDX-License-Identifier: GPL-3.0-or-later
"""amazon.aws and community.aws against what the region completes of moto: made once, left alone by a second run.

The second run is held to the region's own count of writing calls, not to what the modules say of themselves.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running_region import ACCESS_KEY, SECRET_KEY

PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - amazon.aws.ec2_vpc_net: {name: shop, cidr_block: 10.30.0.0/16, tags: "{{ tags }}"}
      register: vpc
    - amazon.aws.ec2_vpc_subnet:
        {vpc_id: "{{ vpc.vpc.id }}", cidr: "10.30.{{ index }}.0/24", az: "us-east-1{{ item }}", tags: "{{ tags }}"}
      loop: [a, b]
      loop_control: {index_var: index}
      register: subnets
    - amazon.aws.ec2_vpc_igw: {vpc_id: "{{ vpc.vpc.id }}", tags: "{{ tags }}"}
      register: gateway
    - amazon.aws.ec2_vpc_route_table:
        vpc_id: "{{ vpc.vpc.id }}"
        subnets: "{{ subnets.results | map(attribute='subnet.id') }}"
        routes: [{dest: 0.0.0.0/0, gateway_id: "{{ gateway.gateway_id }}"}]
        tags: "{{ tags }}"
    - amazon.aws.ec2_vpc_nat_gateway:
        subnet_id: "{{ subnets.results[0].subnet.id }}"
        if_exist_do_not_create: true
        wait: true
        tags: "{{ tags }}"
    - amazon.aws.ec2_security_group:
        name: web
        description: Web
        vpc_id: "{{ vpc.vpc.id }}"
        rules: [{proto: tcp, ports: [8000], cidr_ip: 10.30.0.0/16, rule_desc: from the load balancer}]
        tags: "{{ tags }}"
      register: group
    - amazon.aws.kms_key: {alias: shop, description: Shop, enable_key_rotation: true, tags: "{{ tags }}"}
    - amazon.aws.s3_bucket:
        name: shop-artifacts
        versioning: true
        encryption: AES256
        public_access:
          {block_public_acls: true, ignore_public_acls: true, block_public_policy: true, restrict_public_buckets: true}
        policy:
          Version: "2012-10-17"
          Statement:
            - Sid: TlsOnly
              Effect: Deny
              Principal: "*"
              Action: s3:*
              Resource: [arn:aws:s3:::shop-artifacts, arn:aws:s3:::shop-artifacts/*]
              Condition: {Bool: {aws:SecureTransport: "false"}}
        tags: "{{ tags }}"
    - amazon.aws.s3_object: {bucket: shop-artifacts, object: a/key, content: hello, mode: put, overwrite: different}
    - amazon.aws.iam_managed_policy:
        name: shop
        policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: s3:GetObject, Resource: "*"}]}
        state: present
      register: policy
    - amazon.aws.iam_role:
        name: shop
        assume_role_policy_document: "{{ trust | to_json }}"
        managed_policies:
          - "{{ policy.policy.arn }}"
          - arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore
        create_instance_profile: true
        tags: "{{ tags }}"
    - community.aws.ec2_launch_template:
        name: shop
        image_id: "{{ image }}"
        instance_type: t3.micro
        security_group_ids: ["{{ group.group_id }}"]
        iam_instance_profile: shop
        metadata_options: {http_tokens: required}
        block_device_mappings: [{device_name: /dev/xvda, ebs: {volume_size: 16, volume_type: gp3, encrypted: true}}]
        user_data: "{{ ('#!/bin/sh\\necho ' ~ word) | b64encode }}"
        tags: "{{ tags }}"
    - amazon.aws.autoscaling_group:
        name: shop
        launch_template: {launch_template_name: shop, version: $Latest}
        min_size: 3
        max_size: 3
        desired_capacity: 3
        vpc_zone_identifier: "{{ subnets.results | map(attribute='subnet.id') }}"
        tags: [{Name: shop, propagate_at_launch: true}]
        wait_for_instances: true
        replace_all_instances: false
  vars:
    tags: {Name: shop, team: delivery}
    trust:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]
"""

# What the module autoscaling_group calls on every run, whatever it finds: it says rightly that nothing has changed.
AUTO_SCALING_GROUPS_OWN = {"autoscaling:DisableMetricsCollection", "autoscaling:UpdateAutoScalingGroup"}


@pytest.fixture
def run(api, tmp_path):
    """Runs the play; gives the names of the tasks that say they changed something and the writes of the run."""
    play = tmp_path / "play.yml"
    image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    facts = {
        "ansible_python_interpreter": sys.executable,
        "image": api.client("ssm").get_parameter(Name=image)["Parameter"]["Value"],
    }
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": api.url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_CALLBACKS_ENABLED": "convoy.delivery.warm_controller",  # the same results, sooner
    }
    ansible = str(Path(sys.executable).parent / "ansible-playbook")

    def one_run(play_text: str = PLAY, **more) -> tuple[list[str], dict[str, int]]:
        play.write_text(play_text)
        before = api.region.calls.counts()["writes_by_operation"]
        argv = [ansible, "-i", "localhost,", "-c", "local", "-e", json.dumps({**facts, **more}), str(play)]
        done = subprocess.run(argv, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        tasks = json.loads(done.stdout)["plays"][0]["tasks"]
        changed = [task["task"]["name"] for task in tasks if task["hosts"]["localhost"].get("changed")]
        after = api.region.calls.counts()["writes_by_operation"]
        return changed, {
            name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)
        }

    return one_run


@pytest.mark.thorough
def test_a_second_run_changes_nothing_and_a_changed_template_makes_a_second_version(run, api):
    changed, _ = run(word="one")
    assert len(changed) == 13, changed

    changed, writes = run(word="one")
    assert changed == []
    assert set(writes) <= AUTO_SCALING_GROUPS_OWN

    changed, writes = run(word="two")
    assert changed == ["community.aws.ec2_launch_template"]
    assert set(writes) - AUTO_SCALING_GROUPS_OWN == {"ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"}
    assert run(word="two")[0] == []
    ec2 = api.client("ec2")
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    assert template["LatestVersionNumber"] == 2
    spread = [
        one["Placement"]["AvailabilityZone"]
        for reservation in ec2.describe_instances()["Reservations"]
        for one in reservation["Instances"]
    ]
    assert sorted(spread) in (["us-east-1a", "us-east-1a", "us-east-1b"], ["us-east-1a", "us-east-1b", "us-east-1b"])
