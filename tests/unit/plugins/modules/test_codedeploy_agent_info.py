# SPDX-License-Identifier: GPL-3.0-or-later
"""What an agent has left on its host, and what its log says. The lines are those of AWS's agents."""

from __future__ import annotations

import os
import time

import pytest
from ansible_collections.convoy.delivery.plugins.modules.codedeploy_agent_info import look, polling, version_in

POLLED = "2026-01-26T14:39:52 INFO  [codedeploy-agent(9)]: [Aws::CodeDeployCommand::Client 200 45.29 0 retries] poll_host_command(host_identifier:x)"  # noqa: E501
FAILED = "2026-01-26T14:40:02 ERROR [codedeploy-agent(9)]: InstanceAgent::Plugins::CodeDeployPlugin::CommandPoller: Missing credentials"  # noqa: E501
TRACE = "/opt/codedeploy-agent/lib/instance_agent/agent/base.rb:28:in `run'"
STARTED_2 = "2026-08-01T10:00:00.000000Z  INFO codedeploy: Starting host command poll loop poll_interval_ms=1000"
FAILED_2 = "2026-08-01T10:00:01.000000Z ERROR codedeploy: Error polling for host commands: HTTP 403"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("agent_version: OFFICIAL_1.8.1-49_rpm\n", "1.8.1-49"),
        ("agent_version: OFFICIAL_1.0.1.854_deb\n", "1.0.1.854"),
        ("agent_version: 2.1.0\n", "2.1.0"),
        ("", ""),
    ],
)
def test_each_agent_says_its_version_in_its_own_way(text, version):
    assert version_in(text) == version


@pytest.mark.parametrize(
    ("lines", "age", "state"),
    [
        ([POLLED], 1, "working"),
        ([POLLED, FAILED], 1, "failing"),
        ([POLLED, FAILED, TRACE], 1, "failing"),
        ([FAILED, POLLED], 1, "working"),
        ([STARTED_2], 5, "unknown"),
        ([STARTED_2, FAILED_2], 5, "failing"),
        # An agent of version 2 that recovers is silent, one that fails is heard every 90 s.
        ([STARTED_2, FAILED_2], 600, "unknown"),
        ([], 0, "unknown"),
    ],
)
def test_the_last_word_of_the_log_counts(lines, age, state):
    assert polling(lines, age)[0] == state


def test_an_error_is_told_as_the_log_has_it():
    assert polling([POLLED, FAILED, TRACE], 1)[1] == FAILED


def test_what_was_said_before_a_restart_does_not_count(tmp_path):
    version, log = tmp_path / ".version", tmp_path / "agent.log"
    version.write_text("agent_version: 2.1.0\n")
    log.write_text(f"{FAILED_2}\n")
    before = look(str(version), str(log), 0)
    assert (before["installed"], before["version"], before["polling"]) == (True, "2.1.0", "failing")
    with log.open("a") as file:
        file.write(f"{STARTED_2}\n")

    assert look(str(version), str(log), before["log_size"])["polling"] == "unknown"


def test_a_log_that_was_rotated_meanwhile_is_read_from_its_beginning(tmp_path):
    log = tmp_path / "agent.log"
    log.write_text(f"{FAILED_2}\n")
    os.utime(log, (time.time(), time.time()))

    assert look(str(tmp_path / "none"), str(log), 10**6)["polling"] == "failing"


def test_a_host_without_an_agent_has_none(tmp_path):
    found = look(str(tmp_path / ".version"), str(tmp_path / "agent.log"), 0)

    assert found == {"installed": False, "version": "", "polling": "unknown", "error": "", "log_size": 0}
