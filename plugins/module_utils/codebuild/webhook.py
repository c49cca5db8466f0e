# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Webhooks of projects: which pushes, pull requests and releases of a repository start a build."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from ..engine.resource import Resource, converge
from .common import check_name, codebuild
from .project_checks import LONGEST_NAME

FILTER_TYPES = (
    "EVENT",
    "BASE_REF",
    "HEAD_REF",
    "ACTOR_ACCOUNT_ID",
    "FILE_PATH",
    "COMMIT_MESSAGE",
    "WORKFLOW_NAME",
    "TAG_NAME",
    "RELEASE_NAME",
    "REPOSITORY_NAME",
    "ORGANIZATION_NAME",
)
# Source: user guide, "GitHub webhook events", and those of the other providers.
EVENTS = (
    "PUSH",
    "PULL_REQUEST_CREATED",
    "PULL_REQUEST_UPDATED",
    "PULL_REQUEST_REOPENED",
    "PULL_REQUEST_MERGED",
    "PULL_REQUEST_CLOSED",
    "RELEASED",
    "PRERELEASED",
    "WORKFLOW_JOB_QUEUED",
)
WITH_WEBHOOKS = ("GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED", "BITBUCKET", "NO_SOURCE")
# A regular expression and groups of filters exclude each other: who asks for one gives the other up.
RIVALS = {"filter_groups": "branch_filter", "branch_filter": "filter_groups"}
NOTHING = {"filter_groups": [], "branch_filter": ""}
KEPT, ROTATED = "as it was", "rotated"

State = dict[str, Any]


class Webhook(Resource):
    noun = "webhook"
    key = ("project_name",)
    # "secret" is never the secret, but what becomes of it.
    settings = (
        "branch_filter",
        "filter_groups",
        "build_type",
        "manual_creation",
        "scope_configuration",
        "pull_request_build_policy",
        "secret",
    )
    immutable = ("manual_creation", "scope_configuration")
    unordered = ("filter_groups", "pull_request_build_policy.approver_roles")

    def __init__(self, context):
        super().__init__(context)
        self.client = codebuild(context)
        self._secret_is = KEPT
        self.secret: str | None = None  # as CodeBuild told it in this run

    def name_of(self, state: State) -> str:
        return f"the webhook of project {state['project_name']}"

    def wanted(self) -> State:
        wanted = super().wanted()
        if "filter_groups" in wanted:
            wanted["filter_groups"] = [[_typed(one) for one in group] for group in wanted["filter_groups"]]
        return {**wanted, "secret": ROTATED if self.options["rotate_secret"] else KEPT}

    def check(self, wanted: State) -> None:
        check_name("project_name", wanted["project_name"], LONGEST_NAME)
        if wanted.get("filter_groups") and wanted.get("branch_filter"):
            raise Failure(
                "branch_filter and filter_groups exclude each other. Use filter_groups, HEAD_REF for branches."
            )
        for number, group in enumerate(wanted.get("filter_groups") or [], start=1):
            check_group(f"filter_groups, group {number}", group)

    def complete(self, current: State | None, wanted: State) -> State:
        if current is None:
            return {**wanted, "secret": KEPT}
        given_up = {
            rival: NOTHING[rival]
            for option, rival in RIVALS.items()
            if wanted.get(option) and current.get(rival) and rival not in wanted
        }
        return {**wanted, **given_up}

    def after(self, current: State | None, wanted: State) -> State:
        """What it becomes; what "" and [] take away is None."""
        after = super().after(current, wanted)
        return {name: None if value in ("", []) else value for name, value in after.items()}

    def defaults(self, wanted: State) -> State:
        return {"build_type": "BUILD"}

    def find(self, wanted: State) -> State | None:
        name = wanted["project_name"]
        answer = self.client.call("batch_get_projects", doing=f"read project {name}", names=[name])
        project = next(iter(answer.get("projects") or []), {})
        kind = (project.get("source") or {}).get("type")
        if kind and kind not in WITH_WEBHOOKS and self.options["state"] == "present":
            raise Failure(
                f"project_name: the source of {name} is {kind}, which has no webhooks. "
                "Start its builds by an EventBridge rule or a pipeline."
            )
        return project.get("webhook") and self._state(name, project["webhook"])

    def create(self, wanted: State) -> None:
        request = {name: value for name, value in wanted.items() if name != "secret"}
        answer = self.client.call("create_webhook", doing=f"make {self.name_of(wanted)}", **request)
        self.secret = answer["webhook"].get("secret")

    def update(self, current: State, changes: State) -> None:
        request = {name: NOTHING.get(name) if value is None else value for name, value in changes.items()}
        for option, rival in RIVALS.items():
            if request.get(option):
                request.pop(rival, None)  # the one takes the place of the other
        if request.pop("secret", None):
            request["rotate_secret"] = True
        answer = self.client.call(
            "update_webhook", doing=f"change {self.name_of(current)}", project_name=current["project_name"], **request
        )
        if "secret" in changes:
            self.secret, self._secret_is = answer["webhook"].get("secret"), ROTATED

    def delete(self, current: State) -> None:
        self.client.call(
            "delete_webhook", doing=f"delete {self.name_of(current)}", project_name=current["project_name"]
        )

    def _state(self, project: str, webhook: State) -> State:
        state = {**webhook, "project_name": project, "secret": self._secret_is}
        if "filter_groups" in state:
            state["filter_groups"] = [[_typed(one) for one in group] for group in state["filter_groups"]]
        return {name: value for name, value in state.items() if value not in ("", [])}


def run(context) -> dict[str, Any]:
    """Bring a project's webhook to the wanted state; the result. The secret is told only where that is asked for."""
    webhook = Webhook(context)
    result = converge(webhook)
    if not context.options["return_secret"]:
        context.secret(webhook.secret)
    for state in (result["diff"]["before"], result["diff"]["after"], result.get("webhook") or {}):
        if state.get("secret") == KEPT:
            del state["secret"]
    if "webhook" in result:
        result["webhook"].pop("secret", None)
        if webhook.secret and context.options["return_secret"]:
            result["webhook"]["secret"] = webhook.secret
    return result


def check_group(option: str, group: Any) -> None:
    """Refuse a group of filters without an event, with an unknown one, or with something that is no filter."""
    for one in group:
        kind, pattern = one.get("type"), one.get("pattern")
        if set(one) - {"type", "pattern", "exclude_matched_pattern"} or not kind or not pattern:
            raise Failure(f"{option}: {one} is not a filter. A filter has type, pattern and exclude_matched_pattern.")
        if kind not in FILTER_TYPES:
            raise Failure(f"{option}: type {kind} is not known. Use one of {', '.join(FILTER_TYPES)}.")
        if kind == "EVENT":
            unknown = [event for event in (part.strip() for part in pattern.split(",")) if event not in EVENTS]
            if unknown:
                raise Failure(f"{option}: event {unknown[0]} is not known. Use one or more of {', '.join(EVENTS)}.")
    if not any(one.get("type") == "EVENT" for one in group):
        raise Failure(f"{option} has no filter of type EVENT, which every group needs, such as pattern PUSH.")


def _typed(one: Any) -> State:
    if not isinstance(one, dict):
        raise Failure(f"filter_groups: {one!r} is not a filter. A group is a list of filters with type and pattern.")
    return {name: value for name, value in one.items() if value not in (None, False)}
