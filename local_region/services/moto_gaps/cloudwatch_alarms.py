# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's operations that write alarms. Each gets (monitoring, (account, region), request that fits the model).

Rules: the API reference of PutMetricAlarm, PutCompositeAlarm, DeleteAlarms and SetAlarmState.
"""

from __future__ import annotations

import json
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.utils import make_arn_for_alarm

from local_region.engine.alarm import MISSING
from local_region.engine.alarm_rule import Rule
from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.services.moto_gaps import cloudwatch_checks, cloudwatch_composite
from local_region.world.alarm_records import Alarm, MetricWatch
from local_region.world.monitoring import Monitoring

Place = tuple[str, str]
Params = dict[str, Any]


def put_metric_alarm(monitoring: Monitoring, place: Place, params: Params) -> None:
    """Creates or replaces a metric alarm. A new one has INSUFFICIENT_DATA until it is evaluated."""
    cloudwatch_checks.refuse_what_is_not_done(params)
    configuration = {key: value for key, value in params.items() if key != "Tags"}
    cloudwatch_checks.check_actions(monitoring, place, configuration, scaling=True)
    watch = cloudwatch_checks.metric_watch(place, configuration)
    configuration.setdefault("TreatMissingData", MISSING)
    _put(monitoring, place, configuration, watch, params)


def put_composite_alarm(monitoring: Monitoring, place: Place, params: Params) -> None:
    """Creates or replaces a composite alarm, and evaluates it."""
    cloudwatch_checks.refuse_what_is_not_done(params)
    configuration = {key: value for key, value in params.items() if key != "Tags"}
    cloudwatch_checks.check_actions(monitoring, place, configuration, scaling=False)
    rule = cloudwatch_composite.composite_rule(monitoring, place, configuration)
    cloudwatch_composite.check_suppressor(monitoring, place, configuration)
    _put(monitoring, place, configuration, rule, params)


def _put(
    monitoring: Monitoring, place: Place, configuration: Params, watch: MetricWatch | Rule, params: Params
) -> None:
    known = monitoring.alarms.get(*place, params["AlarmName"])
    if known and isinstance(known.watch, Rule) != isinstance(watch, Rule):
        raise ServiceError("ValidationError", f"An alarm of another type has the name {known.name}: delete it first.")
    arn = make_arn_for_alarm(place[1], place[0], params["AlarmName"])
    monitoring.alarms.put(place, arn, configuration, watch)
    if not known and params.get("Tags"):  # "any tags you specify are ignored" for an alarm that exists
        _tagger(place).tag_resource(arn, params["Tags"])


# --- all alarms


def delete_alarms(monitoring: Monitoring, place: Place, params: Params) -> None:
    """Deletes alarms, all or none; names of none are passed over, an alarm that a composite alarm needs is refused."""
    names, alarms = params["AlarmNames"], monitoring.alarms
    found = [alarm for name in names if (alarm := alarms.get(*place, name))]
    composite = [alarm for alarm in found if isinstance(alarm.watch, Rule)]
    if len(composite) > 1:
        raise ServiceError("ValidationError", "One composite alarm can be deleted with one call, not several.")
    for alarm in found:
        users = [one.name for one in [*alarms.parents(alarm), *_suppressed_by(monitoring, alarm)] if one not in found]
        if users:
            raise ServiceError(
                "ValidationError",
                f"Cannot delete {alarm.name} as there are composite alarm(s) depending on it: {', '.join(users)}",
            )
    alarms.delete(*place, [alarm.name for alarm in found])
    for alarm in found:
        _tagger(place).delete_all_tags_for_resource(alarm.arn)


def _suppressed_by(monitoring: Monitoring, alarm: Alarm) -> list[Alarm]:
    place = (alarm.account, alarm.region)
    suppressed = [one for one in monitoring.alarms.all(*place) if "ActionsSuppressor" in one.configuration]
    return [one for one in suppressed if monitoring.alarms.get(*place, one.configuration["ActionsSuppressor"]) is alarm]


def set_alarm_state(monitoring: Monitoring, place: Place, params: Params) -> None:
    """Sets an alarm's state until it is next evaluated; its actions are taken when that changes the state."""
    data = params.get("StateReasonData")
    if data is not None:
        try:
            json.loads(data)
        except ValueError:
            raise ServiceError("InvalidFormat", "StateReasonData is not valid JSON.") from None
    alarm = monitoring.alarms.get(*place, params["AlarmName"])
    if alarm is None:
        raise ServiceError("ResourceNotFound", f"There is no alarm {params['AlarmName']}.", status=404)
    monitoring.alarms.set_state(alarm, params["StateValue"], params["StateReason"], data)


def enable_alarm_actions(monitoring: Monitoring, place: Place, params: Params) -> None:
    monitoring.alarms.enable_actions(*place, params["AlarmNames"], True)


def disable_alarm_actions(monitoring: Monitoring, place: Place, params: Params) -> None:
    monitoring.alarms.enable_actions(*place, params["AlarmNames"], False)


# --- tags, which moto keeps


def _tagger(place: Place) -> Any:
    account, region = place
    return cloudwatch_backends[account][region].tagger


def _require_resource(monitoring: Monitoring, place: Place, arn: str) -> None:
    if ":dashboard/" in arn:
        account, region = place
        if all(one.arn != arn for one in cloudwatch_backends[account][region].dashboards.values()):
            raise ServiceError("ResourceNotFoundException", f"There is no dashboard {arn}.", status=404)
        return
    if ":alarm:" not in arn:
        raise NotImplementedInLocalRegion(f"The local region has tags on alarms and dashboards only, not on {arn}.")
    if monitoring.alarms.get(*place, arn) is None:
        raise ServiceError("ResourceNotFoundException", f"There is no alarm {arn}.", status=404)


def tag_resource(monitoring: Monitoring, place: Place, params: Params) -> None:
    _require_resource(monitoring, place, params["ResourceARN"])
    _tagger(place).tag_resource(params["ResourceARN"], params["Tags"])


def untag_resource(monitoring: Monitoring, place: Place, params: Params) -> None:
    _require_resource(monitoring, place, params["ResourceARN"])
    _tagger(place).untag_resource_using_names(params["ResourceARN"], params["TagKeys"])


def list_tags_for_resource(monitoring: Monitoring, place: Place, params: Params) -> Params:
    _require_resource(monitoring, place, params["ResourceARN"])
    tags = _tagger(place).get_tag_dict_for_resource(params["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
