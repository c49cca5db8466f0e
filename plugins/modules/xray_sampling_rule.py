#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: xray_sampling_rule
version_added: "0.1.0"
short_description: Create, change, tag and delete X-Ray sampling rules
description:
  - A sampling rule says how many of a service's requests are recorded. Services look at the rules in the order of
    their priority, and take the first that fits; C(Default), which every account has, comes last.
  - In a second, all services that a rule fits record its reservoir together, then its rate of what else comes.
  - Patterns may have C(*) for any characters and C(?) for one. A new rule fits everything that is not named.
  - Nothing is written when the rule already is as the task wants it.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  rule_name:
    description:
      - The rule's name, 1 to 32 characters. Of V(Default) only O(reservoir_size) and O(fixed_rate) change.
    type: str
    required: true
    aliases: [name]
  priority:
    description:
      - The place in the order of all rules, 1 (first) to 9999. Required to create the rule.
    type: int
  reservoir_size:
    description:
      - Requests a second that are recorded in any case. Required to create the rule.
    type: int
  fixed_rate:
    description:
      - The share of all others that is recorded, from V(0) to V(1); five per cent are V(0.05). Required to create the
        rule.
    type: float
  service_name:
    description:
      - The names that services have in their segments.
    type: str
  service_type:
    description:
      - Where services run, as their segments' origin says, such as V(AWS::EC2::Instance).
    type: str
  host:
    description:
      - The host names of requests, from their header C(Host).
    type: str
  http_method:
    description:
      - The methods of requests.
    type: str
  url_path:
    description:
      - The paths of requests.
    type: str
  resource_arn:
    description:
      - The ARN of the AWS resource that the service runs on.
    type: str
  attributes:
    description:
      - Attributes that are known when a segment begins, with the patterns of their values. At most five, names and
        values of at most 32 characters. V({}) removes them.
    type: dict
  sampling_rate_boost:
    description:
      - How far X-Ray may raise the rate by itself for a time, when it sees anomalies. A rule that has it keeps it when
        the option is not given; X-Ray knows no way to take it from a rule, but to make the rule anew.
    type: dict
    suboptions:
      max_rate:
        description: The highest share that is recorded then, from V(0) to V(1).
        type: float
        required: true
      cooldown_window_minutes:
        description: Within how many minutes it is raised once only.
        type: int
        required: true
  state:
    description:
      - V(present) makes the rule or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - name: Configuring sampling rules
    description: What a rule fits, with examples.
    link: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
  - module: convoy.delivery.xray_sampling_rule_info
  - module: convoy.delivery.xray_group
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Of production's requests one a second is recorded, and a tenth of the others
  convoy.delivery.xray_sampling_rule:
    rule_name: storefront-production
    priority: 1000
    reservoir_size: 1
    fixed_rate: 0.1
    service_name: storefront-production
    tags:
      Environment: production

- name: No health check is recorded
  convoy.delivery.xray_sampling_rule:
    rule_name: health-checks
    priority: 100
    reservoir_size: 0
    fixed_rate: 0
    http_method: GET
    url_path: /health

- name: Each payment of customers on trial is recorded
  convoy.delivery.xray_sampling_rule:
    rule_name: payments
    priority: 200
    reservoir_size: 50
    fixed_rate: 1
    url_path: /payments/*
    attributes:
      plan: trial

- name: When something is wrong, up to a half is recorded for a while
  convoy.delivery.xray_sampling_rule:
    rule_name: storefront-production
    sampling_rate_boost:
      max_rate: 0.5
      cooldown_window_minutes: 10

- name: What no rule is about is hardly recorded
  convoy.delivery.xray_sampling_rule:
    rule_name: Default
    reservoir_size: 0
    fixed_rate: 0.01

- name: It is not needed any more
  convoy.delivery.xray_sampling_rule:
    rule_name: storefront-production
    state: absent
"""

RETURN = r"""
sampling_rule:
  description:
    - The rule afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    rule_name:
      description: Its name.
      type: str
      sample: storefront-production
    rule_arn:
      description: The ARN that AWS gave. Not known in check mode before the rule is made.
      type: str
      sample: arn:aws:xray:eu-central-1:123456789012:sampling-rule/storefront-production
    priority:
      description: The place in the order of all rules. That of C(Default) is 10000.
      type: int
      sample: 1000
    reservoir_size:
      description: Requests a second that are recorded in any case.
      type: int
      sample: 1
    fixed_rate:
      description: The share of the others that is recorded, from 0 to 1.
      type: float
      sample: 0.05
    service_name:
      description: The services that it is about.
      type: str
      sample: storefront-production
    service_type:
      description: Where these services run.
      type: str
      sample: "*"
    host:
      description: The host names of requests.
      type: str
      sample: "*"
    http_method:
      description: Their methods.
      type: str
      sample: "*"
    url_path:
      description: Their paths.
      type: str
      sample: "*"
    resource_arn:
      description: The resource that the service runs on.
      type: str
      sample: "*"
    attributes:
      description: Attributes of their segments.
      type: dict
    sampling_rate_boost:
      description: How far the rate may be raised for a time.
      type: dict
      returned: when there is one
    version:
      description: The version of the rules' format.
      type: int
      sample: 1
    created_at:
      description: When it was made, ISO 8601.
      type: str
    modified_at:
      description: When it was last changed, ISO 8601.
      type: str
    tags:
      description: The tags.
      type: dict
      returned: when O(tags) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.xray.sampling_rule import SamplingRule

BOOST = dict(max_rate=dict(type="float", required=True), cooldown_window_minutes=dict(type="int", required=True))
OPTIONS = dict(
    rule_name=dict(type="str", required=True, aliases=["name"]),
    priority=dict(type="int"),
    reservoir_size=dict(type="int"),
    fixed_rate=dict(type="float"),
    service_name=dict(type="str"),
    service_type=dict(type="str"),
    host=dict(type="str"),
    http_method=dict(type="str"),
    url_path=dict(type="str"),
    resource_arn=dict(type="str"),
    attributes=dict(type="dict"),
    sampling_rate_boost=dict(type="dict", options=BOOST),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(SamplingRule(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
