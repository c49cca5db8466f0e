#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_webhook
version_added: "0.1.0"
short_description: Create, change, register, tag and delete CodePipeline webhooks
description:
  - A webhook is an address. An HTTP request to it that is authentic and passes the filters starts a pipeline.
  - Nothing is written when the webhook already is as the task wants it. Options that are not given leave what is there
    alone.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  name:
    description:
      - The webhook's name, 1 to 100 letters, digits and C(.@_-).
    type: str
    required: true
  target_pipeline:
    description:
      - The pipeline that it starts. Required to create a webhook.
    type: str
  target_action:
    description:
      - The pipeline's source action that the request is about. Required to create a webhook.
    type: str
  filters:
    description:
      - What must be so in the request's JSON body, at most five, which must all hold. Required to create a webhook.
    type: list
    elements: dict
    suboptions:
      json_path:
        description:
          - Where to look, such as C($.ref).
        type: str
        required: true
      match_equals:
        description:
          - What must be found there. C({Branch}) stands for the value of that name in the target action's
            configuration. Without it anything will do.
        type: str
  authentication:
    description:
      - How a request proves where it comes from. V(GITHUB_HMAC) by a signature with a shared secret, V(IP) by its
        address.
      - A new webhook is V(UNAUTHENTICATED) when this is not given, anybody who knows its address starts the pipeline.
    type: str
    choices: [GITHUB_HMAC, IP, UNAUTHENTICATED]
  authentication_configuration:
    description:
      - What goes with O(authentication).
    type: dict
    suboptions:
      allowed_ip_range:
        description:
          - The addresses from which requests may come, as a CIDR range, with V(IP).
        type: str
      secret_token:
        description:
          - The shared secret, with V(GITHUB_HMAC). It should be long, random and used for this webhook only.
        type: str
  update_secret:
    description:
      - CodePipeline does not show the secret, so that it cannot be compared. With V(on_create) it is sent when the
        webhook is made, and with whatever else is changed. With V(always) it is sent each time.
    type: str
    choices: [always, on_create]
    default: on_create
  register_with_third_party:
    description:
      - Whether a new webhook is registered with GitHub, so that GitHub calls it, and is deregistered before it is
        deleted. For source actions of the type GitHub (version 1) only.
      - CodePipeline does not tell whether a webhook is registered, so that nothing is done about one that is there
        already.
    type: bool
    default: false
  state:
    description:
      - V(present) makes the webhook or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codepipeline_webhook_info
  - module: convoy.delivery.codepipeline
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A signed request about the branch of the source starts the pipeline
  convoy.delivery.codepipeline_webhook:
    name: storefront-push
    target_pipeline: storefront
    target_action: Bundle
    filters:
      - json_path: $.ref
        match_equals: refs/heads/main
    authentication: GITHUB_HMAC
    authentication_configuration:
      secret_token: "{{ lookup('ansible.builtin.env', 'WEBHOOK_SECRET') }}"
  register: webhook

- name: The address to call
  ansible.builtin.debug:
    var: webhook.webhook.url

- name: It has a new secret
  convoy.delivery.codepipeline_webhook:
    name: storefront-push
    authentication_configuration:
      secret_token: "{{ lookup('ansible.builtin.env', 'NEW_WEBHOOK_SECRET') }}"
    update_secret: always

- name: No webhook any more
  convoy.delivery.codepipeline_webhook:
    name: storefront-push
    state: absent
"""

RETURN = r"""
webhook:
  description:
    - The webhook afterwards, in the form of the options; in check mode as it would be. Not returned with
      O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: storefront-push
    arn:
      description: Its ARN. Not known in check mode before the webhook is made.
      type: str
      sample: arn:aws:codepipeline:eu-central-1:123456789012:webhook:storefront-push
    url:
      description: The address that starts the pipeline. Not known in check mode before the webhook is made.
      type: str
      sample: https://webhooks.domain.com/trigger111111111EXAMPLE11111111111111111
    target_pipeline:
      description: The pipeline that it starts.
      type: str
      sample: storefront
    target_action:
      description: The source action that requests are about.
      type: str
      sample: Bundle
    filters:
      description: What must be so in a request.
      type: list
      elements: dict
      sample: [{"json_path": "$.ref", "match_equals": "refs/heads/main"}]
    authentication:
      description: How a request proves where it comes from.
      type: str
      sample: GITHUB_HMAC
    authentication_configuration:
      description: What goes with it. A secret is C(****).
      type: dict
      sample: {"secret_token": "****"}
    last_triggered:
      description: When it was last called, ISO 8601.
      type: str
      returned: when it was called
      sample: "2026-01-15T10:30:00.123000+00:00"
    error_code:
      description: What went wrong when it was registered with the third party.
      type: str
      returned: when something went wrong
    error_message:
      description: The same in words.
      type: str
      returned: when something went wrong
    tags:
      description: The tags.
      type: dict
      sample: {"Team": "web"}
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.webhook import Webhook
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

OPTIONS = dict(
    name=dict(required=True),
    target_pipeline=dict(type="str"),
    target_action=dict(type="str"),
    filters=dict(
        type="list",
        elements="dict",
        options=dict(json_path=dict(type="str", required=True), match_equals=dict(type="str")),
    ),
    authentication=dict(choices=["GITHUB_HMAC", "IP", "UNAUTHENTICATED"]),
    authentication_configuration=dict(
        type="dict",
        options=dict(allowed_ip_range=dict(type="str"), secret_token=dict(type="str", no_log=True)),
    ),
    update_secret=dict(choices=["always", "on_create"], default="on_create", no_log=False),
    register_with_third_party=dict(type="bool", default=False),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(Webhook(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
