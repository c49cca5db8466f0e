# SPDX-License-Identifier: GPL-3.0-or-later
"""The way out for builds: an HTTP proxy, as the region's network has no route to anywhere.

A build connects to the region's API address, where `Relay` passes the bytes on to a Unix socket. There the door's
Envoy, which lives in the machine's own network, is a forward proxy (HTTP and CONNECT); where the machine itself reaches
the internet by a proxy only, it passes on to that one. Neither needs a right that an ordinary user lacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from local_region.world.balancer.resources import socket_address
from local_region.world.network import CREDENTIALS_ADDRESS

# Hosts with these addresses may use it. Instances have none of them: they have no way out.
BUILD_NETWORK = ipaddress.IPv4Network("169.254.0.0/17")
PORT = 3128
SOCKET = "egress.sock"

_TYPE = "type.googleapis.com/envoy."
_NAME = "egress"
_PIECE = 64 * 1024


def machines_proxy(environment: Mapping[str, str]) -> SplitResult | None:
    """The HTTP proxy by which this machine reaches the internet, as its environment says; None when it needs none."""
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        given = environment.get(name, "")
        url = urlsplit(given if "://" in given else f"http://{given}")
        if url.scheme == "http" and url.hostname:
            return url
    return None


def build_variables(address: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables by which a build's programs find the proxy; with the user and password of the machine's, if any."""
    outer = machines_proxy(environment)
    user = outer.netloc.rpartition("@")[0] if outer else ""
    url = f"http://{user}@{address}:{PORT}" if user else f"http://{address}:{PORT}"
    direct = ",".join(["localhost", "127.0.0.1", "::1", address, CREDENTIALS_ADDRESS])
    variables = {"http_proxy": url, "https_proxy": url, "no_proxy": direct}
    return variables | {name.upper(): value for name, value in variables.items()}


def envoy_resources(socket: Path, environment: Mapping[str, str]) -> dict:
    """Listener and cluster for an Envoy outside: it listens on `socket`."""
    outer = machines_proxy(environment)
    filters, cluster = _to_proxy(outer) if outer else _forward()
    listener = {
        "name": _NAME,
        "address": {"pipe": {"path": str(socket), "mode": 0o600}},
        "filter_chains": [{"filters": filters}],
    }
    return {"listeners": [listener], "clusters": [{"name": _NAME, "connect_timeout": "10s", **cluster}]}


def _to_proxy(outer: SplitResult) -> tuple[list[dict], dict]:
    proxy = {
        "@type": _TYPE + "extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": _NAME,
        "cluster": _NAME,
    }
    endpoint = {"endpoint": {"address": socket_address(outer.hostname, outer.port or 80)}}
    endpoints = {"cluster_name": _NAME, "endpoints": [{"lb_endpoints": [endpoint]}]}
    cluster = {"type": "STRICT_DNS", "load_assignment": endpoints, "typed_dns_resolver_config": _resolver()}
    return [{"name": "tcp", "typed_config": proxy}], cluster


def _forward() -> tuple[list[dict], dict]:
    cache = {"name": _NAME, "dns_lookup_family": "V4_PREFERRED", "typed_dns_resolver_config": _resolver()}
    tunnel = [{"upgrade_type": "CONNECT", "connect_config": {}}]
    routes = [
        {"match": {"connect_matcher": {}}, "route": {"cluster": _NAME, "timeout": "0s", "upgrade_configs": tunnel}},
        {"match": {"prefix": "/"}, "route": {"cluster": _NAME, "timeout": "0s"}},
    ]
    http = _TYPE + "extensions.filters.http."
    manager = {
        "@type": _TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": _NAME,
        "generate_request_id": False,
        "upgrade_configs": [{"upgrade_type": "CONNECT"}],
        "route_config": {"virtual_hosts": [{"name": _NAME, "domains": ["*"], "routes": routes}]},
        "http_filters": [
            {
                "name": "names",
                "typed_config": {"@type": http + "dynamic_forward_proxy.v3.FilterConfig", "dns_cache_config": cache},
            },
            {
                "name": "router",
                "typed_config": {"@type": http + "router.v3.Router", "suppress_envoy_headers": True},
            },
        ],
    }
    kind = {"@type": _TYPE + "extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig", "dns_cache_config": cache}
    cluster = {"lb_policy": "CLUSTER_PROVIDED", "cluster_type": {"name": "names", "typed_config": kind}}
    return [{"name": "http", "typed_config": manager}], cluster


def _resolver() -> dict:
    """Names are looked up as the machine's programs do, by its /etc/hosts and whatever else it has."""
    name = "network.dns_resolver.getaddrinfo"
    kind = _TYPE + f"extensions.{name}.v3.GetAddrInfoDnsResolverConfig"
    return {"name": f"envoy.{name}", "typed_config": {"@type": kind}}


class Relay:
    """Passes connections of builds on to the proxy's socket, from its creation until `close`."""

    def __init__(self, address: str, socket: Path, port: int = PORT):
        self._address, self._socket, self._port = address, socket, port
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._connected, address, port))
        self._thread = threading.Thread(target=self._loop.run_forever, name="egress", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = ipaddress.IPv4Address(writer.get_extra_info("peername")[0])
        with contextlib.suppress(OSError), contextlib.closing(writer):
            if peer in BUILD_NETWORK:
                there_reader, there_writer = await asyncio.open_unix_connection(self._socket)
                with contextlib.closing(there_writer):
                    await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(_PIECE):
        target.write(piece)
        await target.drain()
    if target.can_write_eof():
        target.write_eof()
