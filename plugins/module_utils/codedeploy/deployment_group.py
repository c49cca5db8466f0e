# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeDeploy deployment groups: which hosts (or Lambda functions, or ECS services) a deployment reaches, and how."""

from __future__ import annotations

import re

from ..engine.errors import Failure
from ..engine.resource import Resource
from ..engine.wait import retry_while
from .common import Tags, codedeploy, tag_list
from .deployment_group_auto_scaling import (
    MISSING,
    PRESENT,
    UNKNOWN,
    AutoScaling,
    copies,
    holds_a_copy,
    is_deployed_to,
    orphans,
)
from .deployment_group_checks import check_given, check_whole
from .deployment_group_green import SELECTION, discovers, finds_the_same, of_replacements
from .tag_filters import with_types

# A check run on an empty region must pass, so an application that is not there yet means: no group yet.
ABSENT = ("DeploymentGroupDoesNotExistException", "ApplicationDoesNotExistException")

BATCH_SIZE = 100  # BatchGetDeploymentGroups takes at most 100 names

# A list of filters and a set of lists exclude each other: who asks for one gives the other up.
RIVALS = {
    "ec2_tag_filters": "ec2_tag_set",
    "ec2_tag_set": "ec2_tag_filters",
    "on_premises_instance_tag_filters": "on_premises_tag_set",
    "on_premises_tag_set": "on_premises_instance_tag_filters",
}
IN_AUTO_SCALING = ("lifecycle_hooks", "orphaned_auto_scaling_groups")
TAG_SET_LISTS = {"ec2_tag_set": "ec2_tag_set_list", "on_premises_tag_set": "on_premises_tag_set_list"}


