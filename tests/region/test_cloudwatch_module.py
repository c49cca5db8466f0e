# SPDX-License-Identifier: GPL-3.0-or-later
"""The official module amazon.aws.cloudwatch_metric_alarm against the region's CloudWatch."""

import importlib
import io
import json
from contextlib import redirect_stdout, suppress

import pytest
from ansible.module_utils import basic

from tests.conftest import open_api
from tests.region.cloudwatch import CloudWatch

MODULE = "ansible_collections.amazon.aws.plugins.modules.cloudwatch_metric_alarm"
ALARM = {
    "name": "web 5xx",
    "description": "Too many errors",
    "namespace": "AWS/ApplicationELB",
    "metric_name": "HTTPCode_Target_5XX_Count",
    "dimensions": {"TargetGroup": "targetgroup/web/1", "LoadBalancer": "app/web/1"},
    "statistic": "Sum",
    "period": 60,
    "evaluation_periods": 3,
    "datapoints_to_alarm": 2,
    "comparison": "GreaterThanOrEqualToThreshold",
    "threshold": 5.0,
    "unit": "Count",
    "treat_missing_data": "notBreaching",
    "alarm_actions": ["arn:aws:sns:us-east-1:123456789012:alerts"],
    "ok_actions": ["arn:aws:sns:us-east-1:123456789012:alerts"],
}
WITH_PERCENTILE = {key: value for key, value in ALARM.items() if key not in ("statistic", "unit")} | {
    "metric_name": "TargetResponseTime",
    "extended_statistic": "p99",
    "evaluate_low_sample_count_percentile": "ignore",
}
PLAIN = {key: ALARM[key] for key in ("name", "namespace", "metric_name", "statistic", "period", "threshold")} | {
    "comparison": "LessThanThreshold",
    "evaluation_periods": 1,
}


@pytest.fixture
def run():
    with open_api() as api, CloudWatch(api):

        def module(**options) -> dict:
            connection = {"endpoint_url": api.url, "region": "us-east-1", "access_key": "AKIAX", "secret_key": "x"}
            internal = {"_ansible_check_mode": False, "_ansible_module_name": "cloudwatch_metric_alarm"}
            basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**connection, **options, **internal}}).encode()
            basic._ANSIBLE_PROFILE = "legacy"
            written = io.StringIO()
            try:
                with redirect_stdout(written), suppress(SystemExit):
                    importlib.import_module(MODULE).main()
            finally:
                basic._ANSIBLE_ARGS = None
            result = json.loads(written.getvalue())
            assert not result.get("failed"), result
            return result

        yield module


@pytest.mark.parametrize("alarm", [ALARM, WITH_PERCENTILE, PLAIN], ids=["full", "percentile", "plain"])
def test_the_second_run_changes_nothing(run, alarm):
    first = run(**alarm)
    assert first["changed"] and first["state_value"] == "INSUFFICIENT_DATA"
    assert not run(**alarm)["changed"]
    assert run(**(alarm | {"threshold": 7.5}))["changed"]
    assert run(name=alarm["name"], state="absent")["changed"]
    assert not run(name=alarm["name"], state="absent")["changed"]
