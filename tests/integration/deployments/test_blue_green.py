# SPDX-License-Identifier: GPL-3.0-or-later
"""codedeploy_deployment over HTTP with blue/green deployments: ready, continued, rerouted, terminated, stopped."""

import re
import threading

import pytest

from local_region.clock import Clock
from tests.region.codedeploy.conftest import REGION, LocalCodeDeploy
from tests.region.codedeploy.scenes import fails_at
from tests.region.codedeploy.test_blue_green import Scene
from tests.run_module import run_module

MODULE = "codedeploy_deployment"
SHOP = {"application_name": "shop", "deployment_group_name": "production", "wait_timeout": 120}
REVISION = {"revision_type": "S3", "s3_location": {"bucket": "bundles", "key": "app-1.zip", "bundle_type": "zip"}}
GREEN = {"tag_filters": [{"key": "Environment", "value": "green"}]}
SCALE = 30  # a minute takes two seconds, and an agent is silent for ten before it is given up


@pytest.fixture
def codedeploy():
    """CodeDeploy alone, its waits in minutes made short."""
    started = LocalCodeDeploy(Clock(scale=SCALE), long_poll=1.0)
    yield started
    started.close()


class Blue:
    """The shop with blue hosts b-1 and b-2 that have the traffic and green hosts g-1 and g-2, and the module."""

    def __init__(self, codedeploy, **options):
        self.scene, self.codedeploy = Scene(codedeploy, **options), codedeploy

    def module(self, check_mode=False, **options):
        return self.run(MODULE, {**SHOP, **options}, check_mode)

    def group(self, environment, **options):
        """The module of the group, for a task that names the instances of an environment."""
        names = {name: SHOP[name] for name in ("application_name", "deployment_group_name")}
        filters = [{"key": "Environment", "value": environment}]
        return self.run("codedeploy_deployment_group", {**names, "ec2_tag_filters": filters, **options})

    def run(self, module, options, check_mode=False):
        connection = {"endpoint_url": self.codedeploy.url, "region": REGION}
        keys = {"access_key": "test", "secret_key": "test"}
        return run_module(module, {**connection, **keys, **options}, check_mode)

    def deploy(self, **options):
        return self.module(revision=REVISION, target_instances=GREEN, **options)

    def continue_(self, **options):
        return self.module(state="continued", **options)

    def status(self, result):
        return self.codedeploy.get(result["deployment"]["deployment_id"])["status"]


@pytest.fixture
def waits_long(codedeploy):
    """Waits two days for ContinueDeployment, and two days before it terminates the blue hosts."""
    return Blue(codedeploy, wait=2880, terminate=2880)


def test_a_deployment_is_followed_until_it_is_ready_and_adopted_from_there(waits_long):
    ready = waits_long.deploy(wait_for="ready")
    assert (ready["changed"], ready["deployment"]["status"], ready["deployment"]["phase"]) == (True, "Ready", "ready")
    labels = {host["id"]: (host["instance_label"], host["status"]) for host in ready["deployment"]["hosts"]}
    assert labels["g-1"] == ("Green", "Ready")
    assert labels["b-1"] == ("Blue", "Pending")
    assert "  ready, waits to be continued  2 of 2 green" in ready["progress"][-1]
    again = waits_long.deploy(wait_for="ready")
    assert (again["adopted"], again["deployment"]["status"]) == (True, "Ready")


def test_continued_reroutes_once_and_ends_the_termination_wait_once(waits_long):
    waits_long.deploy(wait_for="ready")
    rerouted = waits_long.continue_(wait_for="rerouted")
    assert (rerouted["changed"], rerouted["deployment"]["phase"]) == (True, "terminating")
    assert "  rerouted, original hosts end in 2880 min  2 of 2 green, 2 of 2 blue out" in rerouted["progress"][-1]
    assert waits_long.codedeploy.traffic.registered["web"] == {"g-1", "g-2"}
    assert waits_long.continue_(wait_for="rerouted")["changed"] is False
    ended = waits_long.continue_(deployment_wait_type="TERMINATION_WAIT")
    assert (ended["changed"], ended["deployment"]["status"]) == (True, "Succeeded")
    identity = ended["deployment"]["deployment_id"]
    assert waits_long.continue_(deployment_wait_type="TERMINATION_WAIT") == {"changed": False}
    assert waits_long.continue_(deployment_id=identity)["changed"] is False


def test_check_mode_predicts_what_continued_does_and_continues_nothing(waits_long):
    ready = waits_long.deploy(wait_for="ready")
    predicted = waits_long.continue_(check_mode=True)
    assert waits_long.status(ready) == "Ready"
    real = waits_long.continue_(wait_for="rerouted")
    assert predicted["changed"] is real["changed"] is True
    assert predicted["diff"] == real["diff"] == {"before": {"phase": "ready"}, "after": {"phase": "rerouting"}}
    predicted = waits_long.continue_(check_mode=True, deployment_wait_type="TERMINATION_WAIT")
    real = waits_long.continue_(deployment_wait_type="TERMINATION_WAIT")
    assert predicted["diff"] == real["diff"] == {"before": {"phase": "terminating"}, "after": {"phase": "Succeeded"}}


