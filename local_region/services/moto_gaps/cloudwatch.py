# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch with alarms that are evaluated and metrics that are aggregated; insight rules stay moto's, and
dashboards do once they are checked.

moto keeps alarms OK for ever and has no history and no composite alarms; its statistics start their periods at the
first datapoint and mix up namespaces. Here requests are answered from a `Monitoring` (see local_region/world).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model

from local_region import protocol_errors
from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.protocol import ServiceError
from local_region.services.moto_gaps import (
    cloudwatch_alarms,
    cloudwatch_dashboards,
    cloudwatch_metrics,
    cloudwatch_views,
)
from local_region.validation import check_request
from local_region.world.monitoring import Monitoring

# Until a region says which one, alarms and metrics are kept and nothing evaluates them.
_monitoring = Monitoring(Clock(), Moto())


def monitor(monitoring: Monitoring) -> None:
    """From now on CloudWatch's requests are answered from `monitoring`."""
    global _monitoring
    _monitoring = monitoring


Operation = Callable[[Monitoring, tuple[str, str], dict[str, Any]], dict[str, Any] | None]


def _answers(name: str, operation: Operation) -> Callable[[CloudWatchResponse], Any]:
    """A method of moto's response class: the request is checked against the model, and answered from `operation`."""

    @wraps(operation)
    def method(self: CloudWatchResponse) -> Any:
        params = {key: value for key, value in self._get_params().items() if value is not None}
        problems = check_request(params, get_service_model("cloudwatch").operation_model(name).input_shape)
        if problems:
            code = "MissingParameter" if problems[0].kind == "missing" else "ValidationError"
            raise ServiceError(code, problems[0].text)
        result = operation(_monitoring, (self.current_account, self.region), params)
        return EmptyResult() if result is None else ActionResult(result)

    return method


_call_action = CloudWatchResponse.call_action


def call_action(self: CloudWatchResponse) -> Any:
    """As moto's, and: the region's own errors in the words of the request's protocol."""
    try:
        return _call_action(self)
    except ServiceError as error:
        answer = protocol_errors.answer(self.normalized_request.environ, "monitoring", error)
        return answer.status, dict(answer.headers), answer.body


_OPERATIONS: dict[str, tuple[str, Operation]] = {
    "put_metric_alarm": ("PutMetricAlarm", cloudwatch_alarms.put_metric_alarm),
    "put_composite_alarm": ("PutCompositeAlarm", cloudwatch_alarms.put_composite_alarm),
    "delete_alarms": ("DeleteAlarms", cloudwatch_alarms.delete_alarms),
    "set_alarm_state": ("SetAlarmState", cloudwatch_alarms.set_alarm_state),
    "enable_alarm_actions": ("EnableAlarmActions", cloudwatch_alarms.enable_alarm_actions),
    "disable_alarm_actions": ("DisableAlarmActions", cloudwatch_alarms.disable_alarm_actions),
    "describe_alarms": ("DescribeAlarms", cloudwatch_views.describe_alarms),
    "describe_alarms_for_metric": ("DescribeAlarmsForMetric", cloudwatch_views.describe_alarms_for_metric),
    "describe_alarm_history": ("DescribeAlarmHistory", cloudwatch_views.describe_alarm_history),
    "put_metric_data": ("PutMetricData", cloudwatch_metrics.put_metric_data),
    "get_metric_data": ("GetMetricData", cloudwatch_metrics.get_metric_data),
    "get_metric_statistics": ("GetMetricStatistics", cloudwatch_metrics.get_metric_statistics),
    "list_metrics": ("ListMetrics", cloudwatch_metrics.list_metrics),
    "put_dashboard": ("PutDashboard", cloudwatch_dashboards.put_dashboard),
    "tag_resource": ("TagResource", cloudwatch_alarms.tag_resource),
    "untag_resource": ("UntagResource", cloudwatch_alarms.untag_resource),
    "list_tags_for_resource": ("ListTagsForResource", cloudwatch_alarms.list_tags_for_resource),
}

for _name, (_operation, _function) in _OPERATIONS.items():
    setattr(CloudWatchResponse, _name, _answers(_operation, _function))
CloudWatchResponse.call_action = call_action
