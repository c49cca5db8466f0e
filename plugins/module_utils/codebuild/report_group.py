# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Report groups: where the reports of one kind of tests, or of coverage, are kept, and whether they go to S3 too."""

from __future__ import annotations

from typing import Any

from ..engine.errors import ApiError, Failure
from ..engine.resource import Resource
from .common import check_tags, codebuild, tag_list, tag_map

LONGEST_NAME = 128

State = dict[str, Any]


class ReportGroup(Resource):
    noun = "report_group"
    key = ("name",)
    settings = ("type", "export_config", "tags")
    immutable = ("type",)

    def __init__(self, context):
        super().__init__(context)
        self.client = codebuild(context)

    def check(self, wanted: State) -> None:
        name = wanted["name"]
        if not 2 <= len(name) <= LONGEST_NAME or "/" in name or ":" in name:
            raise Failure(f"name: {name!r} is not a valid name. Use 2 to {LONGEST_NAME} characters, without / and :")
        check_tags(wanted.get("tags"))

    def complete(self, current: State | None, wanted: State) -> State:
        if current is None and not wanted.get("type"):
            raise Failure(f"type is required to create report group {wanted['name']}: TEST or CODE_COVERAGE.")
        config = self.after(current, wanted).get("export_config") or {}
        destination = config.get("s3_destination") or {}
        if config.get("export_config_type") == "S3" and not destination.get("bucket"):
            raise Failure("export_config.s3_destination.bucket is required for export_config_type S3.")
        given = (wanted.get("export_config") or {}).get("s3_destination")
        if config.get("export_config_type") != "S3" and given:
            raise Failure("export_config.s3_destination goes with export_config_type S3 only. Leave it out.")
        return wanted

    def after(self, current: State | None, wanted: State) -> State:
        after = super().after(current, wanted)
        config = after.get("export_config") or {}
        if config.get("export_config_type") == "NO_EXPORT" and config.get("s3_destination"):
            kept = {name: value for name, value in config.items() if name != "s3_destination"}
            given = (wanted.get("export_config") or {}).get("s3_destination")
            after = {**after, "export_config": {**kept, **({"s3_destination": given} if given else {})}}
        return after

    def defaults(self, wanted: State) -> State:
        return {"export_config": {"export_config_type": "NO_EXPORT"}}

    def find(self, wanted: State) -> State | None:
        arn = group_arn(self.context, wanted["name"])
        answer = self.client.call(
            "batch_get_report_groups", doing=f"read {self.name_of(wanted)}", report_group_arns=[arn]
        )
        found = next(iter(answer.get("report_groups") or []), None)
        return found and {**found, "tags": tag_map(found.get("tags"))}

    def create(self, wanted: State) -> None:
        whole = self.after(None, wanted)
        request = {"name": whole["name"], "type": whole["type"], "export_config": whole["export_config"]}
        if "tags" in wanted:
            request["tags"] = tag_list(wanted["tags"])
        self.client.call("create_report_group", doing=f"create {self.name_of(wanted)}", **request)

    def update(self, current: State, changes: State) -> None:
        request = dict(changes)
        if "tags" in request:
            request["tags"] = tag_list(request["tags"])
        self.client.call("update_report_group", doing=f"change {self.name_of(current)}", arn=current["arn"], **request)

    def delete(self, current: State) -> None:
        try:
            self.client.call(
                "delete_report_group",
                doing=f"delete {self.name_of(current)}",
                arn=current["arn"],
                delete_reports=self.options["delete_reports"],
            )
        except ApiError as error:
            if error.code != "InvalidInputException" or self.options["delete_reports"]:
                raise
            raise Failure(f"{error} Set delete_reports=true to delete its reports with it.") from error

    def read_tags(self, current: State) -> dict[str, str]:
        return current["tags"]


def group_arn(context, name: str) -> str:
    """The ARN of a report group; what is an ARN already stays. One call to STS at most, for the account."""
    if name.startswith("arn:"):
        return name
    client = codebuild(context)
    return f"arn:{client.partition}:codebuild:{client.region}:{context.account()}:report-group/{name}"
