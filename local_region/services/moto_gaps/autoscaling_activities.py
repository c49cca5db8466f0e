# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling activities: what a group has launched and terminated, and why. moto answers with none.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-verify-scaling-activity.html
"""

from __future__ import annotations

import itertools
import json
from collections import deque
from typing import Any

from moto.autoscaling.models import Activity
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

# AWS keeps them for six weeks; a region that runs for so long keeps this many per group.
MOST_KEPT = 1000
MOST_PER_PAGE = 100


def launching(state: Any, cause: str) -> None:
    """An instance is being launched."""
    _begin(state, f"Launching a new EC2 instance: {state.instance.id}", cause)


def terminating(state: Any, cause: str) -> None:
    """An instance is taken out of its group. What had been going on with it is cancelled."""
    advance(state, "Cancelled")
    _begin(state, f"Terminating EC2 instance: {state.instance.id}", cause)


def advance(state: Any, status: str) -> None:
    """The activity that an instance is in goes on (MidLifecycleAction) or ends (Successful, Failed, Cancelled)."""
    activity = getattr(state, "activity", None)
    if activity is None or activity.end_time is not None:
        return
    activity.status_code = status
    if status in ("Successful", "Failed", "Cancelled"):
        activity.end_time, activity.progress = utcnow(), 100
    else:
        activity.progress = 50


def _begin(state: Any, description: str, cause: str) -> None:
    group = state.auto_scaling_group
    activity = Activity(description, f"At {utcnow():%Y-%m-%dT%H:%M:%SZ} {cause}", group)
    activity.end_time = None
    activity.auto_scaling_group_arn = group.arn
    place = {"Subnet ID": state.instance.subnet_id, "Availability Zone": state.instance.placement.zone}
    activity.details = json.dumps(place)
    state.activity = activity
    _activities(group.autoscaling_backend).appendleft(activity)


def _activities(backend: Any) -> deque[Activity]:
    if not hasattr(backend, "activities"):
        backend.activities = deque(maxlen=MOST_KEPT)
    return backend.activities


def describe_scaling_activities(self) -> ActionResult:
    """The newest first, of one group or of all; those of deleted groups only where they are asked for."""
    backend, wanted = self.autoscaling_backend, set(self._get_param("ActivityIds", []))
    name, deleted = self._get_param("AutoScalingGroupName"), self._get_bool_param("IncludeDeletedGroups", False)
    found = [
        activity
        for activity in list(_activities(backend))
        if (not wanted or activity.activity_id in wanted)
        and name in (None, activity.auto_scaling_group_name)
        and (deleted or backend.autoscaling_groups.get(activity.auto_scaling_group_name) is activity.auto_scaling_group)
    ]
    after = self._get_param("NextToken")
    if after:
        found = list(itertools.dropwhile(lambda one: one.activity_id != after, found))[1:]
    size = min(self._get_int_param("MaxRecords") or MOST_PER_PAGE, MOST_PER_PAGE)
    page = found[:size]
    return ActionResult({"Activities": page, "NextToken": page[-1].activity_id if len(found) > size else None})


AutoScalingResponse.describe_scaling_activities = describe_scaling_activities
