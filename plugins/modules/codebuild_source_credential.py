#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_source_credential
version_added: "0.1.0"
short_description: Import and delete the credentials by which CodeBuild gets at repositories
description:
  - A credential is for all projects of the region whose source is on one kind of server.
  - CodeBuild never tells a token, so that nobody can see whether it is the one of the task. O(update_token) says
    what to do about it. A connection or a secret in Secrets Manager is compared by its ARN.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  server_type:
    description: The kind of server.
    type: str
    required: true
    choices: [GITHUB, BITBUCKET, GITHUB_ENTERPRISE, GITLAB, GITLAB_SELF_MANAGED]
  auth_type:
    description:
      - The kind of credential. Required with O(state=present).
      - V(OAUTH) can be made in CodeBuild's console only, and is refused.
    type: str
    choices: [OAUTH, BASIC_AUTH, PERSONAL_ACCESS_TOKEN, CODECONNECTIONS, SECRETS_MANAGER]
  token:
    description: The token, or the app password with V(BASIC_AUTH). It is never shown.
    type: str
  resource:
    description: The ARN of the connection, with V(CODECONNECTIONS), or of the secret, with V(SECRETS_MANAGER).
    type: str
  username:
    description: The name of the user at Bitbucket, with V(BASIC_AUTH).
    type: str
  update_token:
    description:
      - V(on_create) imports the token where there is none of this kind of server yet, or one of another O(auth_type).
      - V(always) imports it each time the task runs, and reports a change each time.
    type: str
    choices: [always, on_create]
    default: on_create
  state:
    description: V(present) imports the credential, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codebuild_source_credential_info
  - module: convoy.delivery.codebuild_webhook
  - module: convoy.delivery.codeconnections_connection
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Builds get at GitHub by a connection
  convoy.delivery.codebuild_source_credential:
    server_type: GITHUB
    auth_type: CODECONNECTIONS
    resource: "{{ made.connection.connection_arn }}"

- name: A token is imported once
  convoy.delivery.codebuild_source_credential:
    server_type: GITHUB
    auth_type: PERSONAL_ACCESS_TOKEN
    token: "{{ vault_github_token }}"

- name: The token was renewed
  convoy.delivery.codebuild_source_credential:
    server_type: GITHUB
    auth_type: PERSONAL_ACCESS_TOKEN
    token: "{{ vault_github_token }}"
    update_token: always

- name: Nothing is built from Bitbucket any more
  convoy.delivery.codebuild_source_credential:
    server_type: BITBUCKET
    state: absent
"""

RETURN = r"""
source_credential:
  description: The credential afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    arn:
      description: Its ARN. Not known in check mode before it is made.
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
    token:
      description: Never the token. V(imported) when there is one, V(imported anew) when the task has changed it.
      type: str
      returned: for the other kinds
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.source_credential import SourceCredential
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge

OPTIONS = dict(
    server_type=dict(
        required=True, choices=["GITHUB", "BITBUCKET", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED"]
    ),
    auth_type=dict(choices=["OAUTH", "BASIC_AUTH", "PERSONAL_ACCESS_TOKEN", "CODECONNECTIONS", "SECRETS_MANAGER"]),
    token=dict(type="str", no_log=True),
    resource=dict(type="str"),
    username=dict(type="str"),
    update_token=dict(choices=["always", "on_create"], default="on_create", no_log=False),
    state=dict(choices=["present", "absent"], default="present"),
)


def run(context):
    return converge(SourceCredential(context))


def main():
    run_module(OPTIONS, run, required_if=[("state", "present", ["auth_type"])])


if __name__ == "__main__":
    main()
