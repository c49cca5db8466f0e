# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions of alarms: notifications to SNS topics, Auto Scaling policies, and an event for every change."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_region.clock import Clock
from local_region.engine.alarm_scaling import new_capacity, step_for
from local_region.moto_access import Moto
from local_region.protocol import NotImplementedInLocalRegion
from local_region.world.alarm_messages import event, notification, subject
from local_region.world.alarm_records import Change, HistoryItem, acted, is_scaling

log = logging.getLogger("local_region.alarms")

SCALING_POLICY = re.compile(
    r"arn:[\w-]+:autoscaling:[^:]+:[^:]+:scalingPolicy:[^:]+:autoScalingGroupName/(.+):policyName/(.+)"
)
DEFAULT_WAIT = 300.0


class ActionFailed(Exception):
    """An action could not be carried out. The message goes into the alarm's history."""


class AlarmActions:
    """Carries out actions in a thread of its own: what a topic's subscribers do must not hold up the alarms.

    `record(place, item)` gets the outcome of each action; `scaled()` is called after a group's capacity has changed.
    """

    def __init__(
        self,
        moto: Moto,
        clock: Clock,
        record: Callable[[tuple[str, str], HistoryItem], None],
        scaled: Callable[[], None] = lambda: None,
    ):
        self._moto, self._clock, self._record = moto, clock, record
        self._scaled = scaled
        self._waits: dict[tuple[str, str, str], float] = {}
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alarm-actions")

    def take(self, change: Change) -> None:
        """Carries out the actions of a change, later. Those of one alarm keep their order."""
        if change.actions:
            self._worker.submit(self._logged, self._take, change)

    def tell(self, change: Change) -> None:
        """Puts the change on the default event bus of its account and AWS region, later."""
        self._worker.submit(self._logged, self._put_event, change)

    def require_policy(self, place: tuple[str, str], action: str) -> None:
        """Raises NotImplementedInLocalRegion for a scaling policy of a kind that an alarm can't carry out here."""
        policy = self._policy(place, action)
        if policy and policy.policy_type not in ("SimpleScaling", "StepScaling"):
            raise NotImplementedInLocalRegion(
                f"The local region's alarms carry out simple and step scaling policies; {policy.name} is a "
                f"{policy.policy_type} policy."
            )

    def _policy(self, place: tuple[str, str], action: str) -> Any:
        policies = self._moto.backend("autoscaling", *place).policies
        return next((policy for policy in list(policies.values()) if policy.arn == action), None)

    def drain(self) -> None:
        """Returns when everything that was asked for until now is done."""
        self._worker.submit(lambda: None).result()

    def close(self) -> None:
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _logged(self, function: Callable[[Change], None], change: Change) -> None:
        try:
            function(change)
        except Exception:
            log.exception("an action of alarm %s failed", change.alarm["AlarmName"])

    def _take(self, change: Change) -> None:
        for action in change.actions:
            message, error = None, None
            try:
                if is_scaling(action):
                    if not self._scale(change, action):
                        continue
                else:
                    message = notification(change)
                    self._publish(action, message, subject(change))
            except ActionFailed as failure:
                error = str(failure)
            self._record((change.account, change.region), acted(change, action, self._clock.now(), error, message))

    def _publish(self, topic: str, message: str, title: str) -> None:
        _, _, _, region, account, _ = topic.split(":", 5)
        try:
            self._moto.backend("sns", account, region).publish(message=message, arn=topic, subject=title)
        except Exception as error:
            log.info("alarm action %s: %s", topic, error)
            raise ActionFailed(getattr(error, "message", None) or str(error) or type(error).__name__) from None

    def _put_event(self, change: Change) -> None:
        bus = self._moto.backend("events", change.account, change.region)
        try:
            bus.put_events([event(change)])
        except Exception as error:  # moto carries events to queues, log groups, buses and archives, and fails at others
            why = str(error) or type(error).__name__
            log.warning("alarm %s: a target of its event was not reached: %s", change.alarm["AlarmName"], why)

    def _scale(self, change: Change, action: str) -> bool:
        """Carries out a simple or step scaling policy; False while its group waits after the last time.

        A simple policy waits for its cooldown, a step policy for its instances' warm-up. What AWS also does in that
        time, adding what a higher step asks for beyond the instances that are warming up, is not done.
        """
        place = (change.account, change.region)
        backend, policy = self._moto.backend("autoscaling", *place), self._policy(place, action)
        group = backend.autoscaling_groups.get(policy.auto_scaling_group_name) if policy else None
        if group is None:
            raise ActionFailed("The scaling policy or its group does not exist")
        key = (*place, group.name)
        if self._clock.seconds() < self._waits.get(key, 0.0):
            return False
        adjustment = _adjustment(change, policy)
        wanted = new_capacity(
            policy.adjustment_type,
            adjustment,
            group.desired_capacity,
            group.min_size,
            group.max_size,
            _number(policy.min_adjustment_magnitude),
        )
        if wanted == group.desired_capacity:
            return not change.repeated
        backend.set_desired_capacity(group.name, wanted)
        wait = policy.cooldown if policy.policy_type == "SimpleScaling" else policy.estimated_instance_warmup
        self._waits[key] = self._clock.seconds() + float(DEFAULT_WAIT if wait in (None, "") else wait)
        self._scaled()
        return True


def _adjustment(change: Change, policy) -> int:
    if policy.policy_type == "SimpleScaling":
        return int(policy.scaling_adjustment)
    if change.value is None:
        raise ActionFailed("A step scaling policy needs the metric's value, and this change came without one")
    adjustment = step_for(change.value - change.alarm["Threshold"], policy.step_adjustments)
    if adjustment is None:
        raise ActionFailed(f"No step adjustment found for metric value {change.value!r}")
    return adjustment


def _number(value: str | int | None) -> int | None:
    return None if value in (None, "") else int(value)
