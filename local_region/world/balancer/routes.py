# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener's rules as an Envoy route configuration. Pure."""

from __future__ import annotations

from local_region.world.balancer.conditions import header_matcher
from local_region.world.balancer.spec import (
    Action,
    FixedResponse,
    Forward,
    ListenerSpec,
    LoadBalancerSpec,
    Redirect,
    RuleSpec,
    TargetGroupSpec,
    group_key,
    listener_key,
)

# Endpoints that may get traffic carry this in their metadata; routes ask for it. A draining target loses it, so that it
# gets nothing new even when the load balancer fails open, and a new one gets it once it has passed its first check.
IN_SERVICE = {"filter_metadata": {"envoy.lb": {"in_service": "yes"}}}
OUT_OF_SERVICE = {"filter_metadata": {"envoy.lb": {"in_service": "no"}}}
IN_SERVICE_KEY = "in_service"

_TYPE = "type.googleapis.com/envoy."


def route_configuration(listener: ListenerSpec, balancer: LoadBalancerSpec) -> dict:
    """The listener's rules, in order, for every host name."""
    groups = {group.arn: group for group in balancer.target_groups}
    routes = [route(rule, groups, balancer.idle_timeout) for rule in listener.rules]
    return {
        "@type": _TYPE + "config.route.v3.RouteConfiguration",
        "name": listener_key(listener.arn),
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}],
        "request_headers_to_add": [
            {
                "header": {"key": "x-forwarded-for", "value": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"},
                "append_action": "APPEND_IF_EXISTS_OR_ADD",
            },
            {
                "header": {"key": "x-forwarded-port", "value": str(listener.port)},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            },
        ],
        "request_headers_to_remove": ["x-envoy-external-address", "x-envoy-internal"],
    }


def route(rule: RuleSpec, groups: dict[str, TargetGroupSpec], idle_timeout: float) -> dict:
    """One rule as one Envoy route."""
    match: dict = {"prefix": "/"}
    if rule.conditions:
        match["headers"] = [header_matcher(condition) for condition in rule.conditions]
    return {"match": match, **_what_happens(rule.action, groups, idle_timeout)}


def _what_happens(action: Action, groups: dict[str, TargetGroupSpec], idle_timeout: float) -> dict:
    if isinstance(action, FixedResponse):
        return _fixed_response(action)
    if isinstance(action, Redirect):
        return {"redirect": _redirect(action)}
    return _forward(action, groups, idle_timeout)


def _forward(action: Forward, groups: dict[str, TargetGroupSpec], idle_timeout: float) -> dict:
    weights = [(arn, weight) for arn, weight in action.groups if arn in groups]
    if len(weights) == 1:
        weights = [(weights[0][0], 1)]
    if not any(weight for _, weight in weights):  # as an ALB answers when every target group has weight 0
        return _fixed_response(FixedResponse(503))
    return {
        "route": {
            "weighted_clusters": {"clusters": [_weighted(groups[arn], weight) for arn, weight in weights]},
            "metadata_match": IN_SERVICE,
            # An ALB limits silence, not the length of an answer; and it never tries a request again.
            "timeout": "0s",
            "idle_timeout": f"{idle_timeout:g}s",
        }
    }


def _weighted(group: TargetGroupSpec, weight: int) -> dict:
    cluster: dict = {"name": group_key(group.arn), "weight": weight}
    if group.cookie_seconds is not None:
        cookie = {"name": "AWSALB", "path": "/", "ttl": f"{group.cookie_seconds}s"}
        session = {
            "name": "envoy.http.stateful_session.cookie",
            "typed_config": {
                "@type": _TYPE + "extensions.http.stateful_session.cookie.v3.CookieBasedSessionState",
                "cookie": cookie,
            },
        }
        cluster["typed_per_filter_config"] = {
            "stateful_session": {
                "@type": _TYPE + "extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute",
                "stateful_session": {"session_state": session},
            }
        }
    return cluster


def _fixed_response(action: FixedResponse) -> dict:
    answer: dict = {"direct_response": {"status": action.status, "body": {"inline_string": action.body}}}
    if not action.body:
        del answer["direct_response"]["body"]
    answer["response_headers_to_add"] = [
        {
            "header": {"key": "content-type", "value": action.content_type},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }
    ]
    return answer


def _redirect(action: Redirect) -> dict:
    redirect: dict = {"response_code": "MOVED_PERMANENTLY" if action.status == 301 else "FOUND"}
    if action.protocol != Redirect.protocol:
        redirect["scheme_redirect"] = action.protocol.lower()
    if action.host != Redirect.host:
        redirect["host_redirect"] = action.host
    if action.port != Redirect.port:
        redirect["port_redirect"] = int(action.port)
    if "#{path}" not in action.path:
        keeps_query = action.query in ("", Redirect.query)
        redirect["path_redirect"] = action.path if keeps_query else f"{action.path}?{action.query}"
    elif action.path != Redirect.path:
        replacement = action.path.replace("\\", "\\\\").replace("#{path}", "\\1")
        redirect["regex_rewrite"] = {"pattern": {"regex": "^/(.*)$"}, "substitution": replacement}
    if not action.query:
        redirect["strip_query"] = True
    return redirect
