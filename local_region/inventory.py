# SPDX-License-Identifier: GPL-3.0-or-later
"""Every resource that somebody has created in the region: what `teardown` must leave none of.

What an empty account has (the default VPC and its parts, AWS's own policies, keys and parameters) is left out, and so
is what comes and goes with something else (a VPC's main route table, an instance that is terminated).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from local_region.moto_access import Moto
from local_region.services.moto_gaps.sts import organization_role

SEEDED_BUCKETS = ("aws-codedeploy-", "amazoncloudwatch-agent-")

Lister = Callable[[Any], Iterable[str]]


def inventory(moto: Moto) -> dict[str, list[str]]:
    """`{"ec2 vpcs": ["vpc-0a1b (storefront)"], ...}`: kinds of which there are some, sorted, with what there is."""
    found: dict[str, list[str]] = defaultdict(list)
    for service, kinds in _KINDS.items():
        for account, region in moto.used(service):
            backend = moto.backend(service, account, region)
            for kind, lister in kinds.items():
                found[f"{service} {kind}"].extend(lister(backend))
    return {kind: sorted(names) for kind, names in sorted(found.items()) if names}


def codecommit_inventory(stores: Iterable[Any]) -> dict[str, list[str]]:
    """The same of CodeCommit's stores, one for each account and AWS region."""
    names = sorted(name for store in list(stores) for name in store.repositories)
    return {"codecommit repositories": names} if names else {}


def codeconnections_inventory(stores: Iterable[Any]) -> dict[str, list[str]]:
    """The same of CodeConnections' stores."""
    found: dict[str, list[str]] = defaultdict(list)
    for store in list(stores):
        found["codeconnections connections"].extend(one.name for one in list(store.connections.values()))
        found["codeconnections hosts"].extend(one.name for one in list(store.hosts.values()))
    return {kind: sorted(names) for kind, names in found.items() if names}


def codedeploy_inventory(stores: Iterable[Any]) -> dict[str, list[str]]:
    """The same of CodeDeploy's stores. Revisions go with their application."""
    found: dict[str, list[str]] = defaultdict(list)
    for store in list(stores):
        found["codedeploy applications"].extend(store.applications)
        own = (name for name in store.configs if not name.startswith("CodeDeployDefault."))
        found["codedeploy deployment configs"].extend(own)
        registered = (one.name for one in store.on_premises.values() if one.deregistered is None)
        found["codedeploy on-premises instances"].extend(registered)
    return {kind: sorted(names) for kind, names in found.items() if names}


def codebuild_inventory(stores: Iterable[Any]) -> dict[str, list[str]]:
    """The same of CodeBuild's stores. Builds and reports are history, as on AWS, and no resources."""
    found: dict[str, list[str]] = defaultdict(list)
    for store in list(stores):
        found["codebuild projects"].extend(store.projects)
        found["codebuild report groups"].extend(store.report_groups)
        found["codebuild fleets"].extend(store.fleets)
        found["codebuild source credentials"].extend(store.credentials)
    return {kind: sorted(names) for kind, names in found.items() if names}


def codepipeline_inventory(stores: Iterable[Any]) -> dict[str, list[str]]:
    """The same of CodePipeline's stores."""
    found: dict[str, list[str]] = defaultdict(list)
    for store in list(stores):
        found["codepipeline pipelines"].extend(store.pipelines)
        found["codepipeline custom action types"].extend("/".join(key) for key in store.action_types)
        found["codepipeline webhooks"].extend(store.webhooks)
    return {kind: sorted(names) for kind, names in found.items() if names}


def xray_inventory(stores: Iterable[Any]) -> dict[str, list[str]]:
    """The same of X-Ray's stores. Traces go by themselves, as on AWS, and are no resources."""
    found: dict[str, list[str]] = defaultdict(list)
    for store in list(stores):
        found["xray groups"].extend(store.groups)
        found["xray sampling rules"].extend(store.own_rules)
    return {kind: sorted(names) for kind, names in found.items() if names}


def _named(resources: Iterable[Any]) -> Iterator[str]:
    """EC2 resources by id, with the value of their Name tag."""
    for resource in resources:
        name = next((tag["value"] for tag in resource.get_tags() if tag["key"] == "Name"), None)
        yield f"{resource.id} ({name})" if name else resource.id


def _default_vpcs(ec2: Any) -> set[str]:
    return {vpc.id for vpc in _vpcs(ec2) if str(vpc.is_default).lower() == "true"}


def _vpcs(ec2: Any) -> list[Any]:
    return list(ec2.vpcs.values())


def _own_vpcs(ec2: Any) -> Iterator[str]:
    return _named(vpc for vpc in _vpcs(ec2) if vpc.id not in _default_vpcs(ec2))


