# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's managed policies, without reading the 1,300 of them anew for every account, partition and reset.

And ListServiceSpecificCredentials, which who removes a user asks: users have none here, for none can be made. And
UpdateRole, which leaves the description of a role whose session alone is to be another.
"""

from __future__ import annotations

from copy import copy

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import IAMBackend, ManagedPolicy
from moto.iam.responses import IamResponse

_read_all = IAMBackend._init_aws_policies
_update_role = IamResponse.update_role
_pristine: list[ManagedPolicy] = []


def init_aws_policies(self: IAMBackend) -> list[ManagedPolicy]:
    """As moto's, for the partition that the region is in. moto makes them for all five whenever it looks for an access
    key, which takes the first call of a region seconds."""
    if self.partition != "aws":
        return []
    if not _pristine:
        _pristine.extend(_read_all(self))
    policies = []
    for one in _pristine:
        policy = copy(one)
        policy.account_id = self.account_id
        policy.tags = {}
        policies.append(policy)
    return policies


def list_service_specific_credentials(self: IamResponse) -> ActionResult:
    """Of a user that exists, or a NoSuchEntity error as AWS's."""
    if user_name := self._get_param("UserName"):
        self.backend.get_user(user_name)
    return ActionResult({"ServiceSpecificCredentials": []})


def update_role(self: IamResponse) -> ActionResult:
    """As moto's, which forgets a description that the request does not name."""
    if self._get_param("Description") is None:
        role = self.backend.get_role(self._get_param("RoleName"))
        duration = self._get_param("MaxSessionDuration", 3600)
        self.backend.update_role(role.name, role.description, duration)
        return EmptyResult()
    return _update_role(self)


IamResponse.update_role = update_role
IamResponse.list_service_specific_credentials = list_service_specific_credentials
IAMBackend._init_aws_policies = init_aws_policies
