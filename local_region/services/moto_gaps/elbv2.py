# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic Load Balancing with a data plane: addresses, real target health, and no for what the balancer cannot do.

While a region balances (`balance`), load balancers get an address that clients reach, changes hold when the call
returns, and DescribeTargetHealth says what the balancer sees. The corrections of moto hold with or without it; they
are made as their modules are imported.
"""

from local_region.services.moto_gaps import (
    acm,
    elbv2_access_logs,
    elbv2_certificates,
    elbv2_listeners,
    elbv2_load_balancers,
    elbv2_targets,
)
from local_region.services.moto_gaps.elbv2_access_logs import deliver as deliver_access_logs
from local_region.services.moto_gaps.elbv2_balancing import balance, reconcile

__all__ = [
    "acm",
    "balance",
    "deliver_access_logs",
    "elbv2_access_logs",
    "elbv2_certificates",
    "elbv2_listeners",
    "elbv2_load_balancers",
    "elbv2_targets",
    "reconcile",
]
