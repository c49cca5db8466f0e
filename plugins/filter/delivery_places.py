# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where environments and pipelines live: account, region, and the roles that others have to know by name."""

from __future__ import annotations

DOCUMENTATION = r"""
name: delivery_places
version_added: "0.1.0"
short_description: Accounts and regions of environments and pipelines
description:
  - Says of each host of the inventory in which AWS account and region it lives, from the variables C(aws_account_id)
    and C(aws_connection), and what its roles are called, whether they are there yet or not.
  - So each of two accounts can be told whom to trust in the other one, in whatever order they are built.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: Hosts of the inventory, as in C(groups.environments).
    type: list
    elements: str
    required: true
  hostvars:
    description: The magic variable C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show which environments are in other accounts
  ansible.builtin.debug:
    msg: >-
      {{ groups.environments | convoy.delivery.delivery_places(hostvars)
         | rejectattr('account_id', 'equalto', aws_account_id) | map(attribute='host') }}
"""

RETURN = r"""
_value:
  description:
    - For each host its name (C(host)), C(environment) (empty for a pipeline), what it is called in AWS (C(name)),
      C(account_id), C(region), the artifact bucket (C(bucket)), and the ARNs of its roles. C(host_role_arn) is that of
      an environment's hosts, C(action_role_arn) the one that a pipeline of another account takes to deploy,
      C(pipeline_role_arn) the one that a pipeline works with.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError


def delivery_places(hosts, hostvars):
    """See DOCUMENTATION."""
    return [_place(host, hostvars[host]) for host in hosts]


def _place(host, variables):
    region = _variable(host, variables, "aws_connection").get("region")
    if not region:
        raise AnsibleFilterError(f"{host}: aws_connection has no region. Name one in the inventory.")
    account = str(_variable(host, variables, "aws_account_id"))
    name = variables.get("access_name") or f"{_variable(host, variables, 'delivery_name')}-{region}"
    called = variables.get("pipeline_name") or variables.get("delivery_name") or name
    partition, path = variables.get("aws_partition") or "aws", variables.get("access_path") or "/"
    roles = {
        f"{kind}_role_arn": f"arn:{partition}:iam::{account}:role{path}{name}-{kind}"
        for kind in ("host", "action", "pipeline")
    }
    return {
        "host": host,
        "environment": variables.get("delivery_environment") or "",
        "name": called,
        "account_id": account,
        "region": region,
        "bucket": variables.get("artifact_store_bucket") or "",
        **roles,
    }


def _variable(host, variables, name):
    value = variables.get(name)
    if not value:
        raise AnsibleFilterError(f"{host}: {name} is not set. Set it in the inventory.")
    return value


class FilterModule:
    """The collection's filters."""

    def filters(self):
        return {"delivery_places": delivery_places}
