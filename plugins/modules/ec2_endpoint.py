#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: ec2_endpoint
version_added: "0.1.0"
short_description: Create, change, tag and delete VPC endpoints
description:
  - An endpoint lets what is in a VPC reach an AWS service without the internet, a gateway endpoint by a route, an
    interface endpoint by an address in each of its subnets.
  - An endpoint is known by its VPC, its service and its type. Unlike M(amazon.aws.ec2_vpc_endpoint), which makes and
    tags endpoints, this module changes their route tables, subnets, security groups, private DNS and policy, waits
    until interfaces are gone that a security group would be kept by, and says in check mode what would change.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  vpc_id:
    description:
      - The VPC that the endpoint is in.
    type: str
    required: true
  service_name:
    description:
      - The service in full, such as V(com.amazonaws.eu-central-1.codedeploy).
    type: str
    required: true
    aliases: [service]
  vpc_endpoint_type:
    description:
      - V(Gateway) for S3 and DynamoDB, which costs nothing; V(Interface) for all services, paid by the hour in each
        zone and by the gigabyte.
    type: str
    choices: [Gateway, Interface]
    default: Gateway
    aliases: [type]
  route_table_ids:
    description:
      - The route tables that lead to a gateway endpoint. Those that are not named lose the route.
    type: list
    elements: str
  subnet_ids:
    description:
      - The subnets in which an interface endpoint has an address, at most one a zone. Required to create one.
    type: list
    elements: str
  security_group_ids:
    description:
      - The security groups of an interface endpoint's addresses. A new one has the VPC's default group when the option
        is not given.
    type: list
    elements: str
  private_dns_enabled:
    description:
      - Whether the service's own name leads to the interface endpoint, within the VPC. The VPC must have DNS support
        and DNS host names. A new one does so when the option is not given.
    type: bool
  policy_document:
    description:
      - What may be done through the endpoint, a mapping or JSON text. A new endpoint allows everything when the option
        is not given.
    type: raw
  wait:
    description:
      - Wait until a new or changed endpoint is available, and until a deleted one is gone with its interfaces.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds.
    type: int
    default: 600
  state:
    description:
      - V(present) makes the endpoint or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: amazon.aws.ec2_vpc_endpoint
  - module: amazon.aws.ec2_vpc_endpoint_info
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Hosts of private subnets reach S3 at no cost
  convoy.delivery.ec2_endpoint:
    vpc_id: "{{ vpc_id }}"
    service_name: com.amazonaws.eu-central-1.s3
    route_table_ids: "{{ route_table_ids }}"

- name: And CodeDeploy without a NAT gateway
  convoy.delivery.ec2_endpoint:
    vpc_id: "{{ vpc_id }}"
    service_name: com.amazonaws.eu-central-1.codedeploy-commands-secure
    vpc_endpoint_type: Interface
    subnet_ids: "{{ subnet_ids }}"
    security_group_ids: ["{{ security_group_id }}"]
    tags:
      Environment: production

- name: Only this bucket may be reached
  convoy.delivery.ec2_endpoint:
    vpc_id: "{{ vpc_id }}"
    service_name: com.amazonaws.eu-central-1.s3
    policy_document:
      Statement:
        - Effect: Allow
          Principal: "*"
          Action: s3:GetObject
          Resource: arn:aws:s3:::storefront-artifacts/*

- name: It is not needed any more
  convoy.delivery.ec2_endpoint:
    vpc_id: "{{ vpc_id }}"
    service_name: com.amazonaws.eu-central-1.codedeploy-commands-secure
    vpc_endpoint_type: Interface
    state: absent
"""

RETURN = r"""
endpoint:
  description:
    - The endpoint afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    vpc_endpoint_id:
      description: The id that AWS gave. Not known in check mode before it is made.
      type: str
      sample: vpce-0a1b2c3d4e5f60718
    vpc_id:
      description: The VPC.
      type: str
      sample: vpc-0a1b2c3d4e5f60718
    service_name:
      description: The service.
      type: str
      sample: com.amazonaws.eu-central-1.codedeploy
    vpc_endpoint_type:
      description: V(Gateway) or V(Interface).
      type: str
      sample: Interface
    state:
      description: V(available) when it can be used.
      type: str
      returned: when it exists
      sample: available
    route_table_ids:
      description: The route tables that lead to it.
      type: list
      elements: str
    subnet_ids:
      description: The subnets in which it has an address.
      type: list
      elements: str
    security_group_ids:
      description: The security groups of its addresses.
      type: list
      elements: str
    private_dns_enabled:
      description: Whether the service's own name leads to it.
      type: bool
    policy_document:
      description: What may be done through it.
      type: dict
    network_interface_ids:
      description: Its network interfaces.
      type: list
      elements: str
      returned: when it exists
    dns_entries:
      description: Its names, each with C(dns_name) and C(hosted_zone_id).
      type: list
      elements: dict
      returned: when it exists
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.ec2.endpoint import Endpoint
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

IDS = dict(type="list", elements="str")
OPTIONS = dict(
    vpc_id=dict(type="str", required=True),
    service_name=dict(type="str", required=True, aliases=["service"]),
    vpc_endpoint_type=dict(choices=["Gateway", "Interface"], default="Gateway", aliases=["type"]),
    route_table_ids=IDS,
    subnet_ids=IDS,
    security_group_ids=IDS,
    private_dns_enabled=dict(type="bool"),
    policy_document=dict(type="raw"),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=600),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(Endpoint(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
