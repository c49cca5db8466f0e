#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: cloudwatch_dashboard
version_added: "0.1.0"
short_description: Create, change, annotate and delete CloudWatch dashboards
description:
  - Bodies are compared by what they say, not by how they are written. Nothing is written when the dashboard already is
    as the task wants it.
  - Draws vertical lines on all graphs of a dashboard, such as one for each deployment, and keeps them when the body is
    declared anew.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  dashboard_name:
    description:
      - The dashboard's name, 1 to 255 letters, digits, C(-) and C(_).
    type: str
    required: true
    aliases: [name]
  dashboard_body:
    description:
      - What the dashboard shows, a mapping with C(widgets) or JSON text of one. Names are those of CloudWatch's
        "Dashboard body structure and syntax".
      - Required to create a dashboard. The present body stays when it is not given.
      - CloudWatch says what it finds wrong with it only when it is written, not in check mode.
    type: raw
    aliases: [body]
  annotations:
    description:
      - Vertical lines that are drawn on every graph over time, which is every metric widget whose C(view) is
        C(timeSeries) or not given. They replace lines of the same label.
    type: list
    elements: dict
    suboptions:
      label:
        description: What stands at the line. It says which line is which.
        type: str
        required: true
      value:
        description: The time of the line, ISO 8601 such as V(2026-01-15T10:30:00Z).
        type: str
        required: true
      color:
        description: The colour, such as V(#2ca02c).
        type: str
      fill:
        description: Which side of the line is shaded.
        type: str
        choices: [before, after, none]
      visible:
        description: Whether the line is shown.
        type: bool
  annotations_kept:
    description:
      - How many lines the dashboard has at most when O(annotations) are added; the earliest go first.
      - Lines that stand on a single one of several graphs, and those of O(dashboard_body), are not counted and stay.
    type: int
    default: 20
  keep_annotations:
    description:
      - Whether lines that are on the dashboard now stay when O(dashboard_body) is given. They are drawn on all graphs
        of the new body.
      - These are the lines that stand on more than one of its graphs, or on the only one.
    type: bool
    default: false
  state:
    description:
      - V(present) makes the dashboard or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - name: Dashboard body structure and syntax
    description: What a body may hold.
    link: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
  - module: convoy.delivery.cloudwatch_composite_alarm
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The storefront has a dashboard, and the deployments that are marked on it stay
  convoy.delivery.cloudwatch_dashboard:
    dashboard_name: storefront
    keep_annotations: true
    dashboard_body:
      widgets:
        - type: metric
          x: 0
          y: 0
          width: 12
          height: 6
          properties:
            title: Requests that fail
            region: eu-central-1
            stat: Sum
            period: 60
            metrics:
              - [AWS/ApplicationELB, HTTPCode_Target_5XX_Count, LoadBalancer, app/storefront/50dc6c495c0c9188]

- name: A deployment is marked on all graphs, and the latest thirty are kept
  convoy.delivery.cloudwatch_dashboard:
    dashboard_name: storefront
    annotations:
      - label: storefront 2.0
        value: "2026-01-15T10:30:00Z"
        color: "#2ca02c"
    annotations_kept: 30

- name: It is not needed any more
  convoy.delivery.cloudwatch_dashboard:
    dashboard_name: storefront
    state: absent
"""

RETURN = r"""
dashboard:
  description:
    - The dashboard afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    dashboard_name:
      description: Its name.
      type: str
      sample: storefront
    dashboard_arn:
      description: The ARN that AWS gave. Not known in check mode before the dashboard is made.
      type: str
      sample: arn:aws:cloudwatch::123456789012:dashboard/storefront
    dashboard_body:
      description: What it shows.
      type: dict
    tags:
      description: The tags.
      type: dict
      returned: when O(tags) is given
validation_messages:
  description: What CloudWatch found wrong with the body, also as warnings. With errors the dashboard is not written.
  returned: when it found something
  type: list
  elements: dict
  contains:
    data_path:
      description: The place in the body.
      type: str
      sample: /widgets/0/properties
    message:
      description: What is wrong there.
      type: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.cloudwatch.dashboard import Dashboard
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

ANNOTATION = dict(
    label=dict(type="str", required=True),
    value=dict(type="str", required=True),
    color=dict(type="str"),
    fill=dict(choices=["before", "after", "none"]),
    visible=dict(type="bool"),
)
OPTIONS = dict(
    dashboard_name=dict(type="str", required=True, aliases=["name"]),
    dashboard_body=dict(type="raw", aliases=["body"]),
    annotations=dict(type="list", elements="dict", options=ANNOTATION),
    annotations_kept=dict(type="int", default=20),
    keep_annotations=dict(type="bool", default=False),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    dashboard = Dashboard(context)
    result = converge(dashboard)
    return {**result, "validation_messages": dashboard.messages} if dashboard.messages else result


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
