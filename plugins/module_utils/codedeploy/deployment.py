# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starting and stopping deployments, so that running the same task again never starts a second one.

What makes it idempotent is the deployment group: CodeDeploy runs one deployment of a group at a time, and a group knows
its last successful one. A deployment of the same revision that runs already, perhaps started by a controller that was
killed, is adopted and followed; one that was the group's last and succeeded leaves nothing to do.
"""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from .common import codedeploy
from .follow import Followed, follow, without_hosts
from .report import ACTIVE, ENDED
from .revision_location import clean, name_of, same

ATTEMPTS = 3
# Options of the module that go into CreateDeployment as they are.
REQUEST = (
    "application_name",
    "deployment_group_name",
    "deployment_config_name",
    "description",
    "file_exists_behavior",
    "auto_rollback_configuration",
    "ignore_application_stop_failures",
    "update_outdated_instances_only",
    "target_instances",
    "override_alarm_configuration",
)


class Deployments:
    """The deployments of one application and group."""

    def __init__(self, context, application: str, group: str):
        self._client = codedeploy(context)
        self._scope = {"application_name": application, "deployment_group_name": group}
        self.name = f"{application}/{group}"

    def group(self) -> dict[str, Any]:
        """deployment_group_info of GetDeploymentGroup."""
        doing = f"read deployment group {self.name}"
        return self._client.call("get_deployment_group", doing=doing, **self._scope)["deployment_group_info"]

    def get(self, deployment_id: str) -> dict[str, Any]:
        """deployment_info of GetDeployment."""
        return self._client.call(
            "get_deployment", doing=f"read deployment {deployment_id}", deployment_id=deployment_id
        )["deployment_info"]

    def active(self) -> dict[str, Any] | None:
        """The deployment of this group that has not ended, or None."""
        ids = self._client.pages(
            "list_deployments",
            "deployments",
            doing=f"list the deployments of {self.name}",
            include_only_statuses=list(ACTIVE),
            **self._scope,
        )
        return self.get(ids[0]) if ids else None

    def create(self, request: dict[str, Any]) -> str | None:
        """Start a deployment; its id, or None when another of the group was faster."""
        answer = self._client.call(
            "create_deployment",
            doing=f"deploy {name_of(request['revision'])} to {self.name}",
            absent=("DeploymentLimitExceededException",),
            **request,
        )
        return answer and answer["deployment_id"]

    def stop(self, deployment_id: str, roll_back: bool | None) -> bool:
        """Ask CodeDeploy to stop; False when the deployment had ended already."""
        answer = self._client.call(
            "stop_deployment",
            doing=f"stop deployment {deployment_id}",
            absent=("DeploymentAlreadyCompletedException",),
            deployment_id=deployment_id,
            auto_rollback_enabled=roll_back,
        )
        return answer is not None


def start(context) -> dict[str, Any]:
    """Deploy the revision of the task's options, or adopt or recognise the deployment that does; the result.

    Raises Failure when it did not succeed: the message says why, ``deployment`` and ``rollback`` have the facts.
    """
    options = context.options
    check_options(options)
    revision = clean(options["revision"])
    deployments = Deployments(context, options["application_name"], options["deployment_group_name"])
    group = deployments.group()
    before = group.get("target_revision")
    for _attempt in range(ATTEMPTS):
        running = deployments.active()
        if running and same(running.get("revision"), revision):
            context.progress.say(options["deployment_group_name"], f"adopts {running['deployment_id']}, which runs")
            return _finish(context, running, group, adopted=True, before=running.get("previous_revision"))
        if running:
            _make_way(context, deployments, running, revision, group)
            group = deployments.group()
        done = None if options["force"] else _already_deployed(deployments, group, revision)
        if done:
            return {"changed": False, "adopted": False, **_diff(revision, revision), "deployment": without_hosts(done)}
        if context.check_mode:
            predicted = _predicted(options, revision, group)
            return {"changed": True, "adopted": False, **_diff(before, revision), "deployment": predicted}
        identity = deployments.create({**{name: options[name] for name in REQUEST}, "revision": revision})
        if identity:
            return _finish(context, deployments.get(identity), group, adopted=False, before=before)
    raise Failure(
        f"{deployments.name}: other deployments of this group are started all the time, {ATTEMPTS} attempts failed. "
        "Find out who else deploys to it."
    )


def stop(context) -> dict[str, Any]:
    """Stop one deployment, or the one that runs for the group; the result. Nothing to stop is no change."""
    options = context.options
    deployments = Deployments(context, options["application_name"] or "", options["deployment_group_name"] or "")
    if options["deployment_id"]:
        running = deployments.get(options["deployment_id"])
        _check_belongs(options, running)
    else:
        deployments.group()  # a group that does not exist is a mistake, not an idle one
        running = deployments.active()
    if running is None:
        return {"changed": False}
    if running["status"] in ENDED:
        return {"changed": False, "deployment": without_hosts(running)}
    result = {"changed": True, "diff": {"before": {"status": running["status"]}, "after": {"status": "Stopped"}}}
    if context.check_mode:
        return {**result, "deployment": {**running, "status": "Stopped"}}
    result["changed"] = deployments.stop(running["deployment_id"], options["auto_rollback_enabled"])
    if not options["wait"]:
        return {**result, "deployment": deployments.get(running["deployment_id"])}
    rolls_back = options["auto_rollback_enabled"]
    followed = follow(context, running["deployment_id"], options["wait_timeout"], rolls_back=rolls_back)
    return {**result, **followed.result()}


def check_options(options: dict[str, Any]) -> None:
    """Refuse what CreateDeployment would refuse, naming the option."""
    targets = options["target_instances"] or {}
    if targets.get("tag_filters") and targets.get("ec2_tag_set"):
        raise Failure("target_instances: tag_filters and ec2_tag_set exclude each other. Give one of them.")
    rollback = options["auto_rollback_configuration"] or {}
    if rollback.get("enabled") and not rollback.get("events"):
        raise Failure(
            "auto_rollback_configuration: enabled needs events. "
            "Name DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM or DEPLOYMENT_STOP_ON_REQUEST."
        )
    alarms = options["override_alarm_configuration"] or {}
    if alarms.get("enabled") and not alarms.get("alarms"):
        raise Failure("override_alarm_configuration: enabled needs alarms. Name at least one CloudWatch alarm.")
    if options["wait_timeout"] < 0:
        raise Failure(f"wait_timeout: {options['wait_timeout']} is negative. Give seconds.")


def _make_way(context, deployments, running, revision, group):
    """Another revision is being deployed: fail, wait for its end, or stop it, as on_conflict says."""
    options = context.options
    identity, status = running["deployment_id"], running["status"]
    kind = "rollback " if running.get("creator") == "codeDeployRollback" else ""
    told = f"{deployments.name}: {kind}deployment {identity} of {name_of(running.get('revision'))} runs ({status})"
    if options["on_conflict"] == "fail":
        raise Failure(
            f"{told}, so {name_of(revision)} cannot be deployed now. Wait for it or stop it, "
            "or set on_conflict to wait or stop.",
            deployment=running,
        )
    if context.check_mode:
        return
    context.progress.say(options["deployment_group_name"], f"{options['on_conflict']}s: {identity} runs ({status})")
    stops = options["on_conflict"] == "stop"
    if stops:
        deployments.stop(identity, roll_back=False)
    follow(context, identity, options["wait_timeout"], group, rolls_back=False if stops else None)


def _already_deployed(deployments, group, revision):
    """The group's last deployment when it succeeded with this revision, else None."""
    last = group.get("last_successful_deployment") or {}
    attempted = group.get("last_attempted_deployment") or last
    if not last.get("deployment_id") or attempted.get("deployment_id") != last["deployment_id"]:
        return None
    found = deployments.get(last["deployment_id"])
    return found if found["status"] == "Succeeded" and same(found.get("revision"), revision) else None


