# SPDX-License-Identifier: GPL-3.0-or-later
"""What moto does not do about dashboards: names and bodies are checked, tags are kept.

Rules: the API reference of PutDashboard; CloudWatch user guide, "Dashboard body structure and syntax".
"""

from __future__ import annotations

import json
import re
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from local_region.protocol import ServiceError
from local_region.world.monitoring import Monitoring

Place = tuple[str, str]
Params = dict[str, Any]
Message = dict[str, str]

MOST_WIDGETS = 500
WIDGETS = ("alarm", "custom", "explorer", "log", "metric", "text")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_BODY = {"widgets", "start", "end", "periodOverride", "variables"}
_WIDGET = {"type", "x", "y", "width", "height", "properties"}
# What a widget cannot do without, beside its type.
_NEEDED = {"metric": ("region",), "log": ("region", "query"), "text": ("markdown",), "alarm": ("alarms",)}


def put_dashboard(monitoring: Monitoring, place: Place, params: Params) -> Params:
    """Creates or replaces a dashboard. Errors in its body refuse it; what is superfluous is only told."""
    name = params["DashboardName"]
    if not _NAME.fullmatch(name):
        raise ServiceError("InvalidParameterValue", "The value for DashboardName must match [A-Za-z0-9-_]{1,255}.")
    errors, warnings = checked(params["DashboardBody"])
    if errors:
        shown = json.dumps([{"dataPath": one["DataPath"], "message": one["Message"]} for one in errors])
        raise ServiceError(
            "InvalidParameterInput",
            f"The dashboard body is invalid, there are {len(errors)} validation errors: {shown}",
        )
    account, region = place
    backend = cloudwatch_backends[account][region]
    known = name in backend.dashboards
    dashboard = backend.put_dashboard(name, params["DashboardBody"])
    if not known:  # "any tags you specify are ignored" for one that exists; those of an earlier one are gone
        backend.tagger.delete_all_tags_for_resource(dashboard.arn)
        backend.tagger.tag_resource(dashboard.arn, params.get("Tags") or [])
    return {"DashboardValidationMessages": warnings}


def checked(body: str) -> tuple[list[Message], list[Message]]:
    """The errors and the warnings about a body."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return [_message("", "The field DashboardBody must be a valid JSON object")], []
    if not isinstance(parsed, dict):
        return [_message("", "Should be object")], []
    widgets = parsed.get("widgets")
    if not isinstance(widgets, list):
        return [_message("/widgets" if "widgets" in parsed else "", "Should have required property 'widgets'")], []
    if len(widgets) > MOST_WIDGETS:
        return [_message("/widgets", f"Should NOT have more than {MOST_WIDGETS} items")], []
    errors = [one for index, widget in enumerate(widgets) for one in _errors(f"/widgets/{index}", widget)]
    warnings = _superfluous("", parsed, _BODY)
    for index, widget in enumerate(widgets):
        warnings += _superfluous(f"/widgets/{index}", widget, _WIDGET) if isinstance(widget, dict) else []
    return errors, warnings


def _errors(path: str, widget: Any) -> list[Message]:
    if not isinstance(widget, dict):
        return [_message(path, "Should be object")]
    found = [
        _message(path, f"Should have required property '{one}'") for one in ("type", "properties") if one not in widget
    ]
    kind, properties = widget.get("type"), widget.get("properties", {})
    if "type" in widget and kind not in WIDGETS:
        found.append(_message(f"{path}/type", f"Should be equal to one of the allowed values: {', '.join(WIDGETS)}"))
    if not isinstance(properties, dict):
        return [*found, _message(f"{path}/properties", "Should be object")]
    if "properties" in widget:
        missing = [one for one in _NEEDED.get(kind, ()) if one not in properties]
        found += [_message(f"{path}/properties", f"Should have required property '{one}'") for one in missing]
    return found


def _superfluous(path: str, value: dict[str, Any], known: set[str]) -> list[Message]:
    return [_message(path, f"Should NOT have additional properties: '{name}'") for name in sorted(value.keys() - known)]


def _message(path: str, text: str) -> Message:
    return {"DataPath": path, "Message": text}
