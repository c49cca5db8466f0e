#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: elbv2_target_group
version_added: "0.1.0"
short_description: Create, change, tag and delete target groups of load balancers
description:
  - A target group says on which port a load balancer reaches its targets, how their health is checked, and how they
    come and go.
  - Unlike M(community.aws.elb_target_group) it has a check mode, sets every attribute, among them slow start, switches
    stickiness off again, and asks three questions to find that nothing differs.
  - It never touches the targets. These come and go with Auto Scaling and CodeDeploy.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  name:
    description:
      - The target group's name, 1 to 32 letters, digits and hyphens.
    type: str
    required: true
  target_type:
    description:
      - What the targets are. AWS makes a group for instances when the option is not given, and cannot change it later.
    type: str
    choices: [instance, ip, lambda, alb]
  protocol:
    description:
      - How the load balancer speaks to the targets. Required to create a group, except for V(lambda) targets.
        AWS cannot change it later.
    type: str
    choices: [HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, GENEVE, QUIC, TCP_QUIC]
  protocol_version:
    description:
      - The version of HTTP for the targets, V(HTTP1), V(HTTP2) or V(GRPC). AWS takes V(HTTP1) when it is not given,
        and cannot change it later.
    type: str
  port:
    description:
      - The port of the targets. Required to create a group, except for V(lambda) targets. AWS cannot change it later.
    type: int
  vpc_id:
    description:
      - The VPC of the targets. Required to create a group, except for V(lambda) targets. AWS cannot change it later.
    type: str
  ip_address_type:
    description:
      - Which addresses the targets have. AWS takes V(ipv4) when it is not given, and cannot change it later.
    type: str
    choices: [ipv4, ipv6]
  health_check_enabled:
    description:
      - Whether targets are checked. It can be switched off for V(lambda) targets only.
    type: bool
  health_check_protocol:
    description:
      - How the targets are checked. AWS takes V(HTTP) for application load balancers when it is not given.
    type: str
    choices: [HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, GENEVE, QUIC, TCP_QUIC]
  health_check_port:
    description:
      - The port that is checked, as text; V(traffic-port), the default of AWS, is the one that gets the traffic.
    type: str
  health_check_path:
    description:
      - The path that is asked for. AWS takes V(/) when it is not given.
    type: str
  health_check_interval_seconds:
    description:
      - How many seconds lie between two checks, 5 to 300. AWS takes 30 when it is not given.
    type: int
  health_check_timeout_seconds:
    description:
      - After how many seconds without an answer a check has failed, 2 to 120. AWS takes 5 when it is not given.
    type: int
  healthy_threshold_count:
    description:
      - How many checks in a row must succeed until a target is healthy, 2 to 10. AWS takes 5 when it is not given.
    type: int
  unhealthy_threshold_count:
    description:
      - How many checks in a row must fail until a target is unhealthy, 2 to 10. AWS takes 2 when it is not given.
    type: int
  matcher:
    description:
      - Which answers are healthy.
    type: dict
    suboptions:
      http_code:
        description: Statuses, such as V(200) or V(200-299,301).
        type: str
      grpc_code:
        description: Statuses of gRPC, such as V(0) or V(0-99).
        type: str
  attributes:
    description:
      - Attributes by the names that ELBv2 has for them, such as C(deregistration_delay.timeout_seconds),
        C(slow_start.duration_seconds), C(stickiness.enabled) or C(load_balancing.algorithm.type).
      - Those that are not named stay as they are.
      - The list of them is in U(https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html).
    type: dict
  state:
    description:
      - V(present) makes the group or changes it, V(absent) deletes it. AWS deletes no group that a listener or a rule
        forwards to.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: community.aws.elb_target_group
  - module: amazon.aws.elb_application_lb
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A host that has been updated gets traffic again after ten seconds, one that leaves has half a minute
  convoy.delivery.elbv2_target_group:
    name: storefront-production
    vpc_id: "{{ vpc_id }}"
    protocol: HTTP
    port: 8000
    health_check_path: /health
    health_check_interval_seconds: 5
    health_check_timeout_seconds: 2
    healthy_threshold_count: 2
    attributes:
      deregistration_delay.timeout_seconds: 30
    tags:
      Environment: production

- name: New hosts get their full share of the requests after a minute, and clients stay with their host for an hour
  convoy.delivery.elbv2_target_group:
    name: storefront-production
    attributes:
      slow_start.duration_seconds: 60
      stickiness.enabled: true
      stickiness.lb_cookie.duration_seconds: 3600

- name: Clients go to any host again
  convoy.delivery.elbv2_target_group:
    name: storefront-production
    attributes:
      stickiness.enabled: false

- name: It is not needed any more
  convoy.delivery.elbv2_target_group:
    name: storefront-production
    state: absent
"""

RETURN = r"""
target_group:
  description:
    - The target group afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: storefront-production
    target_group_arn:
      description: The ARN that AWS gave. Not known in check mode before the group is made.
      type: str
      sample: arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/storefront-production/73e2d6bc24d8a067
    target_type:
      description: What the targets are.
      type: str
    protocol:
      description: How the load balancer speaks to the targets.
      type: str
    protocol_version:
      description: The version of HTTP.
      type: str
    port:
      description: The port of the targets.
      type: int
    vpc_id:
      description: The VPC of the targets.
      type: str
    ip_address_type:
      description: Which addresses the targets have.
      type: str
    health_check_enabled:
      description: Whether targets are checked.
      type: bool
    health_check_protocol:
      description: How they are checked.
      type: str
    health_check_port:
      description: The port that is checked.
      type: str
    health_check_path:
      description: The path that is asked for.
      type: str
    health_check_interval_seconds:
      description: Seconds between two checks.
      type: int
    health_check_timeout_seconds:
      description: Seconds that a check waits for its answer.
      type: int
    healthy_threshold_count:
      description: Checks in a row that make a target healthy.
      type: int
    unhealthy_threshold_count:
      description: Checks in a row that make a target unhealthy.
      type: int
    matcher:
      description: Which answers are healthy.
      type: dict
    load_balancer_arns:
      description: The load balancers whose listeners forward to it.
      type: list
      elements: str
      returned: when it exists
    attributes:
      description: Those attributes that the task names, as ELBv2 writes them.
      type: dict
      returned: when O(attributes) is given
      sample: {"deregistration_delay.timeout_seconds": "30"}
    tags:
      description: The tags.
      type: dict
      returned: when O(tags) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.elbv2.target_group import TargetGroup
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

PROTOCOLS = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"]
OPTIONS = dict(
    name=dict(type="str", required=True),
    target_type=dict(choices=["instance", "ip", "lambda", "alb"]),
    protocol=dict(choices=PROTOCOLS),
    protocol_version=dict(type="str"),
    port=dict(type="int"),
    vpc_id=dict(type="str"),
    ip_address_type=dict(choices=["ipv4", "ipv6"]),
    health_check_enabled=dict(type="bool"),
    health_check_protocol=dict(choices=PROTOCOLS),
    health_check_port=dict(type="str"),
    health_check_path=dict(type="str"),
    health_check_interval_seconds=dict(type="int"),
    health_check_timeout_seconds=dict(type="int"),
    healthy_threshold_count=dict(type="int"),
    unhealthy_threshold_count=dict(type="int"),
    matcher=dict(type="dict", options=dict(http_code=dict(type="str"), grpc_code=dict(type="str"))),
    attributes=dict(type="dict"),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(TargetGroup(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
