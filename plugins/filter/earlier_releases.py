# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The releases that a deployment group can go back to."""

from __future__ import annotations

DOCUMENTATION = r"""
name: earlier_releases
version_added: "0.1.0"
short_description: The releases that a deployment group can go back to
description:
  - Of a deployment group's history, the revisions that were deployed with success, each once, the latest first.
  - The revision of the latest deployment is left out, whether it succeeded, failed or was stopped.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: Deployments of one group, the newest first, as of M(convoy.delivery.codedeploy_deployment_info).
    type: list
    elements: dict
    required: true
  revisions:
    description: Revisions of the application, as of M(convoy.delivery.codedeploy_revision_info); they have the names.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: What was there before
  ansible.builtin.debug:
    msg: "{{ (past.deployments | convoy.delivery.earlier_releases(known.revisions) | first).version }}"
"""

RETURN = r"""
_value:
  description:
    - C(version), which is the revision's description, C(revision) and C(deployment_id) of each release.
    - Revisions that nobody has described, such as those of a pipeline, have the empty C(version).
  type: list
  elements: dict
  sample:
    - version: "1.0"
      deployment_id: d-7X2KQ9ABC
      revision:
        revision_type: S3
        s3_location: {bucket: my-artifacts, key: revisions/storefront/0a1b2c3d.tgz, bundle_type: tgz}
"""


# What CodeDeploy itself writes where a deployment brings a revision that is not registered.
UNDESCRIBED = "Application revision registered by Deployment ID"


def earlier_releases(deployments, revisions):
    """See DOCUMENTATION."""
    names = {_identity(one): _name(one.get("revision_info", {}).get("description", "")) for one in revisions}
    seen = {_identity(one["revision"]) for one in deployments[:1]}
    releases = []
    for deployment in deployments:
        identity = _identity(deployment["revision"])
        if deployment["status"] == "Succeeded" and identity not in seen:
            seen.add(identity)
            releases.append(
                {
                    "version": names.get(identity, ""),
                    "revision": deployment["revision"],
                    "deployment_id": deployment["deployment_id"],
                }
            )
    return releases


def _name(description):
    return "" if description.startswith(UNDESCRIBED) else description


def _identity(revision):
    """What makes two descriptions of a revision the same one: the object or the commit, not its version or ETag."""
    kind = revision["revision_type"]
    if kind == "S3":
        return (kind, revision["s3_location"]["bucket"], revision["s3_location"]["key"])
    if kind == "GitHub":
        return (kind, revision["git_hub_location"]["repository"], revision["git_hub_location"]["commit_id"])
    content = revision.get("app_spec_content") or revision.get("string") or {}
    return (kind, content.get("sha256") or content.get("content"))


class FilterModule:
    """The collection's filters."""

    def filters(self):
        return {"earlier_releases": earlier_releases}
