# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeDeploy deployment configurations: how many hosts must stay healthy, or how traffic moves. They never change."""

from __future__ import annotations

from ..engine.errors import Failure
from ..engine.resource import Resource
from .common import check_name, codedeploy

ABSENT = ("DeploymentConfigDoesNotExistException",)

# Names that AWS keeps for the configurations that every account has.
PREDEFINED_PREFIX = "CodeDeployDefault."

# The longest interval of a canary or linear shift, and of waits in general: two days, in minutes.
LONGEST_INTERVAL_MINUTES = 2880

# {routing type: its member and that member's percentage and interval}
ROUTES = {
    "TimeBasedCanary": ("time_based_canary", "canary_percentage", "canary_interval"),
    "TimeBasedLinear": ("time_based_linear", "linear_percentage", "linear_interval"),
}


class DeploymentConfig(Resource):
    noun = "deployment_config"
    key = ("deployment_config_name",)
    settings = ("compute_platform", "minimum_healthy_hosts", "traffic_routing_config", "zonal_config")
    immutable = settings

    def __init__(self, context):
        super().__init__(context)
        self.client = codedeploy(context)

    def check(self, wanted):
        name = wanted["deployment_config_name"]
        check_name("deployment_config_name", name)
        if name.startswith(PREDEFINED_PREFIX):
            raise Failure(
                f"deployment_config_name: {name} is one of AWS's own, which can neither be made nor deleted. "
                f"Use it as it is, or choose a name that does not begin with {PREDEFINED_PREFIX}"
            )
        check_minimum("minimum_healthy_hosts", wanted.get("minimum_healthy_hosts"))
        check_zonal(wanted.get("zonal_config"))
        check_routing(wanted.get("traffic_routing_config"))

    def complete(self, current, wanted):
        # What is made anew is made from the task alone, so the task alone must be a whole configuration.
        base = None if self.options.get("replace") else current
        check_platform(self.after(base, wanted))
        return wanted

    def defaults(self, wanted):
        return {"compute_platform": "Server"}

    def find(self, wanted):
        name = wanted["deployment_config_name"]
        answer = self.client.call(
            "get_deployment_config",
            doing=f"read deployment config {name}",
            absent=ABSENT,
            deployment_config_name=name,
        )
        return answer and {**self.defaults(wanted), **answer["deployment_config_info"]}

    def create(self, wanted):
        request = {**self.defaults(wanted), **wanted}
        self.client.call("create_deployment_config", doing=f"create {self.name_of(wanted)}", **request)

    def delete(self, current):
        self.client.call(
            "delete_deployment_config",
            doing=f"delete {self.name_of(current)}",
            deployment_config_name=current["deployment_config_name"],
        )


def check_minimum(option, minimum):
    """Refuse a number of healthy hosts that can't be: negative, or above 100 %."""
    if minimum is None:
        return
    kind, value = minimum["type"], minimum["value"]
    if value < 0 or (kind == "FLEET_PERCENT" and value > 100):
        most = "0 to 100 (percent)" if kind == "FLEET_PERCENT" else "0 or more (hosts)"
        raise Failure(f"{option}.value: {value} is not possible with {kind}. Use {most}.")


def check_zonal(zonal):
    """Refuse negative times and an impossible minimum for each zone."""
    for option in ("first_zone_monitor_duration_in_seconds", "monitor_duration_in_seconds"):
        seconds = (zonal or {}).get(option)
        if seconds is not None and seconds < 0:
            raise Failure(f"zonal_config.{option}: {seconds} is negative. Use 0 or more (seconds).")
    check_minimum("zonal_config.minimum_healthy_hosts_per_zone", (zonal or {}).get("minimum_healthy_hosts_per_zone"))


def check_routing(routing):
    """Refuse a traffic shift without its figures, with another kind's, or with impossible ones."""
    if routing is None:
        return
    kind = routing["type"]
    needed = ROUTES.get(kind, (None,))[0]
    for member, percentage, interval in ROUTES.values():
        if (member in routing) != (member == needed):
            raise Failure(
                f"traffic_routing_config: type {kind} "
                + (f"needs {member}." if member == needed else f"does not go with {member}. Leave {member} out.")
            )
        if member in routing:
            percent, minutes = routing[member][percentage], routing[member][interval]
            if not 1 <= percent <= 99:
                raise Failure(f"traffic_routing_config.{member}.{percentage}: {percent} is not possible. Use 1 to 99.")
            if not 1 <= minutes <= LONGEST_INTERVAL_MINUTES:
                raise Failure(
                    f"traffic_routing_config.{member}.{interval}: {minutes} is not possible. "
                    f"Use 1 to {LONGEST_INTERVAL_MINUTES} (minutes)."
                )


def check_platform(config):
    """Servers need a number of healthy hosts, Lambda and ECS a traffic shift; neither goes with the other."""
    platform = config["compute_platform"]
    if platform == "Server":
        needed, refused = "minimum_healthy_hosts", ("traffic_routing_config",)
    else:
        needed, refused = "traffic_routing_config", ("minimum_healthy_hosts", "zonal_config")
    if not config.get(needed):
        raise Failure(f"{needed} is required for compute_platform {platform}.")
    for option in refused:
        if config.get(option):
            raise Failure(f"{option} does not go with compute_platform {platform}. Leave it out.")


def list_deployment_configs(context, names=None):
    """The configurations of these names (all of them when None), by name. Unknown names are left out.

    There is no batch operation: one request for each.
    """
    client = codedeploy(context)
    if names is None:
        names = client.pages("list_deployment_configs", "deployment_configs_list", doing="list the deployment configs")
    answers = [
        client.call(
            "get_deployment_config", doing=f"read deployment config {name}", absent=ABSENT, deployment_config_name=name
        )
        for name in sorted(set(names))
    ]
    return [answer["deployment_config_info"] for answer in answers if answer]
