# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeDeploy's commands service: what the agents on hosts talk to.

AWS publishes no model of it; `models/codedeploy-commands` describes what AWS's own agent sends and expects.
"""

from __future__ import annotations

import json
import time
from typing import Any

from local_region.engine.deployment import Diagnostics
from local_region.protocol import Caller, Service, ServiceError, load_model
from local_region.services.codedeploy import CodeDeploy
from local_region.services.codedeploy.envelope import FORMAT, Sealer, specification
from local_region.services.codedeploy.host_commands import HostCommand, parse
from local_region.services.codedeploy.records import DeploymentRecord

# How long a poll waits for a command (real seconds: the agents' own time-outs are real).
LONG_POLL = 45.0

# The agent's error codes as the API names them; those it has beyond these appear as UnknownError.
ERROR_CODES = {1: "ScriptMissing", 2: "ScriptNotExecutable", 3: "ScriptTimedOut", 4: "ScriptFailed"}
LONGEST_LOG = 2048


class CodeDeployCommands(Service):
    """The operations of the host agent's protocol."""

    model = load_model("codedeploy-commands")

    def __init__(self, codedeploy: CodeDeploy, long_poll: float = LONG_POLL):
        self._codedeploy, self._long_poll = codedeploy, long_poll
        self._runner = codedeploy.runner
        self._sealer = Sealer()

    def poll_host_command(self, caller: Caller, params: dict) -> dict:
        host = self._host(caller, params["HostIdentifier"])
        command = self._runner.host_commands.poll(host, self._long_poll)
        if command is None:
            return {}
        return {
            "HostCommand": {
                "HostCommandIdentifier": command.identifier,
                "HostIdentifier": params["HostIdentifier"],
                "DeploymentExecutionId": command.execution_id,
                "CommandName": command.event,
                "Nonce": time.monotonic_ns() // 1000,
            }
        }

    def get_deployment_specification(self, caller: Caller, params: dict) -> dict:
        account, region, deployment_id, target_id = params["DeploymentExecutionId"].split("/", 3)
        record = self._codedeploy.find_deployment(account, region, deployment_id)
        host = record and self._host(caller, params["HostIdentifier"])
        if not record or record.hosts.get(target_id) != host:
            raise _client_error("The deployment execution is not one of this host.")
        self._runner.host_commands.asked_about(host, deployment_id)
        envelope = {"Format": FORMAT, "Payload": self._sealer.seal(specification(record))}
        return {"DeploymentSystem": "CodeDeploy", "DeploymentSpecification": {"GenericEnvelope": envelope}}

    def put_host_command_acknowledgement(self, caller: Caller, params: dict) -> dict:
        command, record = self._command(params)
        return {"CommandStatus": self._runner.acknowledge(record, command)}

    def put_host_command_complete(self, caller: Caller, params: dict) -> dict:
        command, record = self._command(params)
        if params["CommandStatus"] not in ("Succeeded", "Failed"):
            raise _client_error("CommandStatus of a completion is Succeeded or Failed.")
        failed = params["CommandStatus"] == "Failed"
        self._runner.complete(record, command, _diagnostics(params.get("Diagnostics", {})) if failed else None)
        return {}

    def post_host_command_update(self, caller: Caller, params: dict) -> dict:
        command, record = self._command(params)
        return {"CommandStatus": self._runner.command_status(record, command)}

    def _host(self, caller: Caller, identifier: str) -> str:
        """The ARN that commands for a host are kept under: that of an EC2 instance, or of the on-premises instance that
        is registered with the IAM ARN by which its agent names itself. Nobody else is let in, and nobody gets commands
        for an instance of another account or AWS region than their own.
        """
        service, region, account = (identifier.split(":") + [""] * 5)[2:5]
        if service == "ec2":
            if (account, region) != (caller.account, caller.region):
                raise ServiceError(
                    "AccessDeniedException",
                    f"{identifier} is not an instance of account {caller.account} in {caller.region}, to which the "
                    "agent's credentials and endpoint belong.",
                )
            return identifier
        arn = self._codedeploy.on_premises_arn(account, caller.region, identifier)
        if arn is None:
            raise ServiceError(
                "AccessDeniedException",
                f"{identifier} is neither an EC2 instance nor the IAM ARN of an on-premises instance that is "
                f"registered in {caller.region}.",
            )
        return arn

    def _command(self, params: dict) -> tuple[HostCommand, DeploymentRecord]:
        command = parse(params["HostCommandIdentifier"])
        record = command and self._codedeploy.find_deployment(command.account, command.region, command.deployment_id)
        if not record:
            raise _client_error("The host command identifier was not given by this service.")
        self._runner.host_commands.heard_from(command.host)
        return command, record


def _diagnostics(envelope: dict[str, str]) -> Diagnostics:
    """The agent's `{"error_code", "script_name", "message", "log"}` in the API's terms."""
    try:
        said: Any = json.loads(envelope.get("Payload") or "{}")
        code = int(said.get("error_code", 5))
    except (ValueError, TypeError, AttributeError):
        raise _client_error("Diagnostics.Payload is not the JSON of an agent's diagnostics.") from None
    return Diagnostics(
        error_code=ERROR_CODES.get(code, "UnknownError"),
        script_name=str(said.get("script_name") or ""),
        message=str(said.get("message") or ""),
        log_tail=str(said.get("log") or "")[-LONGEST_LOG:],
    )


def _client_error(message: str) -> ServiceError:
    return ServiceError("ClientException", message)
