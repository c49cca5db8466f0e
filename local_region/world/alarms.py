# SPDX-License-Identifier: GPL-3.0-or-later
"""The region's alarms: kept, evaluated from the metrics that were published, and their changes told.

Periods are service seconds: at time scale 10 an alarm with a period of 60 looks at buckets of 6 real seconds. Alarms
are evaluated once a (scaled) minute, those with a period below a minute every ten seconds, as CloudWatch does.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from local_region.clock import Clock
from local_region.engine import alarm_suppression
from local_region.engine.alarm import ALARM, INSUFFICIENT_DATA, OK, Datapoint, Evaluation, evaluate, range_length
from local_region.engine.alarm_math import InvalidExpression
from local_region.engine.alarm_reason import reason, reason_data, timestamp
from local_region.engine.alarm_rule import Reference, Rule
from local_region.engine.alarm_statistics import too_few_samples
from local_region.engine.alarm_suppression import Suppressor
from local_region.world import metric_queries
from local_region.world.alarm_records import (
    Alarm,
    Change,
    HistoryItem,
    MetricWatch,
    changed,
    configured,
    is_scaling,
)
from local_region.world.metric_store import MetricStore, edges_before

MINUTE, HIGH_RESOLUTION = 60.0, 10.0
# The history that is kept of an account and AWS region; AWS keeps 30 days.
MOST_HISTORY = 10_000

Place = tuple[str, str]  # account and AWS region


class Alarms:
    """The alarms of every account and AWS region.

    `on_change` is told of changes whose actions are to be carried out, `on_event` of every change. Both are called
    with the alarms locked, and must not take long.
    """

    def __init__(
        self,
        clock: Clock,
        metrics: MetricStore,
        on_change: Callable[[Change], None] = lambda change: None,
        on_event: Callable[[Change], None] = lambda change: None,
    ):
        self._clock, self._metrics = clock, metrics
        self._on_change, self._on_event = on_change, on_event
        self._alarms: dict[Place, dict[str, Alarm]] = {}
        self._history: dict[Place, deque[HistoryItem]] = {}
        self.lock = threading.RLock()

    # --- what there is

    def alarm_state(self, account: str, region: str, name: str) -> str | None:
        """OK, ALARM or INSUFFICIENT_DATA; None when there is no such alarm."""
        alarm = self.get(account, region, name)
        return alarm.state if alarm else None

    def states(self, account: str, region: str, names: Sequence[str]) -> dict[str, str]:
        """State by name of those of the alarms that exist."""
        states = {name: self.alarm_state(account, region, name) for name in names}
        return {name: state for name, state in states.items() if state}

    def get(self, account: str, region: str, name: str) -> Alarm | None:
        """An alarm by its name or ARN."""
        return self._alarms.get((account, region), {}).get(name.partition(":alarm:")[2] or name)

    def all(self, account: str, region: str) -> list[Alarm]:
        """All alarms, in the order of their names."""
        with self.lock:
            return sorted(self._alarms.get((account, region), {}).values(), key=lambda alarm: alarm.name)

    def names(self) -> list[str]:
        """The names of all alarms of all accounts and AWS regions."""
        with self.lock:
            return sorted(name for place in self._alarms.values() for name in place)

    def history(self, account: str, region: str) -> list[HistoryItem]:
        """The alarm history, oldest first."""
        with self.lock:
            return list(self._history.get((account, region), ()))

    def children(self, alarm: Alarm) -> list[Alarm]:
        """The alarms that a composite alarm's rule refers to."""
        names = alarm.watch.alarms if isinstance(alarm.watch, Rule) else []
        return [child for name in names if (child := self.get(alarm.account, alarm.region, name))]

    def parents(self, alarm: Alarm) -> list[Alarm]:
        """The composite alarms whose rules refer to an alarm."""
        return [one for one in self.all(alarm.account, alarm.region) if alarm in self.children(one)]

    # --- what is asked for

    def put(self, place: Place, arn: str, configuration: dict[str, Any], watch: MetricWatch | Rule) -> None:
        """Creates an alarm, or replaces the configuration of the one of that name, whose state stays."""
        now = self._clock.now()
        with self.lock:
            known = self.get(*place, configuration["AlarmName"])
            if known:
                known.configuration, known.watch, known.updated = configuration, watch, now
            alarm = known or Alarm(*place, arn, configuration, watch, updated=now, state_updated=now)
            self._alarms.setdefault(place, {})[alarm.name] = alarm
            self.record(place, configured(alarm, "Update" if known else "Create", now))
            if isinstance(watch, Rule):
                done = "updated" if known else "created"
                state = ALARM if self._holds(alarm) else OK
                self._evaluate_composite(alarm, f"{arn} was {done} and its alarm rule evaluates to {state}", ())

    def delete(self, account: str, region: str, names: Iterable[str]) -> None:
        """Forgets alarms; names of none are passed over. Their history stays."""
        with self.lock:
            for name in names:
                alarm = self._alarms.get((account, region), {}).pop(name, None)
                if alarm:
                    self.record((account, region), configured(alarm, "Delete", self._clock.now()))

    def set_state(self, alarm: Alarm, state: str, why: str, data: str | None) -> None:
        """SetAlarmState: holds until the alarm is next evaluated, and takes the actions of the state."""
        with self.lock:
            self._become(alarm, state, why, data, None, ())

    def enable_actions(self, account: str, region: str, names: Iterable[str], enabled: bool) -> None:
        with self.lock:
            for name in names:
                alarm = self.get(account, region, name)
                if alarm and alarm.actions_enabled != enabled:
                    alarm.configuration = alarm.configuration | {"ActionsEnabled": enabled}
                    self.record((account, region), configured(alarm, "Update", self._clock.now()))

    def record(self, place: Place, item: HistoryItem) -> None:
        with self.lock:
            self._history.setdefault(place, deque(maxlen=MOST_HISTORY)).append(item)

    # --- evaluation

    def evaluate(self, now: float, whole_minute: bool = True) -> None:
        """Evaluates alarms at a time (seconds since 1970); without `whole_minute`, only those of high resolution."""
        with self.lock:
            alarms = [alarm for place in self._alarms.values() for alarm in place.values()]
            for alarm in alarms:
                if isinstance(alarm.watch, MetricWatch) and (whole_minute or alarm.watch.high_resolution):
                    self._evaluate_metric(alarm, alarm.watch, now, whole_minute)
            for alarm in alarms:
                self._release(alarm)

    def points(self, alarm: Alarm, watch: MetricWatch, now: float) -> list[Datapoint | None]:
        """The datapoints of a metric alarm's evaluation range, oldest first.

        The newest period is the last one that is over at the full (scaled) minute, or ten seconds, before `now`.
        """
        grain = (HIGH_RESOLUTION if watch.high_resolution else MINUTE) / self._clock.scale
        # A tick comes at the full minute or just after it: a hair of tolerance for the division.
        end = int(now / grain + 1e-6) * grain
        edges = edges_before(end, watch.period / self._clock.scale, range_length(watch.threshold.periods))
        return metric_queries.answer(self._metrics, alarm.account, alarm.region, watch.query, watch.queries, edges)

    def _evaluate_metric(self, alarm: Alarm, watch: MetricWatch, now: float, whole_minute: bool) -> None:
        try:
            points = self.points(alarm, watch, now)
        except InvalidExpression as error:
            self._become(alarm, INSUFFICIENT_DATA, f"Evaluation error: {error}", None, None, ())
            return
        evaluation = evaluate(watch.threshold, points, alarm.state)
        if self._few_samples(watch, evaluation):
            return
        alarm.last_value = evaluation.datapoints[-1].value if evaluation.datapoints else None
        if evaluation.state != alarm.state:
            self._become(alarm, evaluation.state, *self._why(watch, evaluation, now), alarm.last_value, ())
        elif whole_minute and alarm.actions_enabled and any(map(is_scaling, alarm.actions(alarm.state))):
            self._on_change(self._unchanged(alarm))

    @staticmethod
    def _few_samples(watch: MetricWatch, evaluation: Evaluation) -> bool:
        return watch.keeps_state_with_few_samples and any(
            too_few_samples(watch.query.statistic, point.samples or 0) for point in evaluation.datapoints
        )

    def _why(self, watch: MetricWatch, evaluation: Evaluation, now: float) -> tuple[str, str]:
        width = watch.period / self._clock.scale
        data = reason_data(
            watch.threshold,
            evaluation,
            asked_at=now,
            starts=edges_before(now, width, watch.threshold.periods)[:-1],
            period=watch.period,
            statistic=watch.query.statistic or None,
            unit=watch.query.unit,
        )
        return reason(watch.threshold, evaluation, watch.says_how_many), data

    def _holds(self, alarm: Alarm) -> bool:
        def is_in(reference: Reference) -> bool:
            return self.alarm_state(alarm.account, alarm.region, reference.alarm) == reference.state

        return alarm.watch.holds(is_in)

    def _evaluate_composite(self, alarm: Alarm, why: str, triggers: tuple[Alarm, ...]) -> None:
        state = ALARM if self._holds(alarm) else OK
        if state != alarm.state:
            shown = tuple(_trigger(one) for one in triggers or self.children(alarm))
            data = json.dumps({"triggeringAlarms": shown}, separators=(",", ":"))
            self._become(alarm, state, why, data, None, shown)

    # --- changes

    def _become(
        self,
        alarm: Alarm,
        state: str,
        why: str,
        data: str | None,
        value: float | None,
        triggers: tuple[dict, ...],
    ) -> None:
        old = (alarm.state, alarm.reason, alarm.reason_data, alarm.state_updated)
        same = state == alarm.state
        alarm.reason, alarm.reason_data = why[:1023], data
        if same:
            return
        alarm.state, alarm.state_updated = state, self._clock.now()
        held_back = self._begin_suppression(alarm)
        change = self._change(alarm, old, value, triggers)
        self.record((alarm.account, alarm.region), changed(change))
        if held_back:
            alarm.held_back = change
        elif alarm.actions_enabled:
            self._on_change(change)
        self._on_event(change)
        for parent in self.parents(alarm):
            self._evaluate_composite(parent, _moved(alarm), (alarm,))

    def _change(
        self, alarm: Alarm, old: tuple[str, str, str | None, datetime], value: float | None, triggers: tuple[dict, ...]
    ) -> Change:
        queries = alarm.watch.queries if isinstance(alarm.watch, MetricWatch) else ()
        place = (alarm.account, alarm.region)
        return Change(*place, alarm.describe(), alarm.type, *old, alarm.state_updated, value, triggers, queries)

    def _unchanged(self, alarm: Alarm) -> Change:
        """A change to the state that the alarm has already: Auto Scaling policies are carried out minute by minute."""
        old = (alarm.state, alarm.reason, alarm.reason_data, alarm.state_updated)
        return self._change(alarm, old, alarm.last_value, ())

    # --- suppression of a composite alarm's actions

    def _begin_suppression(self, alarm: Alarm) -> bool:
        if "ActionsSuppressor" not in alarm.configuration:
            return False
        alarm.suppression = alarm_suppression.begin(self._suppressor_alarms(alarm), self._clock.seconds())
        return True

    def _suppressor_alarms(self, alarm: Alarm) -> bool:
        return self.alarm_state(alarm.account, alarm.region, alarm.configuration["ActionsSuppressor"]) == ALARM

    def _release(self, alarm: Alarm) -> None:
        """Takes the actions that were held back, once nothing holds them back any longer."""
        if alarm.suppression is None:
            return
        if "ActionsSuppressor" in alarm.configuration:
            periods = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
            suppressor = Suppressor(*(float(alarm.configuration.get(name, 0)) for name in periods))
            alarm.suppression = alarm_suppression.after(
                alarm.suppression, suppressor, self._suppressor_alarms(alarm), self._clock.seconds()
            )
        else:
            alarm.suppression = None
        if alarm.suppression is None and alarm.held_back:
            if alarm.actions_enabled:
                self._on_change(alarm.held_back)
            alarm.held_back = None


def _moved(alarm: Alarm) -> str:
    at = alarm.state_updated
    return f"{alarm.arn} transitioned to {alarm.state} at {at:%A %d %B, %Y %H:%M:%S} UTC"


def _trigger(alarm: Alarm) -> dict:
    return {"arn": alarm.arn, "state": {"value": alarm.state, "timestamp": timestamp(alarm.state_updated)}}
