# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fleets: hosts that are kept ready for builds, and paid for whether they build or not."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from ..engine.progress import duration
from ..engine.resource import Resource
from ..engine.wait import WaitTimeout, wait_until
from .common import check_name, check_tags, codebuild, tag_list, tag_map
from .project_checks import BY_CONFIGURATION, check_role, check_size, check_vpc

BATCH = 100  # BatchGetFleets takes at most 100 names
LONGEST_NAME = 128
MOST_RULES = 100
REQUIRED = ("base_capacity", "environment_type", "compute_type")
# Structures that {} removes.
REMOVABLE = ("scaling_configuration", "vpc_config", "proxy_configuration", "compute_configuration")
CHANGING = ("CREATING", "UPDATING", "ROTATING")
GOING = ("PENDING_DELETION", "DELETING")

State = dict[str, Any]


class Fleet(Resource):
    noun = "fleet"
    key = ("name",)
    settings = (
        "base_capacity",
        "environment_type",
        "compute_type",
        "compute_configuration",
        "scaling_configuration",
        "overflow_behavior",
        "vpc_config",
        "proxy_configuration",
        "image_id",
        "fleet_service_role",
        "tags",
    )
    unordered = (
        "vpc_config.subnets",
        "vpc_config.security_group_ids",
        "proxy_configuration.ordered_proxy_rules.entities",
    )

    def __init__(self, context):
        super().__init__(context)
        self.client = codebuild(context)

    def check(self, wanted: State) -> None:
        check_name("name", wanted["name"], LONGEST_NAME)
        check_tags(wanted.get("tags"))
        check_role("fleet_service_role", wanted.get("fleet_service_role"))
        check_vpc(wanted.get("vpc_config"))
        capacity = wanted.get("base_capacity")
        if capacity is not None and capacity < 1:
            raise Failure(f"base_capacity: {capacity} is not possible. Use 1 or more (hosts).")
        rules = (wanted.get("proxy_configuration") or {}).get("ordered_proxy_rules") or []
        if len(rules) > MOST_RULES:
            raise Failure(
                f"proxy_configuration.ordered_proxy_rules: {len(rules)} were given, at most {MOST_RULES} are possible."
            )

    def complete(self, current: State | None, wanted: State) -> State:
        state = self.after(current, wanted)
        missing = [option for option in REQUIRED if not state.get(option)]
        if missing:
            raise Failure(f"{', '.join(missing)} must be given to create fleet {wanted['name']}.")
        if current and _status(current) in GOING:
            raise Failure(
                f"fleet {wanted['name']} is being deleted ({_status(current)}). Wait, or choose another name."
            )
        check_size("compute_type", state["environment_type"], state["compute_type"])
        if state["compute_type"] in BY_CONFIGURATION and not state.get("compute_configuration"):
            raise Failure(f"compute_configuration is required for compute_type {state['compute_type']}.")
        most = (state.get("scaling_configuration") or {}).get("max_capacity")
        if most is not None and most < state["base_capacity"]:
            raise Failure(
                f"scaling_configuration.max_capacity: {most} is less than base_capacity, {state['base_capacity']}."
            )
        if state.get("vpc_config") and not state.get("fleet_service_role"):
            raise Failure("fleet_service_role is required with vpc_config: the role that makes network interfaces.")
        return wanted

    def after(self, current: State | None, wanted: State) -> State:
        gone = [name for name in REMOVABLE if wanted.get(name) == {}]
        after = super().after(current, {name: value for name, value in wanted.items() if name not in gone})
        return {**after, **dict.fromkeys(gone)}

    def defaults(self, wanted: State) -> State:
        return {"overflow_behavior": "QUEUE"}

    def find(self, wanted: State) -> State | None:
        found = self._present(wanted)
        going = self.options["state"] == "absent" and _status(found) in GOING
        return None if going else found

    def create(self, wanted: State) -> None:
        self.client.call("create_fleet", doing=f"create {self.name_of(wanted)}", **_request(self.after(None, wanted)))
        self._wait(wanted)

    def update(self, current: State, changes: State) -> None:
        request = {name: {} if value is None and name in REMOVABLE else value for name, value in changes.items()}
        self.client.call(
            "update_fleet", doing=f"change {self.name_of(current)}", arn=current["arn"], **_request(request)
        )
        self._wait(current)

    def delete(self, current: State) -> None:
        self.client.call("delete_fleet", doing=f"delete {self.name_of(current)}", arn=current["arn"])
        if self.options["wait"]:
            self._until(current, lambda found: found is None, "be deleted")

    def read_tags(self, current: State) -> dict[str, str]:
        return current["tags"]

    def _present(self, state: State) -> State | None:
        return next(iter(_read(self.context, [state["name"]])), None)

    def _wait(self, state: State) -> None:
        """Until the fleet has its hosts. A fleet that can't have them fails the task."""
        if not self.options["wait"]:
            return
        found = self._until(state, lambda one: _status(one) not in CHANGING, "be ready")
        status = (found or {}).get("status") or {}
        if _status(found) != "ACTIVE":
            said = " ".join((status.get("message") or status.get("context") or "CodeBuild gives no reason").split())
            raise Failure(f"{self.name_of(state)} is {_status(found) or 'gone'}: {said.rstrip('.')}.", fleet=found)

    def _until(self, state: State, done, what: str) -> State | None:
        def tell(before, now, seconds):
            status = _status(now)
            if status and status != _status(before):
                self.context.progress.say(self.name_of(state), status, seconds)

        timeout = self.options["wait_timeout"]
        try:
            return wait_until(
                lambda: self._present(state),
                done,
                timeout,
                what=f"{self.name_of(state)} to {what}",
                on_change=tell,
                describe=_status,
                clock=self.context.clock,
            )
        except WaitTimeout as error:
            raise Failure(f"{error} (wait_timeout is {duration(timeout)})", changed=True) from error


def list_fleets(context, names: list[str] | None = None) -> list[State]:
    """The fleets of these names (all of them when None), by name. Unknown ones are left out."""
    if names is None:
        arns = codebuild(context).pages("list_fleets", "fleets", doing="list the fleets")
        names = [arn.rpartition(":fleet/")[2].partition(":")[0] for arn in arns]
    return sorted(_read(context, names), key=lambda fleet: fleet["name"])


def _read(context, names: list[str]) -> list[State]:
    found = codebuild(context).batches("batch_get_fleets", ("names", names), "fleets", BATCH, doing="read the fleets")
    return [as_options(fleet) for fleet in found]


def as_options(fleet: State) -> State:
    """A fleet as BatchGetFleets tells it, so that it can be given back as options.

    How many hosts there are to be just now is CodeBuild's: ``desired_capacity`` goes beside ``scaling_configuration``.
    """
    state = {name: value for name, value in fleet.items() if value != {}}
    scaling = dict(state.get("scaling_configuration") or {})
    if "desired_capacity" in scaling:
        state["desired_capacity"] = scaling.pop("desired_capacity")
        state["scaling_configuration"] = scaling
    return {**state, "tags": tag_map(fleet.get("tags"))}


def _status(fleet: State | None) -> str:
    return ((fleet or {}).get("status") or {}).get("status_code") or ""


def _request(settings: State) -> State:
    request = dict(settings)
    if "tags" in request:
        request["tags"] = tag_list(request["tags"])
    return request
