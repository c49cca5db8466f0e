# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeDeploy: its API, and the runner that carries deployments out.

service.py      the Service: one mixin per resource (applications.py, groups.py, deployments.py, ...)
runner.py       the thread that moves deployments on; decisions come from `local_region.engine`
environments.py   green and blue of a blue/green deployment, as Auto Scaling groups and instances
host_commands.py  what waits for the hosts' agents; `services/codedeploy_commands.py` serves it
fleet.py, traffic.py, alarms.py, auto_scaling.py   what the runner needs of the world, and how moto's backends give it
"""

from local_region.services.codedeploy.service import CodeDeploy

__all__ = ["CodeDeploy"]
