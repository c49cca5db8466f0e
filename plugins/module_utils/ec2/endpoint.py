# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoints: one of each type for a service of a VPC, changed in place."""

from __future__ import annotations

import json
from typing import Any

from ..engine.errors import Failure
from ..engine.wait import wait_until
from .common import PACE, Ec2Resource, State, filters, tag_specification

GATEWAY, INTERFACE = "Gateway", "Interface"
GONE = ("deleted", "deleting")
FAILED = ("failed", "rejected", "expired")
# What there is of an endpoint of each type.
OWN = {GATEWAY: {"route_table_ids"}, INTERFACE: {"subnet_ids", "security_group_ids", "private_dns_enabled"}}
# {setting: what ModifyVpcEndpoint calls what is added and what is removed}.
LISTS = {
    "route_table_ids": ("add_route_table_ids", "remove_route_table_ids"),
    "subnet_ids": ("add_subnet_ids", "remove_subnet_ids"),
    "security_group_ids": ("add_security_group_ids", "remove_security_group_ids"),
}
EVERYTHING = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


class Endpoint(Ec2Resource):
    noun = "endpoint"
    id_name = "vpc_endpoint_id"
    key = ("vpc_id", "service_name", "vpc_endpoint_type")
    settings = (*LISTS, "private_dns_enabled", "policy_document")
    unordered = tuple(LISTS)
    whole = ("tags", "policy_document")

    def name_of(self, state: State) -> str:
        return f"the {state['vpc_endpoint_type'].lower()} endpoint of {state['service_name']} in {state['vpc_id']}"

    def wanted(self) -> State:
        wanted = super().wanted()
        if "policy_document" in wanted:
            wanted["policy_document"] = parsed(wanted["policy_document"])
        return wanted

    def check(self, wanted: State) -> None:
        super().check(wanted)
        kind = wanted["vpc_endpoint_type"]
        others = set().union(*(names for one, names in OWN.items() if one != kind))
        for name in sorted(others & set(wanted)):
            raise Failure(
                f"{name}: {_article(kind)} endpoint has none. Leave it out, or set another vpc_endpoint_type."
            )

    def complete(self, current: State | None, wanted: State) -> State:
        after = self.after(current, wanted)
        if wanted["vpc_endpoint_type"] == INTERFACE and not after.get("subnet_ids"):
            raise Failure(f"subnet_ids: {self.name_of(wanted)} needs at least one subnet.")
        return wanted

    def defaults(self, wanted: State) -> State:
        return {"private_dns_enabled": True} if wanted["vpc_endpoint_type"] == INTERFACE else {}

    def find(self, wanted: State) -> State | None:
        named = filters(
            vpc_id=wanted["vpc_id"], service_name=wanted["service_name"], vpc_endpoint_type=wanted["vpc_endpoint_type"]
        )
        doing = f"look for {self.name_of(wanted)}"
        found = self.client.pages("describe_vpc_endpoints", "vpc_endpoints", doing=doing, filters=named)
        present = [one for one in found if one["state"].lower() not in GONE]
        if len(present) > 1:
            ids = ", ".join(sorted(one["vpc_endpoint_id"] for one in present))
            raise Failure(f"There are {len(present)} of {self.name_of(wanted)}: {ids}. Delete all but one.")
        return self._state(present[0]) if present else None

    def _state(self, answer: State) -> State:
        state = self.with_tags(answer)
        state["security_group_ids"] = [group["group_id"] for group in state.pop("groups", None) or []]
        state["policy_document"] = parsed(state.get("policy_document") or EVERYTHING)
        return state

    def same(self, setting: str, one: Any, other: Any) -> bool:
        if setting == "policy_document" and one and other:
            return _bare(one) == _bare(other)
        return super().same(setting, one, other)

    def create(self, wanted: State) -> None:
        state = {**self.defaults(wanted), **wanted}
        names = [name for name in (*self.key, *LISTS, "private_dns_enabled") if state.get(name) not in (None, [])]
        policy = {"policy_document": json.dumps(state["policy_document"])} if "policy_document" in state else {}
        answer = self.client.call(
            "create_vpc_endpoint",
            doing=f"create {self.name_of(wanted)}",
            **{name: state[name] for name in names},
            **policy,
            **tag_specification("vpc-endpoint", wanted.get("tags")),
        )
        self._wait_available(self._state(answer["vpc_endpoint"]))

    def update(self, current: State, changes: State) -> None:
        request = {}
        for name in set(LISTS) & set(changes):
            added, removed = (set(changes[name]) - set(current[name]), set(current[name]) - set(changes[name]))
            for option, values in zip(LISTS[name], (added, removed), strict=True):
                if values:
                    request[option] = sorted(values)
        if "private_dns_enabled" in changes:
            request["private_dns_enabled"] = changes["private_dns_enabled"]
        if "policy_document" in changes:
            request["policy_document"] = json.dumps(changes["policy_document"])
        doing = f"change {self.name_of(current)}"
        self.client.call("modify_vpc_endpoint", doing=doing, vpc_endpoint_id=current["vpc_endpoint_id"], **request)
        self._wait_available(current)

    def delete(self, current: State) -> None:
        ids = [current["vpc_endpoint_id"]]
        doing = f"delete {self.name_of(current)}"
        answer = self.client.call("delete_vpc_endpoints", doing=doing, vpc_endpoint_ids=ids)
        for problem in answer.get("unsuccessful") or []:
            if problem["error"]["code"] != "InvalidVpcEndpoint.NotFound":
                told = f"{problem['error']['message']} ({problem['error']['code']})"
                raise Failure(f"Could not {doing}: {told}.")
        if self.options["wait"]:
            self._wait(current, lambda state: state in ("gone", "deleted"), "to go, with its interfaces")

    def _wait_available(self, current: State) -> None:
        if not self.options["wait"]:
            return
        state = self._wait(current, lambda state: state in ("available", *FAILED), "to be available")
        if state in FAILED:
            raise Failure(f"{self.name_of(current)} is {state}. AWS says why in its console; delete it and try again.")

    def _wait(self, current: State, done, what: str) -> str:
        return wait_until(
            lambda: self._seen(current["vpc_endpoint_id"]),
            done,
            self.options["wait_timeout"],
            f"{self.name_of(current)} {what}",
            describe=str,
            clock=self.context.clock,
            pace=PACE,
        )

    def _seen(self, endpoint_id: str) -> str:
        """Its state in small letters, as EC2 spells them in both ways; C(gone) when there is no such endpoint."""
        answer = self.client.call(
            "describe_vpc_endpoints",
            doing=f"read endpoint {endpoint_id}",
            absent=("InvalidVpcEndpointId.NotFound",),
            vpc_endpoint_ids=[endpoint_id],
        )
        found = (answer or {}).get("vpc_endpoints") or []
        return found[0]["state"].lower() if found else "gone"


def parsed(policy: Any) -> State:
    """A policy, given as a mapping or as JSON text. Raises Failure where it cannot be one."""
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError as error:
            raise Failure(f"policy_document: it is not valid JSON ({error}). Give a mapping or JSON text.") from error
    if not isinstance(policy, dict) or not isinstance(policy.get("Statement"), list):
        raise Failure("policy_document: it has no list of statements. Give a mapping with Statement, a list.")
    return policy


def _bare(policy: State) -> State:
    """Without the version, which EC2 fills in; statements without their empty ids."""
    return {name: value for name, value in policy.items() if name not in ("Version", "Id")}


def _article(kind: str) -> str:
    return f"{'an' if kind == INTERFACE else 'a'} {kind.lower()}"
