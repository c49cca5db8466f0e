# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Auto Scaling modules share: the client, and reading a group."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure

REMEDIES = {
    "ActiveInstanceRefreshNotFound": "It has ended in the meantime: run the task again.",
    "IrreversibleInstanceRefresh": (
        "Start an instance refresh with the earlier launch template version as desired_configuration instead."
    ),
    "ResourceContention": "Another change of the group is being made: try again in a moment.",
    "LimitExceeded": "Ask AWS for a higher quota.",
}


def autoscaling(context):
    """The Auto Scaling client of this run."""
    return context.client("autoscaling", remedies=REMEDIES)


def read_group(context, name: str) -> dict[str, Any]:
    """The Auto Scaling group as DescribeAutoScalingGroups tells it. Raises Failure where there is none."""
    answer = autoscaling(context).call(
        "describe_auto_scaling_groups", doing=f"read Auto Scaling group {name}", auto_scaling_group_names=[name]
    )
    groups = answer.get("auto_scaling_groups") or []
    if not groups:
        raise Failure(
            f"auto_scaling_group_name: there is no Auto Scaling group {name} in {autoscaling(context).region}. "
            "Create it with amazon.aws.autoscaling_group, or correct the name or the region."
        )
    return groups[0]
