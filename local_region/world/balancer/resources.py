# SPDX-License-Identifier: GPL-3.0-or-later
"""Target groups, listeners and the bootstrap as Envoy resources. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from local_region.world.balancer import access_log, tls
from local_region.world.balancer.routes import IN_SERVICE, IN_SERVICE_KEY, OUT_OF_SERVICE
from local_region.world.balancer.spec import (
    HealthCheckSpec,
    ListenerSpec,
    LoadBalancerSpec,
    TargetGroupSpec,
    group_key,
    listener_key,
)

_TYPE = "type.googleapis.com/envoy."

# Waiting for a next check is the service's time and is scaled; answering it is the host's time, so a scaled time-out
# never gets shorter than what a busy machine needs.
SHORTEST_INTERVAL = 0.05
SHORTEST_TIMEOUT = 0.5

# An ALB knows no limit of connections or requests per target group; Envoy's default is 1024.
_NO_LIMIT = {
    "thresholds": [
        dict.fromkeys(("max_connections", "max_pending_requests", "max_requests", "max_retries"), 1_000_000_000)
    ]
}

# An ALB answers 502 when a target refuses or breaks the connection, 503 without a target, 504 when one is too slow.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
_STATUS_OF_FLAGS = ((502, ["UF", "UC", "UR", "UPE"]), (503, ["UH", "UO", "NC"]), (504, ["UT", "SI"]))


@dataclass(frozen=True)
class Endpoint:
    """A target as Envoy sees it: where it is, and whether it may get traffic. Checks go to `checked_at`, if given."""

    address: str
    port: int
    in_service: bool
    draining: bool = False
    checked_at: tuple[str, int] | None = None


def cluster(group: TargetGroupSpec, scale: float, endpoints_file: Path) -> dict:
    """A target group as an Envoy cluster whose endpoints come from a file."""
    return {
        "@type": _TYPE + "config.cluster.v3.Cluster",
        "name": group_key(group.arn),
        "type": "EDS",
        "eds_cluster_config": {"eds_config": file_source(endpoints_file)},
        "connect_timeout": "10s",  # an ALB's own
        "health_checks": [_health_check(group.health_check, scale)],
        "circuit_breakers": _NO_LIMIT,
        # A target that is taken out goes at once, whatever its health; its requests in flight end by themselves.
        "ignore_health_on_host_removal": True,
        "common_lb_config": {
            # Fails open, as an ALB does, when no target is healthy. Envoy takes whole percents: in a group of more than
            # 100 targets the last healthy one is not enough.
            "healthy_panic_threshold": {"value": 1},
            # Envoy would gather changes of health for a second before its workers hear of them.
            "update_merge_window": "0s",
            "ignore_new_hosts_until_first_hc": True,
        },
        "lb_subset_config": {"fallback_policy": "NO_FALLBACK", "subset_selectors": [{"keys": [IN_SERVICE_KEY]}]},
        **_algorithm(group, scale),
    }


def _algorithm(group: TargetGroupSpec, scale: float) -> dict:
    if group.algorithm == "weighted_random":
        return {"lb_policy": "RANDOM"}
    slow_start = {"slow_start_config": {"slow_start_window": _duration(group.slow_start / scale)}}
    name = "least_request" if group.algorithm == "least_outstanding_requests" else "round_robin"
    config = {f"{name}_lb_config": slow_start} if group.slow_start else {}
    return {"lb_policy": name.upper(), **config}


def _health_check(check: HealthCheckSpec, scale: float) -> dict:
    interval = _duration(max(check.interval / scale, SHORTEST_INTERVAL))
    return {
        "interval": interval,
        "no_traffic_interval": interval,
        "no_traffic_healthy_interval": interval,
        "timeout": _duration(max(check.timeout / scale, min(check.timeout, SHORTEST_TIMEOUT))),
        "healthy_threshold": check.healthy_threshold,
        "unhealthy_threshold": check.unhealthy_threshold,
        "reuse_connection": False,
        "http_health_check": {
            "path": check.path,
            "request_headers_to_add": [
                {
                    "header": {"key": "user-agent", "value": "ELB-HealthChecker/2.0"},
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                }
            ],
            "expected_statuses": [{"start": low, "end": high + 1} for low, high in check.codes],
            # Without this, one unexpected status is enough for Envoy, whatever the unhealthy threshold.
            "retriable_statuses": [{"start": 100, "end": 600}],
        },
    }


def cluster_load_assignment(group: TargetGroupSpec, endpoints: Iterable[Endpoint]) -> dict:
    """Where the targets of a group are."""
    return {
        "@type": _TYPE + "config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": group_key(group.arn),
        "endpoints": [{"lb_endpoints": [_lb_endpoint(item, group.health_check.port) for item in endpoints]}],
    }


def _lb_endpoint(item: Endpoint, check_port: int | None) -> dict:
    endpoint: dict = {"address": socket_address(item.address, item.port)}
    checked = {"hostname": f"{item.address}:{check_port or item.port}"}
    if item.checked_at:
        checked |= {"address": socket_address(*item.checked_at)}
    elif check_port:
        checked |= {"port_value": check_port}
    endpoint["health_check_config"] = checked
    return {
        "endpoint": endpoint,
        "health_status": "DRAINING" if item.draining else "UNKNOWN",
        "metadata": IN_SERVICE if item.in_service else OUT_OF_SERVICE,
    }


def listener(
    spec: ListenerSpec, balancer: LoadBalancerSpec, socket: Path, routes_file: Path, certificates: Path, log: Path
) -> dict:
    """A listener that speaks HTTP or HTTPS on a Unix socket, to which the door brings the clients (PROXY protocol).

    `certificates` is the directory that has its certificates (tls.py), `log` the file of its access log.
    """
    manager = _http_connection_manager(spec, balancer, routes_file)
    if balancer.logs:
        manager["typed_config"]["access_log"] = [access_log.file_log(log)]
    chain: dict = {"filters": [manager]}
    if spec.tls:
        chain["transport_socket"] = tls.transport_socket(spec.tls, certificates)
    return {
        "@type": _TYPE + "config.listener.v3.Listener",
        "name": listener_key(spec.arn),
        "address": {"pipe": {"path": str(socket), "mode": 0o600}},
        "listener_filters": [
            {
                "name": "proxy_protocol",
                "typed_config": {
                    "@type": _TYPE + "extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
                    "allow_requests_without_proxy_protocol": True,
                },
            }
        ],
        "filter_chains": [chain],
    }


def _http_connection_manager(spec: ListenerSpec, balancer: LoadBalancerSpec, routes_file: Path) -> dict:
    name = listener_key(spec.arn)
    return {
        "name": "http",
        "typed_config": {
            "@type": _TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": name,
            "rds": {"config_source": file_source(routes_file), "route_config_name": name},
            "http_filters": [
                {
                    "name": "stateful_session",
                    "typed_config": {"@type": _TYPE + "extensions.filters.http.stateful_session.v3.StatefulSession"},
                },
                {
                    "name": "router",
                    "typed_config": {
                        "@type": _TYPE + "extensions.filters.http.router.v3.Router",
                        "suppress_envoy_headers": True,
                    },
                },
            ],
            "use_remote_address": True,
            "skip_xff_append": True,  # for a loopback client Envoy would add the machine's address; see routes.py
            "generate_request_id": False,
            "server_header_transformation": "PASS_THROUGH",
            "stream_idle_timeout": f"{balancer.idle_timeout:g}s",
            "common_http_protocol_options": {"idle_timeout": f"{balancer.idle_timeout:g}s"},
            "local_reply_config": {"mappers": [_status(code, flags) for code, flags in _STATUS_OF_FLAGS]},
        },
    }


def _status(code: int, flags: list[str]) -> dict:
    return {"filter": {"response_flag_filter": {"flags": flags}}, "status_code": code}


def bootstrap(directory: Path, static: Mapping = MappingProxyType({})) -> dict:
    """What Envoy is started with, `static` resources among it: everything else comes from files in `directory`."""
    return {
        "static_resources": dict(static),
        "stats_flush_on_admin": True,  # so that times are as fresh as counts whenever they are read
        "node": {"id": "local-region", "cluster": "local-region"},
        "admin": {"address": {"pipe": {"path": str(directory / "admin.sock"), "mode": 0o600}}},
        "dynamic_resources": {
            "cds_config": file_source(directory / "cds.json"),
            "lds_config": file_source(directory / "lds.json"),
        },
    }


def file_source(path: Path) -> dict:
    return {"path_config_source": {"path": str(path)}, "resource_api_version": "V3"}


def socket_address(address: str, port: int) -> dict:
    return {"socket_address": {"address": address, "port_value": port}}


def discovery_response(version: int, resources: Iterable[Mapping]) -> dict:
    """The content of a file that Envoy reads resources from."""
    return {"version_info": str(version), "resources": list(resources)}


def _duration(seconds: float) -> str:
    return f"{seconds:.3f}s"
