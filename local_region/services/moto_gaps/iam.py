# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's managed policies, without reading the 1,300 of them anew for every account, partition and reset."""

from __future__ import annotations

from copy import copy

from moto.iam.models import IAMBackend, ManagedPolicy

_read_all = IAMBackend._init_aws_policies
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


IAMBackend._init_aws_policies = init_aws_policies
