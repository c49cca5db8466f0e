#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: ec2_flow_log
version_added: "0.1.0"
short_description: Create, tag and delete flow logs of VPCs, subnets and network interfaces
description:
  - A flow log records who talks to whom, to a log group of CloudWatch Logs or to a bucket.
  - A flow log is known by what it watches and where its records go. Nothing is written when it already is as the task
    wants it.
  - AWS changes nothing of a flow log but its tags. With O(replace=true) it is deleted and made anew; records of the
    moment between are lost.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  resource_id:
    description:
      - The id of the VPC, the subnet or the network interface that is watched. Required, unless O(flow_log_id) is
        given.
    type: str
  flow_log_id:
    description:
      - The flow log's id, for O(state=absent) in place of what it watches and where its records go.
    type: str
  log_destination_type:
    description:
      - Where the records go.
    type: str
    choices: [cloud-watch-logs, s3]
    default: cloud-watch-logs
  log_group_name:
    description:
      - The log group. Required with O(log_destination_type=cloud-watch-logs).
    type: str
  log_destination:
    description:
      - The ARN of a bucket, with a folder behind it where one is wanted, as in V(arn:aws:s3:::flow-records/production).
        Required with O(log_destination_type=s3). The bucket's policy must let C(delivery.logs.amazonaws.com) write.
    type: str
  deliver_logs_permission_arn:
    description:
      - The ARN of the role that the records are delivered with. Required to create a flow log to a log group.
    type: str
  traffic_type:
    description:
      - Which traffic is recorded. A new flow log records V(ALL) when the option is not given.
    type: str
    choices: [ACCEPT, REJECT, ALL]
  max_aggregation_interval:
    description:
      - Over how many seconds packets are put together, 60 or 600. A new flow log takes 600 when it is not given.
    type: int
  log_format:
    description:
      - The fields of a record, such as C(${srcaddr} ${dstaddr} ${action}). AWS's own format when it is not given.
    type: str
  replace:
    description:
      - Delete a flow log and make it anew where it has to change, instead of failing.
    type: bool
    default: false
  state:
    description:
      - V(present) makes the flow log, V(absent) deletes it. Records stay where they are.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: amazon.aws.ec2_vpc_net
  - module: amazon.aws.cloudwatchlogs_log_group
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Record what is turned away
  convoy.delivery.ec2_flow_log:
    resource_id: "{{ vpc_id }}"
    log_group_name: /vpc/storefront-production
    deliver_logs_permission_arn: "{{ role_arn }}"
    traffic_type: REJECT
    tags:
      Environment: production

- name: Record all traffic from now on
  convoy.delivery.ec2_flow_log:
    resource_id: "{{ vpc_id }}"
    log_group_name: /vpc/storefront-production
    deliver_logs_permission_arn: "{{ role_arn }}"
    traffic_type: ALL
    replace: true

- name: Keep the records in a bucket
  convoy.delivery.ec2_flow_log:
    resource_id: "{{ vpc_id }}"
    log_destination_type: s3
    log_destination: arn:aws:s3:::flow-records/production

- name: Delete a flow log that is known by its id alone
  convoy.delivery.ec2_flow_log:
    flow_log_id: fl-0a1b2c3d4e5f60718
    state: absent

- name: Record no more
  convoy.delivery.ec2_flow_log:
    resource_id: "{{ vpc_id }}"
    log_group_name: /vpc/storefront-production
    state: absent
"""

RETURN = r"""
flow_log:
  description:
    - The flow log afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    flow_log_id:
      description: The id that AWS gave. Not known in check mode before it is made.
      type: str
      sample: fl-0a1b2c3d4e5f60718
    resource_id:
      description: What is watched.
      type: str
      sample: vpc-0a1b2c3d4e5f60718
    log_destination_type:
      description: Where the records go.
      type: str
      sample: cloud-watch-logs
    log_group_name:
      description: The log group.
      type: str
      returned: when they go to one
    log_destination:
      description: The bucket's ARN, or the log group's where AWS tells it.
      type: str
    deliver_logs_permission_arn:
      description: The role that the records are delivered with.
      type: str
    deliver_logs_status:
      description: V(SUCCESS) or V(FAILED), of the last delivery.
      type: str
      returned: when it exists
    traffic_type:
      description: Which traffic is recorded.
      type: str
      sample: ALL
    max_aggregation_interval:
      description: Seconds.
      type: int
      sample: 600
    log_format:
      description: The fields of a record.
      type: str
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.ec2.flow_log import FlowLog
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

OPTIONS = dict(
    resource_id=dict(type="str"),
    flow_log_id=dict(type="str"),
    log_destination_type=dict(choices=["cloud-watch-logs", "s3"], default="cloud-watch-logs"),
    log_group_name=dict(type="str"),
    log_destination=dict(type="str"),
    deliver_logs_permission_arn=dict(type="str"),
    traffic_type=dict(choices=["ACCEPT", "REJECT", "ALL"]),
    max_aggregation_interval=dict(type="int"),
    log_format=dict(type="str"),
    replace=dict(type="bool", default=False),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(FlowLog(context))


def main():
    run_module(
        OPTIONS,
        run,
        required_one_of=[("resource_id", "flow_log_id")],
        mutually_exclusive=[("resource_id", "flow_log_id")],
        required_if=[("state", "present", ["resource_id"])],
    )


if __name__ == "__main__":
    main()
