# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind the API: hosts, their metadata service and network, and the load balancers. Lives in the nest."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.services.moto_gaps import elbv2
from local_region.world import build_credentials, egress
from local_region.world.balancer.envoy import EnvoyError
from local_region.world.balancer.spec import Unsupported
from local_region.world.builds import Builds
from local_region.world.door import DOOR
from local_region.world.host_init import ENVIRONMENT
from local_region.world.hosts import Hosts
from local_region.world.identity import Identities
from local_region.world.imds import MetadataServer
from local_region.world.instances import Instances
from local_region.world.load_balancer import LoadBalancers
from local_region.world.on_premises import OnPremisesHosts

log = logging.getLogger("local_region.world")

# Real seconds between two comparisons of the balancer with ELBv2's state; changes through the API are applied at once.
_LOOK = 5.0


class World:
    """Everything real of a region. `start` brings it up, `close` takes it down in order."""

    def __init__(self, run_dir: Path, clock: Clock, moto: Moto):
        self._moto = moto
        self.hosts = Hosts(run_dir)
        self.metadata = MetadataServer(Identities(moto).lookup)
        self.balancers = LoadBalancers(run_dir / "balancer", clock, run_dir / DOOR)
        self.instances = Instances(moto, self.hosts, self._drains, self.balance)
        self.on_premises = OnPremisesHosts(self.hosts, self._ec2_addresses)
        self.builds = Builds(self.hosts, run_dir / DOOR / egress.SOCKET, build_credentials.assuming(moto))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._look, name="balance", daemon=True)

    def start(self) -> None:
        elbv2.balance(self.balancers, self.instances.address)
        self.instances.start()
        self._thread.start()

    def balance(self) -> None:
        """Brings the load balancers to what ELBv2's state says; returns when they are there."""
        try:
            elbv2.reconcile()
        except (EnvoyError, Unsupported) as error:
            log.error("the load balancers stay as they were: %s", error)

    def health(self, target_group_arn: str, instance_id: str) -> str:
        """ELBv2's state of a target: initial, healthy, unhealthy, draining or unused."""
        return self.balancers.health(target_group_arn, instance_id).state

    def status(self) -> dict:
        """The hosts and load balancers, for `status`."""
        return {"hosts": self._host_status(), "load_balancers": self._balancer_status()}

    def close(self) -> None:
        self._closing.set()
        elbv2.balance(None)
        self.builds.close()
        self.instances.close()
        self.balancers.close()
        self.metadata.close()
        self.hosts.close()

    def _look(self) -> None:
        while not self._closing.wait(_LOOK):
            self.balance()
            elbv2.deliver_access_logs()

    def _elbv2_backends(self) -> list:
        return [self._moto.backend("elbv2", account, region) for account, region in self._moto.used("elbv2")]

    def _drains(self, instance_id: str) -> bool:
        """Whether a target group still waits for requests that the instance works on."""
        self.balance()  # the instance may have left its groups a moment ago: it drains only from then on
        groups = [arn for backend in self._elbv2_backends() for arn in list(backend.target_groups)]
        return any(
            health.state == "draining"
            for arn in groups
            for (target, _), health in self.balancers.targets_of(arn).items()
            if target == instance_id
        )

    def _host_status(self) -> list[dict]:
        shown = []
        for instance in self._ec2_instances():
            if (state := self.hosts.state(instance.id)) is not None:
                shown.append(
                    {
                        "instance_id": instance.id,
                        "on_premises": False,
                        "state": state,
                        "zone": instance.placement.zone,
                        "private_ip": instance.private_ip,
                        "enter": self._enter(instance.id) if state == "running" else None,
                    }
                )
        for host in self.on_premises.status():
            name = host.pop("name")
            enter = self._enter(name) if host["state"] == "running" else None
            shown.append({"instance_id": name, "on_premises": True, **host, "enter": enter})
        return shown

    def _ec2_instances(self) -> list:
        backends = [self._moto.backend("ec2", account, region) for account, region in self._moto.used("ec2")]
        return [instance for backend in backends for instance in backend.all_instances()]

    def _ec2_addresses(self) -> set[str]:
        return {instance.private_ip for instance in self._ec2_instances() if instance.state != "terminated"}

    def _enter(self, instance_id: str) -> list[str]:
        """The command line, for use inside the nest, to which a command for the host is appended."""
        environment = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
        return self.hosts.command(instance_id, ["env", "-i", *environment])

    def _balancer_status(self) -> list[dict]:
        return [
            {
                "name": balancer.name,
                "arn": balancer.arn,
                "address": balancer.dns_name,
                "ports": sorted(int(listener.port) for listener in balancer.listeners.values()),
            }
            for backend in self._elbv2_backends()
            for balancer in list(backend.load_balancers.values())
        ]
