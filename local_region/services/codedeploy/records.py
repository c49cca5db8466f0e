# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeDeploy remembers: one `Store` per account and region.

`info` members hold the API's own structures, member names included, as they were given: they are stored and returned
faithfully, and interpreted only where something depends on them.
"""

from __future__ import annotations

import json
import secrets
import string
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from local_region.engine.deployment import Deployment as Run
from local_region.engine.deployment import Error
from local_region.protocol import ServiceError
from local_region.services.codedeploy import errors

if TYPE_CHECKING:
    from local_region.services.codedeploy.auto_scaling import LifecycleAction
    from local_region.services.codedeploy.functions import Change

Info = dict[str, Any]


@dataclass
class Revision:
    """A registered revision of an application. `location` is a RevisionLocation."""

    location: Info
    registered: datetime
    description: str | None = None
    first_used: datetime | None = None
    last_used: datetime | None = None


@dataclass
class Group:
    """A deployment group. `info` holds the members of DeploymentGroupInfo that CreateDeploymentGroup sets.

    `hosts` is what is known of each host (by target id) from the group's deployments: (revision key, healthy).
    The revision key is None for a host that was left in the middle of a deployment. `launched` are instances that
    Auto Scaling has launched since nobody has looked whether they got a revision that is old by now.
    """

    id: str
    info: Info
    tags: dict[str, str] = field(default_factory=dict)
    last_successful: DeploymentRecord | None = None
    last_attempted: DeploymentRecord | None = None
    hosts: dict[str, tuple[str | None, bool]] = field(default_factory=dict)
    launched: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.info["deploymentGroupName"]


@dataclass
class Application:
    """An application with its groups and revisions (by `revision_key`)."""

    id: str
    name: str
    created: datetime
    compute_platform: str
    tags: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    revisions: dict[str, Revision] = field(default_factory=dict)


@dataclass
class OnPremisesInstance:
    """An on-premises instance; `deregistered` is None while it is registered.

    `forgotten_at` (service seconds) is when the record of a deregistered one is deleted.
    """

    name: str
    arn: str
    registered: datetime
    iam_session_arn: str | None = None
    iam_user_arn: str | None = None
    deregistered: datetime | None = None
    forgotten_at: float | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WayBack:
    """The ids of a blue/green deployment's original instances, and of the replacements that may have traffic."""

    blue: list[str]
    green: list[str]


@dataclass(eq=False)
class DeploymentRecord:
    """A deployment: what was asked for, and the engine's state once it has started (`run`).

    `info` holds the members of DeploymentInfo that do not change. `hosts` maps target ids to host identifiers (ARNs).
    `early_end` is set only for a deployment that ended before its run began. `only` are the ids of the instances that
    are meant, None: all of the group. `action` is the lifecycle action of Auto Scaling that waits for the end.
    `way_back` is set for the rollback of a blue/green deployment whose original instances are still there, `green_size`
    as soon as a copied Auto Scaling group starts its instances. `auto_scaling_groups` are the group's, at the creation;
    `suspended` are the processes of each that rest until the end of the deployment. `change` is set for a deployment to
    a Lambda function; `shifted` is how much of its traffic has moved, in per cent.
    """

    id: str
    account: str
    region: str
    application: Application
    group: Group
    info: Info
    config_info: Info
    created: datetime
    run: Run | None = None
    hosts: dict[str, str] = field(default_factory=dict)
    target_groups: list[str] = field(default_factory=list)
    early_end: str | None = None
    early_error: Error | None = None
    completed: datetime | None = None
    stop_rolls_back: bool | None = None
    rollback_info: dict[str, str] = field(default_factory=dict)
    only: list[str] | None = None
    action: LifecycleAction | None = None
    way_back: WayBack | None = None
    green_size: int | None = None
    auto_scaling_groups: list[str] = field(default_factory=list)
    suspended: dict[str, list[str]] = field(default_factory=dict)
    change: Change | None = None
    shifted: int = 0

    @property
    def place(self) -> tuple[str, str]:
        """(account, AWS region)"""
        return self.account, self.region

    @property
    def status(self) -> str:
        if self.early_end:
            return self.early_end
        if self.run is None:
            return "Created" if self.green_size is None else "InProgress"
        return self.run.status

    @property
    def error(self) -> Error | None:
        return self.early_error or (self.run.error if self.run else None)

    @property
    def finished(self) -> bool:
        return self.early_end is not None or (self.run is not None and self.run.finished)

    @property
    def is_rollback(self) -> bool:
        return self.info["creator"] == "codeDeployRollback"


@dataclass
class Store:
    """All of one account in one region."""

    account: str
    region: str
    applications: dict[str, Application] = field(default_factory=dict)
    configs: dict[str, Info] = field(default_factory=dict)
    config_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    deployments: dict[str, DeploymentRecord] = field(default_factory=dict)
    on_premises: dict[str, OnPremisesInstance] = field(default_factory=dict)

    def application(self, name: str) -> Application:
        if name not in self.applications:
            raise errors.no_application(name)
        return self.applications[name]

    def group(self, application_name: str, group_name: str) -> Group:
        application = self.application(application_name)
        if group_name not in application.groups:
            raise errors.no_group(group_name)
        return application.groups[group_name]

    def config(self, name: str) -> Info:
        if name not in self.configs:
            raise errors.no_config(name)
        return self.configs[name]

    def deployment(self, deployment_id: str) -> DeploymentRecord:
        if not is_deployment_id(deployment_id):
            raise ServiceError("InvalidDeploymentIdException", f"Specified DeploymentId {deployment_id} is not valid")
        if deployment_id not in self.deployments:
            raise errors.no_deployment(deployment_id)
        return self.deployments[deployment_id]

    def active_deployment(self, group: Group) -> DeploymentRecord | None:
        """The group's deployment that has not ended; there is at most one."""
        latest = group.last_attempted
        return latest if latest and not latest.finished else None

    def unfinished(self, group: Group) -> list[DeploymentRecord]:
        """The group's deployments that have not ended, those of Auto Scaling among them."""
        return [record for record in self.deployments.values() if record.group is group and not record.finished]

    def new_deployment_id(self) -> str:
        alphabet = string.ascii_uppercase + string.digits
        while True:
            found = "d-" + "".join(secrets.choice(alphabet) for _ in range(9))
            if found not in self.deployments:
                return found


def is_deployment_id(text: str) -> bool:
    return text.startswith("d-") and len(text) == 11 and text[2:].isalnum() and text.isascii()


def new_id() -> str:
    return str(uuid.uuid4())


def revision_key(location: Info) -> str:
    """What makes two revision locations the same; quotes around an ETag do not count."""
    plain = json.loads(json.dumps(location))
    s3 = plain.get("s3Location", {})
    if s3.get("eTag"):
        s3["eTag"] = s3["eTag"].strip('"')
    return json.dumps(plain, sort_keys=True)
