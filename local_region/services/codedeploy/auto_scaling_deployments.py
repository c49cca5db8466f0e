# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that Auto Scaling asks for: to instances that it launches or terminates, and to those that were launched
with a revision that is old by now.

Source: user guide, "Integrating CodeDeploy with Amazon EC2 Auto Scaling" and "How Amazon EC2 Auto Scaling works with
CodeDeploy"; CreateDeploymentGroup, outdatedInstancesStrategy and terminationHookEnabled.
"""

from __future__ import annotations

import logging

from local_region.services.codedeploy import blue_green, hooks
from local_region.services.codedeploy.auto_scaling import LifecycleAction
from local_region.services.codedeploy.base import Base
from local_region.services.codedeploy.records import Application, DeploymentRecord, Group, Info, Store, revision_key

log = logging.getLogger("local_region.codedeploy")

# One instance of its own has nothing to stay healthy for: the group's configuration could not be kept.
CONFIG = "CodeDeployDefault.OneAtATime"


class AutoScalingDeployments(Base):
    """Answers lifecycle actions with deployments."""

    def instance_held(self, action: LifecycleAction) -> None:
        """A lifecycle hook holds an instance. Returns at once."""
        self.runner.later(lambda: self._answer(action))

    def _answer(self, action: LifecycleAction) -> None:
        with self.lock:
            store = self.store(*action.place)
            found = _group_of(store, action)
            if found is None:  # somebody else's hook
                return
            application, group = found
            if group.last_successful:
                self._deploy_to_instance(store, application, group, action)
                return
        log.info("%s: nothing has been deployed to %s yet", action.instance_id, group.name)
        self.auto_scaling.complete(action, "CONTINUE")

    def _deploy_to_instance(
        self, store: Store, application: Application, group: Group, action: LifecycleAction
    ) -> None:
        last = group.last_successful.info
        params = {"revision": last["revision"], "fileExistsBehavior": last["fileExistsBehavior"]}
        creator = "autoscaling" if action.launching else "autoscalingTermination"
        config = store.config(CONFIG)
        self.make(store, application, group, config, params, creator, only=[action.instance_id], action=action)

    def auto_scaling_ended(self, record: DeploymentRecord) -> None:
        """A deployment that Auto Scaling asked for is over: the instance goes on, or is given up. Holds the lock."""
        succeeded = record.status == "Succeeded"
        if record.action.launching and succeeded:
            record.group.launched.add(record.action.instance_id)
        result = "CONTINUE" if succeeded or not record.action.launching else "ABANDON"
        self.runner.later(lambda: self.auto_scaling.complete(record.action, result))

    def update_outdated(self, store: Store, group: Group) -> None:
        """Deploys to instances that were launched while another deployment ran, and got the revision before it."""
        last = group.last_successful
        if last is None or not group.launched or store.active_deployment(group):
            return
        launched, group.launched = group.launched, set()
        wanted = revision_key(last.info["revision"])
        outdated = sorted(one for one in launched if group.hosts.get(one, (None, True))[0] != wanted)
        unwanted = group.info["outdatedInstancesStrategy"] == "IGNORE" or blue_green.is_blue_green(group.info)
        if not outdated or unwanted or last.application.groups.get(group.name) is not group:
            return
        params = {
            "revision": last.info["revision"],
            "fileExistsBehavior": last.info["fileExistsBehavior"],
            "description": f"Updates instances that were launched during {last.id}.",
        }
        config = store.config(group.info["deploymentConfigName"])
        made = self.make(store, last.application, group, config, params, "CodeDeployAutoUpdate", only=outdated)
        made.info["relatedDeployments"] = {"autoUpdateOutdatedInstancesRootDeploymentId": last.id}
        related: Info = last.info.setdefault("relatedDeployments", {})
        related.setdefault("autoUpdateOutdatedInstancesDeploymentIds", []).append(made.id)


def _group_of(store: Store, action: LifecycleAction) -> tuple[Application, Group] | None:
    """The deployment group whose hook it is."""
    kind = hooks.LAUNCH if action.launching else hooks.TERMINATION
    for application in store.applications.values():
        for group in application.groups.values():
            for entry in group.info["autoScalingGroups"]:
                if entry["name"] == action.group and entry.get(kind) == action.hook:
                    return application, group
    return None
