# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes of a host are its CodeDeploy agent."""

import pytest

from local_region.faults.agents import is_agent
from local_region.faults.processes import Process

ROOT = "/opt/codedeploy-agent"


@pytest.mark.parametrize(
    ("argv", "agent"),
    [
        (
            ["python3", "-I", "-c", f'import sys; sys.path.insert(0, "{ROOT}/lib")\nfrom codedeploy_agent.__main__'],
            True,
        ),
        (["/bin/sh", f"{ROOT}/bin/codedeploy-agent"], True),
        (["codedeploy-agent: master 42"], True),
        (["codedeploy-agent: InstanceAgent::Plugins::CodeDeployPlugin::CommandPoller of master 42"], True),
        (["/usr/bin/codedeploy-agent", "start"], True),
        (["/bin/sh", f"{ROOT}/deployment-root/g/d-1/deployment-archive/scripts/start.sh"], False),
        (["/usr/bin/python3", "/usr/bin/systemctl", "start", "codedeploy-agent"], False),
        (["tail", "-f", "/var/log/aws/codedeploy-agent/codedeploy-agent.log"], False),
        (["vi"], False),
    ],
)
def test_agents_are_told_from_what_they_run_and_from_what_names_them(argv, agent):
    assert is_agent(Process(7, "pid:[1]", tuple(argv))) is agent
