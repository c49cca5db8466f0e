# SPDX-License-Identifier: GPL-3.0-or-later
"""release_plan over HTTP: what it reads of a group, and what it refuses before anything is changed."""

import threading

import pytest

from tests.integration.deployments.conftest import GROUP, ROLE


def plan(shop, **options):
    given = {"application_name": shop.application, "deployment_group_name": GROUP, **options}
    return shop.module("release_plan", **given)


def config(shop, name, **hosts):
    shop.codedeploy.create_deployment_config(deploymentConfigName=name, minimumHealthyHosts=hosts)
    return name


@pytest.fixture
def revision(shop, source):
    return shop.revision(source("1.0"))["revision"]


def test_the_plan_is_what_the_deployment_then_does(shop, revision):
    shop.add_instances(2, zone="us-east-1b")
    planned = plan(shop, revision=revision)
    assert planned["changed"] is False
    done = shop.deploy(revision)["deployment"]
    order = [host for batch in planned["plan"]["batches"] for host in batch["hosts"]]
    assert order == [host["id"] for host in done["hosts"]]
    assert planned["plan"]["zones"] == {"us-east-1a": 4, "us-east-1b": 2}
    assert (planned["plan"]["most_out_at_once"], planned["plan"]["minimum_healthy"]) == (1, 5)
    assert planned["plan"]["seconds"] is None
    assert planned["progress"] == planned["plan"]["text"]


def test_a_plan_writes_nothing(shop, revision):
    writes = shop.calls()[1]
    plan(shop, revision=revision)
    assert shop.calls()[1] == writes


def test_history_gives_an_estimate_and_says_what_is_deployed(shop, revision):
    seconds = shop.deploy(revision)["deployment"]["seconds"]
    planned = plan(shop, revision=revision)["plan"]
    assert planned["seconds"] == pytest.approx(seconds)
    assert planned["revision"] == planned["deployed_revision"] != ""
    assert "this revision is deployed already: nothing will be done" in planned["warnings"]
    other = plan(shop, deployment_config_name="CodeDeployDefault.AllAtOnce")["plan"]
    assert (other["seconds"], other["most_out_at_once"]) == (None, 4)


def test_a_host_on_which_the_last_deployment_failed_comes_first(shop, revision, source):
    shop.deploy(revision)
    bad = sorted(shop.instances)[-1]
    failure = {"error_code": 4, "script_name": "x", "message": "x failed with exit code 1", "log": ""}
    shop.agents.script = lambda instance, event: failure if instance == bad and event == "ValidateService" else None
    second = shop.revision(source("2.0"))["revision"]
    settings = {"auto_rollback_configuration": {"enabled": False}}
    shop.deploy(second, deployment_config_name="CodeDeployDefault.AllAtOnce", **settings)
    (fresh,) = shop.add_instances(1)
    planned = plan(shop, revision=second)["plan"]
    assert [(host["id"], host["standing"]) for host in planned["hosts"][:2]] == [(bad, "unhealthy"), (fresh, "unknown")]
    assert {host["standing"] for host in planned["hosts"][2:]} == {"current"}


def refused(shop, **options):
    result = plan(shop, **options)
    assert result["failed"] is True
    return result["msg"]


def test_a_group_without_hosts_is_refused(shop):
    shop.ec2.terminate_instances(InstanceIds=shop.instances)
    assert refused(shop) == (
        f"{shop.application}/production: no host belongs to the deployment group (tag "
        f"Application={shop.application}). Start or tag instances, or correct it."
    )


def test_a_minimum_that_leaves_no_host_is_refused_as_codedeploy_would(shop, revision):
    name = config(shop, f"all-healthy-{shop.application}", type="HOST_COUNT", value=4)
    assert "wants 4 of 4 hosts healthy always" in refused(shop, deployment_config_name=name)
    tried = shop.deploy(revision, deployment_config_name=name, auto_rollback_configuration={"enabled": False})
    assert "(HEALTH_CONSTRAINTS_INVALID)" in tried["msg"]


def test_a_deployment_of_another_revision_that_runs_is_refused_and_one_of_the_same_is_not(shop, revision, source):
    opened = threading.Event()
    shop.agents.script = lambda instance, event: opened.wait(60) and None
    try:
        running = shop.deploy(revision, wait=False)["deployment"]["deployment_id"]
        assert f"deployment {running} of s3://" in refused(shop)
        other = shop.revision(source("2.0"))["revision"]
        assert f"deployment {running} of s3://" in refused(shop, revision=other)
        planned = plan(shop, revision=revision)["plan"]
        assert planned["warnings"] == [f"deployment {running} of this revision runs already and will be adopted"]
    finally:
        opened.set()


def test_a_missing_target_group_is_refused(shop):
    shop.codedeploy.update_deployment_group(
        applicationName=shop.application,
        currentDeploymentGroupName=GROUP,
        deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
    )
    assert refused(shop).startswith(f"{shop.application}/production: there is no target group web, which its load")


def test_stopped_hosts_count_as_failed(shop):
    shop.ec2.stop_instances(InstanceIds=shop.instances[:1])
    assert f"1 of 4 hosts do not run ({shop.instances[0]}) and count as failed" in refused(shop)


def test_an_unknown_group_and_configuration_are_refused(shop):
    assert "correct deployment_group_name" in refused(shop, deployment_group_name="nowhere")
    assert "codedeploy_deployment_config" in refused(shop, deployment_config_name="nothing")


def test_lambda_and_ecs_are_refused_in_words(shop):
    name = f"functions-{shop.application}"
    shop.codedeploy.create_application(applicationName=name, computePlatform="Lambda")
    shop.codedeploy.create_deployment_group(
        applicationName=name,
        deploymentGroupName=GROUP,
        serviceRoleArn=ROLE,
        deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce",
        deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    )
    assert "a plan is made for servers" in refused(shop, application_name=name)
