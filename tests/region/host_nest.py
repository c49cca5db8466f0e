# SPDX-License-Identifier: GPL-3.0-or-later
"""A nest of namespaces with hosts in it, for tests: a process of its own that does what the test asks.

In it are the real hosts, network and metadata service, and a command service that is scripted: `perform` hands one
lifecycle event to a host's agent and returns what the agent said about it. The same server keeps objects as S3 does.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.managers import BaseManager
from pathlib import Path

from pyroute2 import IPRoute
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local_region.nest import nested
from local_region.world.hosts import HostError, Hosts, HostSpec
from local_region.world.imds import InstanceMetadata, MetadataServer, RoleCredentials
from local_region.world.network import API_ADDRESS

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds after which a test gives up; nothing here takes so long
POLL_SECONDS = 20
HAND_OUT_AGAIN = 1.0  # seconds after which a command that nobody acknowledged is handed out again
ACCOUNT, REGION = "123456789012", "us-east-1"


def spec_of(number: int, **changes) -> HostSpec:
    """The description of an instance: its id, address and name follow from `number`."""
    settings = {
        "instance_id": f"i-{number:017x}",
        "private_ip": f"10.0.{number // 250}.{number % 250 + 4}",
        "zone": f"{REGION}a",
        "region": REGION,
        "account": ACCOUNT,
        "hostname": f"ip-10-0-{number // 250}-{number % 250 + 4}.ec2.internal",
    }
    return HostSpec(**settings | changes)


class Nest:
    """What runs inside. Every public method can be called from the test; arguments and answers are pickled."""

    def __init__(self, directory: str):
        self._hosts = Hosts(Path(directory))
        self._known: dict[str, InstanceMetadata] = {}
        self._metadata = MetadataServer(self._known.get)
        self._service = ScriptedService()
        self._server = make_server(API_ADDRESS, 80, self._service, threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def boot(self, spec: HostSpec) -> None:
        self._known[spec.private_ip] = metadata_of(spec)
        self._hosts.boot(spec)

    def stop(self, instance_id: str) -> None:
        self._hosts.stop(instance_id)

    def reboot(self, instance_id: str) -> None:
        self._hosts.reboot(instance_id)

    def terminate(self, instance_id: str) -> None:
        self._hosts.terminate(instance_id)

    def state(self, instance_id: str):
        return self._hosts.state(instance_id)

    def pid(self, instance_id: str) -> int:
        return self._hosts.pid(instance_id)

    def run(self, instance_id: str, argv, user=None, input=None, timeout=PATIENCE) -> subprocess.CompletedProcess:
        return self._hosts.run(instance_id, argv, user, input, timeout)

    def here(self, *argv: str) -> str:
        """The output of a program that runs in the nest, but in no host."""
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    def put_object(self, path: str, body: bytes) -> str:
        """Keeps an object (``bucket/key``) and returns its ETag."""
        return self._service.put_object(path, body)

    def perform(self, instance_id: str, event: str, specification: dict) -> dict:
        """Has the agent of a host work on one event: {"status", "noop", "diagnostics"}."""
        return self._service.perform(arn_of(instance_id), event, specification)

    def begin(self, instance_id: str, event: str, specification: dict) -> str:
        """Hands an event out and returns its identifier as soon as the agent has acknowledged it."""
        return self._service.begin(arn_of(instance_id), event, specification)

    def outcome(self, identifier: str) -> dict:
        """How the event with that identifier ended, as `perform` says it."""
        return self._service.outcome(identifier)

    def refused_signatures(self) -> list[str]:
        """What was wrong with requests that were not signed as they must be."""
        return self._service.refused

    def leftovers(self) -> dict[str, list[str]]:
        """Processes, mounts and links in the nest that have to do with hosts."""
        with IPRoute() as network:
            links = [
                name for link in network.get_links() if (name := link.get_attr("IFLA_IFNAME")) not in ("lo", "br0")
            ]
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        commands = [Path(entry, "cmdline").read_bytes() for entry in Path("/proc").glob("[0-9]*")]
        return {
            "processes": [line.decode() for line in commands if b"host_init" in line],
            "mounts": [path for path in mounts if path.endswith("/disk")],
            "links": links,
            "routes": [line for line in Path("/proc/net/route").read_text().splitlines()[1:] if line.startswith("br0")],
        }

    def close(self) -> None:
        self._metadata.close()
        self._hosts.close()


class _Quiet(WSGIRequestHandler):
    def log(self, type, message, *args) -> None:
        pass


def arn_of(instance_id: str) -> str:
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance_id}"


def metadata_of(spec: HostSpec) -> InstanceMetadata:
    now = datetime.now(UTC)
    role = RoleCredentials(
        role_name="web",
        instance_profile_arn=f"arn:aws:iam::{ACCOUNT}:instance-profile/web",
        instance_profile_id="AIPA0EXAMPLE",
        access_key="ASIAEXAMPLE",
        secret_key="not-a-secret",
        token="a-session",
        updated=now,
        expiration=now + timedelta(hours=6),
    )
    return InstanceMetadata(
        instance_id=spec.instance_id,
        private_ip=spec.private_ip,
        hostname=spec.hostname,
        zone=spec.zone,
        region=spec.region,
        account=spec.account,
        image_id="ami-1",
        instance_type="t3.micro",
        mac="0a:00:00:00:00:05",
        launched=now,
        role=role,
    )


class ScriptedService:
    """A command service that does what a test says, and a bucket; one WSGI application."""

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting: dict[str, dict[str, dict]] = defaultdict(dict)  # host -> identifier -> command
        self._handed_out: dict[int, float] = {}
        self._specifications: dict[str, dict] = {}
        self._acknowledged: dict[str, bool] = {}
        self._outcomes: dict[str, dict] = {}
        self._objects: dict[str, bytes] = {}
        self._count = 0
        self.refused: list[str] = []

    def put_object(self, path: str, body: bytes) -> str:
        self._objects[f"/{path}"] = body
        return hashlib.md5(body, usedforsecurity=False).hexdigest()

    def perform(self, host: str, event: str, specification: dict) -> dict:
        return self.outcome(self._hand_out(host, event, specification))

    def begin(self, host: str, event: str, specification: dict) -> str:
        identifier = self._hand_out(host, event, specification)
        with self._changed:
            if not self._changed.wait_for(lambda: identifier in self._acknowledged, PATIENCE):
                raise HostError(f"The agent of {host} did not acknowledge {event}.")
        return identifier

    def outcome(self, identifier: str) -> dict:
        with self._changed:
            if not self._changed.wait_for(lambda: identifier in self._outcomes, PATIENCE):
                raise HostError(f"The agent never said how {identifier} ended.")
            return {"noop": self._acknowledged.get(identifier)} | self._outcomes[identifier]

    def _hand_out(self, host: str, event: str, specification: dict) -> str:
        with self._changed:
            self._count += 1
            identifier, execution = f"{event}-{self._count}", f"{ACCOUNT}/{REGION}/x/{self._count}"
            self._specifications[execution] = specification
            command = {
                "HostCommandIdentifier": identifier,
                "HostIdentifier": host,
                "DeploymentExecutionId": execution,
                "CommandName": event,
                "Nonce": self._count,
            }
            self._waiting[host][identifier] = command
            self._changed.notify_all()
            return identifier

    def __call__(self, environ, start_response):
        request = Request(environ)
        if request.method == "GET":
            answer = self._get_object(request)
        else:
            operation = request.headers["X-Amz-Target"].removeprefix("CodeDeployCommandService_v20141006.")
            if "/codedeploy-commands/aws4_request" not in request.headers.get("Authorization", ""):
                self.refused.append(operation)
            result = getattr(self, f"_{operation}")(json.loads(request.data))
            answer = Response(json.dumps(result), mimetype="application/x-amz-json-1.1")
        return answer(environ, start_response)

    def _get_object(self, request: Request) -> Response:
        if request.path not in self._objects:
            return Response("<Error><Code>NoSuchKey</Code></Error>", 404)
        if "/s3/aws4_request" not in request.headers.get("Authorization", "") and "install" not in request.path:
            self.refused.append(request.path)
        body = self._objects[request.path]
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return Response(body, mimetype="binary/octet-stream", headers={"ETag": f'"{etag}"'})

    def _PollHostCommand(self, params: dict) -> dict:
        """A command stays until it is acknowledged: the poll of an agent that was killed may have taken it along."""
        deadline = time.monotonic() + POLL_SECONDS
        with self._changed:
            while time.monotonic() < deadline:
                for command in self._waiting[params["HostIdentifier"]].values():
                    if time.monotonic() - self._handed_out.get(command["Nonce"], -math.inf) > HAND_OUT_AGAIN:
                        self._handed_out[command["Nonce"]] = time.monotonic()
                        return {"HostCommand": command}
                self._changed.wait(HAND_OUT_AGAIN / 4)
        return {}

    def _GetDeploymentSpecification(self, params: dict) -> dict:
        specification = self._specifications[params["DeploymentExecutionId"]]
        envelope = {"Format": "PKCS7/JSON", "Payload": signed(json.dumps(specification).encode())}
        return {"DeploymentSystem": "CodeDeploy", "DeploymentSpecification": {"GenericEnvelope": envelope}}

    def _PutHostCommandAcknowledgement(self, params: dict) -> dict:
        with self._changed:
            noop = json.loads(params["Diagnostics"]["Payload"])["IsCommandNoop"]
            self._acknowledged[params["HostCommandIdentifier"]] = noop
            self._take_back(params["HostCommandIdentifier"])
            self._changed.notify_all()
        return {"CommandStatus": "InProgress"}

    def _take_back(self, identifier: str) -> None:
        for commands in self._waiting.values():
            commands.pop(identifier, None)

    def _PutHostCommandComplete(self, params: dict) -> dict:
        with self._changed:
            outcome = {"status": params["CommandStatus"], "diagnostics": json.loads(params["Diagnostics"]["Payload"])}
            self._outcomes.setdefault(params["HostCommandIdentifier"], outcome)
            self._take_back(params["HostCommandIdentifier"])
            self._changed.notify_all()
        return {}


def signed(content: bytes) -> str:
    """`content` in a PKCS #7 envelope that a certificate made here and now has signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs7

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))).sign(
        key, hashes.SHA256()
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.PEM, [pkcs7.PKCS7Options.Binary]).decode()


class _Manager(BaseManager):
    pass


@contextmanager
def running_nest(directory: Path) -> Iterator[Nest]:
    """A nest for as long as the block lasts; yields what `Nest` can do."""
    address = f"{directory}/socket"
    process = subprocess.Popen(
        nested([sys.executable, "-m", "tests.region.host_nest", address, f"{directory}/hosts"]),
        cwd=PROJECT,
        stdin=subprocess.PIPE,  # the nest ends when it is closed, also by the death of the tests
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"The nest did not start (exit code {process.wait()}).")
        _Manager.register("nest")
        manager = _Manager(address, b"test")
        manager.connect()
        nest = manager.nest()
        yield nest
        nest.close()
    finally:
        process.kill()
        process.wait()


def _end_with_the_tests() -> None:
    sys.stdin.read()
    os._exit(0)


def _serve(address: str, directory: str) -> None:
    nest = Nest(directory)
    _Manager.register("nest", callable=lambda: nest, exposed=[name for name in vars(Nest) if not name.startswith("_")])
    server = _Manager(address, b"test").get_server()
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(*sys.argv[1:])
