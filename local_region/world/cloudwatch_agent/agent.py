# SPDX-License-Identifier: GPL-3.0-or-later
"""The local region's stand-in for the CloudWatch agent: log files, mem_used_percent and disk's used_percent, traces by
the X-Ray daemon's protocol, no more.

Runs on a host, by the region's Python, from the agent's own configuration file. Imports nothing of local_region.
"""

from __future__ import annotations

import contextlib
import glob
import json
import logging
import os
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from botocore.utils import IMDSFetcher, InstanceMetadataRegionFetcher

CONFIG = Path("/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json")
LOOK = 1.0  # seconds
MOST_LINES = 1000  # in a request
MOST_SEGMENTS = 50  # in a request
LONGEST_DATAGRAM = 65536
SAMPLING = ("/GetSamplingRules", "/SamplingTargets")  # what SDKs ask by the agent, which signs it
log = logging.getLogger("agent")


class Metadata(IMDSFetcher):
    def instance_id(self) -> str:
        token = self._fetch_metadata_token()
        return self._get_request("latest/meta-data/instance-id", None, token).text


class Tail:
    """The new whole lines of one file; one that shrank or was replaced is read from its beginning."""

    def __init__(self, path: str):
        self.path, self._inode, self._offset = path, None, 0

    def lines(self) -> list[str]:
        with open(self.path, "rb") as file:
            found = os.fstat(file.fileno())
            if found.st_ino != self._inode or found.st_size < self._offset:
                self._inode, self._offset = found.st_ino, 0
            file.seek(self._offset)
            whole = file.read(1024 * 1024).rpartition(b"\n")[0]
        lines = whole.split(b"\n")[:MOST_LINES] if whole else []
        self._next = self._offset + sum(len(line) + 1 for line in lines)
        return [line.decode("utf-8", "replace") for line in lines]

    def sent(self) -> None:
        self._offset = self._next


class Logs:
    """Sends what is new in the files that the configuration names."""

    def __init__(self, client, collected: list[dict], instance_id: str):
        self._client, self._collected, self._instance = client, collected, instance_id
        self._tails: dict[str, Tail] = {}
        self._streams: set[tuple[str, str]] = set()

    def send(self) -> None:
        for entry in self._collected:
            stream = entry.get("log_stream_name", "{instance_id}").replace("{instance_id}", self._instance)
            for path in sorted(glob.glob(entry["file_path"])):
                self._send(self._tails.setdefault(path, Tail(path)), entry["log_group_name"], stream)

    def _send(self, tail: Tail, group: str, stream: str) -> None:
        lines = [line for line in tail.lines() if line.strip()]
        if lines:
            self._make(group, stream)
            now = int(time.time() * 1000)
            events = [{"timestamp": now, "message": line} for line in lines]
            self._client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        tail.sent()

    def _make(self, group: str, stream: str) -> None:
        if (group, stream) in self._streams:
            return
        with contextlib.suppress(self._client.exceptions.ResourceAlreadyExistsException):
            self._client.create_log_stream(logGroupName=group, logStreamName=stream)
        self._streams.add((group, stream))


class Metrics:
    """Sends memory and disk usage once an interval."""

    def __init__(self, client, wanted: dict, dimensions: dict[str, str], interval: float):
        self._client, self._wanted, self._interval, self._due = client, wanted, interval, 0.0
        self._dimensions = dimensions

    def send(self) -> None:
        if not self._wanted or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._interval
        collected, data = self._wanted.get("metrics_collected", {}), []
        if "mem" in collected:
            data.append(self._datum("mem_used_percent", memory_used(), {}))
        for path in collected.get("disk", {}).get("resources", []):
            data.append(self._datum("disk_used_percent", disk_used(path), {"path": path}))
        if data:
            self._client.put_metric_data(Namespace=self._wanted.get("namespace", "CWAgent"), MetricData=data)

    def _datum(self, name: str, value: float, more: dict[str, str]) -> dict:
        dimensions = [{"Name": key, "Value": given} for key, given in (self._dimensions | more).items()]
        return {"MetricName": name, "Value": value, "Unit": "Percent", "Dimensions": dimensions}