def _own_subnets(ec2: Any) -> Iterator[str]:
    subnets = [subnet for zone in list(ec2.subnets.values()) for subnet in list(zone.values())]
    return _named(subnet for subnet in subnets if str(subnet.default_for_az).lower() != "true")


def _route_tables(ec2: Any) -> Iterator[str]:
    return _named(table for table in list(ec2.route_tables.values()) if not table.main_association_id)


def _security_groups(ec2: Any) -> Iterator[str]:
    groups = [group for by_id in list(ec2.groups.values()) for group in list(by_id.values())]
    return (f"{group.id} ({group.name})" for group in groups if group.name != "default")


def _instances(ec2: Any) -> Iterator[str]:
    return _named(one for one in ec2.all_instances() if one.state != "terminated")


def _interfaces(ec2: Any) -> Iterator[str]:
    return _named(list(ec2.enis.values()))


def _nat_gateways(ec2: Any) -> Iterator[str]:
    return _named(gateway for gateway in list(ec2.nat_gateways.values()) if gateway.state != "deleted")


def _endpoints(ec2: Any) -> Iterator[str]:
    return _named(one for one in list(ec2.vpc_end_points.values()) if one.state != "deleted")


def _of(attribute: str) -> Lister:
    """EC2 resources of a dict."""
    return lambda backend: _named(list(getattr(backend, attribute).values()))


def _keys(attribute: str) -> Lister:
    """The keys of a dict that are names already."""
    return lambda backend: [str(key) for key in list(getattr(backend, attribute))]


def _names(attribute: str) -> Lister:
    """The names of a dict's objects."""
    return lambda backend: [one.name for one in list(getattr(backend, attribute).values())]


def _roles(iam: Any) -> Iterator[str]:
    return (
        role.name
        for role in list(iam.roles.values())
        if not role.path.startswith("/aws-service-role/") and not organization_role(role)
    )


def _customer_policies(iam: Any) -> Iterator[str]:
    of_aws = {policy.arn for policy in iam.aws_managed_policies}
    return (policy.name for arn, policy in list(iam.managed_policies.items()) if arn not in of_aws)


def _buckets(s3: Any) -> Iterator[str]:
    return (name for name in list(s3.buckets) if not name.startswith(SEEDED_BUCKETS))


def _kms_keys(kms: Any) -> Iterator[str]:
    """A key that waits for its deletion is as deleted as AWS lets it be at once."""
    keys = list(kms.keys.values())
    return (key.id for key in keys if key.key_manager != "AWS" and key.key_state != "PendingDeletion")


def _parameters(ssm: Any) -> Iterator[str]:
    return (name for name in list(ssm._parameters) if not name.startswith("/aws/"))


_KINDS: dict[str, dict[str, Lister]] = {
    "autoscaling": {"groups": _keys("autoscaling_groups"), "launch configurations": _keys("launch_configurations")},
    "cloudtrail": {"trails": _keys("trails")},
    "cloudwatch": {"dashboards": _keys("dashboards")},
    "dynamodb": {"tables": _keys("tables")},
    "ec2": {
        "elastic addresses": lambda ec2: [address.public_ip for address in ec2.addresses],
        "flow logs": _of("flow_logs"),
        "instances": _instances,
        "internet gateways": _of("internet_gateways"),
        "key pairs": _keys("key_pairs"),
        "launch templates": lambda ec2: [template.name for template in list(ec2.launch_templates.values())],
        "nat gateways": _nat_gateways,
        "network interfaces": _interfaces,
        "route tables": _route_tables,
        "security groups": _security_groups,
        "subnets": _own_subnets,
        "volumes": _of("volumes"),
        "vpc endpoints": _endpoints,
        "vpcs": _own_vpcs,
    },
    "elbv2": {
        "load balancers": _names("load_balancers"),
        "target groups": _names("target_groups"),
    },
    "events": {
        "buses": lambda events: [name for name in list(events.event_buses) if name != "default"],
        "rules": lambda events: [name for bus in list(events.event_buses.values()) for name in list(bus.rules)],
    },
    "iam": {
        "groups": _keys("groups"),
        "instance profiles": _names("instance_profiles"),
        "policies": _customer_policies,
        "roles": _roles,
        "users": _keys("users"),
    },
    "kms": {"keys": _kms_keys},
    "logs": {"groups": _keys("groups")},
    "s3": {"buckets": _buckets},
    "secretsmanager": {"secrets": lambda secrets: [one.name for one in list(secrets.secrets.values())]},
    "sns": {"topics": lambda sns: [topic.name for topic in list(sns.topics.values())]},
    "sqs": {"queues": _keys("queues")},
    "ssm": {"parameters": _parameters},
}
