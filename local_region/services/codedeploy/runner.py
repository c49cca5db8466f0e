# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries deployments out: what the engine decides is done here, what happens is told to the engine.

One thread looks after all deployments of the region: it finds their targets, keeps their deadlines, watches their
alarms and waits for the load balancer. What agents report arrives in the threads of the API. All of them hold the
service's lock while they touch records or engine states; the thread lets go of it while it asks the world anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from local_region.clock import Clock
from local_region.engine import decisions as decided
from local_region.engine import limits, progress
from local_region.engine.deployment import Diagnostics, Error, Event
from local_region.services.codedeploy import alarms, blue_green, events, notices, planning, targeting, views
from local_region.services.codedeploy.environments import NO_GREEN_IN_TIME, PROVISIONING, Environments
from local_region.services.codedeploy.fleet import Instance
from local_region.services.codedeploy.functions import FunctionShift, routing_of
from local_region.services.codedeploy.host_commands import HostCommand, HostCommands
from local_region.services.codedeploy.records import DeploymentRecord
from local_region.services.codedeploy.shifting import Shift
from local_region.services.codedeploy.surroundings import Surroundings
from local_region.services.outbox import Outbox

log = logging.getLogger("local_region.codedeploy")

# How often the load balancer is asked while a host waits for it, and Auto Scaling while its instances start (real
# seconds: so are health checks and boots), and how often the alarms are (service seconds).
LOOK_AT_TRAFFIC = 0.1
LOOK_AT_GREEN = 0.2
LOOK_AT_ALARMS = 10.0
# How often Auto Scaling hears that a deployment to one of its instances still runs (service seconds).
HEARTBEAT = 300.0
IDLE = 3600.0

INTERNAL_ERROR = Error("INTERNAL_ERROR", "The local region failed to find the deployment's targets; see its log.")


