# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the hosts in step with EC2's instances: what moto's state asks for, a host does, and then the state says so."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from local_region.moto_access import Moto
from local_region.services.moto_gaps import autoscaling, autoscaling_lifecycle, ec2_console, ec2_instances
from local_region.world.hosts import HostError, HostSpec
from local_region.world.identity import instance_profile

log = logging.getLogger("local_region.instances")

# Real seconds between two looks at hosts that may have ended by themselves. Changes through the API wake it at once.
LOOK = 1.0
# Hosts that boot or stop at the same time: enough to overlap their waiting, not enough to starve the machine.
_WORKERS = 8


class HostRunner(Protocol):
    """What this module needs of `Hosts`."""

    def boot(self, spec: HostSpec) -> None: ...
    def stop(self, instance_id: str) -> None: ...
    def reboot(self, instance_id: str) -> None: ...
    def terminate(self, instance_id: str) -> None: ...
    def kill(self, instance_id: str) -> None: ...
    def state(self, instance_id: str) -> str | None: ...
    def console_output(self, instance_id: str) -> bytes | None: ...


class Instances:
    """Carries out EC2's state changes. `drains(instance_id)` says whether a load balancer still waits for requests of
    an instance; `changed()` is called when an instance has reached a state."""

    def __init__(
        self, moto: Moto, hosts: HostRunner, drains: Callable[[str], bool], changed: Callable[[], None] = lambda: None
    ):
        self._moto, self._hosts, self._drains, self._changed = moto, hosts, drains, changed
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._woken, self._closing = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="instances")
        self._thread = threading.Thread(target=self._run, name="instances", daemon=True)

    def start(self) -> None:
        ec2_instances.hold(self._woken.set)
        ec2_console.listen(self._hosts.console_output)
        self._thread.start()

    def close(self) -> None:
        """Stops carrying out changes; hosts are left as they are."""
        ec2_instances.hold(None)
        ec2_console.listen(None)
        self._closing.set()
        self._woken.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def address(self, instance_id: str) -> str | None:
        """The private IPv4 address of an instance whose host runs, else None."""
        if self._hosts.state(instance_id) != "running":
            return None
        instance = next((one for _, one in self._all() if one.id == instance_id), None)
        return instance.private_ip if instance else None

    def lose(self, instance_id: str) -> None:
        """The instance's hardware fails: its host ends at once, Auto Scaling replaces it where it would, and EC2
        terminates it. Raises `HostError` when no host runs for it or its state is just changing."""
        found = next(((backend, one) for backend, one in self._all() if one.id == instance_id), None)
        with self._lock:
            if found is None or instance_id in self._busy or found[1].state != "running":
                raise HostError(f"{instance_id} cannot be lost: it is not running, or its state is just changing.")
            self._busy.add(instance_id)
        backend, instance = found
        try:
            self._hosts.kill(instance_id)
            if not autoscaling.replace_unhealthy(self._auto_scaling(backend), instance):
                instance.terminate()
            ec2_instances.give_reason(instance, "Server.InternalError", "The instance's hardware failed")
        finally:
            with self._lock:
                self._busy.discard(instance_id)
            self._changed()
            self._woken.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._woken.wait(LOOK)
            self._woken.clear()
            for backend, instance in self._all():
                self._look_at(backend, instance)

    def _all(self) -> Iterator[tuple[Any, Any]]:
        """Every instance, with its EC2 backend."""
        for account, region in self._moto.used("ec2"):
            backend = self._moto.backend("ec2", account, region)
            for instance in backend.all_instances():
                yield backend, instance

    def _look_at(self, backend: Any, instance: Any) -> None:
        """Starts the step that an instance's state asks for, unless one is under way."""
        step = self._step(instance)
        if step is None:
            return
        with self._lock:
            if instance.id in self._busy or self._closing.is_set():
                return
            self._busy.add(instance.id)
        self._pool.submit(self._take, step, backend, instance)

    def _step(self, instance: Any) -> Callable[[Any, Any], None] | None:
        if instance.state == "running":
            if getattr(instance, "reboot_wanted", False):
                return self._reboot
            return self._ended if self._hosts.state(instance.id) == "stopped" else None
        if instance.state == "shutting-down":
            drained = not hasattr(instance, "autoscaling_group") or not self._drains(instance.id)
            return self._terminate if drained else None
        return {"pending": self._boot, "stopping": self._stop}.get(instance.state)

    def _take(self, step: Callable[[Any, Any], None], backend: Any, instance: Any) -> None:
        try:
            step(backend, instance)
        except Exception:
            log.exception("%s: %s failed", instance.id, step.__name__.strip("_"))
        finally:
            with self._lock:
                self._busy.discard(instance.id)
            self._changed()
            self._woken.set()

    # --- steps: each does with the host what the state asks for, then moves the state on -----------------------------

    def _boot(self, backend: Any, instance: Any) -> None:
        try:
            self._hosts.boot(host_spec(self._moto, backend, instance))
        except HostError as error:
            log.error("%s", error)
            instance.terminate()
            ec2_instances.finish_termination(instance, ("Server.InternalError", str(error)))
            return
        if instance.state != "pending":  # terminated while it booted
            return
        ec2_instances.set_state(instance, "running")
        log.info("%s runs at %s in %s", instance.id, instance.private_ip, instance.placement.zone)
        autoscaling_lifecycle.booted(self._auto_scaling(backend), instance)

    def _stop(self, backend: Any, instance: Any) -> None:
        self._hosts.stop(instance.id)
        if instance.state == "stopping":
            ec2_instances.set_state(instance, "stopped")

    def _terminate(self, backend: Any, instance: Any) -> None:
        if (output := self._hosts.console_output(instance.id)) is not None:
            ec2_console.keep(instance, output)
        self._hosts.terminate(instance.id)
        ec2_instances.finish_termination(instance)
        log.info("%s is terminated", instance.id)

    def _reboot(self, backend: Any, instance: Any) -> None:
        instance.reboot_wanted = False
        self._hosts.reboot(instance.id)

    def _ended(self, backend: Any, instance: Any) -> None:
        """The host powered itself off, or was killed. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/\
Using_ChangingInstanceInitiatedShutdownBehavior.html"""
        log.warning("%s ended by itself", instance.id)
        if autoscaling.replace_unhealthy(self._auto_scaling(backend), instance):
            return
        if instance.instance_initiated_shutdown_behavior == "terminate":
            instance.terminate()
        else:
            instance.stop()

    def _auto_scaling(self, backend: Any) -> Any:
        return self._moto.backend("autoscaling", backend.account_id, backend.region_name)


def host_spec(moto: Moto, backend: Any, instance: Any) -> HostSpec:
    """What a host needs to know of its instance."""
    profile = instance_profile(moto, backend, instance)
    return HostSpec(
        instance_id=instance.id,
        private_ip=instance.private_ip,
        zone=instance.placement.zone,
        region=backend.region_name,
        account=backend.account_id,
        hostname=instance.private_dns_name,
        user_data=base64.b64decode(str(instance.user_data)) if instance.user_data else None,
        tags={tag["key"]: tag["value"] for tag in instance.get_tags()},
        role_name=profile.roles[0].name if profile is not None and profile.roles else None,
    )
