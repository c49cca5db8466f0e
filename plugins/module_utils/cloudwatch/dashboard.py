# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudWatch dashboards: a name and a body, compared by what the body says and not by how it is written."""

from __future__ import annotations

import json
import re
from typing import Any

from ..engine.errors import ApiError, Failure
from ..engine.resource import Resource
from ..engine.tags import check_tags
from . import dashboard_annotations
from .common import cloudwatch, read_tags, tag_list, write_tags

State = dict[str, Any]

ABSENT = ("ResourceNotFound", "DashboardNotFoundError")
MOST_WIDGETS = 500  # CloudWatch's quota
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


class Dashboard(Resource):
    noun = "dashboard"
    key = ("dashboard_name",)
    settings = ("dashboard_body",)

    def __init__(self, context):
        super().__init__(context)
        self.client = cloudwatch(context)
        self.messages: list[dict[str, str]] = []  # what CloudWatch said about the body that was written

    def wanted(self) -> State:
        wanted = super().wanted()
        if self.options["dashboard_body"] is not None:  # as given: a null in it is the user's
            wanted["dashboard_body"] = parsed(self.options["dashboard_body"])
        return wanted

    def check(self, wanted: State) -> None:
        name = wanted["dashboard_name"]
        if not _NAME.fullmatch(name):
            raise Failure(f"dashboard_name: {name!r} is not a valid name. Use 1 to 255 letters, digits, - and _")
        check_tags(wanted.get("tags"))
        check_annotations(self.options["annotations"] or [], self.options["annotations_kept"])

    def complete(self, current: State | None, wanted: State) -> State:
        if current is None and "dashboard_body" not in wanted:
            raise Failure(f"dashboard_body must be given to create {self.name_of(wanted)}.")
        if "dashboard_body" not in wanted and not self.options["annotations"]:
            return wanted
        return {**wanted, "dashboard_body": self._body(current, wanted)}

    def _body(self, current: State | None, wanted: State) -> State:
        """The body that is wanted, or the present one, with the lines that are kept and those that are added."""
        present = current["dashboard_body"] if current else {}
        body, own = present, set()
        if "dashboard_body" in wanted:
            body = wanted["dashboard_body"]
            own = dashboard_annotations.labels(body)
        keeps = "dashboard_body" not in wanted or self.options["keep_annotations"]
        kept = [line for line in dashboard_annotations.lines(present) if keeps and line["label"] not in own]
        given = [_annotation(one) for one in self.options["annotations"] or []]
        if given and not dashboard_annotations.graphs(body):
            self.context.warn(f"{self.name_of(wanted)} has no graph over time that annotations could be drawn on.")
        merged = dashboard_annotations.merged(kept, given, self.options["annotations_kept"]) if given else kept
        return dashboard_annotations.drawn(body, merged, {line["label"] for line in [*kept, *given]})

    def after(self, current: State | None, wanted: State) -> State:
        return {**super().after(current, wanted), **_only(wanted, "dashboard_body")}

    def same(self, setting: str, one: Any, other: Any) -> bool:
        """Bodies are compared as they are: a widget at x 0 is elsewhere than one without x."""
        return one == other if setting == "dashboard_body" else super().same(setting, one, other)

    def find(self, wanted: State) -> State | None:
        name = wanted["dashboard_name"]
        answer = self.client.call("get_dashboard", doing=f"read dashboard {name}", absent=ABSENT, dashboard_name=name)
        return answer and {**answer, "dashboard_body": json.loads(answer["dashboard_body"])}

    def create(self, wanted: State) -> None:
        self._put(wanted, "create", **({"tags": tag_list(wanted["tags"])} if wanted.get("tags") else {}))

    def update(self, current: State, changes: State) -> None:
        self._put({**current, **changes}, "change")

    def _put(self, state: State, verb: str, **more: Any) -> None:
        name, body = state["dashboard_name"], state["dashboard_body"]
        try:
            answer = self.client.call(
                "put_dashboard",
                doing=f"{verb} dashboard {name}",
                dashboard_name=name,
                dashboard_body=json.dumps(body, separators=(",", ":"), ensure_ascii=False),
                **more,
            )
        except ApiError as error:
            raise _with_messages(error) from error
        self.messages = answer.get("dashboard_validation_messages") or []
        for message in self.messages:
            self.context.warn(f"dashboard {name}: {_shown(message)}")

    def delete(self, current: State) -> None:
        name = current["dashboard_name"]
        self.client.call("delete_dashboards", doing=f"delete dashboard {name}", absent=ABSENT, dashboard_names=[name])

    def read_tags(self, current: State) -> dict[str, str]:
        return read_tags(self.context, current["dashboard_arn"])

    def write_tags(self, current: State, to_set: dict[str, str], to_unset: list[str]) -> None:
        write_tags(self.context, current["dashboard_arn"], to_set, to_unset)


def parsed(body: Any) -> State:
    """The option ``dashboard_body``, a mapping or JSON text of one. Raises Failure where it cannot be a body."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError as error:
            raise Failure(f"dashboard_body: it is not valid JSON ({error}). Give a mapping or JSON text.") from error
    if not isinstance(body, dict) or not isinstance(body.get("widgets"), list):
        raise Failure("dashboard_body: it has no list of widgets. Give a mapping with widgets, a list.")
    if len(body["widgets"]) > MOST_WIDGETS:
        raise Failure(
            f"dashboard_body: it has {len(body['widgets'])} widgets, a dashboard has {MOST_WIDGETS} at most. "
            "Make several dashboards."
        )
    return body


def check_annotations(annotations: list[State], kept: int) -> None:
    if kept < 1:
        raise Failure(f"annotations_kept: {kept} is not possible. Give 1 or more.")
    labels = [one["label"] for one in annotations]
    for one in annotations:
        if labels.count(one["label"]) > 1:
            raise Failure(f"annotations: the label {one['label']!r} is given twice. Each needs one of its own.")
        try:
            dashboard_annotations.moment(one["value"])
        except ValueError as error:
            raise Failure(
                f"annotations: {one['value']!r}, the value of {one['label']!r}, is not a time. "
                "Give ISO 8601, such as 2026-01-15T10:30:00Z."
            ) from error


def _annotation(given: State) -> State:
    return {name: value for name, value in given.items() if value is not None}


def _with_messages(error: ApiError) -> Failure:
    """The refusal with what CloudWatch found wrong, where that is not in its message anyway."""
    response = getattr(error.exception, "response", None) or {}
    found = response.get("dashboardValidationMessages") or []
    told = [{"data_path": one.get("DataPath", ""), "message": one.get("Message", "")} for one in found]
    if not told:
        return error
    unsaid = [_shown(one) for one in told if one["message"] not in str(error)]
    return Failure(" ".join([str(error), *unsaid]), error.exception, **error.facts, validation_messages=told)


def _shown(message: dict[str, str]) -> str:
    return ": ".join(part for part in (message.get("data_path"), message.get("message")) if part)


def _only(state: State, name: str) -> State:
    return {name: state[name]} if name in state else {}
