# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments: create, get, list, stop; and the rollbacks that the service starts itself."""

from __future__ import annotations

from datetime import datetime

from local_region.engine import rollback
from local_region.engine.deployment import Error
from local_region.engine.rollback import Verdict
from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy import blue_green, deployment_checks, errors, history, revisions, views
from local_region.services.codedeploy.auto_scaling_deployments import AutoScalingDeployments
from local_region.services.codedeploy.base import operation
from local_region.services.codedeploy.blue_green_deployments import BlueGreenDeployments, way_back
from local_region.services.codedeploy.functions import change_of
from local_region.services.codedeploy.records import Application, DeploymentRecord, Group, Info, Store

MANUAL_STOP = Error("MANUAL_STOP", "The deployment was stopped by a user's request (StopDeployment).")

# Members of CreateDeployment that a deployment shows as they were given, and what it shows without them.
DEFAULTS = {
    "ignoreApplicationStopFailures": False,
    "updateOutdatedInstancesOnly": False,
    "fileExistsBehavior": "DISALLOW",
}
AS_GIVEN = ("description", "overrideAlarmConfiguration", "deploymentMode", "targetInstances", *DEFAULTS)
NOTHING_SHIFTED = "No rollback: the function's original version still has all the traffic."
# What traffic comes back by.
AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
NOTHING_MOVED = "No rollback: the original instances still have the traffic, nothing had been deployed yet."


class Deployments(BlueGreenDeployments, AutoScalingDeployments):
    """CreateDeployment and its relatives."""

    times: views.Times

    @operation
    def create_deployment(self, store: Store, params: dict) -> dict:
        application = store.application(params["applicationName"])
        if "deploymentGroupName" not in params:
            raise ServiceError("DeploymentGroupNameRequiredException", "deploymentGroupName is required.")
        group = store.group(application.name, params["deploymentGroupName"])
        deployment_checks.check_request(params)
        deployment_checks.check_group(application, group, params)
        config = store.config(params.get("deploymentConfigName", group.info["deploymentConfigName"]))
        deployment_checks.check_config(config, application)
        active = store.active_deployment(group)
        if active:
            raise ServiceError(
                "DeploymentLimitExceededException",
                f"The Deployment Group '{group.name}' already has an active Deployment '{active.id}'",
            )
        if params.get("deploymentMode") == "RESTART":
            last = group.last_successful.info
            params = {"fileExistsBehavior": last["fileExistsBehavior"]} | params | {"revision": last["revision"]}
        wanted = params.get("targetInstances", {}).get("autoScalingGroups", [])
        if missing := self.fleet.missing_auto_scaling_groups(store.account, store.region, wanted):
            raise errors.no_auto_scaling_groups(missing)
        options = {}
        if application.compute_platform == "Lambda":
            options["change"] = change_of(params["revision"], self.functions, (store.account, store.region))
        return {"deploymentId": self.make(store, application, group, config, params, "user", **options).id}

    @operation
    def get_deployment(self, store: Store, params: dict) -> dict:
        return {"deploymentInfo": views.deployment(store.deployment(params["deploymentId"]), self.times)}

    @operation
    def batch_get_deployments(self, store: Store, params: dict) -> dict:
        ids = params["deploymentIds"]
        errors.check_batch(ids, 25, "deployment ids")
        found = [store.deployments[deployment_id] for deployment_id in ids if deployment_id in store.deployments]
        return {"deploymentsInfo": [views.deployment(record, self.times) for record in found]}

    @operation
    def list_deployments(self, store: Store, params: dict) -> dict:
        if "applicationName" not in params and "deploymentGroupName" in params:
            raise ServiceError(
                "ApplicationNameRequiredException", "deploymentGroupName needs applicationName beside it."
            )
        if "applicationName" in params:
            application = store.application(params["applicationName"])
            if "deploymentGroupName" in params:
                store.group(application.name, params["deploymentGroupName"])
        start, end = _range(params.get("createTimeRange", {}))
        newest_first = reversed(store.deployments.values())
        ids = [record.id for record in newest_first if start <= record.created <= end and _listed(record, params)]
        return paging.page(ids, params, "deployments")

    @operation
    def stop_deployment(self, store: Store, params: dict) -> dict:
        record = store.deployment(params["deploymentId"])
        if record.finished:
            raise ServiceError("DeploymentAlreadyCompletedException", f"Deployment {record.id} is already completed.")
        record.stop_rolls_back = params.get("autoRollbackEnabled", record.stop_rolls_back)
        self.runner.stop(record, MANUAL_STOP)
        if record.finished:
            return {"status": "Succeeded", "statusMessage": "The deployment was stopped."}
        return {
            "status": "Pending",
            "statusMessage": "The deployment stops when the running lifecycle events have ended.",
        }

    def deployment_ended(self, record: DeploymentRecord) -> None:
        """Remembers what the deployment leaves behind and starts what follows from it. Holds the lock."""
        history.settle(record)
        if record.action:
            self.auto_scaling_ended(record)
        else:
            self._roll_back_or_not(record)
        if record.status == "Succeeded" and blue_green.is_blue_green(record.info) and not record.way_back:
            self.adopt_green(record)
        self.update_outdated(self.store(*record.place), record.group)

    def _roll_back_or_not(self, record: DeploymentRecord) -> None:
        group_setting = history.auto_rollback(record.group.info.get("autoRollbackConfiguration"))
        own_setting = history.auto_rollback(record.info.get("autoRollbackConfiguration"))
        verdict = rollback.decide(
            rollback.rollback_event(record.status, record.error.code if record.error else None),
            rollback.effective(group_setting, own_setting),
            asked_for=record.stop_rolls_back,
            is_rollback=record.is_rollback,
            has_previous_success=record.group.last_successful is not None or record.change is not None,
        )
        if verdict.roll_back and record.run is None and blue_green.is_blue_green(record.info):
            verdict = Verdict(False, NOTHING_MOVED)
        if verdict.roll_back and record.change and not record.shifted:
            verdict = Verdict(False, NOTHING_SHIFTED)
        if verdict.roll_back:
            self._roll_back(record, record.group.last_successful or record)
        elif verdict.reason:
            record.rollback_info = record.rollback_info | {"rollbackMessage": verdict.reason}

    def _roll_back(self, failed: DeploymentRecord, last_good: DeploymentRecord) -> None:
        """A new deployment of the last revision that was deployed successfully, with its file option."""
        store = self.store(failed.account, failed.region)
        params = {name: failed.info[name] for name in AS_GIVEN if name in failed.info} | {
            "revision": last_good.info["revision"],
            "fileExistsBehavior": last_good.info["fileExistsBehavior"],
            "description": f"Rollback of {failed.id} to {_goal(failed, last_good)}.",
            "updateOutdatedInstancesOnly": False,
        }
        config = failed.config_info
        params.pop("deploymentMode", None)
        if blue_green.copies(failed.info):
            params.pop("targetInstances", None)
        creator, options = "codeDeployRollback", {"way_back": way_back(failed)}
        if failed.change:
            options["change"], config = failed.change.reversed(), store.config(AT_ONCE)
        made = self.make(store, failed.application, failed.group, config, params, creator, **options)
        made.rollback_info = {
            "rollbackTriggeringDeploymentId": failed.id,
            "rollbackMessage": f"This deployment rolls {failed.id} back to {_goal(failed, last_good)}.",
        }
        failed.rollback_info = {
            "rollbackDeploymentId": made.id,
            "rollbackMessage": f"The deployment {made.id} rolls this one back to {_goal(failed, last_good)}.",
        }

    def make(
        self, store: Store, application: Application, group: Group, config: Info, params: dict, creator: str, **options
    ) -> DeploymentRecord:
        """A deployment that starts as soon as its targets are found. `options` are members of the record.

        One that Auto Scaling asked for runs beside the group's own, and is no attempt of the group's. Holds the lock.
        """
        now = self.clock.now()
        revision = revisions.register(application, params["revision"], now)
        revision.first_used, revision.last_used = revision.first_used or now, now
        record = DeploymentRecord(
            id=store.new_deployment_id(),
            account=store.account,
            region=store.region,
            application=application,
            group=group,
            info=_info(group, config, params, creator),
            config_info=config,
            created=now,
            auto_scaling_groups=[found["name"] for found in group.info["autoScalingGroups"]],
            **options,
        )
        if record.action:
            record.info |= {"deploymentStyle": group.info["deploymentStyle"] | {"deploymentType": "IN_PLACE"}}
        else:
            group.last_attempted = record
        if not blue_green.is_blue_green(record.info):
            record.info.pop("blueGreenDeploymentConfiguration", None)
        store.deployments[record.id] = record
        self.runner.begin(record)
        return record


