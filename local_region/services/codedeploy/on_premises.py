# SPDX-License-Identifier: GPL-3.0-or-later
"""On-premises instances."""

from __future__ import annotations

import re
import secrets
import string

from local_region.protocol import ServiceError
from local_region.services.codedeploy import errors, paging
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.fleet import matches
from local_region.services.codedeploy.records import DeploymentRecord, Info, OnPremisesInstance, Store
from local_region.services.codedeploy.targeting import Instance, on_premises

USER_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:user/.+")
SESSION_ARN = re.compile(r"arn:aws[a-z-]*:sts::\d{12}:assumed-role/.+/.+")


class OnPremises(Base):
    """Register, tag, list and deregister on-premises instances."""

    @operation
    def register_on_premises_instance(self, store: Store, params: dict) -> None:
        name = params["instanceName"]
        user, session = params.get("iamUserArn"), params.get("iamSessionArn")
        _check_identity(user, session)
        registered = [found for found in store.on_premises.values() if found.deregistered is None]
        if any(found.name == name for found in registered):
            raise ServiceError(
                "InstanceNameAlreadyRegisteredException", f"The on-premises instance name {name} is already registered."
            )
        if user and any(found.iam_user_arn == user for found in registered):
            raise ServiceError(
                "IamUserArnAlreadyRegisteredException", f"{user} is already registered with an instance."
            )
        if session and any(found.iam_session_arn == session for found in registered):
            raise ServiceError(
                "IamSessionArnAlreadyRegisteredException", f"{session} is already registered with an instance."
            )
        suffix = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(10))
        arn = f"arn:aws:codedeploy:{store.region}:{store.account}:instance/{name}_{suffix}"
        store.on_premises[name] = OnPremisesInstance(name, arn, self.clock.now(), session, user)

    @operation
    def deregister_on_premises_instance(self, store: Store, params: dict) -> None:
        found = store.on_premises.get(params["instanceName"])
        if found and found.deregistered is None:
            found.deregistered = self.clock.now()

    @operation
    def get_on_premises_instance(self, store: Store, params: dict) -> dict:
        return {"instanceInfo": _info(_known(store, params["instanceName"]))}

    @operation
    def batch_get_on_premises_instances(self, store: Store, params: dict) -> dict:
        names = params["instanceNames"]
        errors.check_batch(names, 100, "instance names")
        return {"instanceInfos": [_info(store.on_premises[name]) for name in names if name in store.on_premises]}

    @operation
    def list_on_premises_instances(self, store: Store, params: dict) -> dict:
        status, filters = params.get("registrationStatus"), params.get("tagFilters")
        names = [
            found.name
            for found in store.on_premises.values()
            if status in (None, "Registered" if found.deregistered is None else "Deregistered")
            and (not filters or matches(found.tags, [filters]))
        ]
        return paging.page(sorted(names), params.get("nextToken"), "instanceNames")

    @operation
    def add_tags_to_on_premises_instances(self, store: Store, params: dict) -> None:
        instances = [_known(store, name) for name in params["instanceNames"]]
        for tag in params["tags"]:
            if not tag.get("Key"):
                raise ServiceError("InvalidTagException", "Every tag needs a Key.")
        for found in instances:
            found.tags |= {tag["Key"]: tag.get("Value", "") for tag in params["tags"]}

    @operation
    def remove_tags_from_on_premises_instances(self, store: Store, params: dict) -> None:
        for found in [_known(store, name) for name in params["instanceNames"]]:
            for tag in params["tags"]:
                if found.tags.get(tag.get("Key")) == tag.get("Value", found.tags.get(tag.get("Key"))):
                    found.tags.pop(tag.get("Key"), None)

    def on_premises_targets(self, record: DeploymentRecord) -> list[Instance]:
        """The on-premises instances of a deployment. The lock is held."""
        return on_premises(record, self.store(record.account, record.region).on_premises.values())


def _check_identity(user: str | None, session: str | None) -> None:
    if user and session:
        raise ServiceError("MultipleIamArnsProvidedException", "Give either iamUserArn or iamSessionArn, not both.")
    if not (user or session):
        raise ServiceError("IamArnRequiredException", "One of iamUserArn and iamSessionArn is required.")
    if user and not USER_ARN.fullmatch(user):
        raise ServiceError("InvalidIamUserArnException", f"{user} is not the ARN of an IAM user.")
    if session and not SESSION_ARN.fullmatch(session):
        raise ServiceError("InvalidIamSessionArnException", f"{session} is not the ARN of an STS session.")


def _known(store: Store, name: str) -> OnPremisesInstance:
    if name not in store.on_premises:
        raise ServiceError("InstanceNotRegisteredException", f"The on-premises instance {name} is not registered.")
    return store.on_premises[name]


def _info(found: OnPremisesInstance) -> Info:
    shown: Info = {
        "instanceName": found.name,
        "instanceArn": found.arn,
        "registerTime": found.registered,
        "tags": [{"Key": key, "Value": value} for key, value in sorted(found.tags.items())],
    }
    optional = {
        "iamSessionArn": found.iam_session_arn,
        "iamUserArn": found.iam_user_arn,
        "deregisterTime": found.deregistered,
    }
    return shown | {name: value for name, value in optional.items() if value}
