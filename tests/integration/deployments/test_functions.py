# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules on the Lambda platform, over HTTP: application, configuration, group, revision and deployment."""

import io
import json
import zipfile

import pytest

from tests.integration.deployments.conftest import ROLE, Shop
from tests.region.codedeploy.conftest import eventually

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
NAMES = {"application_name": "checkout", "deployment_group_name": "live"}


@pytest.fixture
def shop(live):
    made = Shop(live, hosts=0)
    yield made
    made.agents.stop()


def publish(shop):
    """The function `checkout` with the versions 1 and 2; its alias `live` is at 1."""
    role = shop.api.client("iam").create_role(RoleName="checkout", AssumeRolePolicyDocument=json.dumps(TRUST))
    functions = shop.api.client("lambda")
    functions.create_function(
        FunctionName="checkout", Runtime="python3.12", Role=role["Role"]["Arn"], Handler="main.handle",
        Code={"ZipFile": bundle("1")}, Publish=True,
    )  # fmt: skip
    functions.update_function_code(FunctionName="checkout", ZipFile=bundle("2"), Publish=True)
    functions.create_alias(FunctionName="checkout", Name="live", FunctionVersion="1")
    return functions


def bundle(version):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("main.py", f"def handle(event, context):\n    return {version}\n")
    return written.getvalue()


CANARY = {"type": "TimeBasedCanary", "time_based_canary": {"canary_percentage": 50, "canary_interval": 2880}}
STYLE = {"deployment_type": "BLUE_GREEN", "deployment_option": "WITH_TRAFFIC_CONTROL"}
BROUGHT_ABOUT = {
    "codedeploy_application": {"application_name": "checkout", "compute_platform": "Lambda"},
    "codedeploy_deployment_config": {
        "deployment_config_name": "half-then-all",
        "compute_platform": "Lambda",
        "traffic_routing_config": CANARY,
    },
    "codedeploy_deployment_group": {
        **NAMES,
        "service_role_arn": ROLE,
        "deployment_config_name": "half-then-all",
        "deployment_style": STYLE,
    },
}


def test_a_function_is_deployed_by_the_modules_and_stopped_with_its_traffic_brought_back(shop):
    functions = publish(shop)
    for module, options in BROUGHT_ABOUT.items():
        done, again = shop.module(module, **options), shop.module(module, **options)
        assert (done.get("changed"), again.get("changed")) == (True, False), (done, again)
    properties = {"Name": "checkout", "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2"}
    resource = {"checkout": {"Type": "AWS::Lambda::Function", "Properties": properties}}
    revision = {
        "revision_type": "AppSpecContent",
        "app_spec_content": {"content": json.dumps({"version": 0.0, "Resources": [resource]})},
    }
    started = shop.module("codedeploy_deployment", **NAMES, revision=revision, wait=False)
    assert started["changed"], started
    wait_until_routed(functions, {"2": 0.5})
    stopped = shop.module("codedeploy_deployment", **NAMES, state="stopped", auto_rollback_enabled=True)
    assert stopped["deployment"]["status"] == "Stopped", stopped
    assert functions.get_alias(FunctionName="checkout", Name="live")["FunctionVersion"] == "1"
    done = shop.module(
        "codedeploy_deployment", **NAMES, revision=revision,
        deployment_config_name="CodeDeployDefault.LambdaAllAtOnce", wait_timeout=120,
    )  # fmt: skip
    assert done["deployment"]["status"] == "Succeeded", done
    alias = functions.get_alias(FunctionName="checkout", Name="live")
    assert (alias["FunctionVersion"], alias.get("RoutingConfig")) == ("2", None)
    assert [host["id"] for host in done["deployment"]["hosts"]] == ["checkout"]


def wait_until_routed(functions, weights):
    wanted = {"AdditionalVersionWeights": weights}
    eventually(lambda: functions.get_alias(FunctionName="checkout", Name="live").get("RoutingConfig") == wanted)
