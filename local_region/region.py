# SPDX-License-Identifier: GPL-3.0-or-later
"""The region, composed: clock, moto, services, the world behind them, and the API in front."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from local_region import seeds
from local_region.calls import CallRecord
from local_region.clock import Clock
from local_region.faults.active import Faults
from local_region.faults.fault import Site
from local_region.faults.interception import Interception
from local_region.faults.registry import catalogue
from local_region.http_server import THREADS, HttpServer, listening_socket
from local_region.inventory import (
    codebuild_inventory,
    codecommit_inventory,
    codeconnections_inventory,
    codedeploy_inventory,
    codepipeline_inventory,
    inventory,
    xray_inventory,
)
from local_region.moto_access import Moto
from local_region.protocol import JsonProtocol, Service
from local_region.refusal import Refused
from local_region.server import Api, Control
from local_region.services import moto_gaps  # noqa: F401  (corrects moto as it is imported)
from local_region.services.codebuild import webhooks as build_webhooks
from local_region.services.codebuild.over_moto import codebuild
from local_region.services.codecommit.git_server import git_application
from local_region.services.codecommit.over_moto import codecommit
from local_region.services.codecommit.repositories import PATH as GIT_PATH
from local_region.services.codeconnections import CodeConnections, CodeStarConnections, Directory
from local_region.services.codeconnections.git_server import PATH as CONNECTIONS_PATH
from local_region.services.codeconnections.git_server import connections_application
from local_region.services.codeconnections.watch import Watch
from local_region.services.codedeploy.over_moto import codedeploy
from local_region.services.codedeploy_commands import CodeDeployCommands
from local_region.services.codepipeline import webhooks
from local_region.services.codepipeline.actions.codebuild import performers
from local_region.services.codepipeline.actions.codebuild import rules as build_rules
from local_region.services.codepipeline.actions.codecommit_source import CodeCommitSource
from local_region.services.codepipeline.actions.connection_source import ConnectionSource
from local_region.services.codepipeline.over_moto import codepipeline
from local_region.services.codepipeline.webhook_requests import webhook_application
from local_region.services.moto_gaps import autoscaling_lifecycle, autoscaling_refreshes, cloudwatch, events, logs
from local_region.services.moto_gaps.autoscaling_holds import Holds
from local_region.services.xray import XRay
from local_region.world.monitoring import Monitoring
from local_region.world.network import API_ADDRESS

if TYPE_CHECKING:
    from local_region.engine.pipeline_triggers import Push
    from local_region.world.on_premises import OnPremisesHosts
    from local_region.world.world import World


class Region:
    """A region in this process. Without `run_dir` it is the API alone: instances exist, but no host runs for them.

    With `run_dir` it needs a nest of namespaces (see `local_region.nest`), and the door running in `run_dir`.
    """

    def __init__(self, clock: Clock, run_dir: Path | None = None):
        self.clock = clock
        self.moto = Moto()
        seeds.plant(self.moto, hosts=run_dir is not None)
        self.calls = CallRecord()
        self.world = self._make_world(run_dir) if run_dir else None
        self.monitoring = self._make_monitoring()
        self.protocol = JsonProtocol(self._services(run_dir))
        interception = Interception()
        self.faults = Faults(Site(self.clock, self.moto, interception, self.world))
        paths = {
            webhooks.PATH: webhook_application(self.codepipeline),
            GIT_PATH: git_application(self.codecommit),
            build_webhooks.PATH: webhook_application(self.codebuild, "buildId"),
            CONNECTIONS_PATH: connections_application(self.connections),
        }
        self.api = Api(self.protocol, self.moto, self.calls, self._control(), interception, paths)
        self._servers: list[HttpServer] = []
        if self.world:
            self.calls.after_write({"elasticloadbalancing"}, lambda call: self.world.balance())

    def _make_world(self, run_dir: Path) -> World:
        # Imported here: it needs Linux's namespaces, which the API alone does not.
        from local_region.world.world import World

        return World(run_dir, self.clock, self.moto)

    def _make_monitoring(self) -> Monitoring:
        monitoring = Monitoring(self.clock, self.moto, self.world.balance if self.world else lambda: None)
        if self.world:
            monitoring.watch(self.world.balancers.metrics)
        cloudwatch.monitor(monitoring)
        events.measure(monitoring.count_event)
        logs.measure(monitoring.metrics.put)
        autoscaling_refreshes.keep_refreshes(self.clock, monitoring.alarms.states)
        return monitoring

    def _control(self) -> dict[str, Control]:
        """What the region's own command line asks for, by path under /_local_region/; each gets the request's data."""
        return {
            "status": lambda asked: self.status(),
            "inventory": lambda asked: self.inventory(),
            "faults": lambda asked: {"active": self.faults.active(), "kinds": catalogue()},
            "faults/inject": lambda asked: self.faults.inject(**asked),
            "faults/clear": lambda asked: {"cleared": self.faults.clear(**asked)},
            "connections": lambda asked: {"connections": self.connections.shown()},
            "connections/complete": lambda asked: self.connections.complete(**asked),
            "on-premises": lambda asked: {"hosts": self._on_premises().status()},
            "on-premises/add": lambda asked: self._on_premises().add(**asked),
            "on-premises/remove": lambda asked: self._on_premises().remove(**asked),
        }

    def _on_premises(self) -> OnPremisesHosts:
        if self.world is None:
            raise Refused("This region has no hosts; start one with `python -m local_region start`.")
        return self.world.on_premises

    def _services(self, run_dir: Path | None) -> list[Service]:
        self.codecommit = codecommit(self.clock, self.moto, run_dir)
        self.codedeploy = codedeploy(self.clock, self.moto, self.world, self.monitoring.alarms)
        self.connections = Directory()
        self.codebuild = codebuild(self.clock, self.moto, self.world, self.codecommit, self.connections)
        self.codepipeline = codepipeline(self.clock, self.moto, self.monitoring.alarms, self.codedeploy)
        self.codepipeline.actions.add(CodeCommitSource(self.codecommit))
        self.watch = Watch(self.connections, self._watched, self._pushed)
        self.codebuild.watch = self.watch.add
        self.codepipeline.actions.add(ConnectionSource(self.connections, self.watch))
        self.xray = XRay(self.clock, self.moto)
        for performer in performers(self.codebuild):
            self.codepipeline.actions.add(performer)
        for rule in build_rules(self.codebuild):
            self.codepipeline.rules.add(rule)
        events.serve("codebuild", self.codebuild.event_came)
        events.serve("codepipeline", self.codepipeline.event_came)
        return [
            self.codebuild,
            self.codecommit,
            CodeConnections(self.connections),
            CodeStarConnections(self.connections),
            self.codedeploy,
            CodeDeployCommands(self.codedeploy),
            self.codepipeline,
            self.xray,
        ]

    def _watched(self) -> set[tuple[str, str]]:
        """The repositories of connections whose pushes somebody wants to be told of."""
        return self.codepipeline.connected_repositories() | self.codebuild.hooked_repositories()

    def _pushed(self, push: Push) -> None:
        self.codepipeline.push_came(push)
        self.codebuild.push_came(push)

    def inner_sockets(self) -> list[socket.socket]:
        """Where hosts reach the API: a socket on the region's own network, if it has one."""
        return [listening_socket(API_ADDRESS, 80)] if self.world else []

    def serve(self, sockets: Sequence[socket.socket], threads: int = THREADS) -> None:
        """Answers on the sockets, which are bound and listening already. Returns at once."""
        self.codebuild.address = self.codepipeline.address = self.codecommit.address = "http://{}:{}".format(
            *sockets[0].getsockname()[:2]
        )
        server = HttpServer(self.api, sockets, threads)
        server.start()
        self._servers.append(server)
        if self.world:
            self.world.start()
        self.monitoring.start()

    @property
    def holds(self) -> Holds:
        """The instances that lifecycle hooks hold."""
        return autoscaling_lifecycle.holds()

    def status(self) -> dict:
        """What `python -m local_region status --json` shows of the inside."""
        return {
            "time_scale": self.clock.scale,
            **(self.world.status() if self.world else {"hosts": [], "load_balancers": []}),
            "deployments": sum(len(store.deployments) for store in list(self.codedeploy.stores.values())),
            "repositories": sum(len(store.repositories) for store in list(self.codecommit.stores.values())),
            "builds": sum(len(store.builds) for store in list(self.codebuild.stores.values())),
            "pipelines": sum(len(store.pipelines) for store in list(self.codepipeline.stores.values())),
            "faults": self.faults.active(),
            "calls": self.calls.counts(),
        }

    def inventory(self) -> dict[str, list[str]]:
        """What `python -m local_region inventory` lists: everything that somebody has created."""
        alarms = {"cloudwatch alarms": names} if (names := self.monitoring.alarms.names()) else {}
        of_services = codedeploy_inventory(self.codedeploy.stores.values())
        of_services |= codecommit_inventory(self.codecommit.stores.values())
        of_services |= codeconnections_inventory(self.connections.stores.values())
        of_services |= codebuild_inventory(self.codebuild.stores.values())
        of_services |= codepipeline_inventory(self.codepipeline.stores.values())
        of_services |= xray_inventory(self.xray.stores.values())
        return inventory(self.moto) | alarms | of_services

    def close(self) -> None:
        self.faults.close()
        self.watch.close()
        self.codepipeline.close()
        self.codecommit.close()
        self.codebuild.close()
        self.codedeploy.close()
        autoscaling_refreshes.refreshes().close()
        self.monitoring.close()
        for server in self._servers:
            server.close()
        if self.world:
            self.world.close()
