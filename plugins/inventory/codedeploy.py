# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
name: codedeploy
version_added: "0.1.0"
short_description: The hosts of CodeDeploy deployment groups
description:
  - The EC2 instances and on-premises instances that the next deployment of each deployment group would reach, with what
    the last deployment made of them.
  - Needs a YAML file whose name ends with C(codedeploy.yml) or C(codedeploy.yaml).
  - The file is read by the controller. It needs the permissions C(codedeploy:List*), C(codedeploy:BatchGet*) and
    C(ec2:DescribeInstances).
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  plugin:
    description: Says that the file is for this plugin.
    type: str
    required: true
    choices: [convoy.delivery.codedeploy]
  regions:
    description:
      - The regions to look in.
      - Only O(region) when the option is not given.
    type: list
    elements: str
    default: []
  applications:
    description:
      - Only the hosts of these applications.
      - Those of all applications when the option is not given.
    type: list
    elements: str
  deployment_groups:
    description:
      - Only the hosts of deployment groups of these names.
      - Those of all deployment groups when the option is not given.
    type: list
    elements: str
  instance_states:
    description:
      - Only EC2 instances in these states. On-premises instances have no state that AWS knows.
    type: list
    elements: str
    default: [running]
    choices: [pending, running, stopping, stopped, shutting-down, terminated]
  hostnames:
    description:
      - What a host is called, the first that it has, else its id.
      - V(instance_id) is the id of an EC2 instance, V(on_premises_name) the name of an on-premises instance,
        V(private_ip_address), V(private_dns_name), V(public_ip_address) and V(public_dns_name) are those of an EC2
        instance, V(tag:Name) is the value of the tag C(Name) of either.
      - Two hosts of one name are an error.
    type: list
    elements: str
    default: [on_premises_name, instance_id]
  group_by:
    description:
      - The groups that hosts are put into, beside C(codedeploy), which has all of them.
      - V(platform) makes C(codedeploy_ec2) and C(codedeploy_on_premises); V(zone) C(codedeploy_zone_eu_central_1a);
        V(application) C(codedeploy_application_storefront); V(deployment_group)
        C(codedeploy_deployment_group_storefront_production); V(deployment_status)
        C(codedeploy_deployment_status_failed), the last deployment's; V(target_status)
        C(codedeploy_target_status_skipped), the host's in that deployment; V(revision)
        C(codedeploy_revision_storefront_2_0_zip), that deployment's.
      - A host of several deployment groups is in the groups of each.
    type: list
    elements: str
    choices: [platform, zone, application, deployment_group, deployment_status, target_status, revision]
    default: [platform, zone, application, deployment_group, deployment_status, target_status, revision]
  strict:
    description:
      - Whether a failing expression, or an application or deployment group that no region has, is an error.
      - Otherwise the former are warned of and the latter left out.
    type: bool
    default: false