class Runner:
    """The engine's hands.

    `on_premises(record)` and `ended(record)` belong to the service and are called with the lock held: the on-premises
    instances of a deployment, and the moment when one is over.
    """

    def __init__(
        self,
        lock: threading.RLock,
        clock: Clock,
        surroundings: Surroundings,
        times: views.Times,
        on_premises: Callable[[DeploymentRecord], list[Instance]],
        ended: Callable[[DeploymentRecord], None],
    ):
        self.host_commands = HostCommands()
        self._lock, self._clock = lock, clock
        self._surroundings = surroundings
        self._environments = Environments(surroundings.auto_scaling)
        self._times, self._outbox = times, notices.Outbox(surroundings.publish)
        self._bus = Outbox(surroundings.emit, "codedeploy")
        self._on_premises, self._on_end = on_premises, ended
        self._news = threading.Event()
        self._closed = False
        self._created: list[DeploymentRecord] = []
        self._running: dict[str, DeploymentRecord] = {}
        self._shifts: dict[tuple[str, str], Shift | FunctionShift] = {}
        self._provisioning: dict[str, tuple[DeploymentRecord, float]] = {}
        self._chores: list[Callable[[], None]] = []
        self._alarms_due = self._beat_due = 0.0
        self._thread = threading.Thread(target=self._loop, name="codedeploy", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread and every agent's poll. Deployments stay as they are."""
        self._closed = True
        self._news.set()
        self.host_commands.close()
        self._thread.join()
        self._outbox.close()
        self._bus.close()

    # What the service asks for

    def begin(self, record: DeploymentRecord) -> None:
        """Starts a deployment as soon as its targets are found."""
        with self._lock:
            self._created.append(record)
            self._news.set()

    def stop(self, record: DeploymentRecord, reason: Error) -> None:
        """Stops a deployment: at once if nothing runs, else when the running events have ended."""
        with self._lock:
            if record.run:
                self._carry_out(record, progress.stop(record.run, reason, self._clock.seconds()))
                self._cut_off(record)
            elif not record.finished:
                self._end_early(record, "Stopped", reason)

    def _cut_off(self, record: DeploymentRecord) -> None:
        """A shift of a function's traffic may take hours, and ends with its deployment's stop."""
        for shift in self._shifts.values():
            if shift.record is record and isinstance(shift, FunctionShift):
                shift.cut_off()
                self._news.set()

    def abandon(self, records: Iterable[DeploymentRecord], reason: Error) -> None:
        """Stops deployments whose group or application is no more."""
        for record in records:
            record.stop_rolls_back = False
            self.stop(record, reason)

    def go_on(self, record: DeploymentRecord) -> None:
        """Ends the wait that a blue/green deployment is in."""
        with self._lock:
            self._carry_out(record, progress.go_on(record.run, self._clock.seconds()))

    def later(self, chore: Callable[[], None]) -> None:
        """Has the thread do something that asks the world, without the lock, soon."""
        with self._lock:
            self._chores.append(chore)
            self._news.set()

    # What agents report

    def acknowledge(self, record: DeploymentRecord, command: HostCommand) -> str:
        """An agent has a command. Returns InProgress, or Succeeded or Failed when the event is over already."""
        self.host_commands.taken_up(command)
        with self._lock:
            if record.run and progress.acknowledge(record.run, command.target_id, command.event, self._clock.seconds()):
                return "InProgress"
            return self.command_status(record, command)

    def command_status(self, record: DeploymentRecord, command: HostCommand) -> str:
        """How a command stands: Pending, InProgress, Succeeded or Failed (withdrawn ones too)."""
        with self._lock:
            event = event_of(record, command.target_id, command.event)
            if event is None or event.status not in ("Pending", "InProgress", "Succeeded"):
                return "Failed"
            return event.status

    def complete(self, record: DeploymentRecord, command: HostCommand, failure: Diagnostics | None) -> None:
        """An agent has done a command. The first word on an event counts."""
        self.host_commands.taken_up(command)
        with self._lock:
            if record.run:
                now = self._clock.seconds()
                decisions = progress.complete(record.run, command.target_id, command.event, failure, now)
                self._carry_out(record, decisions)

    # What the thread does

    def _loop(self) -> None:
        while not self._closed:
            self._news.clear()
            try:
                self._do_chores()
                self._begin_created()
                self._look_at_green()
                self._keep_deadlines()
                self._look_at_traffic()
                self._look_at_alarms()
                self._beat()
            except Exception:
                log.exception("the deployment runner failed; this is a fault of the local region")
                self._clock.wait(threading.Event(), self._clock.scale)  # one real second, so as not to spin
            if not self._closed:
                self._clock.wait(self._news, self._pause())

    def _pause(self) -> float:
        """Service seconds until the thread has something to do by itself."""
        with self._lock:
            now = self._clock.seconds()
            due = [progress.next_deadline(record.run) for record in self._running.values()]
            pauses = [moment - now for moment in due if moment is not None]
            if self._shifts:
                pauses.append(LOOK_AT_TRAFFIC * self._clock.scale)
            if self._provisioning:
                pauses.append(LOOK_AT_GREEN * self._clock.scale)
            if any(record.action for record in self._running.values()):
                pauses.append(self._beat_due - now)
            if any(alarms.watched(record.info["alarms"]) for record in self._running.values()):
                pauses.append(self._alarms_due - now)
        return max(0.0, min(pauses, default=IDLE))

    def _do_chores(self) -> None:
        with self._lock:
            chores, self._chores = self._chores, []
        for chore in chores:
            try:
                chore()
            except Exception:
                log.exception("a part of a deployment failed; this is a fault of the local region")

    def _begin_created(self) -> None:
        with self._lock:
            created, self._created = self._created, []
        for record in created:
            if record.way_back and not self._surroundings.fleet.find_by_id(*record.place, record.way_back.blue):
                record.way_back = None  # nothing to go back to: the old revision is deployed again
            if blue_green.copies(record.info) and not record.way_back:
                self._provision(record)
            else:
                self._find_targets(record)

    def _provision(self, record: DeploymentRecord) -> None:
        try:
            error = self._environments.provision(record)
        except Exception:
            log.exception("the replacement environment of %s failed; this is a fault of the local region", record.id)
            error = INTERNAL_ERROR
        with self._lock:
            if record.finished:
                return
            if error:
                self._end_early(record, "Failed", error)
            else:
                self._provisioning[record.id] = (record, self._clock.seconds() + PROVISIONING)

    def _look_at_green(self) -> None:
        with self._lock:
            provisioning = list(self._provisioning.values())
        for record, deadline in provisioning:
            ready = self._environments.provisioned(record)
            overdue = self._clock.seconds() >= deadline
            if ready or overdue or record.finished:
                del self._provisioning[record.id]
            if ready:
                self._find_targets(record)
            elif overdue:
                with self._lock:
                    if not record.finished:
                        self._end_early(record, "Failed", NO_GREEN_IN_TIME)

    def _find_targets(self, record: DeploymentRecord) -> None:
        try:
            error = self._environments.suspend_processes(record)
            if record.change:
                found = targeting.function(record, self._surroundings.functions)
            else:
                found = targeting.look_around(record, self._surroundings.fleet, self._surroundings.traffic)
            found = replace(found, error=error or found.error)
        except Exception:
            log.exception("the targets of %s can't be found; this is a fault of the local region", record.id)
            found = targeting.Targeting(error=INTERNAL_ERROR)
        with self._lock:
            if not record.finished:
                self._start(record, found)
            elif record.suspended:  # stopped meanwhile
                self._chores.append(partial(self._environments.resume_processes, record))

    def _start(self, record: DeploymentRecord, found: targeting.Targeting) -> None:
        if found.error:
            self._end_early(record, "Failed", found.error)
            return
        found = replace(found, instances=found.instances + self._on_premises(record))
        record.hosts = {instance.id: instance.arn for instance in found.instances + found.originals}
        record.target_groups = found.target_groups
        record.run = planning.run_of(record, found)
        self._running[record.id] = record
        self._alarms_due = 0.0  # an alarm that is active already stops the deployment before it gets far
        log.info("%s started on %d hosts", record.id, len(record.run.targets))
        decisions = progress.start(record.run, self._clock.seconds())
        self._tell_of(record, "DeploymentStart")
        self._carry_out(record, decisions)

    def _keep_deadlines(self) -> None:
        with self._lock:
            now = self._clock.seconds()
            for record in list(self._running.values()):
                deadline = progress.next_deadline(record.run)
                if deadline is not None and deadline <= now:
                    self._carry_out(record, progress.expire(record.run, now))

    def _look_at_traffic(self) -> None:
        with self._lock:
            shifts = list(self._shifts.values())
        done = [shift for shift in shifts if self._is_done(shift)]
        with self._lock:
            for shift in done:
                if self._shifts.get((shift.record.id, shift.target_id)) is shift:
                    del self._shifts[shift.record.id, shift.target_id]
                    now = self._clock.seconds()
                    decisions = progress.complete(shift.record.run, shift.target_id, shift.event, shift.failure, now)
                    self._carry_out(shift.record, decisions)

    def _is_done(self, shift: Shift | FunctionShift) -> bool:
        if isinstance(shift, FunctionShift):
            return shift.done(self._clock.seconds())
        return shift.done(self._surroundings.traffic)

    def _look_at_alarms(self) -> None:
        with self._lock:
            if self._clock.seconds() < self._alarms_due:
                return
            self._alarms_due = self._clock.seconds() + LOOK_AT_ALARMS
            watching = [record for record in self._running.values() if alarms.watched(record.info["alarms"])]
        for record in watching:
            configuration = record.info["alarms"]
            states = self._surroundings.alarms.states(record.account, record.region, alarms.watched(configuration))
            reason = alarms.reason_to_stop(configuration, states)
            if reason:
                self.stop(record, reason)

    def _beat(self) -> None:
        with self._lock:
            if self._clock.seconds() < self._beat_due:
                return
            self._beat_due = self._clock.seconds() + HEARTBEAT
            actions = [record.action for record in self._running.values() if record.action]
        for action in actions:
            self._surroundings.auto_scaling.beat(action)

    def _carry_out(self, record: DeploymentRecord, decisions: list[progress.Decision]) -> None:
        for decision in decisions:
            match decision:
                case decided.Command():
                    self._hand_out(record, decision)
                case decided.Withdraw():
                    self._withdraw(record, decision)
                case decided.HostDone():
                    self._tell_of_host(record, decision.target_id, decision.status)
                case decided.Waiting():
                    if decision.wait.kind == "READY_WAIT":
                        self._tell_of(record, "DeploymentReady")
                case decided.Rerouted():
                    self._chores.append(partial(self._environments.take_over, record))
                case decided.Terminate():
                    self._chores.append(partial(self._terminate, record))
                case decided.Ended():
                    del self._running[record.id]
                    self._finish(record)
        if decisions:
            self._news.set()

    def _terminate(self, record: DeploymentRecord) -> None:
        try:
            self._environments.terminate(record)
        finally:
            with self._lock:
                self._carry_out(record, progress.terminated(record.run, self._clock.seconds()))

    def _hand_out(self, record: DeploymentRecord, command: progress.Command) -> None:
        if record.run.targets[command.target_id].position == 0:
            self._tell_of_host(record, command.target_id, record.run.targets[command.target_id].status)
        if record.change:
            self._perform_for_function(record, command)
        elif command.performer == "agent":
            self.host_commands.put(self._command(record, command.target_id, command.event))
        else:
            self._shifts[record.id, command.target_id] = Shift(record, command.target_id, command.event)

    def _perform_for_function(self, record: DeploymentRecord, command: progress.Command) -> None:
        """Shifts traffic. The other events have no hook (CreateDeployment refuses hooks), and nothing to do."""
        now = self._clock.seconds()
        if command.performer == "agent":
            self._chores.append(partial(self._nothing_to_do, record, command))
            return
        shift = FunctionShift(record, self._surroundings.functions, routing_of(record.config_info), now)
        self._shifts[record.id, command.target_id] = shift
        event = event_of(record, command.target_id, command.event)
        record.run.deadlines.add(event, now, shift.seconds + limits.EVENT)

    def _nothing_to_do(self, record: DeploymentRecord, command: progress.Command) -> None:
        with self._lock:
            now = self._clock.seconds()
            self._carry_out(record, progress.complete(record.run, command.target_id, command.event, None, now))

    def _tell_of(self, record: DeploymentRecord, event: str) -> None:
        self._tell(record, notices.of_deployment(record, self._times, event), events.of_deployment(record, event))

    def _tell_of_host(self, record: DeploymentRecord, target_id: str, status: str) -> None:
        event = notices.OF_INSTANCE_STATUS.get(status, "")
        notice = notices.of_instance(record, target_id, self._times, status)
        entry = None if record.change else events.of_instance(record, target_id, event)  # a function is no instance
        self._tell(record, notice, entry)

    def _tell(self, record: DeploymentRecord, told: Iterable[notices.Notice], entry: dict[str, Any] | None) -> None:
        for notice in told:
            self._outbox.put(notice)
        if entry:
            self._bus.put(record.account, record.region, entry)

    def _withdraw(self, record: DeploymentRecord, decision: progress.Withdraw) -> None:
        self._shifts.pop((record.id, decision.target_id), None)
        self.host_commands.taken_up(self._command(record, decision.target_id, decision.event))
        event = event_of(record, decision.target_id, decision.event)
        if event.diagnostics and event.diagnostics.message == progress.NOT_PICKED_UP:
            word = self._last_word(record.hosts[decision.target_id])
            event.diagnostics = replace(event.diagnostics, message=f"{progress.NOT_PICKED_UP} {word}")

    def _last_word(self, host: str) -> str:
        """A sentence about a silent agent. AWS keeps this to itself; it is what one wants to know."""
        silence = self.host_commands.silence(host)
        if silence is None:
            return "The agent of this host has never asked for a command."
        return f"The agent of this host last asked for a command {silence:.0f} s before."

    def _command(self, record: DeploymentRecord, target_id: str, event: str) -> HostCommand:
        return HostCommand(record.account, record.region, record.id, target_id, record.hosts[target_id], event)

    def _end_early(self, record: DeploymentRecord, status: str, error: Error) -> None:
        record.early_end, record.early_error = status, error
        self._finish(record)

    def _finish(self, record: DeploymentRecord) -> None:
        record.completed = self._clock.now()
        if record.suspended:
            self._chores.append(partial(self._environments.resume_processes, record))
        log.info("%s %s%s", record.id, record.status, f" ({record.error.code})" if record.error else "")
        self._on_end(record)
        self._tell_of(record, notices.OF_STATUS[record.status])
        if "rollbackDeploymentId" in record.rollback_info:
            self._tell_of(record, "DeploymentRollback")


def event_of(record: DeploymentRecord, target_id: str, event_name: str) -> Event | None:
    """An event of a deployment, None when there is no such target or event."""
    target = record.run.targets.get(target_id) if record.run else None
    return next((event for event in target.events if event.name == event_name), None) if target else None
