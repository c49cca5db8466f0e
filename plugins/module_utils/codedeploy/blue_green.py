# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""BlueGreenDeploymentConfiguration of the API, as options."""

from __future__ import annotations

BLUE_GREEN = dict(
    green_fleet_provisioning_option=dict(
        type="dict", options=dict(action=dict(type="str", choices=["DISCOVER_EXISTING", "COPY_AUTO_SCALING_GROUP"]))
    ),
    deployment_ready_option=dict(
        type="dict",
        options=dict(
            action_on_timeout=dict(type="str", choices=["CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"]),
            wait_time_in_minutes=dict(type="int"),
        ),
    ),
    terminate_blue_instances_on_deployment_success=dict(
        type="dict",
        options=dict(
            action=dict(type="str", choices=["TERMINATE", "KEEP_ALIVE"]),
            termination_wait_time_in_minutes=dict(type="int"),
        ),
    ),
)
