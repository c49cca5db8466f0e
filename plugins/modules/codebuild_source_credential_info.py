#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_source_credential_info
version_added: "0.1.0"
short_description: List the credentials by which CodeBuild gets at repositories
description:
  - Tells which kinds of servers have a credential in the region. Tokens are never told.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options: {}
seealso:
  - module: convoy.delivery.codebuild_source_credential
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which servers can be built from?
  convoy.delivery.codebuild_source_credential_info:
  register: found
"""

RETURN = r"""
source_credentials:
  description: The credentials, by kind of server. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:codebuild:eu-central-1:123456789012:token/github
    server_type:
      description: The kind of server.
      type: str
      sample: GITHUB
    auth_type:
      description: The kind of credential.
      type: str
      sample: PERSONAL_ACCESS_TOKEN
    resource:
      description: The connection or the secret.
      type: str
      returned: for V(CODECONNECTIONS) and V(SECRETS_MANAGER)
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.source_credential import list_source_credentials
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = {}


def run(context):
    return {"changed": False, "source_credentials": list_source_credentials(context)}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