class DeploymentGroup(Resource):
    noun = "deployment_group"
    key = ("application_name", "deployment_group_name")
    settings = (
        "service_role_arn",
        "deployment_config_name",
        "ec2_tag_filters",
        "ec2_tag_set",
        "on_premises_instance_tag_filters",
        "on_premises_tag_set",
        "auto_scaling_groups",
        "ecs_services",
        "load_balancer_info",
        "deployment_style",
        "blue_green_deployment_configuration",
        "auto_rollback_configuration",
        "alarm_configuration",
        "trigger_configurations",
        "outdated_instances_strategy",
        "termination_hook_enabled",
        "ec2_deployment_options",
        # Not options: what is in Auto Scaling on the group's behalf, brought in order like any other setting.
        "lifecycle_hooks",
        "orphaned_auto_scaling_groups",
    )
    unordered = (
        "ec2_tag_filters",
        "ec2_tag_set.ec2_tag_set_list",
        "on_premises_instance_tag_filters",
        "on_premises_tag_set.on_premises_tag_set_list",
        "auto_scaling_groups",
        "ecs_services",
        "load_balancer_info.elb_info_list",
        "load_balancer_info.target_group_info_list",
        "auto_rollback_configuration.events",
        "alarm_configuration.alarms",
        "trigger_configurations",
        "trigger_configurations.trigger_events",
        "ec2_deployment_options.auto_scaling_group_processes_to_suspend",
    )
    whole = ("tags", "lifecycle_hooks", "load_balancer_info", "ec2_tag_set", "on_premises_tag_set")
    purge = {
        "auto_scaling_groups": ("purge_auto_scaling_groups", None),
        "trigger_configurations": ("purge_trigger_configurations", "trigger_name"),
    }
    rename = ("deployment_group_name", "new_deployment_group_name")

    def __init__(self, context):
        super().__init__(context)
        self.client = codedeploy(context)
        self.auto_scaling = AutoScaling(context)
        # Known once the group has been read.
        self.follows_replacements = False
        self.platform = "Server"

    def name_of(self, state):
        return f"deployment group {state['application_name']}/{state['deployment_group_name']}"

    def wanted(self):
        named = super().wanted()
        named.pop("orphaned_auto_scaling_groups", None)  # the option says what to do about them
        return with_types(named)

    def check(self, wanted):
        check_given(wanted, self.options.get("new_deployment_group_name"))

    def complete(self, current, wanted):
        wanted = _give_up_rivals(current or {}, wanted)
        if current and self.options["adopt_copied_auto_scaling_group"] and holds_a_copy(current):
            # The task names the original, which is gone or retired: from now on the field is CodeDeploy's.
            wanted = {name: value for name, value in wanted.items() if name != "auto_scaling_groups"}
        elif current and self.follows_replacements:
            wanted = {name: value for name, value in wanted.items() if name not in SELECTION}
        planned = self.after(current, wanted)
        check_whole({"compute_platform": self.platform, **planned}, is_new=current is None)
        return {**wanted, **self._in_order(current or {}, wanted)}

    def _follows_replacements(self, current, wanted):
        """Whether a blue/green deployment has pointed the group to the instances that have the traffic now."""
        last = (current.get("last_successful_deployment") or {}).get("deployment_id")
        asked = {**current, **wanted}
        if not last or not discovers(current) or finds_the_same(current, asked):
            return False
        answer = self.client.call("get_deployment", doing=f"read deployment {last}", deployment_id=last)
        replacements = of_replacements(answer["deployment_info"])
        return replacements is not None and finds_the_same(current, replacements)

    def _in_order(self, current, wanted):
        """What is to be so in Auto Scaling: no hook missing, and nothing left behind where that is to be removed."""
        ordered = {}
        if self.options["restore_lifecycle_hooks"]:
            known = current.get("lifecycle_hooks") or {}
            names = set(self.after(current, wanted).get("auto_scaling_groups") or [])
            if not self.options["purge_auto_scaling_groups"]:
                names |= set(current.get("auto_scaling_groups") or [])
            ordered["lifecycle_hooks"] = {
                name: UNKNOWN if known.get(name) == UNKNOWN else PRESENT for name in sorted(names)
            }
        if current.get("orphaned_auto_scaling_groups"):
            removes = self.options["orphaned_auto_scaling_groups"] == "remove" and not is_deployed_to(current)
            if removes:
                ordered["orphaned_auto_scaling_groups"] = []
            else:
                self._tell_orphans(current)
        return ordered

    def defaults(self, wanted):
        """Source: API reference of CreateDeploymentGroup. The style of Lambda and ECS groups has no default."""
        return {
            "deployment_config_name": "CodeDeployDefault.OneAtATime",
            "outdated_instances_strategy": "UPDATE",
            "deployment_style": {"deployment_type": "IN_PLACE", "deployment_option": "WITHOUT_TRAFFIC_CONTROL"},
        }

    def find(self, wanted):
        answer = self.client.call(
            "get_deployment_group",
            doing=f"read {self.name_of(wanted)}",
            absent=ABSENT,
            application_name=wanted["application_name"],
            deployment_group_name=wanted["deployment_group_name"],
        )
        if answer is None:
            self.platform = self._platform_of_new(wanted)
            return None
        described = answer["deployment_group_info"].get("auto_scaling_groups") or []
        group = as_options(answer["deployment_group_info"])
        if self.options.get("state") != "absent" and self.options["adopt_replacement_instances"]:
            self.follows_replacements = self._follows_replacements(group, wanted)
        return self._with_auto_scaling(group, described)

    def _platform_of_new(self, wanted):
        """The application's platform. Asked only where it tells whether something is missing: functions are deployed
        to with traffic control, and need no load balancer."""
        style = (wanted.get("deployment_style") or {}).get("deployment_option")
        if style != "WITH_TRAFFIC_CONTROL" or wanted.get("load_balancer_info") or wanted.get("ecs_services"):
            return "Server"
        name = wanted["application_name"]
        answer = self.client.call(
            "get_application", doing=f"read application {name}", absent=ABSENT, application_name=name
        )
        return answer["application"].get("compute_platform", "Server") if answer else "Server"

    def _with_auto_scaling(self, group, described):
        """The group with what is in Auto Scaling on its behalf; asked for only where there can be something."""
        if self.options.get("state") == "absent":
            return group
        found = dict(group)
        if self.options["restore_lifecycle_hooks"]:
            found["lifecycle_hooks"] = self.auto_scaling.hooks(described)
        if copies(group) and self.options["orphaned_auto_scaling_groups"] != "ignore":
            named = self.options.get("auto_scaling_groups") or []
            found["orphaned_auto_scaling_groups"] = orphans(group, self.auto_scaling.names(), named)
        return found

    def create(self, wanted):
        request = {name: value for name, value in wanted.items() if name not in IN_AUTO_SCALING}
        if "deployment_style" in wanted:  # never half a style
            request["deployment_style"] = self.after(None, wanted)["deployment_style"]
        if "tags" in wanted:
            request["tags"] = tag_list(wanted["tags"])
        self._once_the_role_is_seen(
            lambda: self.client.call("create_deployment_group", doing=f"create {self.name_of(wanted)}", **request)
        )

    def update(self, current, changes):
        request = {
            "application_name": current["application_name"],
            "current_deployment_group_name": current["deployment_group_name"],
            **{name: value for name, value in changes.items() if name not in (*self.key, *IN_AUTO_SCALING)},
        }
        if "deployment_group_name" in changes:
            request["new_deployment_group_name"] = changes["deployment_group_name"]
        if len(request) > 2:
            self._write(current, request)
        self._put_hooks_back({**current, **changes}, changes.get("lifecycle_hooks") or {}, current)
        if "orphaned_auto_scaling_groups" in changes:
            self._remove_orphans(current["orphaned_auto_scaling_groups"])

    def _write(self, current, request):
        answer = self._once_the_role_is_seen(
            lambda: self.client.call("update_deployment_group", doing=f"change {self.name_of(current)}", **request)
        )
        self._tell_left_hooks(current, answer)

    def _put_hooks_back(self, group, wanted, current):
        """Have CodeDeploy make lifecycle hooks anew that somebody deleted.

        It makes one when an Auto Scaling group comes to a deployment group, and none for one that is named again: so
        the Auto Scaling group is taken out and put back (user guide, "Heartbeat Timeout").
        """
        lost = [name for name in wanted if current["lifecycle_hooks"].get(name) == MISSING]
        if not lost:
            return
        names = group["auto_scaling_groups"]
        request = {
            "application_name": group["application_name"],
            "current_deployment_group_name": group["deployment_group_name"],
        }
        for name in lost:
            self.context.progress.say(name, "has lost CodeDeploy's lifecycle hook, which is put back")
        self._write(group, {**request, "auto_scaling_groups": [name for name in names if name not in lost]})
        try:
            self._write(group, {**request, "auto_scaling_groups": names})
        except Failure as error:
            raise Failure(
                f"{self.name_of(group)} was to get its lifecycle hooks back and has lost the Auto Scaling groups "
                f"{', '.join(lost)} instead. Run the task again with auto_scaling_groups={','.join(names)}. {error}"
            ) from error

    def _remove_orphans(self, names):
        for name in names:
            self.context.progress.say(name, "was left behind by a blue/green deployment and is deleted")
            self.auto_scaling.remove(name)

    def delete(self, current):
        answer = self.client.call(
            "delete_deployment_group",
            doing=f"delete {self.name_of(current)}",
            application_name=current["application_name"],
            deployment_group_name=current["deployment_group_name"],
        )
        self._tell_left_hooks(current, answer)

    def read_tags(self, current):
        return Tags(self.context).read(self._arn(current))

    def write_tags(self, current, to_set, to_unset):
        Tags(self.context).write(self._arn(current), to_set, to_unset)

    def _arn(self, state):
        return group_arn(Tags(self.context), state)

    def _once_the_role_is_seen(self, attempt):
        """IAM needs some seconds until other services see a new role, and CodeDeploy refuses it until then."""
        progress = self.context.progress
        role = self.options.get("service_role_arn") or "the service role"
        return retry_while(
            attempt,
            passing=lambda error: getattr(error, "code", None) == "InvalidRoleException",
            timeout=self.options.get("role_timeout") or 0,
            on_wait=lambda error: progress.say(role, "cannot be assumed yet, waiting for IAM to make it known"),
            clock=self.context.clock,
        )

    def _tell_orphans(self, current):
        left = ", ".join(current["orphaned_auto_scaling_groups"])
        self.context.warn(
            f"{self.name_of(current)}: blue/green deployments left behind the Auto Scaling groups {left}. "
            "Delete them, or set orphaned_auto_scaling_groups=remove."
            if not is_deployed_to(current)
            else f"{self.name_of(current)}: whether the Auto Scaling groups {left} are left behind is known when the "
            "running deployment has ended."
        )

    def _tell_left_hooks(self, state, answer):
        for group in answer.get("hooks_not_cleaned_up") or []:
            self.context.warn(
                f"{self.name_of(state)}: CodeDeploy could not remove its lifecycle hook {group.get('hook')} "
                f"from the Auto Scaling group {group.get('name')}. Remove it there."
            )


