#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_revision_info
version_added: "0.1.0"
short_description: List the revisions of a CodeDeploy application
description:
  - Lists the registered revisions of an application, each with its description, the deployment groups that have it as
    their target revision, and when it was registered and used.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  application_name:
    description:
      - The CodeDeploy application.
    type: str
    required: true
    aliases: [application]
  deployed:
    description:
      - V(include) lists only revisions that are the target revision of a deployment group, V(exclude) only those that
        are not, V(ignore) both.
    type: str
    choices: [include, exclude, ignore]
    default: ignore
  s3_bucket:
    description:
      - List only revisions in this bucket.
    type: str
  s3_key_prefix:
    description:
      - List only revisions whose key begins with this. Needs O(s3_bucket).
    type: str
  sort_by:
    description:
      - The time that the list is ordered by.
    type: str
    choices: [register_time, first_used_time, last_used_time]
    default: register_time
  sort_order:
    description:
      - V(descending) lists the newest first.
    type: str
    choices: [ascending, descending]
    default: descending
seealso:
  - module: convoy.delivery.codedeploy_revision
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which revisions are out
  convoy.delivery.codedeploy_revision_info:
    application_name: storefront
    deployed: include
  register: out
"""

RETURN = r"""
revisions:
  description: The revisions; an empty list when there are none or the application does not exist.
  returned: success
  type: list
  elements: dict
  contains:
    revision_type:
      description: Where the revision is.
      type: str
      sample: S3
    s3_location:
      description: The object in S3.
      returned: when it is there
      type: dict
      sample:
        bucket: my-artifacts
        key: revisions/storefront/0a1b2c3d4e5f60718293a4b5c6d7e8f9.tgz
        bundle_type: tgz
        e_tag: 9b2cf535f27731c974343645a3985328
    git_hub_location:
      description: The commit.
      returned: when it is there
      type: dict
    revision_info:
      description: What CodeDeploy knows of it, C(description), C(deployment_groups), C(register_time),
        C(first_used_time) and C(last_used_time).
      type: dict
      sample:
        description: "2.0"
        deployment_groups: [production]
        register_time: "2026-01-15T10:30:00.123000+00:00"
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.revision import list_revisions
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

TIMES = {
    "register_time": "registerTime",
    "first_used_time": "firstUsedTime",
    "last_used_time": "lastUsedTime",
}
OPTIONS = dict(
    application_name=dict(required=True, aliases=["application"]),
    deployed=dict(choices=["include", "exclude", "ignore"], default="ignore"),
    s3_bucket=dict(type="str"),
    s3_key_prefix=dict(type="str", no_log=False),
    sort_by=dict(choices=list(TIMES), default="register_time"),
    sort_order=dict(choices=["ascending", "descending"], default="descending"),
)


def run(context):
    filters = {name: context.options[name] for name in ("deployed", "s3_bucket", "s3_key_prefix", "sort_order")}
    filters["sort_by"] = TIMES[context.options["sort_by"]]
    return {"changed": False, "revisions": list_revisions(context, context.options["application_name"], filters)}


def main():
    run_module(OPTIONS, run, required_by={"s3_key_prefix": "s3_bucket"})


if __name__ == "__main__":
    main()
