#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_webhook_info
version_added: "0.1.0"
short_description: List CodePipeline webhooks
description:
  - Tells about some or all webhooks, in the form of the options of M(convoy.delivery.codepipeline_webhook), with their
    addresses and tags. Secrets are C(****).
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  webhook_names:
    description:
      - Only the webhooks of these names. Names that do not exist are left out of the answer.
    type: list
    elements: str
    aliases: [names]
  target_pipeline:
    description:
      - Only the webhooks that start this pipeline.
    type: str
seealso:
  - module: convoy.delivery.codepipeline_webhook
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What starts the storefront's pipeline from outside?
  convoy.delivery.codepipeline_webhook_info:
    target_pipeline: storefront
  register: found
"""

RETURN = r"""
webhooks:
  description:
    - The webhooks, by name, each as RV(convoy.delivery.codepipeline_webhook#module:webhook).
    - Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: storefront-push
    url:
      description: The address that starts the pipeline.
      type: str
      sample: https://webhooks.domain.com/trigger111111111EXAMPLE11111111111111111
    target_pipeline:
      description: The pipeline that it starts.
      type: str
      sample: storefront
    authentication:
      description: How a request proves where it comes from.
      type: str
      sample: GITHUB_HMAC
    tags:
      description: Its tags.
      type: dict
      sample: {"Team": "web"}
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.webhook import list_webhooks
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    webhook_names=dict(type="list", elements="str", aliases=["names"]),
    target_pipeline=dict(type="str"),
)


def run(context):
    found = list_webhooks(context, context.options["webhook_names"], context.options["target_pipeline"])
    return {"changed": False, "webhooks": found}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
