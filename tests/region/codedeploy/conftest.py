# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeDeploy over HTTP with a fleet, a load balancer and alarms in memory, and agents that are scripted by hand."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import boto3
import pytest
from botocore.config import Config

from local_region.calls import CallRecord
from local_region.clock import Clock, SimulatedClock
from local_region.http_server import HttpServer, listening_socket
from local_region.moto_access import Moto
from local_region.protocol import JsonProtocol
from local_region.server import Api
from local_region.services.codedeploy import CodeDeploy
from local_region.services.codedeploy.fleet import Instance, matches
from local_region.services.codedeploy.notices import Notice
from local_region.services.codedeploy.surroundings import Surroundings
from local_region.services.codedeploy_commands import CodeDeployCommands

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/codedeploy"
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "bundles", "key": "app-1.zip", "bundleType": "zip"}}
REVISION_2 = {"revisionType": "S3", "s3Location": {"bucket": "bundles", "key": "app-2.zip", "bundleType": "zip"}}


def arn_of(instance_id: str) -> str:
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance_id}"


class MemoryFleet:
    """Instances by id with their tags; `groups` are Auto Scaling groups."""

    def __init__(self):
        self.tags: dict[str, dict[str, str]] = {}
        self.stopped: set[str] = set()
        self.groups: dict[str, list[str]] = {}

    def add(self, *ids: str, **tags: str) -> None:
        self.tags |= dict.fromkeys(ids, tags)

    def find(self, account, region, tags, auto_scaling_groups):
        members = {member for name in auto_scaling_groups for member in self.groups.get(name, [])}
        return [
            Instance(instance_id, arn_of(instance_id), f"{REGION}a", instance_id not in self.stopped)
            for instance_id, carried in self.tags.items()
            if instance_id in members or matches(carried, tags)
        ]

    def find_by_id(self, account, region, ids):
        return [
            Instance(instance_id, arn_of(instance_id), f"{REGION}a", instance_id not in self.stopped)
            for instance_id in ids
            if instance_id in self.tags
        ]

    def missing_auto_scaling_groups(self, account, region, names):
        return [name for name in names if name not in self.groups]


class MemoryTraffic:
    """Target groups by name: targets are `unused` or `healthy` as soon as they are asked to be, unless `stuck`."""

    def __init__(self):
        self.registered: dict[str, set[str]] = {}
        self.journal: list[tuple[str, str]] = []
        self.stuck = False

    def target_group(self, account, region, name):
        if name not in self.registered:
            raise LookupError(f"No target group found for name: {name}")
        return name

    def register(self, arn, instance_id):
        self.registered[arn].add(instance_id)
        self.journal.append(("register", instance_id))

    def deregister(self, arn, instance_id):
        self.registered[arn].discard(instance_id)
        self.journal.append(("deregister", instance_id))

    def health(self, arn, instance_id):
        if self.stuck:
            return "draining"
        return "healthy" if instance_id in self.registered[arn] else "unused"


class MemoryAlarms:
    """Alarm states by name."""

    def __init__(self):
        self.known: dict[str, str] = {}

    def states(self, account, region, names):
        return {name: self.known[name] for name in names if name in self.known}


class MemoryFunctions:
    """Functions by name, each with its versions; aliases go from one version to per cent of another. `texts`: S3."""

    def __init__(self):
        self.versions: dict[str, set[str]] = {}
        self.aliases: dict[tuple[str, str], tuple[str, str | None, int]] = {}
        self.texts: dict[tuple[str, str], str] = {}

    def add(self, name: str, *versions: str, alias: str = "live") -> None:
        self.versions[name] = set(versions)
        self.aliases[name, alias] = (versions[0], None, 0)

    def text(self, place, bucket, key, version):
        if (bucket, key) not in self.texts:
            raise LookupError(f"There is no object {key} in the bucket {bucket}.")
        return self.texts[bucket, key]

    def alias_arn(self, place, change):
        for version in (change.current, change.target):
            if version not in self.versions.get(change.function, ()):
                raise LookupError(f"The function {change.function} has no version {version}.")
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{change.function}:{change.alias}"

    def version(self, place, change):
        if (change.function, change.alias) not in self.aliases:
            raise LookupError(f"The function {change.function} has no alias {change.alias}.")
        return self.aliases[change.function, change.alias][0]

    def route(self, place, change, percent):
        routed = (change.target, None, 0) if percent == 100 else (change.current, change.target, percent)
        self.aliases[change.function, change.alias] = routed


