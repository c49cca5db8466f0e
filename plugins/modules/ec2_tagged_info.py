#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: ec2_tagged_info
version_added: "0.1.0"
short_description: List everything in EC2 that carries given tags
description:
  - Tells the ids of all that carries all of the given tags, whatever its kind, in one request, where the modules for
    each kind would take one or more each. So a role can see that of what it might have to remove nothing is there.
  - What was deleted a short while ago may still be listed, as AWS keeps the tags of some things for about an hour.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  tags:
    description:
      - The tags, at least one.
    type: dict
    required: true
  resource_type:
    description:
      - Only what is of this kind, as EC2 calls it in its list of tags, for example V(subnet).
    type: str
seealso:
  - module: amazon.aws.ec2_tag_info
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What is there of production?
  convoy.delivery.ec2_tagged_info:
    tags:
      Application: storefront
      Environment: production
  register: found
"""

RETURN = r"""
resources:
  description: The ids by kind. Kinds of which there is nothing are not in it.
  returned: always
  type: dict
  sample:
    subnet: [subnet-0a1b2c3d4e5f60718]
    vpc: [vpc-0a1b2c3d4e5f60718]
"""

from ansible_collections.convoy.delivery.plugins.module_utils.ec2.tagged import tagged
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    tags=dict(type="dict", required=True),
    resource_type=dict(type="str"),
)


def run(context):
    return {"changed": False, "resources": tagged(context)}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
