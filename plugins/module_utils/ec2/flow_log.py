# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs: one for each place that the records of a VPC, a subnet or an interface go to."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from ..engine.wait import retry_while
from .common import Ec2Resource, State, filters, tag_specification

KINDS = {"vpc-": "VPC", "subnet-": "Subnet", "eni-": "NetworkInterface"}
LOGS, S3 = "cloud-watch-logs", "s3"
INTERVALS = (60, 600)  # seconds; what MaxAggregationInterval takes

# What AWS takes when no format is given.
FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status}"
)
ROLE_PATIENCE = 120  # seconds until a new role is known everywhere


class FlowLog(Ec2Resource):
    """Found by what is watched and where the records go. AWS changes nothing of a flow log but its tags."""

    noun = "flow_log"
    id_name = "flow_log_id"
    key = ("resource_id", "log_destination_type", "log_group_name", "log_destination")
    settings = ("traffic_type", "deliver_logs_permission_arn", "max_aggregation_interval", "log_format")
    immutable = settings

    def wanted(self) -> State:
        wanted = super().wanted()
        return {"flow_log_id": self.options["flow_log_id"]} if self.options["flow_log_id"] else wanted

    def name_of(self, state: State) -> str:
        if "resource_id" not in state:
            return f"flow log {state['flow_log_id']}"
        return f"the flow log of {state['resource_id']} to {_place(state)}"

    def check(self, wanted: State) -> None:
        super().check(wanted)
        if "flow_log_id" in wanted:
            return
        if not any(wanted["resource_id"].startswith(prefix) for prefix in KINDS):
            raise Failure(
                f"resource_id: {wanted['resource_id']!r} is not the id of a VPC, a subnet or a network interface. "
                f"It begins with {', '.join(KINDS)}."
            )
        interval = wanted.get("max_aggregation_interval")
        if interval is not None and interval not in INTERVALS:
            raise Failure(f"max_aggregation_interval: {interval} is not possible. Give 60 or 600 seconds.")
        to_logs = wanted["log_destination_type"] == LOGS
        if to_logs and not wanted.get("log_group_name"):
            raise Failure("log_group_name must be given with log_destination_type=cloud-watch-logs.")
        if not to_logs and not wanted.get("log_destination"):
            raise Failure("log_destination, the ARN of a bucket, must be given with log_destination_type=s3.")
        if to_logs and wanted.get("log_destination"):
            raise Failure("log_destination: it is for log_destination_type=s3. Give log_group_name alone.")
        if not to_logs and (wanted.get("log_group_name") or wanted.get("deliver_logs_permission_arn")):
            raise Failure(
                "log_group_name and deliver_logs_permission_arn are for log_destination_type=cloud-watch-logs. "
                "Leave them out: the bucket's policy says who may write to it."
            )

    def complete(self, current: State | None, wanted: State) -> State:
        if current is None and wanted["log_destination_type"] == LOGS and not wanted.get("deliver_logs_permission_arn"):
            raise Failure(
                f"deliver_logs_permission_arn must be given to create {self.name_of(wanted)}: the role that delivers "
                "the records."
            )
        return wanted

    def defaults(self, wanted: State) -> State:
        return {"traffic_type": "ALL", "max_aggregation_interval": 600, "log_format": FORMAT}

    def find(self, wanted: State) -> State | None:
        by_id = "flow_log_id" in wanted
        names = ("flow_log_id",) if by_id else ("resource_id", "log_destination_type")
        found = self.client.pages(
            "describe_flow_logs",
            "flow_logs",
            doing=f"look for {self.name_of(wanted)}",
            filter=filters(**{name: wanted[name] for name in names}),
        )
        return next((self.with_tags(one) for one in found if by_id or _place(one) == _place(wanted)), None)

    def create(self, wanted: State) -> None:
        state = {**self.defaults(wanted), "log_format": None, **wanted}
        kind = next(kind for prefix, kind in KINDS.items() if state["resource_id"].startswith(prefix))
        names = ("log_destination_type", "log_group_name", "log_destination", *self.settings)

        def attempt():
            return self.client.call(
                "create_flow_logs",
                doing=f"create {self.name_of(wanted)}",
                resource_ids=[state["resource_id"]],
                resource_type=kind,
                **{name: state.get(name) for name in names},
                **tag_specification("vpc-flow-log", wanted.get("tags")),
            )

        answer = retry_while(attempt, _role_is_new, ROLE_PATIENCE, clock=self.context.clock)
        for problem in answer.get("unsuccessful") or []:
            raise Failure(
                f"Could not create {self.name_of(wanted)}: {problem['error']['message']} ({problem['error']['code']})."
            )

    def same(self, setting: str, one: Any, other: Any) -> bool:
        if setting == "log_destination" and one and other:
            return one.rstrip("/") == other.rstrip("/")
        return super().same(setting, one, other)

    def delete(self, current: State) -> None:
        self.client.call(
            "delete_flow_logs", doing=f"delete {self.name_of(current)}", flow_log_ids=[current["flow_log_id"]]
        )


def _role_is_new(error: Failure) -> bool:
    """EC2 cannot take a role yet that IAM has just made."""
    told = str(error.facts.get("error", {}).get("message", ""))
    return getattr(error, "code", None) == "InvalidParameter" and "Unable to assume given IAM role" in told


def _place(state: dict[str, Any]) -> str:
    """Where the records go, in one word. A slash at a folder's end means nothing."""
    if state.get("log_group_name"):
        return state["log_group_name"]
    return (state.get("log_destination") or "").rstrip("/")
