#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_on_premises_instance
version_added: "0.1.0"
short_description: Register, tag and deregister CodeDeploy on-premises instances
description:
  - An on-premises instance is a server of your own to which CodeDeploy deploys. Its agent is installed and configured
    on the server itself; this module tells CodeDeploy which IAM identity the server has and which tags it carries.
  - Deployment groups find it by its tags, see
    O(convoy.delivery.codedeploy_deployment_group#module:on_premises_instance_tag_filters).
  - Nothing is written when the instance already is as the task wants it.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  instance_name:
    description:
      - The name of the instance for CodeDeploy, 1 to 100 letters, digits and C(+=,.@_-) that do not begin with C(i-).
    type: str
    required: true
    aliases: [name]
  iam_user_arn:
    description:
      - The ARN of the IAM user whose access key the server's agent has. Every instance needs a user of its own.
      - Exactly one of O(iam_user_arn) and O(iam_session_arn) is required to register an instance.
      - AWS cannot change it later.
    type: str
  iam_session_arn:
    description:
      - The ARN of the session that the server's agent has from assuming a role, which spares long-lived keys. Every
        instance needs a session name of its own.
      - AWS cannot change it later.
    type: str
  tags:
    description:
      - A map of tags, at most ten. They belong to CodeDeploy, deployment groups find the instance by them.
      - Left alone when the option is not given. With an empty map and O(purge_tags=true) all of them are removed.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are removed.
    type: bool
    default: true
  state:
    description:
      - V(present) registers the instance or changes its tags.
      - V(absent) deregisters it. It is not deployed to any more; its agent, its files and its IAM identity stay.
        CodeDeploy keeps the name and the ARN for about a day, they cannot be registered again until then.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codedeploy_on_premises_instance_info
  - module: convoy.delivery.codedeploy_deployment_group
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The server in the rack is deployed to like the instances of production
  convoy.delivery.codedeploy_on_premises_instance:
    instance_name: rack-7
    iam_user_arn: arn:aws:iam::123456789012:user/codedeploy/rack-7
    tags:
      Environment: production

- name: A server that assumes a role for an hour at a time
  convoy.delivery.codedeploy_on_premises_instance:
    instance_name: rack-8
    iam_session_arn: arn:aws:sts::123456789012:assumed-role/racks/rack-8
    tags:
      Environment: production

- name: It is taken out of service
  convoy.delivery.codedeploy_on_premises_instance:
    instance_name: rack-7
    state: absent
"""

RETURN = r"""
on_premises_instance:
  description:
    - The instance afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    instance_name:
      description: Its name.
      type: str
      sample: rack-7
    instance_arn:
      description: The ARN that AWS gave. Not known in check mode before the instance is registered.
      type: str
      sample: arn:aws:codedeploy:eu-central-1:123456789012:instance/rack-7_rDH556dxEX
    iam_user_arn:
      description: The IAM user of its agent.
      type: str
      returned: when it is registered with a user
      sample: arn:aws:iam::123456789012:user/codedeploy/rack-7
    iam_session_arn:
      description: The session of its agent.
      type: str
      returned: when it is registered with a session
      sample: arn:aws:sts::123456789012:assumed-role/racks/rack-8
    register_time:
      description: When it was registered, ISO 8601.
      type: str
      sample: "2026-01-15T10:30:00.123000+00:00"
    tags:
      description: Its tags.
      type: dict
      sample: {"Environment": "production"}
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.on_premises_instance import (
    OnPremisesInstance,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

OPTIONS = dict(
    instance_name=dict(required=True, aliases=["name"]),
    iam_user_arn=dict(type="str"),
    iam_session_arn=dict(type="str"),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(OnPremisesInstance(context))


def main():
    run_module(OPTIONS, run, mutually_exclusive=[("iam_user_arn", "iam_session_arn")])


if __name__ == "__main__":
    main()
