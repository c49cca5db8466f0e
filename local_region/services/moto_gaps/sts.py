# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles of other accounts: taken only where they are there and trust who asks. moto gives every role to everybody.

Within an account it stays as moto has it, as the region looks at nobody's permissions. Every account but the default
one is as AWS Organizations makes it: with a role OrganizationAccountAccessRole that trusts the organization's
management account, which is the default one. https://docs.aws.amazon.com/organizations/latest/userguide/\
orgs_manage_accounts_access.html
"""

from __future__ import annotations

import json
import re
import threading

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.sts.models import STSBackend, sts_backends
from moto.sts.responses import TokenResponse

from local_region.protocol import ServiceError
from local_region.services.trust import trusts

ORGANIZATION_ROLE = "OrganizationAccountAccessRole"
_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::(\d{12}):role/.+")
_SESSION_ARN = re.compile(r"(arn:[a-z-]+):sts::(\d{12}):assumed-role/([^/]+)/.+")

_assume_role = TokenResponse.assume_role
_making = threading.Lock()


def assume_role(self: TokenResponse) -> ActionResult:
    """As moto's; AccessDenied for a role of another account that is not there or does not trust the caller."""
    role_arn, key = self._get_param("RoleArn") or "", self.access_key
    given = _ROLE_ARN.fullmatch(role_arn)
    if given is None:
        raise ServiceError("ValidationError", f"{role_arn} is invalid: RoleArn is the ARN of a role.")
    if given[1] != self.current_account:
        context = {
            "sts:RoleSessionName": self._get_param("RoleSessionName"),
            "sts:ExternalId": self._get_param("ExternalId"),
        }
        principal, shown = _caller(self.backend, key, self.region)
        reason = why_not(principal, role_arn, {name: value for name, value in context.items() if value})
        if reason:
            message = f"User: {shown} is not authorized to perform: sts:AssumeRole on resource: {role_arn}: {reason}"
            raise ServiceError("AccessDenied", message, 403)
    return _assume_role(self)


def why_not(principal: str, role_arn: str, context: dict[str, str] | None = None) -> str | None:
    """Why `principal` (the ARN of a role, a user, or an account's root) cannot take a role; None when it can."""
    role = _role(role_arn)
    if role is None:
        return "there is no such role"
    if not trusts(json.loads(role.assume_role_policy_document or "{}"), principal, context or {}):
        return f"its trust policy does not let {principal} assume it"
    return None


def organization_role(role: Role) -> bool:
    """Whether a role is one that every account has from the beginning."""
    return role.name == ORGANIZATION_ROLE and role.account_id != DEFAULT_ACCOUNT_ID


def _role(arn: str) -> Role | None:
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    iam = iam_backends[account]["aws"]
    with _making:
        try:
            return iam.get_role_by_arn(arn)
        except NotFoundException:
            if name != ORGANIZATION_ROLE or account == DEFAULT_ACCOUNT_ID:
                return None
            return _organization_role_of(iam)


def _organization_role_of(iam: IAMBackend) -> Role:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:root"}}
    made = iam.create_role(
        role_name=ORGANIZATION_ROLE,
        assume_role_policy_document=json.dumps(
            {"Version": "2012-10-17", "Statement": [trust | {"Action": "sts:AssumeRole"}]}
        ),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration=None,
    )
    iam.attach_role_policy("arn:aws:iam::aws:policy/AdministratorAccess", ORGANIZATION_ROLE)
    return made


def _caller(backend: STSBackend, access_key: str, region: str) -> tuple[str, str]:
    """Who signed a request: as a trust policy names them, and as messages do. A key that the region has not made is
    that of the account's root."""
    account = backend.account_id
    session = sts_backends[account][backend.partition].get_assumed_role_from_access_key(access_key)
    if session is not None:
        return session.role_arn, session.arn
    user = iam_backends[account][backend.partition].get_user_from_access_key_id(access_key)
    arn = user.arn if user else f"arn:{backend.partition}:iam::{account}:root"
    return arn, arn


TokenResponse.assume_role = assume_role
