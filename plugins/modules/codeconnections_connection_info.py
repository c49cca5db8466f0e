#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codeconnections_connection_info
version_added: "0.1.0"
short_description: List connections to GitHub, GitLab, Bitbucket and the like
description:
  - Tells about some or all connections of a region, with their tags, and whether they are finished.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  connection_names:
    description:
      - Only the connections of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given.
    type: list
    elements: str
    aliases: [names]
  provider_type:
    description: Only those to this provider.
    type: str
    choices: [Bitbucket, GitHub, GitHubEnterpriseServer, GitLab, GitLabSelfManaged, AzureDevOps]
seealso:
  - module: convoy.delivery.codeconnections_connection
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which connections are not finished yet?
  convoy.delivery.codeconnections_connection_info:
  register: found

- name: They are told
  ansible.builtin.debug:
    msg: "Finish {{ item.connection_name }} at {{ item.console_url }}"
  loop: "{{ found.connections | selectattr('connection_status', 'equalto', 'PENDING') }}"
"""

RETURN = r"""
connections:
  description: The connections, by name. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    connection_arn:
      description: Its ARN.
      type: str
      sample: arn:aws:codeconnections:eu-central-1:123456789012:connection/3f1c6a52-8d0e-4b9a-a1c7-5e2f9b8d7c60
    connection_name:
      description: Its name.
      type: str
      sample: github
    connection_status:
      description: V(PENDING) until somebody has finished it, V(AVAILABLE) or V(ERROR).
      type: str
      sample: AVAILABLE
    provider_type:
      description: The provider.
      type: str
      sample: GitHub
    host_arn:
      description: The host.
      type: str
      returned: for a server of one's own
    owner_account_id:
      description: The account.
      type: str
      sample: "123456789012"
    console_url:
      description: Where a person finishes it, or sees it, in AWS's console.
      type: str
      returned: always
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codeconnections.connection import list_connections
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    connection_names=dict(type="list", elements="str", aliases=["names"]),
    provider_type=dict(
        choices=["Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged", "AzureDevOps"]
    ),
)


def run(context):
    wanted = context.options
    return {
        "changed": False,
        "connections": list_connections(context, wanted["connection_names"], wanted["provider_type"]),
    }


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