def _goal(failed: DeploymentRecord, last_good: DeploymentRecord) -> str:
    """What a rollback goes back to, in words."""
    if failed.change:
        return f"version {failed.change.current} of {failed.change.function}"
    return f"the revision of {last_good.id}"


def _info(group: Group, config: Info, params: dict, creator: str) -> Info:
    """The members of DeploymentInfo that are fixed when the deployment is created."""
    info = DEFAULTS | {name: params[name] for name in AS_GIVEN if name in params}
    if info.get("deploymentMode") == "STANDARD":  # "absent ... for STANDARD deployments" (DeploymentInfo)
        del info["deploymentMode"]
    info |= {
        "deploymentConfigName": config["deploymentConfigName"],
        "revision": params["revision"],
        "creator": creator,
        "computePlatform": group.info["computePlatform"],
        "deploymentStyle": group.info["deploymentStyle"],
        "instanceTerminationWaitTimeStarted": False,
        "alarms": _alarms(group, params, creator),
    }
    if group.last_successful:
        info["previousRevision"] = group.last_successful.info["revision"]
    if options := params.get("ec2DeploymentOptions") or group.info.get("ec2DeploymentOptions"):
        info["ec2DeploymentOptions"] = options
    for name in ("loadBalancerInfo", "blueGreenDeploymentConfiguration"):
        if name in group.info:
            info[name] = group.info[name]
    setting = params.get("autoRollbackConfiguration", group.info.get("autoRollbackConfiguration"))
    return info | ({"autoRollbackConfiguration": setting} if setting else {})


def _alarms(group: Group, params: dict, creator: str) -> Info:
    """The alarm configuration that the deployment heeds. A rollback heeds none: the alarm that asked for it still
    rings while it runs, and would stop it. Nor do those of Auto Scaling, which bring no new revision. (What AWS does
    there is not documented.)
    """
    if creator in ("codeDeployRollback", "autoscaling", "autoscalingTermination"):
        return {}
    return params.get("overrideAlarmConfiguration", group.info.get("alarmConfiguration", {}))


def _range(wanted: Info) -> tuple[datetime, datetime]:
    start = wanted.get("start", revisions.NEVER)
    end = wanted.get("end", datetime.max.replace(tzinfo=revisions.NEVER.tzinfo))
    if start > end:
        raise ServiceError("InvalidTimeRangeException", "createTimeRange begins after its end.")
    return start, end


def _listed(record: DeploymentRecord, params: dict) -> bool:
    return (
        params.get("applicationName", record.application.name) == record.application.name
        and params.get("deploymentGroupName", record.group.name) == record.group.name
        and record.status in (params.get("includeOnlyStatuses") or [record.status])
        and "externalId" not in params
    )
