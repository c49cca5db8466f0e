# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch of the region, composed: metrics, publisher, alarms, their actions, and the thread that drives them."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Mapping

from local_region.clock import Clock
from local_region.engine.alarm_statistics import Samples
from local_region.moto_access import Moto
from local_region.world.alarm_actions import AlarmActions
from local_region.world.alarms import HIGH_RESOLUTION, MINUTE, Alarms
from local_region.world.balancer.envoy import EnvoyError
from local_region.world.balancer.measures import Measures
from local_region.world.metric_store import Metric, MetricStore
from local_region.world.metrics import Publisher

log = logging.getLogger("local_region.monitoring")

# The longest time that an alarm looks back, in service seconds.
DAY = 86400.0


class Monitoring:
    """Metrics and alarms. `start` begins to publish and to evaluate; before that, and in tests, `tick` does it by hand.

    `scaled()` is called after an alarm has changed the capacity of an Auto Scaling group.
    """

    def __init__(self, clock: Clock, moto: Moto, scaled: Callable[[], None] = lambda: None):
        self._clock, self._moto = clock, moto
        self.metrics = MetricStore(lambda: clock.now().timestamp(), DAY / clock.scale)
        self.actions = AlarmActions(moto, clock, lambda place, item: self.alarms.record(place, item), scaled)
        self.alarms = Alarms(clock, self.metrics, self.actions.take, self.actions.tell)
        self._publisher: Publisher | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="monitoring", daemon=True)
        self._minute: int | None = None

    def watch(self, read: Callable[[], Measures], balancer_of: Callable[[], Mapping[str, str]] | None = None) -> None:
        """From now on publishes what the load balancers' counters say; `read` is `LoadBalancers.metrics`.

        `balancer_of()` is the load balancer of each target group that is in use, by ARN; else moto's ELBv2 is asked.
        """
        self._publisher = Publisher(self.metrics, read, balancer_of or self._balancer_of)

    def count_event(self, account: str, region: str, metric: str, rule: str) -> None:
        """One more of a metric of AWS/Events, for a rule on the default bus."""
        which = Metric("AWS/Events", metric, frozenset({("RuleName", rule)}))
        self.metrics.put(account, region, which, Samples.of([1.0]), unit="Count")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        self.actions.close()

    def tick(self, now: float | None = None) -> None:
        """What is due at a time (seconds since 1970): in a new (scaled) minute, publishes the last; then evaluates."""
        now = self._clock.now().timestamp() if now is None else now
        width = MINUTE / self._clock.scale
        minute = int(now / width + 1e-6)
        whole = minute != self._minute
        self._minute = minute
        if whole and self._publisher:
            # Upwards to a millisecond, so that the time lies in its minute whatever the division leaves.
            self._publish(math.ceil((minute - 1) * width * 1000) / 1000)
        self.alarms.evaluate(now, whole)
        if whole:
            self.metrics.forget_old()

    def _publish(self, at: float) -> None:
        try:
            self._publisher.publish(at)
        except (EnvoyError, OSError) as error:
            log.warning("the load balancers cannot be read, this minute's counts go into the next: %s", error)
        except Exception:  # alarms are evaluated all the same: no data is a state too
            log.exception("the load balancers' metrics were not published; this is a fault of the local region")

    def _run(self) -> None:
        grain = HIGH_RESOLUTION / self._clock.scale
        while True:
            now = self._clock.now().timestamp()
            due = (math.floor(now / grain) + 1) * grain
            if self._clock.wait(self._closing, (due - now) * self._clock.scale):
                return
            try:
                self.tick()
            except Exception:
                log.exception("metrics and alarms were not brought up to date; this is a fault of the local region")

    def _balancer_of(self) -> Mapping[str, str]:
        backends = [self._moto.backend("elbv2", account, region) for account, region in self._moto.used("elbv2")]
        groups = [group for backend in backends for group in list(backend.target_groups.values())]
        return {group.arn: arns[0] for group in groups if (arns := group.load_balancer_arns)}
