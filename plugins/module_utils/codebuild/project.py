# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CodeBuild projects: what a build takes, where it runs, what it may do and what becomes of its output."""

from __future__ import annotations

import copy
import re
from typing import Any

from ..engine.resource import Resource, converge
from ..engine.wait import retry_while
from .buildspec import text_of
from .common import codebuild, tag_list, tag_map
from .project_checks import DEFAULT_QUEUED_TIMEOUT, DEFAULT_TIMEOUT, check_given, check_whole
from .variables import hide, typed, warn_of_secrets

BATCH = 100  # BatchGetProjects takes at most 100 names

# Structures that mean another thing once their type changes: then nothing of the former stays but what is named here.
OF_A_TYPE = {"source": ("buildspec",), "artifacts": (), "cache": ()}
# Structures that {} removes, and what removes a setting in UpdateProject.
REMOVABLE = (
    "vpc_config",
    "build_batch_config",
    "environment.fleet",
    "environment.registry_credential",
    "environment.docker_server",
    "environment.compute_configuration",
    "source.auth",
    "source.build_status_config",
    "source.git_submodules_config",
)
REMOVAL = {
    "description": "",
    "source_version": "",
    "secondary_sources": [],
    "secondary_source_versions": [],
    "secondary_artifacts": [],
    "vpc_config": {},
    "file_system_locations": [],
    "build_batch_config": {},
    "concurrent_build_limit": -1,
}
IDENTITIES = {
    "secondary_sources": "source_identifier",
    "secondary_artifacts": "artifact_identifier",
    "file_system_locations": "identifier",
}
VISIBILITY = ("project_visibility", "resource_access_role")
NO_LIMIT = -1
# "CodeBuild is not authorized to perform: sts:AssumeRole on ...", "Not authorized to perform DescribeSecurityGroups"
UNSEEN = "ot authorized to perform"

_ACCOUNT = re.compile(r"arn:[^:]+:iam::(\d{12}):")

State = dict[str, Any]


