# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow logs to a folder of a bucket, of which moto takes the folder for a part of the bucket's name.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.flow_logs import FlowLogs, FlowLogsBackend

_create_flow_logs = FlowLogsBackend.create_flow_logs


def create_flow_logs(self: FlowLogsBackend, **options: Any) -> tuple[list[FlowLogs], list[Any]]:
    """As moto's; a folder behind the bucket's name is where the logs go."""
    destination = options.get("log_destination") or ""
    if options.get("log_destination_type") != "s3" or "/" not in destination:
        return _create_flow_logs(self, **options)
    made, errors = _create_flow_logs(self, **{**options, "log_destination": destination.partition("/")[0]})
    for one in made:
        one.log_destination = destination
    return made, errors


FlowLogsBackend.create_flow_logs = create_flow_logs
