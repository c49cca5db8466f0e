# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starting and stopping deployments, so that running the same task again never starts a second one.

What makes it idempotent is the deployment group: CodeDeploy runs one deployment of a group at a time, and a group knows
its last successful one. A deployment of the same revision that runs already, perhaps started by a controller that was
killed, is adopted and followed; one that was the group's last and succeeded leaves nothing to do. A restart is an act,
not a state: it is done by every run, but one that runs already is adopted too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..engine import compare
from ..engine.errors import Failure
from ..engine.times import seconds_between
from .deployment_calls import Deployments
from .deployment_checks import check_group, check_options
from .follow import Followed, Started, follow, without_hosts
from .pace import Former
from .report import ENDED
from .revision_location import clean, name_of, same
from .tag_filters import completed_targets

ATTEMPTS = 3
# Options of the module that go into CreateDeployment as they are.
REQUEST = (
    "application_name",
    "deployment_group_name",
    "deployment_config_name",
    "deployment_mode",
    "description",
    "file_exists_behavior",
    "auto_rollback_configuration",
    "ignore_application_stop_failures",
    "update_outdated_instances_only",
    "target_instances",
    "override_alarm_configuration",
    "ec2_deployment_options",
)


@dataclass(frozen=True)
class Wanted:
    """What a task wants deployed: a revision, or a restart of what is there (then ``revision`` is what is there)."""

    revision: dict[str, Any] | None
    restart: bool = False

    def is_that_of(self, deployment: dict[str, Any]) -> bool:
        """Whether a deployment that runs does just this."""
        if self.restart != (deployment.get("deployment_mode") == "RESTART"):
            return False
        return self.restart or same(deployment.get("revision"), self.revision)

    def __str__(self) -> str:
        return "a restart" if self.restart else name_of(self.revision)


def start(context) -> dict[str, Any]:
    """Deploy what the task's options ask for, or adopt or recognise the deployment that does; the result.

    Raises Failure when it did not succeed: the message says why, ``deployment`` and ``rollback`` have the facts.
    """
    options = context.options
    check_options(options)
    deployments = Deployments(context, options["application_name"], options["deployment_group_name"])
    group = deployments.group()
    check_group(options, group, deployments.name)
    before = group.get("target_revision")
    for _attempt in range(ATTEMPTS):
        running = deployments.active()
        wanted = _wanted(deployments, options, group)
        if running and wanted.is_that_of(running):
            context.progress.say(options["deployment_group_name"], f"adopts {running['deployment_id']}, which runs")
            return _finish(context, running, group, adopted=True, before=running.get("previous_revision"))
        if running:
            _make_way(context, deployments, running, wanted, group)
            group = deployments.group()
            wanted = _wanted(deployments, options, group)
        last = None if wanted.restart else _last(deployments, group)
        if last and not options["force"] and same(last.get("revision"), wanted.revision):
            unchanged = _diff(wanted.revision, wanted.revision)
            return {"changed": False, "adopted": False, **unchanged, "deployment": without_hosts(last)}
        if context.check_mode:
            predicted = _predicted(options, wanted, group)
            return {"changed": True, "adopted": False, **_diff(before, wanted.revision), "deployment": predicted}
        started = _create(context, deployments, wanted, _former(options, group, last))
        if started:
            return _finish(context, started.deployment, group, adopted=False, before=before, started=started)
    raise Failure(
        f"{deployments.name}: other deployments of this group are started all the time, {ATTEMPTS} attempts failed. "
        "Find out who else deploys to it."
    )


def stop(context) -> dict[str, Any]:
    """Stop one deployment, or the one that runs for the group; the result. Nothing to stop is no change."""
    options = context.options
    deployments = Deployments(context, options["application_name"] or "", options["deployment_group_name"] or "")
    running = deployments.chosen(options)
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


def _wanted(deployments: Deployments, options: dict[str, Any], group: dict[str, Any]) -> Wanted:
    if options["revision"]:
        return Wanted(clean(options["revision"]))
    restarts = options["deployment_mode"] == "RESTART"
    identity = (group.get("last_successful_deployment") or {}).get("deployment_id")
    if not identity:
        option = "deployment_mode" if restarts else "last_successful_revision"
        raise Failure(f"{option}: no deployment to {deployments.name} has succeeded yet. Give the revision to deploy.")
    return Wanted(deployments.get(identity).get("revision"), restarts)