class Project(Resource):
    noun = "project"
    key = ("name",)
    settings = (
        "description",
        "source",
        "secondary_sources",
        "source_version",
        "secondary_source_versions",
        "artifacts",
        "secondary_artifacts",
        "cache",
        "environment",
        "service_role",
        "timeout_in_minutes",
        "queued_timeout_in_minutes",
        "encryption_key",
        "vpc_config",
        "badge_enabled",
        "logs_config",
        "file_system_locations",
        "build_batch_config",
        "concurrent_build_limit",
        "auto_retry_limit",
        "project_visibility",
        "resource_access_role",
        "tags",  # CodeBuild writes them as a setting: one UpdateProject for everything
    )
    unordered = (
        "secondary_sources",
        "secondary_source_versions",
        "secondary_artifacts",
        "cache.modes",
        "environment.environment_variables",
        "environment.docker_server.security_group_ids",
        "vpc_config.subnets",
        "vpc_config.security_group_ids",
        "file_system_locations",
        "build_batch_config.restrictions.compute_types_allowed",
        "build_batch_config.restrictions.fleets_allowed",
    )

    def __init__(self, context):
        super().__init__(context)
        self.client = codebuild(context)

    def wanted(self) -> State:
        wanted = super().wanted()
        if wanted.get("concurrent_build_limit") == NO_LIMIT:
            wanted["concurrent_build_limit"] = None
        variables = (wanted.get("environment") or {}).get("environment_variables")
        if variables is not None:
            wanted["environment"]["environment_variables"] = typed(variables)
        for entry in wanted.get("file_system_locations") or []:
            entry.setdefault("type", "EFS")
        return wanted

    def check(self, wanted: State) -> None:
        check_given(wanted)
        variables = (wanted.get("environment") or {}).get("environment_variables") or []
        if self.options.get("state") != "absent":
            warn_of_secrets(self.context, "environment.environment_variables", variables)

    def complete(self, current: State | None, wanted: State) -> State:
        wanted = _with_texts(current or {}, _with_filled_in(current or {}, wanted))
        check_whole(self.after(current, wanted), wanted, is_new=current is None)
        return wanted

    def after(self, current: State | None, wanted: State) -> State:
        """What it becomes. What {}, [] or "" removes is None, at the top, or not there, further down."""
        kept, asked = _forget_other_types(current or {}, wanted), copy.deepcopy(wanted)
        removed = [path for path in REMOVABLE if _at(wanted, path) == {}]
        for path in removed:
            _drop(kept, path)
            _drop(asked, path)
        after = super().after(kept or None, asked)
        gone = {name for name in REMOVAL if after.get(name) in ("", [], {})} | {
            path for path in removed if path in REMOVAL
        }
        return {**after, **dict.fromkeys(gone)}

    def defaults(self, wanted: State) -> State:
        """What CodeBuild fills in. Source: API reference of CreateProject, and its answers."""
        filled: State = {
            "timeout_in_minutes": DEFAULT_TIMEOUT,
            "queued_timeout_in_minutes": DEFAULT_QUEUED_TIMEOUT,
            "cache": {"type": "NO_CACHE"},
            "project_visibility": "PRIVATE",
        }
        account = _ACCOUNT.match(wanted.get("service_role") or "")
        if account:
            client = self.client
            filled["encryption_key"] = f"arn:{client.partition}:kms:{client.region}:{account[1]}:alias/aws/s3"
        if (wanted.get("environment") or {}).get("type"):
            filled["environment"] = {"image_pull_credentials_type": "CODEBUILD"}
        filled["artifacts"] = _filled_artifacts(wanted["name"], (wanted.get("artifacts") or {}).get("type"))
        return filled

    def find(self, wanted: State) -> State | None:
        name = wanted["name"]
        answer = self.client.call("batch_get_projects", doing=f"read project {name}", names=[name])
        return next((as_options(project) for project in answer.get("projects") or []), None)

    def create(self, wanted: State) -> None:
        request = {name: value for name, value in wanted.items() if name not in VISIBILITY}
        made = self._once_the_role_is_seen(
            lambda: self.client.call("create_project", doing=f"create {self.name_of(wanted)}", **_request(request))
        )
        if wanted.get("project_visibility") == "PUBLIC_READ" or wanted.get("resource_access_role"):
            self._show(made["project"]["arn"], wanted)

    def update(self, current: State, changes: State) -> None:
        settings = {name: value for name, value in changes.items() if name not in VISIBILITY}
        if settings:
            for name, value in REMOVAL.items():
                if name in settings and settings[name] is None:
                    settings[name] = value
            request = {"name": current["name"], **_request(settings)}
            self._once_the_role_is_seen(
                lambda: self.client.call("update_project", doing=f"change {self.name_of(current)}", **request)
            )
        if len(settings) < len(changes):
            self._show(current["arn"], {**current, **changes})

    def delete(self, current: State) -> None:
        self.client.call("delete_project", doing=f"delete {self.name_of(current)}", name=current["name"])

    def read_tags(self, current: State) -> dict[str, str]:
        return current["tags"]

    def _once_the_role_is_seen(self, attempt):
        """IAM needs some seconds until other services see a new role or its policies; CodeBuild refuses it so long."""
        progress, role = self.context.progress, self.options.get("service_role") or "the service role"
        return retry_while(
            attempt,
            passing=lambda error: getattr(error, "code", None) == "InvalidInputException" and UNSEEN in str(error),
            timeout=self.options.get("role_timeout") or 0,
            on_wait=lambda error: progress.say(role, "cannot be used yet, waiting for IAM to make it known"),
            clock=self.context.clock,
        )

    def _show(self, arn: str, project: State) -> None:
        self.client.call(
            "update_project_visibility",
            doing=f"set who may see {self.name_of(project)}",
            project_arn=arn,
            project_visibility=project.get("project_visibility") or "PRIVATE",
            resource_access_role=project.get("resource_access_role"),
        )


def run(context) -> dict[str, Any]:
    """Bring the project to the wanted state; the result, with secrets in variables hidden."""
    result = converge(Project(context))
    diff = result["diff"]
    _hide_in(diff["before"], diff["after"])
    if "project" in result:
        result["project"] = copy.deepcopy(result["project"])
        _hide_in({}, result["project"])
    return result


def list_projects(context, names: list[str] | None = None) -> list[State]:
    """The projects of these names (all of them when None), by name. Unknown ones are left out; secrets are hidden."""
    client = codebuild(context)
    if names is None:
        names = client.pages("list_projects", "projects", doing="list the projects")
    found = client.batches("batch_get_projects", ("names", names), "projects", BATCH, doing="read the projects")
    projects = sorted((as_options(project) for project in found), key=lambda project: project["name"])
    for project in projects:
        _hide_in({}, project)
    return projects