def _finish(context, deployment, group, adopted, before) -> dict[str, Any]:
    """Follow a deployment to its end where the task waits, and tell how it went."""
    options = context.options
    result = {"changed": True, "adopted": adopted, **_diff(before, deployment.get("revision"))}
    if context.check_mode or not options["wait"]:
        return {**result, "deployment": deployment}
    followed: Followed = follow(context, deployment["deployment_id"], options["wait_timeout"], group)
    result.update(followed.result())
    if followed.report.status in ("Failed", "Stopped"):
        raise Failure(followed.explanation(), **result)
    return result


def _diff(before, after):
    return {"diff": {"before": {"revision": before}, "after": {"revision": after}}}


def _predicted(options, revision, group):
    """What check mode knows of the deployment that a real run would start."""
    given = {name: options[name] for name in REQUEST if options[name] is not None}
    config = options["deployment_config_name"] or group.get("deployment_config_name")
    return {**given, "deployment_config_name": config, "revision": revision, "status": "Created", "creator": "user"}


def _check_belongs(options, deployment):
    for option in ("application_name", "deployment_group_name"):
        if options[option] and deployment.get(option) not in (None, options[option]):
            raise Failure(
                f"{option}: deployment {options['deployment_id']} belongs to {deployment[option]}, "
                f"not to {options[option]}. Correct one of the two."
            )
