# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents that die or hang, as deployments see them."""

import pytest

from tests.region.faults.fault_site import eventually, runs

SILENT = "CodeDeploy agent was not able to receive the lifecycle event"
AGENT = "codedeploy_agent"


@pytest.mark.thorough
def test_a_deployment_to_a_killed_agent_fails_as_one_to_a_silent_agent(site):
    fault = site.region.fault("agent-killed", instance=site.one)
    status, event = site.deploy("one")
    assert (status, event["lifecycleEventName"]) == ("Failed", "ApplicationStop")
    assert (event["diagnostics"]["errorCode"], SILENT in event["diagnostics"]["message"]) == ("UnknownError", True)

    fault.clear()
    assert site.deploy("one") == ("Succeeded", None)


def test_a_killed_agent_that_is_started_again_is_killed_again_until_the_fault_is_cleared(site):
    fault = site.region.fault("agent-killed", instance=site.one)
    site.region.run_on(site.one, "systemctl", "start", "codedeploy-agent")
    eventually(lambda: not runs(site.region, site.one, AGENT))

    fault.clear()
    assert runs(site.region, site.one, AGENT)


def test_a_silent_agent_goes_on_with_the_deployment_that_waits_for_it(site):
    fault = site.region.fault("agent-silent", instance=site.two)
    assert set(runs(site.region, site.two, AGENT)) == {"T"}
    deployment = site.start_deployment("two")

    fault.clear()
    assert "T" not in runs(site.region, site.two, AGENT)
    assert site.end_of(deployment) == ("Succeeded", None)
