# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AppSpec files of the Lambda and ECS platforms, which are a revision by themselves: resources and hooks."""

from __future__ import annotations

from typing import Any

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.appspec import (
    Problem,
    check_keys,
    check_version,
    type_name,
)

FUNCTION = "AWS::Lambda::Function"
SERVICE = "AWS::ECS::Service"
PROPERTIES = {
    FUNCTION: ("Name", "Alias", "CurrentVersion", "TargetVersion"),
    SERVICE: (
        "TaskDefinition",
        "LoadBalancerInfo",
        "PlatformVersion",
        "NetworkConfiguration",
        "CapacityProviderStrategy",
    ),
}
REQUIRED = {FUNCTION: PROPERTIES[FUNCTION], SERVICE: ("TaskDefinition", "LoadBalancerInfo")}
HOOKS = {
    FUNCTION: ("BeforeAllowTraffic", "AfterAllowTraffic"),
    SERVICE: ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"),
}


def check(document: dict[str, Any], name: str) -> list[Problem]:
    """All problems of a Lambda or ECS AppSpec; the resources' Type says which of the two it is."""
    problems = check_version(document, name)
    if "os" in document or "files" in document:
        sentence = "os and files belong to a server AppSpec, which is bundled with its files. Give path a directory."
        return problems + [Problem(name, sentence)]
    problems += check_keys(document, ("version", "resources", "Resources", "hooks", "Hooks"), name)
    resources = document.get("resources", document.get("Resources"))
    if not isinstance(resources, list) or not resources:
        return problems + [Problem(f"{name}: resources", "is missing. List the function or service to deploy.")]
    kinds = set()
    for index, resource in enumerate(resources):
        found, kind = _check_resource(resource, f"{name}: resources[{index}]")
        problems += found
        kinds.add(kind)
    if len(kinds - {None}) > 1:
        problems.append(Problem(f"{name}: resources", "mixes Lambda and ECS. Use one AppSpec file for each."))
    kind = (kinds - {None} or {None}).pop()
    hooks = document.get("hooks", document.get("Hooks"))
    return problems + (_check_hooks(hooks, kind, f"{name}: hooks") if kind and hooks is not None else [])


def _check_resource(resource: Any, place: str) -> tuple[list[Problem], str | None]:
    if not isinstance(resource, dict) or len(resource) != 1 or not isinstance(next(iter(resource.values())), dict):
        return [Problem(place, "must be a mapping with one name, and Type and Properties below it.")], None
    key, body = next(iter(resource.items()))
    place = f"{place}.{key}"
    kind = body.get("Type")
    if kind not in PROPERTIES:
        return [Problem(f"{place}.Type", f"is {kind}; valid values are {FUNCTION} and {SERVICE}.")], None
    properties = body.get("Properties")
    if not isinstance(properties, dict):
        return [Problem(f"{place}.Properties", "is missing.")], kind
    problems = check_keys(properties, PROPERTIES[kind], f"{place}.Properties")
    problems += [
        Problem(f"{place}.Properties.{required}", "is missing.")
        for required in REQUIRED[kind]
        if properties.get(required) in (None, "")
    ]
    same = properties.get("TargetVersion")
    if kind == FUNCTION and same is not None and properties.get("CurrentVersion") == same:
        problems.append(Problem(f"{place}.Properties", f"CurrentVersion and TargetVersion are both {same}."))
    if kind == SERVICE and properties.get("LoadBalancerInfo"):
        problems += _check_load_balancer(properties["LoadBalancerInfo"], f"{place}.Properties.LoadBalancerInfo")
    return problems, kind


def _check_load_balancer(info: Any, place: str) -> list[Problem]:
    if not isinstance(info, dict):
        return [Problem(place, f"is a {type_name(info)}; it must be a mapping.")]
    problems = [
        Problem(f"{place}.{key}", "is missing.") for key in ("ContainerName", "ContainerPort") if not info.get(key)
    ]
    port = info.get("ContainerPort")
    if port and not (str(port).isdigit() and 1 <= int(port) <= 65535):
        problems.append(Problem(f"{place}.ContainerPort", f"is {port}; a port is a number from 1 to 65535."))
    return problems


def _check_hooks(hooks: Any, kind: str, place: str) -> list[Problem]:
    if not isinstance(hooks, list):
        return [Problem(place, f"is a {type_name(hooks)}; it must be a list of 'event: function'.")]
    problems = []
    for index, hook in enumerate(hooks):
        if not isinstance(hook, dict) or len(hook) != 1:
            problems.append(Problem(f"{place}[{index}]", "must be a mapping of one event to one Lambda function."))
            continue
        event, function = next(iter(hook.items()))
        if event not in HOOKS[kind]:
            sentence = f"there is no lifecycle event {event} here. Known: {', '.join(HOOKS[kind])}."
            problems.append(Problem(f"{place}[{index}]", sentence))
        elif not isinstance(function, str) or not function:
            problems.append(Problem(f"{place}[{index}].{event}", "names no Lambda function."))
    return problems
