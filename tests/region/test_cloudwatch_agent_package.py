# SPDX-License-Identifier: GPL-3.0-or-later
"""The package of the stand-in for the CloudWatch agent, and what the stand-in reads."""

import io
import json
import socket
import tarfile
import time
import urllib.error
import urllib.request

import pytest
from botocore.credentials import Credentials

from local_region.world.cloudwatch_agent import package
from local_region.world.cloudwatch_agent.agent import (
    Tail,
    Traces,
    address_of,
    disk_used,
    memory_used,
    proxy_sampling,
)


def members(content):
    """The members of an ar archive, by name."""
    assert content.startswith(b"!<arch>\n")
    found, at = {}, 8
    while at < len(content):
        header = content[at : at + 60]
        size = int(header[48:58])
        found[header[:16].decode().strip()] = content[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    return found


def test_the_package_is_a_debian_package_that_says_that_it_is_a_stand_in():
    found = members(package.package())
    assert list(found) == ["debian-binary", "control.tar.gz", "data.tar.gz"]
    assert found["debian-binary"] == b"2.0\n"
    with tarfile.open(fileobj=io.BytesIO(found["control.tar.gz"])) as control:
        assert b"Stand-in of the local region" in control.extractfile("./control").read()
    with tarfile.open(fileobj=io.BytesIO(found["data.tar.gz"])) as data:
        assert data.getmember("./opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl").mode == 0o755


def test_a_file_is_read_by_whole_lines_once_and_anew_after_its_rotation(tmp_path):
    file = tmp_path / "app.log"
    file.write_text("one\ntwo\nthr")
    tail = Tail(str(file))
    assert tail.lines() == ["one", "two"]
    assert tail.lines() == ["one", "two"]  # nobody has got them yet
    tail.sent()
    file.write_text("one\ntwo\nthree\n")
    assert tail.lines() == ["three"]
    tail.sent()
    file.rename(tmp_path / "app.log.1")
    file.write_text("four\n")
    assert tail.lines() == ["four"]


def test_memory_and_disk_are_told_in_percent():
    assert 0 < memory_used() < 100
    assert 0 <= disk_used("/") <= 100


def test_segments_that_come_by_udp_are_sent_to_xray_and_others_are_dropped(api):
    traces = Traces(api.client("xray"), address_of("127.0.0.1:0"))
    now = time.time()
    segment = {"name": "shop", "id": "a" * 16, "trace_id": f"1-{int(now):x}-{'b' * 24}"} | {
        "start_time": now - 1,
        "end_time": now,
    }
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sdk:
        for header in (b'{"format": "json", "version": 1}', b"hello"):
            sdk.sendto(header + b"\n" + json.dumps(segment).encode(), traces.address)
    traces.send()
    (trace,) = api.client("xray").batch_get_traces(TraceIds=[segment["trace_id"]])["Traces"]
    assert [json.loads(one["Document"]) for one in trace["Segments"]] == [segment]


def test_sdks_ask_for_sampling_rules_by_the_agent_and_for_nothing_else(api):
    keys = Credentials("local", "rehearsal")
    server = proxy_sampling(keys, "eu-west-1", api.url, ("127.0.0.1", 0))
    address = f"http://127.0.0.1:{server.server_address[1]}"
    with urllib.request.urlopen(f"{address}/GetSamplingRules", data=b"") as answer:
        (record,) = json.load(answer)["SamplingRuleRecords"]
    assert record["SamplingRule"]["RuleARN"] == "arn:aws:xray:eu-west-1:123456789012:sampling-rule/Default"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{address}/CreateGroup", data=b"{}")
    server.shutdown()