notes:
  - Every host has the variables C(codedeploy_platform) (V(ec2) or V(on_premises)), C(codedeploy_instance_id) (the id or
    the name of the on-premises instance), C(codedeploy_region) and C(codedeploy_tags). EC2 instances also have
    C(codedeploy_availability_zone), C(codedeploy_instance_state), C(codedeploy_instance_type), C(codedeploy_image_id),
    C(codedeploy_vpc_id), C(codedeploy_subnet_id) and their addresses (C(codedeploy_private_ip_address) and so on);
    on-premises instances C(codedeploy_instance_arn), C(codedeploy_register_time) and C(codedeploy_iam_user_arn) or
    C(codedeploy_iam_session_arn).
  - What is known of deployments is in C(codedeploy_application_name), C(codedeploy_deployment_group_name),
    C(codedeploy_deployment_id), C(codedeploy_deployment_status), C(codedeploy_deployment_create_time),
    C(codedeploy_deployment_complete_time), C(codedeploy_revision), C(codedeploy_revision_name) (in words),
    C(codedeploy_target_status) (the host's in that deployment, null where it was no target of it),
    C(codedeploy_target_revision) (the group's last successful one) and C(codedeploy_target_revision_name).
  - C(codedeploy_deployment_groups) is a list with these for each deployment group of the host. The variables without
    list are those of the group that was deployed to last.
  - C(ansible_host) is not set, since only you know over which address the controller reaches a host. See the examples.
seealso:
  - module: convoy.delivery.codedeploy_deployment_group_info
  - module: convoy.delivery.codedeploy_on_premises_instance_info
extends_documentation_fragment:
  - inventory_cache
  - constructed
  - amazon.aws.boto3
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.assume_role.plugins
"""

EXAMPLES = r"""
# production.codedeploy.yml: the hosts of one application, over their private addresses
plugin: convoy.delivery.codedeploy
region: eu-central-1
applications: [storefront]
compose:
  ansible_host: codedeploy_private_ip_address | default(codedeploy_tags.Address)

---
# Called by their Name tag; those that the last deployment did not bring to its revision are in the group stale
plugin: convoy.delivery.codedeploy
regions: [eu-central-1, eu-west-1]
hostnames: ["tag:Name", on_premises_name, private_dns_name]
strict: true
groups:
  stale: codedeploy_target_status != 'Succeeded'
keyed_groups:
  - prefix: team
    key: codedeploy_tags.Team | default('nobody')

---
# In a local region; asked at most once a minute
plugin: convoy.delivery.codedeploy
region: us-east-1
endpoint_url: http://127.0.0.1:4580
access_key: local
secret_key: local
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: .build/inventory
cache_timeout: 60
"""

from ansible.errors import AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase

from ..module_utils.engine.errors import Failure
from ..plugin_utils.codedeploy_fleet import Region, read_groups, read_hosts
from ..plugin_utils.codedeploy_hosts import NAMES, groups_of, name_for, same_names, variables

ALL = "codedeploy"


class InventoryModule(AWSInventoryBase):
    NAME = "convoy.delivery.codedeploy"
    INVENTORY_FILE_SUFFIXES = ("codedeploy.yml", "codedeploy.yaml")

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache=cache)
        try:
            _check_names(self.get_option("hostnames"))
            was_cached, hosts = self.get_cached_result(path, cache)
            if not was_cached:
                hosts = self._read()
                self.update_cached_result(path, cache, hosts)
            self._add(hosts)
        except Failure as failure:
            raise AnsibleParserError(str(failure)) from failure

    def _read(self):
        """The hosts of all regions, plain data."""
        applications, groups = self.get_option("applications"), self.get_option("deployment_groups")
        states = self.get_option("instance_states")
        regions = [Region(self, name) for name in self._regions()]
        hosts = [host for region in regions for host in read_hosts(region, applications, groups, states)]
        self._tell_unknown(regions, hosts, applications, groups)
        return hosts

    def _regions(self):
        regions = self.get_option("regions") or [self.region]
        if not regions[0]:
            raise Failure("region: none is given. Set region, regions or the environment variable AWS_REGION.")
        return regions

    def _tell_unknown(self, regions, hosts, applications, groups):
        """A misspelt name must not look like an application without hosts."""
        memberships = [one for host in hosts for one in host["memberships"]]
        for option, wanted, member in (
            ("applications", applications, "application_name"),
            ("deployment_groups", groups, "deployment_group_name"),
        ):
            missing = set(wanted or []) - {one[member] for one in memberships}
            if missing:  # with no host, or not there at all?
                missing -= {group[member] for region in regions for group in read_groups(region, applications)}
            if missing:
                self._complain(
                    f"{option}: {', '.join(sorted(missing))} cannot be found with a deployment group for servers in "
                    f"{', '.join(region.name for region in regions)}. Correct the name or the region."
                )

    def _complain(self, sentence):
        if self.get_option("strict"):
            raise Failure(sentence)
        self.warn(sentence)

    def _add(self, hosts):
        preferences, kinds = self.get_option("hostnames"), self.get_option("group_by")
        named = [(name_for(host["machine"], preferences), host) for host in hosts]
        for name, ids in same_names((name, host["machine"]) for name, host in named).items():
            raise Failure(
                f"hostnames: {', '.join(ids)} would all be called {name}. Name them apart, or put instance_id and "
                "on_premises_name first."
            )
        self.inventory.add_group(ALL)
        for name, host in named:
            self.inventory.add_host(name, group=ALL)
            for group in groups_of(host["machine"], host["memberships"], kinds):
                group = to_safe_group_name(f"{ALL}_{group}", force=True, silent=True)
                self.inventory.add_child(self.inventory.add_group(group), name)
            self._construct(name, variables(host["machine"], host["memberships"]))

    def _construct(self, name, told):
        strict = self.get_option("strict")
        for variable, value in told.items():
            self.inventory.set_variable(name, variable, value)
        self._set_composite_vars(self.get_option("compose"), told, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), told, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), told, name, strict=strict)


def _check_names(preferences):
    for wanted in preferences:
        if wanted not in NAMES and not (wanted.startswith("tag:") and wanted != "tag:"):
            raise Failure(f"hostnames: {wanted!r} is no name of a host. Use {', '.join(NAMES)} or tag:KEY.")
