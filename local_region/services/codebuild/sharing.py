# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource policies of projects and report groups. They are kept and not enforced: the region checks no permissions."""

from __future__ import annotations

import json

from local_region.services.codebuild import errors
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.records import Store


class Sharing(Base):
    """PutResourcePolicy and its relatives. Nothing is shared with the region's accounts from outside."""

    @operation
    def put_resource_policy(self, store: Store, params: dict) -> dict:
        arn = params["resourceArn"]
        _require_resource(store, arn)
        try:
            policy = json.loads(params["policy"])
        except ValueError as error:
            raise errors.invalid(f"Invalid policy: it is not JSON: {error}") from None
        if not isinstance(policy, dict) or "Statement" not in policy:
            raise errors.invalid("Invalid policy: it has no Statement")
        store.policies[arn] = params["policy"]
        return {"resourceArn": arn}

    @operation
    def get_resource_policy(self, store: Store, params: dict) -> dict:
        if params["resourceArn"] not in store.policies:
            raise errors.not_found(f"Resource {params['resourceArn']} does not have a resource policy")
        return {"policy": store.policies[params["resourceArn"]]}

    @operation
    def delete_resource_policy(self, store: Store, params: dict) -> None:
        store.policies.pop(params["resourceArn"], None)

    @operation
    def list_shared_projects(self, store: Store, params: dict) -> dict:
        return {"projects": []}

    @operation
    def list_shared_report_groups(self, store: Store, params: dict) -> dict:
        return {"reportGroups": []}


def _require_resource(store: Store, arn: str) -> None:
    known = {project.info["arn"] for project in store.projects.values()}
    known |= {group.info["arn"] for group in store.report_groups.values()}
    if arn not in known:
        raise errors.not_found(f"Resource {arn} does not exist: it is neither a project nor a report group")
