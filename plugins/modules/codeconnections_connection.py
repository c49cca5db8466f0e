#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codeconnections_connection
version_added: "0.1.0"
short_description: Create, tag and delete connections to GitHub, GitLab, Bitbucket and the like
description:
  - A connection lets pipelines and builds into the repositories of a provider.
  - AWS makes it V(PENDING). Somebody with rights at the provider has to finish it once, in a browser, which no API
    can do. The task warns of a connection that is not finished, and says where that is done;
    O(require_available=true) lets it fail.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  connection_name:
    description: The name, 1 to 32 characters. AWS cannot change it later.
    type: str
    required: true
    aliases: [name]
  provider_type:
    description: The provider, where it is not on a server of your own. AWS cannot change it later.
    type: str
    choices: [Bitbucket, GitHub, GitHubEnterpriseServer, GitLab, GitLabSelfManaged, AzureDevOps]
  host_arn:
    description:
      - The ARN of the host that describes a server of your own, instead of O(provider_type). AWS cannot change it
        later.
    type: str
  require_available:
    description: Whether the task fails unless the connection is V(AVAILABLE).
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait for somebody to finish the connection, with O(require_available=true).
    type: int
    default: 0
  state:
    description: V(present) makes the connection, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codeconnections_connection_info
  - module: convoy.delivery.codebuild_source_credential
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The connection to GitHub is made, and finished by hand
  convoy.delivery.codeconnections_connection:
    connection_name: github
    provider_type: GitHub
  register: made

- name: The pipeline needs it
  convoy.delivery.codeconnections_connection:
    connection_name: github
    provider_type: GitHub
    require_available: true
    wait_timeout: 600

- name: It is not needed any more
  convoy.delivery.codeconnections_connection:
    connection_name: github
    state: absent
"""

RETURN = r"""
connection:
  description: The connection afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
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
      returned: unless it is V(AVAILABLE)
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codeconnections.connection import run
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

PROVIDERS = ["Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged", "AzureDevOps"]
OPTIONS = dict(
    connection_name=dict(type="str", required=True, aliases=["name"]),
    provider_type=dict(choices=PROVIDERS),
    host_arn=dict(type="str"),
    require_available=dict(type="bool", default=False),
    wait_timeout=dict(type="int", default=0),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
