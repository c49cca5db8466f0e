# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The artifact buckets of pipelines, one for each region that they deploy in."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pipeline_artifact_stores
version_added: "0.1.0"
short_description: The artifact buckets of pipelines, one for each region
description:
  - A pipeline keeps its artifacts in a bucket of its own account in each region that one of its environments is in.
    What is not at hand there, CodePipeline copies.
  - In the pipeline's region it is the pipeline's own bucket. In another one it is that of an environment of the same
    account, where there is one; or else a bucket that is called like the pipeline's, with the other region in its name.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: The environments, as P(convoy.delivery.delivery_places#filter) describes them.
    type: list
    elements: dict
    required: true
  pipelines:
    description: The pipelines, as P(convoy.delivery.delivery_places#filter) describes them.
    type: list
    elements: dict
    required: true
  kms_key_arns:
    description: KMS keys that artifacts are encrypted with, by region; S3's own where there is none.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show the buckets
  ansible.builtin.debug:
    msg: >-
      {{ groups.environments | convoy.delivery.delivery_places(hostvars)
         | convoy.delivery.pipeline_artifact_stores(
             groups.pipelines | convoy.delivery.delivery_places(hostvars)) }}
"""

RETURN = r"""
_value:
  description:
    - Of each store the C(pipeline), C(region), C(bucket), the environments of other accounts that read from it
      (C(readers)), whether it is the bucket of an environment too, which makes it (C(shared)), and the store as
      M(convoy.delivery.codepipeline) takes it (C(declaration)).
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError


def pipeline_artifact_stores(environments, pipelines, kms_key_arns=None):
    """See DOCUMENTATION."""
    return [store for pipeline in pipelines for store in _stores(environments, pipeline, kms_key_arns or {})]


def _stores(environments, pipeline, kms_key_arns):
    regions = dict.fromkeys([pipeline["region"], *(one["region"] for one in environments)])
    stores = [_store(region, environments, pipeline, kms_key_arns.get(region)) for region in regions]
    names = [one["bucket"] for one in stores]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise AnsibleFilterError(
            f"The bucket {twice} would be the artifact store of several regions, and a bucket is in one. "
            "Put {{ aws_connection.region }} into artifact_store_bucket in the inventory."
        )
    return stores


def _store(region, environments, pipeline, kms_key_arn):
    there = [one for one in environments if one["region"] == region]
    own = [one["bucket"] for one in there if one["account_id"] == pipeline["account_id"]]
    if region == pipeline["region"]:
        bucket = pipeline["bucket"]
    else:
        bucket = own[0] if own else _renamed(pipeline["bucket"], pipeline["region"], region)
    return {
        "pipeline": pipeline,
        "region": region,
        "bucket": bucket,
        "readers": [one for one in there if one["account_id"] != pipeline["account_id"]],
        "shared": bucket in own,
        "declaration": {
            "type": "S3",
            "location": bucket,
            **({"encryption_key": {"id": kms_key_arn, "type": "KMS"}} if kms_key_arn else {}),
        },
    }


def _renamed(bucket, home, region):
    """C(shop-111111111111-us-east-1) is C(shop-111111111111-eu-west-1) there; a name without a region gets one."""
    before, found, after = bucket.rpartition(home)
    return f"{before}{region}{after}" if found else f"{bucket}-{region}"


class FilterModule:
    """The collection's filters."""

    def filters(self):
        return {"pipeline_artifact_stores": pipeline_artifact_stores}
