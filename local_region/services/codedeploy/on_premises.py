# SPDX-License-Identifier: GPL-3.0-or-later
"""On-premises instances: registered under a name and the ARN that their agents speak with, tagged, deregistered.

Sources: CodeDeploy's API reference; user guide, "Working with on-premises instances". What only AWS's own client knows
(awscli/customizations/codedeploy/utils.py): names do not begin with i-, an instance has at most ten tags.
"""

from __future__ import annotations

import re
import secrets
import string

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy import errors
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.fleet import matches
from local_region.services.codedeploy.records import DeploymentRecord, Info, OnPremisesInstance, Store
from local_region.services.codedeploy.targeting import Instance, on_premises

NAME = re.compile(r"(?!i-)[A-Za-z0-9+=,.@_-]{1,100}")
USER_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:user/[A-Za-z0-9/+=,.@_-]+")
SESSION_ARN = re.compile(r"arn:aws[a-z-]*:sts::\d{12}:assumed-role/.+/.+")
MOST_TAGS = 10
LONGEST_KEY, LONGEST_VALUE = 128, 256
MOST_IN_BATCH = 25
# AWS publishes no number of instances for one call that tags; this is the number of its older batches.
MOST_TAGGED_AT_ONCE = 100
# "... until CodeDeploy deletes its records about the deregistered on-premises instance. This typically takes about 24
# hours." Until then neither its name nor its IAM ARN can be registered. Service seconds.
FORGOTTEN_AFTER = 24 * 3600.0


class OnPremises(Base):
    """Register, tag, list and deregister on-premises instances."""

    @operation
    def register_on_premises_instance(self, store: Store, params: dict) -> None:
        name, user, session = params["instanceName"], params.get("iamUserArn"), params.get("iamSessionArn")
        _check_name(name)
        _check_identity(user, session)
        self._forget(store)
        for known in store.on_premises.values():
            if known.name == name:
                raise _taken("InstanceNameAlreadyRegisteredException", f"The instance name {name}", known)
            if user and known.iam_user_arn == user:
                raise _taken("IamUserArnAlreadyRegisteredException", f"The IAM user ARN {user}", known)
            if session and known.iam_session_arn == session:
                raise _taken("IamSessionArnAlreadyRegisteredException", f"The IAM session ARN {session}", known)
        suffix = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(10))
        arn = f"arn:aws:codedeploy:{store.region}:{store.account}:instance/{name}_{suffix}"
        store.on_premises[name] = OnPremisesInstance(name, arn, self.clock.now(), session, user)

    @operation
    def deregister_on_premises_instance(self, store: Store, params: dict) -> None:
        _check_name(params["instanceName"])
        found = store.on_premises.get(params["instanceName"])
        if found and found.deregistered is None:
            found.deregistered = self.clock.now()
            found.forgotten_at = self.clock.seconds() + FORGOTTEN_AFTER

    @operation
    def get_on_premises_instance(self, store: Store, params: dict) -> dict:
        self._forget(store)
        return {"instanceInfo": _info(_known(store, params["instanceName"]))}

    @operation
    def batch_get_on_premises_instances(self, store: Store, params: dict) -> dict:
        names = params["instanceNames"]
        if not names:
            raise ServiceError("InstanceNameRequiredException", "instanceNames holds no name.")
        errors.check_batch(names, MOST_IN_BATCH, "instance names")
        for name in names:
            _check_name(name)
        self._forget(store)
        return {"instanceInfos": [_info(store.on_premises[name]) for name in names if name in store.on_premises]}

    @operation
    def list_on_premises_instances(self, store: Store, params: dict) -> dict:
        status, filters = params.get("registrationStatus"), params.get("tagFilters", [])
        for wanted in filters:
            _check_filter(wanted)
        self._forget(store)
        names = [
            found.name
            for found in store.on_premises.values()
            if status in (None, "Registered" if found.deregistered is None else "Deregistered")
            and (not filters or matches(found.tags, [filters]))
        ]
        return paging.page(sorted(names), params, "instanceNames")

    @operation
    def add_tags_to_on_premises_instances(self, store: Store, params: dict) -> None:
        instances = _to_tag(store, params)
        for tag in params["tags"]:
            _check_tag(tag)
        added = {tag["Key"]: tag["Value"] for tag in params["tags"]}
        for found in instances:
            if len(found.tags | added) > MOST_TAGS:
                raise ServiceError(
                    "TagLimitExceededException",
                    f"The on-premises instance {found.name} would have {len(found.tags | added)} tags; "
                    f"{MOST_TAGS} is the most.",
                )
        for found in instances:
            found.tags |= added

    @operation
    def remove_tags_from_on_premises_instances(self, store: Store, params: dict) -> None:
        instances = _to_tag(store, params)
        for tag in params["tags"]:
            if not tag.get("Key"):
                raise ServiceError("InvalidTagException", "Every tag needs a Key.")
        for found in instances:
            for tag in params["tags"]:
                if found.tags.get(tag["Key"]) == tag.get("Value", found.tags.get(tag["Key"])):
                    found.tags.pop(tag["Key"], None)

    def on_premises_targets(self, record: DeploymentRecord) -> list[Instance]:
        """The on-premises instances of a deployment. The lock is held."""
        return on_premises(record, self.store(record.account, record.region).on_premises.values())

    def on_premises_arn(self, account: str, region: str, identity: str) -> str | None:
        """The ARN of the registered instance whose agent names itself so; None when there is none.

        An agent on premises names itself by the IAM ARN of its configuration file; its instance's own ARN is as good.
        """
        with self.lock:
            store = self.stores.get((account, region))
            for found in store.on_premises.values() if store else ():
                identities = (found.iam_user_arn, found.iam_session_arn, found.arn)
                if found.deregistered is None and identity in identities:
                    return found.arn
        return None

    def _forget(self, store: Store) -> None:
        """Deletes the records of what was deregistered long ago."""
        now = self.clock.seconds()
        for found in list(store.on_premises.values()):
            if found.forgotten_at is not None and found.forgotten_at <= now:
                del store.on_premises[found.name]


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise ServiceError(
            "InvalidInstanceNameException",
            f"{name!r} is not the name of an on-premises instance: 1 to 100 letters, digits and +=,.@_- that do not "
            "begin with i-.",
        )