class MemoryAutoScaling:
    """Auto Scaling groups of a MemoryFleet: copies get instances named after themselves once they are `started`."""

    def __init__(self, fleet: MemoryFleet):
        self.fleet = fleet
        self.hooks: dict[tuple[str, str], bool] = {}
        self.completed: list[tuple[str, str]] = []
        self.beats: list[str] = []
        self.terminated: list[str] = []
        self.taken_over: list[tuple[str, str]] = []
        self.started = True
        self.sizes: dict[str, int] = {}
        self.journal: list[tuple[str, ...]] = []

    def copy(self, place, source, name):
        if source not in self.fleet.groups:
            raise LookupError(f"No Auto Scaling group found for name: {source}")
        self.sizes[name] = len(self.fleet.groups[source])
        if self.started:
            self.start(name)
        return self.sizes[name]

    def start(self, name):
        """The instances of a copy are in service: name-1, name-2 ..."""
        self.fleet.groups[name] = [f"{name}-{number}" for number in range(1, self.sizes[name] + 1)]
        self.fleet.add(*self.fleet.groups[name])

    def in_service(self, place, name):
        return len(self.fleet.groups.get(name, []))

    def take_over(self, place, source, name):
        self.taken_over.append((source, name))

    def delete(self, place, name):
        self.terminate(place, self.fleet.groups.pop(name, []))

    def terminate(self, place, instance_ids):
        self.terminated += [one for one in instance_ids if self.fleet.tags.pop(one, None) is not None]

    def suspend(self, place, name, processes):
        self.journal.append(("suspend", name, *processes))
        return list(processes)

    def resume(self, place, name, processes):
        self.journal.append(("resume", name, *processes))

    def put_hook(self, place, group, hook, launching):
        self.hooks[group, hook] = launching

    def delete_hook(self, place, group, hook):
        self.hooks.pop((group, hook), None)

    def complete(self, action, result):
        self.completed.append((action.instance_id, result))

    def beat(self, action):
        self.beats.append(action.instance_id)