class Traces:
    """Sends the segments that the application's SDK hands over by UDP.

    A datagram is a header, a line end and a segment document. Source: X-Ray developer guide, "Sending trace data".
    """

    def __init__(self, client, address: tuple[str, int]):
        self._client, self._socket = client, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)
        self.address = self._socket.getsockname()

    def send(self) -> None:
        while segments := self._received():
            answer = self._client.put_trace_segments(TraceSegmentDocuments=segments)
            for refused in answer["UnprocessedTraceSegments"]:
                log.error("X-Ray did not take a segment: %s", refused)

    def _received(self) -> list[str]:
        segments = []
        with contextlib.suppress(BlockingIOError):
            while len(segments) < MOST_SEGMENTS:
                header, _, segment = self._socket.recv(LONGEST_DATAGRAM).partition(b"\n")
                if header.replace(b" ", b"") == b'{"format":"json","version":1}':
                    segments.append(segment.decode("utf-8", "replace"))
                else:
                    log.error("A datagram was dropped: it has no header of the X-Ray daemon's protocol.")
        return segments


def proxy_sampling(credentials, region: str, endpoint: str, address: tuple[str, int]) -> ThreadingHTTPServer:
    """Serves what SDKs ask about sampling, signed as the host's role, in a thread."""

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}"
            if self.path not in SAMPLING:
                self.send_error(403, "The agent passes on what is asked about sampling alone.")
                return
            request = AWSRequest("POST", endpoint + self.path, {"Content-Type": "application/json"}, body)
            SigV4Auth(credentials, "xray", region).add_auth(request)
            answer = URLLib3Session().send(request.prepare())
            self.send_response(answer.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *arguments) -> None:
            log.info(format, *arguments)

    server = ThreadingHTTPServer(address, Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def address_of(text: str) -> tuple[str, int]:
    """`127.0.0.1:2000` as sockets take it."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def memory_used() -> float:
    found = dict(re.findall(r"^(\w+): +(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE))
    return 100 * (1 - int(found["MemAvailable"]) / int(found["MemTotal"]))


def disk_used(path: str) -> float:
    found = os.statvfs(path)
    return 100 * (1 - found.f_bavail / found.f_blocks)


def group_of(ec2, instance_id: str) -> str | None:
    filters = [
        {"Name": "resource-id", "Values": [instance_id]},
        {"Name": "key", "Values": ["aws:autoscaling:groupName"]},
    ]
    return next((one["Value"] for one in ec2.describe_tags(Filters=filters)["Tags"]), None)


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    config = json.loads(CONFIG.read_text())
    endpoint, region = os.environ["REGION_ENDPOINT"], InstanceMetadataRegionFetcher().retrieve_region()
    session, instance_id = Session(), Metadata().instance_id()

    def client(service: str):
        return session.create_client(service, region_name=region, endpoint_url=endpoint)

    dimensions = {"InstanceId": instance_id}
    metrics = config.get("metrics", {})
    if "AutoScalingGroupName" in metrics.get("append_dimensions", {}) and (
        group := group_of(client("ec2"), instance_id)
    ):
        dimensions["AutoScalingGroupName"] = group
    collected = config.get("logs", {}).get("logs_collected", {}).get("files", {}).get("collect_list", [])
    interval = float(config.get("agent", {}).get("metrics_collection_interval", 60))
    senders: list[Logs | Metrics | Traces] = [
        Logs(client("logs"), collected, instance_id),
        Metrics(client("cloudwatch"), metrics, dimensions, interval),
    ]
    receivers = config.get("traces", {}).get("traces_collected", {})
    if "xray" in receivers:
        senders.append(Traces(client("xray"), address_of(receivers["xray"]["bind_address"])))
        proxy = address_of(receivers["xray"]["tcp_proxy"]["bind_address"])
        proxy_sampling(session.get_credentials(), region, endpoint, proxy)
    if "otlp" in receivers:
        log.warning("The local region's stand-in takes no traces by OTLP; nothing listens for them.")
    log.info("The local region's stand-in for the CloudWatch agent runs.")
    while True:
        for sender in senders:
            try:
                sender.send()
            except (BotoCoreError, ClientError, OSError) as error:
                log.error("%s", error)
        time.sleep(LOOK)


if __name__ == "__main__":
    main()
