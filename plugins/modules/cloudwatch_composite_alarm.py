#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: cloudwatch_composite_alarm
version_added: "0.1.0"
short_description: Create, change, tag and delete CloudWatch composite alarms
description:
  - A composite alarm is in alarm when a rule over the states of other alarms is true, for example one alarm for all
    that can be wrong with an environment.
  - Nothing is written when the alarm already is as the task wants it.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  alarm_name:
    description:
      - The alarm's name, 1 to 255 characters.
    type: str
    required: true
    aliases: [name]
  alarm_rule:
    description:
      - When the alarm is in alarm. Required to create it.
      - Text is taken for an expression as CloudWatch has them, such as C(ALARM("web-5xx") OR NOT OK("web-hosts")).
      - A mapping is put into such an expression. It has just one key, V(any) or V(all) with a list, V(not) with one
        entry, or V(alarm), V(ok) or V(insufficient_data) with the name or the ARN of an alarm, for its state.
        A name alone means that this alarm is in alarm. The entries of V(any), V(all) and V(not) are again such rules.
      - The alarms must exist. Expressions that differ in nothing but white space are the same.
    type: raw
  alarm_description:
    description:
      - A description, at most 1024 characters.
    type: str
  actions_enabled:
    description:
      - Whether actions are taken when the state changes. A new alarm takes them when the option is not given.
    type: bool
  alarm_actions:
    description:
      - ARNs of what is done on the way into the state C(ALARM), at most 5, such as SNS topics.
    type: list
    elements: str
  ok_actions:
    description:
      - ARNs of what is done on the way into the state C(OK), at most 5.
    type: list
    elements: str
  insufficient_data_actions:
    description:
      - ARNs of what is done on the way into the state C(INSUFFICIENT_DATA), at most 5.
    type: list
    elements: str
  actions_suppressor:
    description:
      - The name or the ARN of an alarm that suppresses the actions while it is in alarm, such as one for maintenance.
        An empty string removes it, and its periods.
      - Needs O(actions_suppressor_wait_period) and O(actions_suppressor_extension_period).
    type: str
  actions_suppressor_wait_period:
    description:
      - How many seconds actions wait for the suppressor to go into alarm.
    type: int
  actions_suppressor_extension_period:
    description:
      - For how many seconds actions are still suppressed after the suppressor has left the state C(ALARM).
    type: int
  action_configuration:
    description:
      - How actions are taken. V({}) removes it.
    type: dict
    suboptions:
      alarm_tags_propagation:
        description: Whether notifications carry the alarm's tags.
        type: dict
        suboptions:
          enabled:
            description: Whether they do.
            type: bool
            required: true
          included_tag_keys:
            description: Only these tags.
            type: list
            elements: str
          excluded_tag_keys:
            description: All but these tags.
            type: list
            elements: str
  state:
    description:
      - V(present) makes the alarm or changes it, V(absent) deletes it. AWS deletes no alarm that a composite alarm
        refers to.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: amazon.aws.cloudwatch_metric_alarm
  - module: convoy.delivery.cloudwatch_dashboard
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: One alarm tells that production is not well
  convoy.delivery.cloudwatch_composite_alarm:
    alarm_name: storefront-production
    alarm_description: Requests fail, or are slow though nobody works on the hosts.
    alarm_rule:
      any:
        - storefront-production-5xx
        - all:
            - storefront-production-latency
            - not: storefront-production-maintenance
    alarm_actions: ["{{ topic_arn }}"]
    ok_actions: ["{{ topic_arn }}"]
    tags:
      Environment: production

- name: Nobody is called during maintenance, nor in the five minutes after it
  convoy.delivery.cloudwatch_composite_alarm:
    alarm_name: storefront-production
    actions_suppressor: storefront-production-maintenance
    actions_suppressor_wait_period: 60
    actions_suppressor_extension_period: 300

- name: The rule is an expression
  convoy.delivery.cloudwatch_composite_alarm:
    alarm_name: storefront-production
    alarm_rule: ALARM("storefront-production-5xx") OR INSUFFICIENT_DATA("storefront-production-latency")

- name: It is not needed any more
  convoy.delivery.cloudwatch_composite_alarm:
    alarm_name: storefront-production
    state: absent
"""

RETURN = r"""
composite_alarm:
  description:
    - The alarm afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    alarm_name:
      description: Its name.
      type: str
      sample: storefront-production
    alarm_arn:
      description: The ARN that AWS gave. Not known in check mode before the alarm is made.
      type: str
      sample: arn:aws:cloudwatch:eu-central-1:123456789012:alarm:storefront-production
    alarm_rule:
      description: The rule as an expression.
      type: str
      sample: ALARM("storefront-production-5xx") OR ALARM("storefront-production-latency")
    alarm_description:
      description: The description.
      type: str
      returned: when there is one
    actions_enabled:
      description: Whether actions are taken.
      type: bool
    alarm_actions:
      description: What is done on the way into C(ALARM).
      type: list
      elements: str
    ok_actions:
      description: What is done on the way into C(OK).
      type: list
      elements: str
    insufficient_data_actions:
      description: What is done on the way into C(INSUFFICIENT_DATA).
      type: list
      elements: str
    actions_suppressor:
      description: The alarm that suppresses the actions.
      type: str
      returned: when there is one
    actions_suppressor_wait_period:
      description: Seconds.
      type: int
      returned: when there is a suppressor
    actions_suppressor_extension_period:
      description: Seconds.
      type: int
      returned: when there is a suppressor
    state_value:
      description: V(OK), V(ALARM) or V(INSUFFICIENT_DATA).
      type: str
      returned: when it exists
      sample: OK
    state_reason:
      description: Why it is in this state.
      type: str
      returned: when it exists
    tags:
      description: The tags.
      type: dict
      returned: when O(tags) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.cloudwatch.composite_alarm import CompositeAlarm
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

ARNS = dict(type="list", elements="str")
KEYS = dict(type="list", elements="str", no_log=False)
TAGS_PROPAGATION = dict(enabled=dict(type="bool", required=True), included_tag_keys=KEYS, excluded_tag_keys=KEYS)
OPTIONS = dict(
    alarm_name=dict(type="str", required=True, aliases=["name"]),
    alarm_rule=dict(type="raw"),
    alarm_description=dict(type="str"),
    actions_enabled=dict(type="bool"),
    alarm_actions=ARNS,
    ok_actions=ARNS,
    insufficient_data_actions=ARNS,
    actions_suppressor=dict(type="str"),
    actions_suppressor_wait_period=dict(type="int"),
    actions_suppressor_extension_period=dict(type="int"),
    action_configuration=dict(
        type="dict", options=dict(alarm_tags_propagation=dict(type="dict", options=TAGS_PROPAGATION))
    ),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(CompositeAlarm(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