def as_options(info):
    """A group as GetDeploymentGroup tells it, so that it can be given back as options.

    Auto Scaling groups are named in requests and described in answers: the names stay under C(auto_scaling_groups), the
    lifecycle hooks that CodeDeploy keeps in them go to C(auto_scaling_group_hooks).
    """
    described = info.get("auto_scaling_groups") or []
    group = {**info, "auto_scaling_groups": [entry["name"] for entry in described]}
    hooks = [entry for entry in described if len(entry) > 1]
    if hooks:
        group["auto_scaling_group_hooks"] = hooks
    return group


def list_deployment_groups(context, application_name, names=None):
    """The application's groups of these names (all when None), with tags, by name. Unknown ones are left out."""
    client = codedeploy(context)
    known = client.pages(
        "list_deployment_groups",
        "deployment_groups",
        doing=f"list the deployment groups of {application_name}",
        absent=ABSENT,
        application_name=application_name,
    )
    found = client.batches(
        "batch_get_deployment_groups",
        ("deployment_group_names", sorted(known if names is None else set(known) & set(names))),
        "deployment_groups_info",
        BATCH_SIZE,
        doing=f"read the deployment groups of {application_name}",
        application_name=application_name,
    )
    tags = Tags(context)
    groups = [{**as_options(info), "tags": tags.read(group_arn(tags, info))} for info in found]
    return sorted(groups, key=lambda group: group["deployment_group_name"])


def group_arn(tags, state):
    """A group's ARN. Its role is of the same account, so nobody has to be asked for the account's id."""
    role = re.match(r"arn:[^:]+:iam::(\d{12}):", state.get("service_role_arn") or "")
    name = f"{state['application_name']}/{state['deployment_group_name']}"
    return tags.arn("deploymentgroup", name, account=role and role[1])


def _give_up_rivals(current, wanted):
    given_up = {}
    for option, rival in RIVALS.items():
        if _says_something(wanted.get(option)) and rival not in wanted and _says_something(current.get(rival)):
            given_up[rival] = {} if rival in TAG_SET_LISTS else []
    return {**wanted, **given_up}


def _says_something(value):
    return any(value.values()) if isinstance(value, dict) else bool(value)
