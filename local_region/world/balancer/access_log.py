# SPDX-License-Identifier: GPL-3.0-or-later
"""The access log: requests as Envoy writes them down (JSON), and as the lines of ELB's log files.

The lines: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
Which rule matched is not known here, and what could not be known from the request alone is a hyphen, as ELB writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TIME = "(%Y-%m-%dT%H:%M:%S.%6fZ)"
_FORMAT = {
    "ended": f"%EMIT_TIME{_TIME}%",
    "began": f"%START_TIME{_TIME}%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "target": "%UPSTREAM_HOST%",
    "cluster": "%UPSTREAM_CLUSTER%",
    "how": "%RESPONSE_CODE_DETAILS%",
    "status": "%RESPONSE_CODE%",
    "first_answer_ms": "%RESPONSE_DURATION%",
    "answer_ms": "%RESPONSE_TX_DURATION%",
    "received": "%DOWNSTREAM_WIRE_BYTES_RECEIVED%",
    "sent": "%DOWNSTREAM_WIRE_BYTES_SENT%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "host": "%REQ(:AUTHORITY)%",
    "protocol": "%PROTOCOL%",
    "agent": "%REQ(USER-AGENT)%",
    "location": "%RESP(LOCATION)%",
    "tls_version": "%DOWNSTREAM_TLS_VERSION%",
    "cipher": "%DOWNSTREAM_TLS_CIPHER%",
    "server_name": "%REQUESTED_SERVER_NAME%",
}
_FROM_TARGET = "via_upstream"


def file_log(path: Path) -> dict:
    """Envoy's access log to a file, a JSON object a line."""
    return {
        "name": "file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(path),
            "log_format": {"json_format": _FORMAT},
        },
    }


def records(path: Path, offset: int) -> tuple[list[dict], int]:
    """The whole lines of a log file from a byte on, and the byte after them."""
    if not path.exists():
        return [], offset
    with open(path, "rb") as file:
        file.seek(offset)
        text, end, _rest = file.read().rpartition(b"\n")
    lines = text.split(b"\n") if text else []
    return [json.loads(line) for line in lines], offset + len(text) + len(end)


def line(record: Mapping[str, Any], balancer: str, port: int, groups: Mapping[str, str]) -> str:
    """A request as a line of ELB's log. `balancer` is the load balancer's name there; `groups` are ARNs by cluster."""
    secure = record["tls_version"] is not None
    scheme = "https" if secure else "http"
    answered = record["how"] == _FROM_TARGET
    target = (record["target"] if record["target"] else None) if record["cluster"] in groups else None
    status = record["status"]
    url = f"{scheme}://{_with_port(record['host'] or '-', port)}{record['path'] or '-'}"
    fields = [
        "h2" if secure and record["protocol"] == "HTTP/2" else scheme,
        record["ended"],
        balancer,
        record["client"],
        target or "-",
        "0.000" if target else "-1",
        _seconds(record["first_answer_ms"]) if answered else "-1",
        _seconds(record["answer_ms"]) if answered else "-1",
        status or "-",
        status if answered else "-",
        record["received"],
        record["sent"],
        _quoted(f"{record['method'] or '-'} {url} {record['protocol'] or '-'}"),
        _quoted(record["agent"]),
        record["cipher"] or "-",
        record["tls_version"] or "-",
        groups.get(record["cluster"] or "", "-"),
        _quoted(None),
        _quoted(record["server_name"]),
        _quoted(None),
        "-",
        record["began"],
        _quoted(_action(record, groups)),
        _quoted(record["location"] if _action(record, groups) == "redirect" else None),
        _quoted(None),
        _quoted(target),
        _quoted(status if answered else None),
        _quoted(None),
        _quoted(None),
    ]
    return " ".join(str(field) for field in fields)


def _action(record: Mapping[str, Any], groups: Mapping[str, str]) -> str:
    if record["cluster"] in groups:
        return "forward"
    return "redirect" if record["location"] else "fixed-response"


def _with_port(host: str, port: int) -> str:
    return host if ":" in host else f"{host}:{port}"


def _seconds(milliseconds: int | None) -> str:
    return f"{(milliseconds or 0) / 1000:.3f}"


def _quoted(value: Any) -> str:
    """In quotes, with what would end them written as \\xHH."""
    text = "-" if value in (None, "") else str(value)
    return '"' + text.replace("\\", "\\x5C").replace('"', "\\x22") + '"'