def _check_identity(user: str | None, session: str | None) -> None:
    if user and session:
        raise ServiceError("MultipleIamArnsProvidedException", "Give either iamUserArn or iamSessionArn, not both.")
    if not (user or session):
        raise ServiceError("IamArnRequiredException", "One of iamUserArn and iamSessionArn is required.")
    if user and not USER_ARN.fullmatch(user):
        raise ServiceError("InvalidIamUserArnException", f"{user} is not the ARN of an IAM user.")
    if session and not SESSION_ARN.fullmatch(session):
        raise ServiceError("InvalidIamSessionArnException", f"{session} is not the ARN of an STS session.")


def _taken(code: str, what: str, by: OnPremisesInstance) -> ServiceError:
    if by.deregistered is None:
        return ServiceError(code, f"{what} is registered already.")
    return ServiceError(
        code,
        f"{what} belongs to {by.name}, which is deregistered; it is free again when the records of that are deleted, "
        "about 24 hours after.",
    )


def _known(store: Store, name: str) -> OnPremisesInstance:
    _check_name(name)
    if name not in store.on_premises:
        raise ServiceError("InstanceNotRegisteredException", f"The on-premises instance {name} is not registered.")
    return store.on_premises[name]


def _to_tag(store: Store, params: dict) -> list[OnPremisesInstance]:
    names = params["instanceNames"]
    if not names:
        raise ServiceError("InstanceNameRequiredException", "instanceNames holds no name.")
    if not params["tags"]:
        raise ServiceError("TagRequiredException", "tags holds no tag.")
    errors.check_batch(names, MOST_TAGGED_AT_ONCE, "instance names", "InstanceLimitExceededException")
    return [_known(store, name) for name in names]


def _check_tag(tag: Info) -> None:
    """ "Keys and values are both required." (API reference, AddTagsToOnPremisesInstances)"""
    key, value = tag.get("Key"), tag.get("Value")
    if not key or value is None:
        raise ServiceError("InvalidTagException", "Every tag needs a Key and a Value.")
    if len(key) > LONGEST_KEY or len(value) > LONGEST_VALUE:
        raise ServiceError(
            "InvalidTagException",
            f"The tag {key[:20]!r} is too long: a Key has at most {LONGEST_KEY} characters, a Value {LONGEST_VALUE}.",
        )


def _check_filter(wanted: Info) -> None:
    kind = wanted.get("Type", "KEY_AND_VALUE")
    if kind != "VALUE_ONLY" and not wanted.get("Key"):
        raise ServiceError("InvalidTagFilterException", f"A tag filter has no Key; {kind} needs one.")
    if kind == "VALUE_ONLY" and not wanted.get("Value"):
        raise ServiceError("InvalidTagFilterException", "A tag filter has no Value; VALUE_ONLY needs one.")


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