def as_options(project: State) -> State:
    """A project as BatchGetProjects tells it, so that it can be given back as options."""
    found = {**project, "tags": tag_map(project.get("tags"))}
    badge = found.pop("badge", None) or {}
    found["badge_enabled"] = bool(badge.get("badge_enabled"))
    if badge.get("badge_request_url"):
        found["badge_request_url"] = badge["badge_request_url"]
    for option in IDENTITIES:
        found[option] = [_telling(entry) for entry in found.get(option) or []]
    found = {name: value for name, value in found.items() if name not in REMOVAL or value}
    if (found.get("webhook") or {}).get("secret"):
        found["webhook"] = {name: value for name, value in found["webhook"].items() if name != "secret"}
    return found


def _filled_artifacts(name: str, kind: str | None) -> State:
    """What CodeBuild adds to artifacts of this type."""
    in_s3 = {"name": name, "packaging": "NONE", "namespace_type": "NONE"}
    return {"S3": in_s3, "CODEPIPELINE": {"name": name, "packaging": "NONE"}}.get(kind, {})


def _with_texts(current: State, wanted: State) -> State:
    """Buildspecs given as a dict become text; the key's short name becomes the ARN that CodeBuild answers."""
    wanted = copy.deepcopy(wanted)
    source = wanted.get("source")
    if source and "buildspec" in source:
        source["buildspec"] = text_of(source["buildspec"], (current.get("source") or {}).get("buildspec"))
    for entry in wanted.get("secondary_sources") or []:
        if "buildspec" in entry:
            entry["buildspec"] = text_of(entry["buildspec"])
    key, known = wanted.get("encryption_key") or "", current.get("encryption_key") or ""
    if key.startswith("alias/") and known.endswith(f":{key}"):
        wanted["encryption_key"] = known
    return wanted


def _with_filled_in(current: State, wanted: State) -> State:
    """Entries of lists, and artifacts of another type, with what CodeBuild has filled in or will."""
    filled = dict(wanted)
    for option, identity in IDENTITIES.items():
        if option in wanted:
            known = {entry.get(identity): entry for entry in current.get(option) or []}
            filled[option] = [_telling(_onto(known.get(entry[identity]), entry)) for entry in wanted[option]]
    before, now = ((state.get("artifacts") or {}).get("type") for state in (current, wanted))
    if before and now not in (None, before):
        filled["artifacts"] = {**_filled_artifacts(wanted["name"], now), **wanted["artifacts"]}
    return filled


def _onto(known: State | None, entry: State) -> State:
    """An entry on top of the present one of its name; a new one with the defaults of the API reference."""
    if known and known.get("type") == entry.get("type"):
        return {**known, **entry}
    in_s3 = "artifact_identifier" in entry and entry.get("type") == "S3"
    return {**({"packaging": "NONE", "namespace_type": "NONE"} if in_s3 else {}), **entry}


def _telling(entry: State) -> State:
    """An entry of a list without what says nothing: some of it CodeBuild answers, some it leaves out."""
    return {name: value for name, value in entry.items() if value not in (None, False, "", [], {})}


def _forget_other_types(current: State, wanted: State) -> State:
    kept = copy.deepcopy(current)
    for option, stays in OF_A_TYPE.items():
        before, now = kept.get(option) or {}, wanted.get(option) or {}
        if before and now.get("type") not in (None, before.get("type")):
            kept[option] = {name: before[name] for name in stays if name in before}
    return kept


def _request(settings: State) -> State:
    """Settings as a request takes them: tags as a list, nothing empty inside of structures, nothing CodeBuild tells."""
    request = {name: _without_empty(value) for name, value in settings.items()}
    server = (request.get("environment") or {}).get("docker_server")
    if server:
        server.pop("status", None)
    if "tags" in request:
        request["tags"] = tag_list(settings["tags"])
    return request


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty(entry) for name, entry in value.items() if entry not in ({}, None)}
    return [_without_empty(entry) for entry in value] if isinstance(value, list) else value


def _hide_in(before: State, after: State) -> None:
    """Hide the secrets in the variables of two states, in place."""
    places = [state.get("environment") for state in (before, after)]
    lists = [(place or {}).get("environment_variables") or [] for place in places]
    for place, hidden in zip(places, hide(*lists), strict=True):
        if place and place.get("environment_variables"):
            place["environment_variables"] = hidden


def _at(state: State, path: str) -> Any:
    for name in path.split("."):
        state = (state or {}).get(name)
    return state


def _drop(state: State, path: str) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        state = state.get(parent) or {}
    state.pop(name, None)