def _create(context, deployments: Deployments, wanted: Wanted, former: Former | None) -> Started | None:
    """Start the deployment; None when another of the group was faster."""
    request = _request(context.options) | ({} if wanted.restart else {"revision": wanted.revision})
    asked = context.clock.now()
    identity = deployments.create(request)
    return Started(deployments.get(identity), asked, former) if identity else None


def _request(options: dict[str, Any]) -> dict[str, Any]:
    given = compare.given({name: options[name] for name in REQUEST})
    if "target_instances" in given:
        given["target_instances"] = completed_targets(given["target_instances"])
    return given


def _make_way(context, deployments, running, wanted: Wanted, group):
    """Something else is being deployed: fail, wait for its end, or stop it, as on_conflict says."""
    options = context.options
    identity, status = running["deployment_id"], running["status"]
    kind = "rollback " if running.get("creator") == "codeDeployRollback" else ""
    kind = "restart " if running.get("deployment_mode") == "RESTART" else kind
    told = f"{deployments.name}: {kind}deployment {identity} of {name_of(running.get('revision'))} runs ({status})"
    if options["on_conflict"] == "fail":
        raise Failure(
            f"{told}, so {wanted} cannot be deployed now. Wait for it or stop it, or set on_conflict to wait or stop.",
            deployment=running,
        )
    if context.check_mode:
        return
    context.progress.say(options["deployment_group_name"], f"{options['on_conflict']}s: {identity} runs ({status})")
    stops = options["on_conflict"] == "stop"
    if stops:
        deployments.stop(identity, roll_back=False)
    follow(context, identity, options["wait_timeout"], group, rolls_back=False if stops else None)


def _last(deployments: Deployments, group: dict[str, Any]) -> dict[str, Any] | None:
    """The group's last deployment when it succeeded, else None."""
    last = group.get("last_successful_deployment") or {}
    attempted = group.get("last_attempted_deployment") or last
    if not last.get("deployment_id") or attempted.get("deployment_id") != last["deployment_id"]:
        return None
    found = deployments.get(last["deployment_id"])
    return found if found["status"] == "Succeeded" else None


def _former(options, group, last: dict[str, Any] | None) -> Former | None:
    """How long the last deployment took, where it was one like that which starts now."""
    if not last or (last.get("deployment_style") or {}).get("deployment_type") == "BLUE_GREEN":
        return None
    config = options["deployment_config_name"] or group.get("deployment_config_name")
    seconds = seconds_between(last.get("start_time") or last.get("create_time"), last.get("complete_time"))
    hosts = (last.get("deployment_overview") or {}).get("succeeded", 0)
    if last.get("deployment_config_name") != config or not seconds or not hosts:
        return None
    return Former(seconds, hosts)


def _finish(context, deployment, group, adopted, before, started: Started | None = None) -> dict[str, Any]:
    """Follow a deployment as far as the task waits, and tell how it went."""
    options = context.options
    result = {"changed": True, "adopted": adopted, **_diff(before, deployment.get("revision"))}
    if context.check_mode or not options["wait"]:
        return {**result, "deployment": deployment}
    followed: Followed = follow(
        context,
        deployment["deployment_id"],
        options["wait_timeout"],
        group,
        wait_for=options["wait_for"],
        started=started,
    )
    result.update(followed.result())
    if followed.report.status in ("Failed", "Stopped"):
        raise Failure(followed.explanation(), **result)
    return result


def _diff(before, after):
    return {"diff": {"before": {"revision": before}, "after": {"revision": after}}}


def _predicted(options, wanted: Wanted, group):
    """What check mode knows of the deployment that a real run would start."""
    config = options["deployment_config_name"] or group.get("deployment_config_name")
    named = {"deployment_config_name": config, "revision": wanted.revision, "status": "Created", "creator": "user"}
    return {**_request(options), **named}