class Commands:
    """The commands protocol by hand: JSON over HTTP, one connection per call."""

    def __init__(self, port: int):
        self._port = port

    def __call__(self, operation: str, **params) -> dict:
        status, answer = self.ask(operation, **params)
        assert status == 200, answer
        return answer

    def ask(self, operation: str, **params) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        scope = f"AKIDEXAMPLE/20260101/{REGION}/codedeploy-commands/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"CodeDeployCommandService_v20141006.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        try:
            connection.request("POST", "/", json.dumps(params), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def poll(self, instance_id: str) -> dict | None:
        return self("PollHostCommand", HostIdentifier=arn_of(instance_id)).get("HostCommand")

    def next(self, instance_id: str) -> dict:
        """The next command of an instance; polls until there is one."""
        return eventually(lambda: self.poll(instance_id))

    def acknowledge(self, command: dict) -> str:
        payload = {"Format": "JSON", "Payload": '{"IsCommandNoop":false}'}
        identifier = command["HostCommandIdentifier"]
        answer = self("PutHostCommandAcknowledgement", HostCommandIdentifier=identifier, Diagnostics=payload)
        return answer["CommandStatus"]

    def complete(self, command: dict, status: str = "Succeeded", code: int = 0, script="", message="", log="") -> None:
        said = {"error_code": code, "script_name": script, "message": message, "log": log}
        self(
            "PutHostCommandComplete",
            HostCommandIdentifier=command["HostCommandIdentifier"],
            CommandStatus=status,
            Diagnostics={"Format": "JSON", "Payload": json.dumps(said)},
        )

    def specification(self, command: dict) -> dict:
        """The specification of a command, taken out of its signed envelope."""
        answer = self(
            "GetDeploymentSpecification",
            DeploymentExecutionId=command["DeploymentExecutionId"],
            HostIdentifier=command["HostIdentifier"],
        )
        assert answer["DeploymentSystem"] == "CodeDeploy"
        envelope = answer["DeploymentSpecification"]["GenericEnvelope"]
        assert envelope["Format"] == "PKCS7/JSON"
        lines = envelope["Payload"].strip().splitlines()
        assert (lines[0], lines[-1]) == ("-----BEGIN PKCS7-----", "-----END PKCS7-----")
        signed = base64.b64decode("".join(lines[1:-1]))
        return json.JSONDecoder().raw_decode(signed[signed.index(b'{"') :].decode("latin-1"))[0]


class Agent:
    """An agent on a thread. It does what `script(event)` says: None for well, else the arguments of `complete`."""

    def __init__(self, commands: Commands, instance_id: str, script: Callable[[str], dict | None] = lambda event: None):
        self.instance_id, self.script = instance_id, script
        self.done: list[str] = []
        self._commands = commands
        self._stopped = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while not self._stopped:
            command = self._commands.poll(self.instance_id)
            if command and self._commands.acknowledge(command) == "InProgress":
                failure = self.script(command["CommandName"])
                self.done.append(command["CommandName"])
                self._commands.complete(command, **(failure or {}))

    def stop(self) -> None:
        """To be called before the region closes, which ends the poll that the agent is in."""
        self._stopped = True

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


class LocalCodeDeploy:
    """A running API with CodeDeploy alone."""

    def __init__(self, clock: Clock, long_poll: float = 5.0):
        self.fleet, self.traffic, self.alarms = MemoryFleet(), MemoryTraffic(), MemoryAlarms()
        self.clock = clock
        self.notices: list[Notice] = []
        self.emitted: list[dict] = []  # entries of PutEvents
        self.auto_scaling = MemoryAutoScaling(self.fleet)
        self.functions = MemoryFunctions()
        surroundings = Surroundings(
            self.fleet,
            self.traffic,
            self.alarms,
            self.notices.append,
            self.auto_scaling,
            self.functions,
            lambda account, region, entry: self.emitted.append(entry),
        )
        self.service = CodeDeploy(self.clock, surroundings)
        agents_service = CodeDeployCommands(self.service, long_poll)
        api = Api(JsonProtocol([self.service, agents_service]), Moto(), CallRecord(), {})
        listener = listening_socket("127.0.0.1", 0)
        self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = HttpServer(api, [listener], threads=64)
        self._server.start()
        self.commands = Commands(self.port)
        self.client = boto3.client(
            "codedeploy",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 1, "mode": "standard"}),
        )
        self.agents: list[Agent] = []

    def agent(self, instance_id: str, script: Callable[[str], dict | None] = lambda event: None) -> Agent:
        self.agents.append(Agent(self.commands, instance_id, script))
        return self.agents[-1]

    def shop(self, group: str = "production", **group_options) -> None:
        """The application `shop` (if it is not there) with a group for the instances tagged Environment=<group>."""
        if "shop" not in self.client.list_applications()["applications"]:
            self.client.create_application(applicationName="shop")
        options = {"ec2TagFilters": [{"Key": "Environment", "Value": group, "Type": "KEY_AND_VALUE"}]} | group_options
        self.client.create_deployment_group(
            applicationName="shop", deploymentGroupName=group, serviceRoleArn=ROLE, **options
        )

    def deploy(self, group: str = "production", revision: dict = REVISION, **options) -> str:
        answer = self.client.create_deployment(
            applicationName="shop", deploymentGroupName=group, revision=revision, **options
        )
        return answer["deploymentId"]

    def get(self, deployment_id: str) -> dict:
        return self.client.get_deployment(deploymentId=deployment_id)["deploymentInfo"]

    def end_of(self, deployment_id: str, seconds: float = 60.0) -> dict:
        """DeploymentInfo once the deployment has ended."""
        return eventually(
            lambda: (info := self.get(deployment_id))["status"] in ("Succeeded", "Failed", "Stopped") and info, seconds
        )

    def in_progress(self, deployment_id: str) -> None:
        """Waits until the deployment has found its targets and sent out the first commands."""
        self.eventually(lambda: self.get(deployment_id)["status"] == "InProgress")

    def events(self, deployment_id: str, target_id: str) -> dict[str, dict]:
        """LifecycleEvents of a target by name."""
        target = self.client.get_deployment_target(deploymentId=deployment_id, targetId=target_id)["deploymentTarget"]
        return {event["lifecycleEventName"]: event for event in target["instanceTarget"]["lifecycleEvents"]}

    def eventually(self, look: Callable):
        return eventually(look)

    def close(self) -> None:
        for agent in self.agents:
            agent.stop()
        self.service.close()
        for agent in self.agents:
            agent.join()
        self._server.close()


def eventually(look: Callable, seconds: float = 60.0):
    """What `look` returns as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return found


@pytest.fixture
def start_codedeploy():
    """start_codedeploy(clock, long_poll=...) -> LocalCodeDeploy"""
    with ExitStack() as stack:

        def start(clock: Clock | None = None, **options) -> LocalCodeDeploy:
            started = LocalCodeDeploy(clock or Clock(), **options)
            stack.callback(started.close)
            return started

        yield start


@pytest.fixture
def codedeploy(start_codedeploy):
    """CodeDeploy at the speed of the wall clock."""
    return start_codedeploy()


@pytest.fixture
def simulated(start_codedeploy):
    """CodeDeploy whose time stands still until the test advances it. Polls without a command end at once."""
    return start_codedeploy(SimulatedClock(), long_poll=0.05)
