# SPDX-License-Identifier: GPL-3.0-or-later
"""The region's load balancers: one Envoy inside the region's namespaces that does what ELBv2's state says.

`apply` brings it to the wanted state and returns when it holds; a thread watches the targets' health and requests in
flight. Nothing is restarted for a change, and no change loses a request.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from local_region.clock import Clock
from local_region.world.balancer import access_log, measures, resources, routes, targets, tls
from local_region.world.balancer.diagnosis import Diagnoses
from local_region.world.balancer.envoy import EnvoyControl, EnvoyError, EnvoyProcess, Publication, require_socket_path
from local_region.world.balancer.spec import (
    HealthCheckSpec,
    ListenerSpec,
    LoadBalancerSpec,
    TargetGroupSpec,
    TargetHealth,
    balancer_key,
    group_key,
    listener_key,
)
from local_region.world.door import DoorControl, Opening

log = logging.getLogger("local_region.balancer")

# How often Envoy is looked at, in real seconds: often while a target waits for something, seldom otherwise.
BUSY_LOOK, CALM_LOOK = 0.05, 0.25

MERGE_TIME = 0.05

CDS, LDS = "cluster_manager.cds", "listener_manager.lds"

TargetKey = tuple[str, int]  # instance id and port


@dataclass
class _Group:
    spec: TargetGroupSpec
    targets: dict[TargetKey, targets.Target] = field(default_factory=dict)


class LoadBalancers:
    """All load balancers of a region. `door_directory` is where the door works (None: sockets only, no addresses).

    `run_dir` gets the files, sockets and log. Raises EnvoyError when Envoy cannot be started or refuses a change.
    """

    def __init__(self, run_dir: Path, clock: Clock, door_directory: Path | None = None, workers: int = 1):
        self._directory, self._clock = run_dir, clock
        require_socket_path(self._socket("0" * 16))
        self.door = DoorControl(door_directory) if door_directory else None
        self._process = EnvoyProcess(run_dir, workers)
        self._control = EnvoyControl(run_dir)
        self._applied: tuple[LoadBalancerSpec, ...] | None = ()
        self._groups: dict[str, _Group] = {}
        self._errors: dict[str, int] = {}  # answers with 5xx by target group, as last read
        # Instance id -> where its health checks go instead, and since when (service seconds).
        self._diverted: dict[str, tuple[tuple[str, int], float]] = {}
        self._read: dict[Path, int] = {}  # how far the access logs were read, in bytes
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._diagnoses = Diagnoses()
        (run_dir / "sockets").mkdir(parents=True, exist_ok=True)
        for stale in ("cds.json", "lds.json"):
            (run_dir / stale).unlink(missing_ok=True)
        self._process.start()
        self._watcher = threading.Thread(target=self._watch, name="load-balancer", daemon=True)
        self._watcher.start()

    def apply(self, desired: Sequence[LoadBalancerSpec]) -> None:
        """Makes the load balancers what `desired` says, and returns when they are.

        A target that is no longer there drains: it gets no new request from now on. Applying the same again does
        nothing. Raises EnvoyError when a listener's port cannot be had; apply what was before to take it back.
        """
        wanted = tuple(desired)
        with self._lock:
            if wanted == self._applied:
                return
            self._applied = None  # until it holds: a failed change must not make the next one look done
            groups = self._next_groups(wanted)
            self._publish(wanted, groups)
            self._groups, self._applied = groups, wanted

    def health(self, target_group_arn: str, instance_id: str, port: int | None = None) -> TargetHealth:
        """A target's health as DescribeTargetHealth shows it. Without `port`: of the target with that instance id."""
        with self._lock:
            group = self._groups.get(target_group_arn)
            if group is None:
                return targets.NOT_IN_USE
            for (one, its_port), target in group.targets.items():
                if one == instance_id and port in (None, its_port):
                    return target.health
            return targets.NOT_REGISTERED

    def targets_of(self, target_group_arn: str) -> dict[TargetKey, TargetHealth]:
        """The health of all targets of a group, registered or still draining; empty when no listener uses the group."""
        with self._lock:
            group = self._groups.get(target_group_arn)
            return {key: target.health for key, target in group.targets.items()} if group else {}

    def divert_checks(self, instance_id: str, address: tuple[str, int] | None) -> None:
        """From now on the health checks of an instance go to another address, where they fail; None: to itself again.

        Envoy takes a target whose checks go elsewhere for a new one, which is out of service until a check succeeds.
        So it is told only when as many checks would have failed as the target group's unhealthy threshold asks for.
        """
        with self._lock:
            if address:
                self._diverted[instance_id] = (address, self._clock.seconds())
            else:
                self._diverted.pop(instance_id, None)
            self._control.publish(
                self._endpoints(group)
                for group in self._groups.values()
                if any(one == instance_id for one, _ in group.targets)
            )

    def metrics(self) -> measures.Measures:
        """What the load balancers and target groups have done since the start. Raises EnvoyError when Envoy is away."""
        with self._lock:
            applied, groups = self._applied or (), dict(self._groups)
        # To be asked makes Envoy merge its workers' times, which takes a moment. Counts of now and times of a moment
        # later: every answer that is counted has its time, so that none is taken for a request without an answer.
        total = measures.samples(self._control.get("/stats/prometheus?usedonly").decode())
        time.sleep(MERGE_TIME)
        times = measures.samples(self._control.get("/stats/prometheus?usedonly").decode())
        counts = {
            arn: measures.group_counts(total, times, group_key(arn), *_hosts(group), self._errors.get(arn, 0))
            for arn, group in groups.items()
        }
        self._errors = {arn: one.answered["5"] for arn, one in counts.items()}
        return measures.Measures(
            {one.arn: measures.balancer_counts(total, [listener_key(x.arn) for x in one.listeners]) for one in applied},
            counts,
        )

    def access_log(self, balancer_arn: str) -> list[dict]:
        """The requests that a load balancer has logged since it was asked the last time (access_log.py)."""
        with self._lock:
            path = self._access_log(balancer_arn)
            records, self._read[path] = access_log.records(path, self._read.get(path, 0))
            return records

    @property
    def now(self) -> float:
        """Service seconds since the start."""
        return self._clock.seconds()

    @property
    def pid(self) -> int | None:
        """The process id of Envoy."""
        return self._process.pid

    def socket(self, listener_arn: str) -> Path:
        """The Unix socket on which a listener speaks HTTP or HTTPS, with or without the PROXY protocol before it."""
        return self._socket(listener_key(listener_arn))

    def close(self) -> None:
        """Ends the balancer and closes the door's listeners. Requests in flight break."""
        self._closing.set()
        self._watcher.join()
        with self._lock:
            if self.door:
                with suppress(EnvoyError):  # the door may have closed before
                    self.door.open([])
            self._process.close()

    # --- from what is wanted to Envoy's files

    def _next_groups(self, wanted: Sequence[LoadBalancerSpec]) -> dict[str, _Group]:
        now, groups = self._clock.seconds(), {}
        for spec in (group for balancer in wanted for group in balancer.target_groups):
            before = self._groups[spec.arn].targets if spec.arn in self._groups else {}
            after = {}
            for one in spec.targets:
                key = (one.id, one.port)
                after[key] = targets.registered(before.get(key), one, now)
            for key, target in before.items():
                if key not in after and (draining := targets.deregistered(target, now)):
                    after[key] = draining
            groups[spec.arn] = _Group(spec, after)
        return groups

    def _publish(self, wanted: Sequence[LoadBalancerSpec], groups: dict[str, _Group]) -> None:
        """Make before break: what routes will point to comes first, what they pointed to goes last."""
        clusters, listeners = self._directory / "cds.json", self._directory / "lds.json"
        pairs = [(listener, balancer) for balancer in wanted for listener in balancer.listeners]
        after = tuple(self._cluster(group.spec) for group in groups.values())
        tls.write(self._certificates, (listener.tls for listener, _ in pairs))
        going = _without(self._control.written(clusters), [group_key(arn) for arn in groups])
        gone = _without(self._control.written(listeners), [listener_key(listener.arn) for listener, _ in pairs])
        self._control.publish(
            [
                *(self._endpoints(group) for group in groups.values()),
                Publication(clusters, (*after, *going), CDS),
                *(self._routes(*pair) for pair in pairs),
                Publication(listeners, tuple(self._listener(*pair) for pair in pairs), LDS),
            ]
        )
        for listener, _ in pairs:
            wait_until_accepting(self.socket(listener.arn))
        if self.door:
            self.door.open(self._opening(*pair) for pair in pairs)
        self._control.publish([Publication(clusters, after, CDS)])
        self._control.remove(self._endpoints_file(item["name"]) for item in going)
        self._control.remove(self._routes_file(item["name"]) for item in gone)
        tls.remove_others(self._certificates, (listener.tls for listener, _ in pairs))

    def _cluster(self, group: TargetGroupSpec) -> dict:
        return resources.cluster(group, self._clock.scale, self._endpoints_file(group_key(group.arn)))

    def _endpoints(self, group: _Group) -> Publication:
        key = group_key(group.spec.arn)
        known = [
            replace(endpoint, checked_at=self._diversion(target, group.spec.health_check))
            for target in group.targets.values()
            if (endpoint := target.endpoint)
        ]
        assignment = resources.cluster_load_assignment(group.spec, known)
        return Publication(self._endpoints_file(key), (assignment,), f"cluster.{key}")

    def _diversion(self, target: targets.Target, check: HealthCheckSpec) -> tuple[str, int] | None:
        """Where a target's checks go by now, None for itself."""
        address, since = self._diverted.get(target.spec.id, (None, 0.0))
        return address if self._clock.seconds() - since >= targets.time_to_fail(check, self._clock.scale) else None

    def _routes(self, listener: ListenerSpec, balancer: LoadBalancerSpec) -> Publication:
        key = listener_key(listener.arn)
        configuration = routes.route_configuration(listener, balancer)
        return Publication(self._routes_file(key), (configuration,), f"http.{key}.rds.{key}")

    def _listener(self, listener: ListenerSpec, balancer: LoadBalancerSpec) -> dict:
        key = listener_key(listener.arn)
        return resources.listener(
            listener,
            balancer,
            self.socket(listener.arn),
            self._routes_file(key),
            self._certificates,
            self._access_log(balancer.arn),
        )

    def _opening(self, listener: ListenerSpec, balancer: LoadBalancerSpec) -> Opening:
        # An open listener cannot change its address or port in Envoy, so these are part of its name.
        name = f"{listener_key(listener.arn)}-{balancer.address}-{listener.port}"
        return Opening(name, balancer.address, listener.port, self.socket(listener.arn))

    def _access_log(self, balancer_arn: str) -> Path:
        return self._directory / f"access-{balancer_key(balancer_arn)}.log"

    @property
    def _certificates(self) -> Path:
        return self._directory / "certificates"

    def _endpoints_file(self, key: str) -> Path:
        return self._directory / "endpoints" / f"{key}.json"

    def _routes_file(self, key: str) -> Path:
        return self._directory / "routes" / f"{key}.json"

    def _socket(self, key: str) -> Path:
        return self._directory / "sockets" / key

    # --- from what Envoy shows to the targets' health

    def _watch(self) -> None:
        while not self._closing.wait(BUSY_LOOK if self._busy() else CALM_LOOK):
            try:
                self.look()
            except Exception:
                log.exception("The balancer could not be looked at")

    def _busy(self) -> bool:
        with self._lock:
            states = {target.state for group in self._groups.values() for target in group.targets.values()}
        return not states.isdisjoint((targets.INITIAL, targets.DRAINING))

    def look(self) -> None:
        """Takes in what Envoy shows of the targets, once; a thread of this object does it all the time."""
        if not self._process.alive and not self._closing.is_set():
            log.error("Envoy ended, it is started again: %s", self._control.last_words())
            self._process.start()
        with self._lock:
            seen = self._control.clusters()
            changed = [group for group in self._groups.values() if self._take_in(group, seen) or self._diverted]
            self._control.publish(self._endpoints(group) for group in changed)

    def _take_in(self, group: _Group, seen: dict[str, list[dict]]) -> bool:
        """Updates a group's targets; True when some changed."""
        hosts = {_address(host): host for host in seen.get(group_key(group.spec.arn), [])}
        now, after = self._clock.seconds(), {}
        for key, target in group.targets.items():
            host = hosts.get((target.spec.address, target.spec.port))
            observation = self._observation(host, target, group.spec.health_check) if host else None
            next_target = targets.observed(target, observation, group.spec, self._clock.scale, now)
            if next_target:
                after[key] = next_target
        changed, group.targets = after != group.targets, after
        return changed

    def _observation(self, host: dict, target: targets.Target, check: HealthCheckSpec) -> targets.Observation:
        health, (address, port) = host["health_status"], _address(host)
        gauges = {stat["name"]: int(stat.get("value", 0)) for stat in host["stats"]}
        healthy = not health.get("failed_active_health_check", False) and not health.get("pending_active_hc", False)
        where = self._diversion(target, check) or (address, check.port or port)
        if healthy:
            self._diagnoses.forget(where)
        return targets.Observation(
            healthy=healthy,
            timed_out=health.get("active_hc_timeout", False),
            in_flight=gauges.get("rq_active", 0) + gauges.get("rq_pending_active", 0),
            status=self._diagnoses.status(where, check) if target.state == targets.UNHEALTHY else None,
        )


def wait_until_accepting(path: Path, patience: float = 5.0) -> None:
    """Returns when connections to a Unix socket are accepted; raises EnvoyError after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            if client.connect_ex(str(path)) == 0:
                return
        if time.monotonic() > deadline:
            raise EnvoyError(f"Envoy does not accept connections on {path}.")
        time.sleep(0.005)


def _without(items: Iterable[dict], names: Iterable[str]) -> tuple[dict, ...]:
    excluded = set(names)
    return tuple(item for item in items if item["name"] not in excluded)


def _address(host: dict) -> tuple[str, int]:
    where = host["address"]["socket_address"]
    return where["address"], where["port_value"]


def _hosts(group: _Group) -> tuple[int, int]:
    """How many targets are healthy, and how many are not (HealthyHostCount, UnHealthyHostCount)."""
    states = [target.state for target in group.targets.values()]
    return states.count(targets.HEALTHY), states.count(targets.UNHEALTHY)
