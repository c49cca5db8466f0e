# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets of reserved capacity: kept as they are declared. A build has a host of its own, whatever its fleet."""

from __future__ import annotations

from local_region.services.codebuild import errors, paging
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.records import Info, Store, new_id

MOST_FLEETS = 10
CONTAINERS = ("LINUX_CONTAINER", "LINUX_GPU_CONTAINER", "ARM_CONTAINER")


class Fleets(Base):
    """CreateFleet and its relatives."""

    @operation
    def create_fleet(self, store: Store, params: dict) -> dict:
        name = params["name"]
        if name in store.fleets:
            raise errors.exists("Fleet", store.fleets[name]["arn"])
        if len(store.fleets) >= MOST_FLEETS:
            raise errors.too_many(f"Cannot have more than {MOST_FLEETS} fleets for the account")
        _check(params)
        fleet_id, now = new_id(), self.clock.now()
        made = {"overflowBehavior": "QUEUE", "tags": []} | params
        made |= {"arn": store.arn(f"fleet/{name}:{fleet_id}"), "id": fleet_id, "created": now, "lastModified": now}
        store.fleets[name] = _completed(made)
        return {"fleet": store.fleets[name]}

    @operation
    def update_fleet(self, store: Store, params: dict) -> dict:
        fleet = _fleet(store, params["arn"])
        changed = fleet | {name: value for name, value in params.items() if name != "arn"}
        if "scalingConfiguration" not in params:
            changed["scalingConfiguration"] = _given_scaling(fleet)
        _check(changed)
        store.fleets[fleet["name"]] = _completed(changed | {"lastModified": self.clock.now()})
        return {"fleet": store.fleets[fleet["name"]]}

    @operation
    def batch_get_fleets(self, store: Store, params: dict) -> dict:
        found = {name: _find(store, name) for name in params["names"]}
        return {
            "fleets": [one for one in found.values() if one],
            "fleetsNotFound": [name for name, one in found.items() if not one],
        }

    @operation
    def list_fleets(self, store: Store, params: dict) -> dict:
        by = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(params.get("sortBy", "NAME"), "name")
        found = sorted(store.fleets.values(), key=lambda fleet: fleet[by])
        return paging.page([fleet["arn"] for fleet in found], params, "fleets")

    @operation
    def delete_fleet(self, store: Store, params: dict) -> None:
        """A fleet that is not there is no error; one that a project uses is kept."""
        fleet = _find(store, params["arn"])
        if fleet is None:
            return
        users = [
            name
            for name, project in store.projects.items()
            if project.info["environment"].get("fleet", {}).get("fleetArn") == fleet["arn"]
        ]
        if users:
            raise errors.invalid(f"Fleet {fleet['arn']} is used by the project {users[0]}")
        del store.fleets[fleet["name"]]


def _find(store: Store, name_or_arn: str) -> Info | None:
    """The fleet of a name or an ARN."""
    return next((one for one in store.fleets.values() if name_or_arn in (one["name"], one["arn"])), None)


def _fleet(store: Store, arn: str) -> Info:
    found = _find(store, arn)
    if found is None:
        raise errors.not_found(f"Fleet {arn} does not exist")
    return found


def _check(fleet: Info) -> None:
    if fleet["baseCapacity"] < 1:
        raise errors.invalid("Invalid fleet: baseCapacity must be at least 1")
    most = fleet.get("scalingConfiguration", {}).get("maxCapacity")
    if most is not None and most <= fleet["baseCapacity"]:
        raise errors.invalid("Invalid fleet: maxCapacity must be greater than baseCapacity")
    if fleet["computeType"] == "ATTRIBUTE_BASED_COMPUTE" and "computeConfiguration" not in fleet:
        raise errors.invalid("Invalid fleet: ATTRIBUTE_BASED_COMPUTE requires a computeConfiguration")
    if "vpcConfig" in fleet and fleet["vpcConfig"] and "fleetServiceRole" not in fleet:
        raise errors.invalid("Invalid fleet: a fleet in a VPC requires a fleetServiceRole")
    if "proxyConfiguration" in fleet and fleet["environmentType"] not in CONTAINERS:
        raise errors.invalid(f"Invalid fleet: {fleet['environmentType']} does not support a proxyConfiguration")


def _completed(fleet: Info) -> Info:
    """Its capacity is there at once."""
    shown = fleet | {"status": {"statusCode": "ACTIVE"}}
    if shown.get("scalingConfiguration"):
        shown["scalingConfiguration"] = shown["scalingConfiguration"] | {"desiredCapacity": fleet["baseCapacity"]}
    else:
        shown.pop("scalingConfiguration", None)
    return shown


def _given_scaling(fleet: Info) -> Info:
    given = fleet.get("scalingConfiguration", {})
    return {name: value for name, value in given.items() if name != "desiredCapacity"}
