#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: xray_sampling_rule_info
version_added: "0.1.0"
short_description: List X-Ray sampling rules
description:
  - Tells about some or all X-Ray sampling rules of a region, with their tags, in the order that services look at them.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  rule_names:
    description:
      - Only the rules of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given, with C(Default), which every account has.
    type: list
    elements: str
    aliases: [names]
seealso:
  - module: convoy.delivery.xray_sampling_rule
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What is recorded of requests that no other rule is about?
  convoy.delivery.xray_sampling_rule_info:
    rule_names: [Default]
  register: found

- name: It is told
  ansible.builtin.debug:
    msg: "{{ rule.reservoir_size }} a second, and {{ rule.fixed_rate * 100 }} % of the others"
  vars:
    rule: "{{ found.sampling_rules | first }}"
"""

RETURN = r"""
sampling_rules:
  description: The rules, by priority and name. Empty when there are none of these names.
  returned: always
  type: list
  elements: dict
  contains:
    rule_name:
      description: Its name.
      type: str
      sample: storefront-production
    rule_arn:
      description: Its ARN.
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
"""

from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.xray.sampling_rule import list_sampling_rules

OPTIONS = dict(rule_names=dict(type="list", elements="str", aliases=["names"]))


def run(context):
    return {"changed": False, "sampling_rules": list_sampling_rules(context, context.options["rule_names"])}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
