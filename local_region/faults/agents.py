# SPDX-License-Identifier: GPL-3.0-or-later
"""The CodeDeploy agent of a host dies and stays dead, or hangs."""

from __future__ import annotations

import os.path
import signal

from local_region.faults.fault import Refused
from local_region.faults.hosts import INSTANCE
from local_region.faults.processes import Process, ProcessFault

_PROGRAM, _MODULE = "codedeploy-agent", "codedeploy_agent.__main__"
_START = ("/usr/bin/systemctl", "start", _PROGRAM)
_START_PATIENCE = 30.0  # real seconds


def is_agent(process: Process) -> bool:
    """Whether it is an agent itself: the region's own or AWS's, not a script that one of them runs."""
    first, second = (*process.argv, "", "")[:2]
    if os.path.basename(first).startswith(_PROGRAM) or second.endswith(f"/bin/{_PROGRAM}"):
        return True
    return any(_MODULE in argument for argument in process.argv)


class _AgentFault(ProcessFault):
    parameters = (INSTANCE,)
    part = "agent"

    def agents(self) -> list[Process]:
        return self.found(is_agent)

    def require_agent(self) -> list[Process]:
        self.require_host()
        agents = self.agents()
        if not agents:
            raise Refused(
                f"Fault {self.name}: no CodeDeploy agent runs on {self.instance}; install and start it first."
            )
        return agents


class AgentKilled(_AgentFault):
    name = "agent-killed"
    text = "Kills (SIGKILL) a host's CodeDeploy agent, and again whenever something starts it. Its scripts run on."
    undone = "The agent's service is started again."

    def start(self) -> None:
        for agent in self.require_agent():
            agent.signal(signal.SIGKILL)

    def keep(self) -> None:
        if self.host_runs():
            for agent in self.agents():
                agent.signal(signal.SIGKILL)

    def undo(self) -> None:
        if self.host_runs():
            started = self.hosts.run(self.instance, _START, timeout=_START_PATIENCE)
            if started.returncode != 0:
                raise Refused(f"The agent of {self.instance} does not start again: {started.stderr.strip()}")


class AgentSilent(_AgentFault):
    name = "agent-silent"
    text = "Stops (SIGSTOP) a host's CodeDeploy agent: it runs, and says nothing any more."
    undone = "The agent goes on where it was (SIGCONT)."

    def start(self) -> None:
        for agent in self.require_agent():
            agent.signal(signal.SIGSTOP)

    def keep(self) -> None:
        if self.host_runs():
            for agent in self.agents():
                agent.signal(signal.SIGSTOP)

    def undo(self) -> None:
        if self.host_runs():
            for agent in self.agents():
                agent.signal(signal.SIGCONT)