def test_a_deployment_that_is_not_ready_yet_is_waited_for_or_refused(codedeploy):
    opened = threading.Event()
    blue = Blue(codedeploy, wait=2880, terminate=0, scripts={"g-1": lambda event: opened.wait(60) and None})
    try:
        started = blue.deploy(wait=False)["deployment"]["deployment_id"]
        refused = blue.continue_(wait=False)
        assert refused["failed"] is True
        assert (
            f"deployment_wait_type: deployment {started} is not so far that it is ready (installing)." in refused["msg"]
        )
        assert blue.continue_(check_mode=True)["changed"] is True
        threading.Timer(0.5, opened.set).start()
        done = blue.continue_()
        assert (done["changed"], done["deployment"]["status"]) == (True, "Succeeded")
    finally:
        opened.set()


def test_a_deployment_that_nobody_continues_fails_the_task_and_says_why(codedeploy):
    blue = Blue(codedeploy, wait=1)
    result = blue.deploy()
    assert result["failed"] is True
    assert f"production: deployment {result['deployment']['deployment_id']} stopped: " in result["msg"]


def test_a_wait_for_the_end_of_what_waits_for_us_says_what_to_do(waits_long):
    waits_long.deploy(wait_for="ready")
    result = waits_long.deploy(wait_timeout=3)
    assert "Last seen: Ready. It goes on when it is continued (state=continued)" in result["msg"]


def test_without_waits_the_traffic_moves_and_the_old_hosts_end(codedeploy):
    blue = Blue(codedeploy)
    result = blue.deploy()
    assert result["deployment"]["status"] == "Succeeded"
    assert "phase" not in result["deployment"]
    assert {host["instance_label"] for host in result["deployment"]["hosts"]} == {"Green", "Blue"}
    assert blue.deploy()["changed"] is False


def test_a_script_that_fails_on_green_leaves_blue_its_traffic_and_is_named(codedeploy):
    blue = Blue(codedeploy, scripts={"g-1": fails_at("ValidateService"), "g-2": fails_at("ValidateService")})
    result = blue.deploy()
    # The first that failed is named first.
    assert re.search(r"production: ValidateService failed on g-(1 and g-2|2 and g-1): exit 1\.", result["msg"])
    assert blue.codedeploy.traffic.registered["web"] == {"b-1", "b-2"}


def test_stopped_before_the_traffic_moves_blue_keeps_it(waits_long):
    waits_long.deploy(wait_for="ready")
    stopped = waits_long.module(state="stopped")
    assert (stopped["changed"], stopped["deployment"]["status"]) == (True, "Stopped")
    assert waits_long.codedeploy.traffic.registered["web"] == {"b-1", "b-2"}
    over = waits_long.continue_(deployment_id=stopped["deployment"]["deployment_id"])
    assert "has ended (Stopped) and cannot be continued. Deploy its revision again." in over["msg"]


def test_a_group_that_a_deployment_has_pointed_to_green_is_left_there_unless_that_is_not_wanted(codedeploy):
    blue = Blue(codedeploy)
    assert blue.group("production")["changed"] is False
    assert blue.deploy()["deployment"]["status"] == "Succeeded"
    left = blue.group("production")
    assert left["changed"] is False
    assert left["deployment_group"]["ec2_tag_filters"][0]["value"] == "green"
    assert blue.group("green")["changed"] is False
    back = blue.group("production", adopt_replacement_instances=False)
    assert back["changed"] is True
    assert back["deployment_group"]["ec2_tag_filters"][0]["value"] == "production"
    other = blue.group("staging")
    assert other["deployment_group"]["ec2_tag_filters"][0]["value"] == "staging", "not what green was found by"


def test_a_fleet_that_is_not_named_is_asked_for(codedeploy):
    result = Blue(codedeploy).module(revision=REVISION)
    assert result["msg"].startswith("target_instances is required: shop/production is blue/green")


def test_a_blue_green_group_is_not_restarted_and_suspends_nothing(codedeploy):
    blue = Blue(codedeploy, copy=True)
    assert "and shop/production is blue/green" in blue.module(deployment_mode="RESTART")["msg"]
    processes = {"auto_scaling_group_processes_to_suspend": ["Terminate"]}
    assert (
        "shop/production is blue/green. Processes"
        in blue.module(revision=REVISION, ec2_deployment_options=processes)["msg"]
    )
    assert "copies its Auto Scaling group, so it takes no other" in blue.deploy()["msg"]
