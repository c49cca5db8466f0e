# SPDX-License-Identifier: GPL-3.0-or-later
"""The agents' side of the command service: JSON 1.1 over HTTP, signed with Signature Version 4."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from . import VERSION
from .config import Config
from .identity import Identity

_RETRIES = urllib3.Retry(3, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504), allowed_methods=None,
                         raise_on_status=False)  # fmt: skip
_NO_RETRIES = urllib3.Retry(0)


class ServiceError(Exception):
    """The command service could not be reached or refused; the message says what it answered."""


@dataclass(frozen=True)
class HostCommand:
    """One lifecycle event to work on."""

    identifier: str
    execution_id: str
    name: str
    host_identifier: str


class CommandService:
    """The four operations that the agent uses. Every one raises `ServiceError`."""

    def __init__(self, config: Config, identity: Identity):
        secure = config.enable_auth_policy
        self._service = "codedeploy-commands-secure" if secure else "codedeploy-commands"
        self._target = "CodeDeployCommandService" if secure else "CodeDeployCommandService_v20141006"
        self._url = config.deploy_control_endpoint or f"https://{self._service}.{identity.region}.amazonaws.com"
        self._identity = identity
        self._http = http_client(config, maxsize=17)  # one poll and sixteen commands

    def poll(self) -> HostCommand | None:
        """Waits for a command as long as the service lets it; None when there was none."""
        answer = self._call("PollHostCommand", {"HostIdentifier": self._identity.host_identifier}, _NO_RETRIES)
        command = answer.get("HostCommand")
        if not command:
            return None
        found = HostCommand(
            command["HostCommandIdentifier"],
            command["DeploymentExecutionId"],
            command.get("CommandName", ""),
            command["HostIdentifier"],
        )
        if found.host_identifier not in self._identity.host_identifier or not found.name:
            raise ServiceError(f"The service sent a command that is not for {self._identity.host_identifier}: {found}.")
        return found

    def specification(self, command: HostCommand) -> Mapping[str, str]:
        """The envelope (Format, Payload) of what the command's deployment is."""
        asked = {"DeploymentExecutionId": command.execution_id, "HostIdentifier": self._identity.host_identifier}
        answer = self._call("GetDeploymentSpecification", asked)
        if answer.get("DeploymentSystem") != "CodeDeploy":
            raise ServiceError(f"The deployment system is {answer.get('DeploymentSystem')}, not CodeDeploy.")
        try:
            return answer["DeploymentSpecification"]["GenericEnvelope"]
        except KeyError:
            raise ServiceError(f"The service sent no specification of {command.execution_id}.") from None

    def acknowledge(self, command: HostCommand, is_noop: bool) -> str:
        """Says that the command is taken up; returns its status (InProgress: go on)."""
        payload = json.dumps({"IsCommandNoop": is_noop})
        told = {"HostCommandIdentifier": command.identifier, "Diagnostics": _json_text(payload)}
        return self._call("PutHostCommandAcknowledgement", told).get("CommandStatus", "")

    def complete(self, command_identifier: str, succeeded: bool, diagnostics: str) -> None:
        """Says how the command ended; `diagnostics` is JSON text."""
        told = {
            "HostCommandIdentifier": command_identifier,
            "CommandStatus": "Succeeded" if succeeded else "Failed",
            "Diagnostics": _json_text(diagnostics),
        }
        self._call("PutHostCommandComplete", told)

    def _call(self, operation: str, params: dict, retries: urllib3.Retry = _RETRIES) -> dict:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{self._target}.{operation}",
            "x-amz-codedeploy-agent-version": f"local-region-stand-in_{VERSION}",
        }
        request = AWSRequest("POST", f"{self._url}/", headers, json.dumps(params))
        SigV4Auth(self._identity.credentials(), self._service, self._identity.region).add_auth(request)
        try:
            answer = self._http.request(
                "POST", request.url, body=request.body, headers=dict(request.headers.items()), retries=retries
            )
        except urllib3.exceptions.HTTPError as error:
            raise ServiceError(f"{operation}: {self._url} cannot be reached: {error}") from None
        if answer.status != 200:
            raise ServiceError(f"{operation}: the service answers {answer.status}: {answer.data.decode()[:500]}")
        return json.loads(answer.data or b"{}")


def http_client(config: Config, **options) -> urllib3.PoolManager:
    """Connections as the configuration wants them."""
    timeout = urllib3.Timeout(connect=10, read=config.http_read_timeout)
    if config.proxy_uri:
        return urllib3.ProxyManager(config.proxy_uri, timeout=timeout, **options)
    return urllib3.PoolManager(timeout=timeout, **options)


def _json_text(payload: str) -> dict[str, str]:
    return {"Format": "JSON", "Payload": payload}
