# SPDX-License-Identifier: GPL-3.0-or-later
"""The deployment modules over HTTP: the region's API in this process, EC2 instances, and agents scripted by hand."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlparse

import pytest

from tests.conftest import open_api
from tests.run_module import run_module
from tests.running_region import ACCESS_KEY, SECRET_KEY

REGION, GROUP = "us-east-1", "production"
ROLE = "arn:aws:iam::123456789012:role/codedeploy"


class Agents:
    """Stands in for the agents of all hosts: each event is done at once, as `script(instance id, event)` says.

    The script returns None for success, or a failure's diagnostics: {"error_code", "script_name", "message", "log"}.
    """

    def __init__(self, url: str, account: str):
        self._address = urlparse(url).netloc
        self._account = account
        self._threads: list[threading.Thread] = []
        self._over = False
        self.script: Callable[[str, str], dict | None] = lambda instance, event: None
        self.seen: list[tuple[str, str]] = []

    def start(self, *instances: str) -> None:
        for instance in instances:
            self._threads.append(threading.Thread(target=self._work, args=(instance,), daemon=True))
            self._threads[-1].start()

    def stop(self) -> None:
        self._over = True

    def _work(self, instance: str) -> None:
        host = f"arn:aws:ec2:{REGION}:{self._account}:instance/{instance}"
        while not self._over:
            try:
                command = self._ask("PollHostCommand", HostIdentifier=host).get("HostCommand")
                if command:
                    self._carry_out(instance, command)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)  # the region closes

    def _carry_out(self, instance: str, command: dict) -> None:
        identifier, event = command["HostCommandIdentifier"], command["CommandName"]
        noop = {"Format": "JSON", "Payload": '{"IsCommandNoop":false}'}
        self._ask("PutHostCommandAcknowledgement", HostCommandIdentifier=identifier, Diagnostics=noop)
        failure = self.script(instance, event)
        self.seen.append((instance, event))
        said = {"error_code": 0, "script_name": "", "message": "", "log": "", **(failure or {})}
        self._ask(
            "PutHostCommandComplete",
            HostCommandIdentifier=identifier,
            CommandStatus="Failed" if failure else "Succeeded",
            Diagnostics={"Format": "JSON", "Payload": json.dumps(said)},
        )

    def _ask(self, operation: str, **params) -> dict:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        scope = f"{ACCESS_KEY}/20260101/{REGION}/codedeploy-commands/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"CodeDeployCommandService_v20141006.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        with contextlib.closing(connection):
            connection.request("POST", "/", json.dumps(params), headers)
            return json.loads(connection.getresponse().read() or b"{}")


class Shop:
    """An application with the group `production` over some instances, and the modules to release it.

    The API lives as long as the tests of a file, so each shop has names of its own.
    """

    _made = itertools.count(1)

    def __init__(self, api, hosts: int = 4):
        number = next(self._made)
        self.api = api
        self.application, self.bucket = f"shop-{number}", f"artifacts-{number}"
        self.codedeploy, self.s3, self.ec2 = (api.client(name) for name in ("codedeploy", "s3", "ec2"))
        self.s3.create_bucket(Bucket=self.bucket)
        self.codedeploy.create_application(applicationName=self.application)
        self.codedeploy.create_deployment_group(
            applicationName=self.application,
            deploymentGroupName=GROUP,
            serviceRoleArn=ROLE,
            ec2TagFilters=[{"Key": "Application", "Value": self.application, "Type": "KEY_AND_VALUE"}],
            deploymentConfigName="CodeDeployDefault.OneAtATime",
            autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
        )
        account = api.client("sts").get_caller_identity()["Account"]
        self.agents = Agents(api.url, account)
        self.instances = self.add_instances(hosts)

    def add_instances(self, count: int, zone: str = "us-east-1a", agents: bool = True, **tags: str) -> list[str]:
        if not count:
            return []
        tags = tags or {"Application": self.application}
        made = self.ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=count,
            MaxCount=count,
            Placement={"AvailabilityZone": zone},
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}
            ],
        )
        ids = [instance["InstanceId"] for instance in made["Instances"]]
        if agents:
            self.agents.start(*ids)
        return ids

    def module(self, name: str, check_mode: bool = False, **options) -> dict:
        connection = dict(endpoint_url=self.api.url, region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY)
        return run_module(name, {**connection, **options}, check_mode)

    def revision(self, path, check_mode: bool = False, **options) -> dict:
        """codedeploy_revision of a directory, with the usual bucket."""
        return self.module(
            "codedeploy_revision",
            check_mode,
            application_name=self.application,
            path=str(path),
            bucket=self.bucket,
            **options,
        )

    def deploy(self, revision: dict, check_mode: bool = False, **options) -> dict:
        options = {"wait_timeout": 300, **options}
        return self.module(
            "codedeploy_deployment",
            check_mode,
            application_name=self.application,
            deployment_group_name=GROUP,
            revision=revision,
            **options,
        )

    def deployments(self) -> list[str]:
        return self.codedeploy.list_deployments(applicationName=self.application, deploymentGroupName=GROUP)[
            "deployments"
        ]

    def until(self, deployment_id: str, status: str) -> None:
        """Waits until a deployment has a status."""
        deadline = time.monotonic() + 60
        while self.codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]["status"] != status:
            assert time.monotonic() < deadline, f"{deployment_id} is not {status} within 60 s"
            time.sleep(0.05)

    def calls(self) -> tuple[int, int]:
        """How many calls the region has had: (all, those that write). Agents and this one's own calls count too."""
        counts = self.api.region.calls.counts()
        return counts["total"], counts["writes"]


@pytest.fixture(scope="module")
def live():
    """The region's API in this process, for all tests of a file."""
    with open_api(threads=288) as opened:  # agents of tests that are over poll on for a while
        yield opened


@pytest.fixture
def shop(live) -> Iterator[Shop]:
    """A shop over four instances whose agents work."""
    made = Shop(live)
    yield made
    made.agents.stop()


@pytest.fixture
def source(tmp_path):
    """A function that writes a releasable directory and returns its path; `content` makes it a revision of its own."""

    def write(content: str = "1.0", name: str = "source", appspec: str = "version: 0.0\nos: linux\n"):
        root = tmp_path / name
        root.mkdir(exist_ok=True)
        (root / "appspec.yml").write_text(appspec)
        (root / "VERSION").write_text(content)
        return root

    return write
