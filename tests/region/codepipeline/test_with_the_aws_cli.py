# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that is not ours: the AWS CLI starts a pipeline, looks at it and approves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.region.codepipeline.workshop import action, stage, wait_for

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def aws(shop, tmp_path):
    """aws("start-pipeline-execution", ...) -> the parsed JSON of its output."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL": shop.api.url,
        "AWS_ACCESS_KEY_ID": "AKIALOCALREGION00000",
        "AWS_SECRET_ACCESS_KEY": "local-region",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_PAGER": "",
    }

    def run(*argv: str) -> dict:
        command = [AWS, "codepipeline", *argv, "--output", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    return run


def test_the_aws_cli_starts_looks_and_approves(shop, aws):
    first = shop.create(stage("Approve", action("Ok", "Approval Manual")))
    shop.pipelines.stop_pipeline_execution(pipelineName=shop.name, pipelineExecutionId=first, abandon=True)
    execution = aws("start-pipeline-execution", "--name", shop.name)["pipelineExecutionId"]
    wait_for(
        lambda: shop.state("Approve").get("latestExecution", {}).get("pipelineExecutionId") == execution, "it waits"
    )
    state = aws("get-pipeline-state", "--name", shop.name)["stageStates"][1]
    token = state["actionStates"][0]["latestExecution"]["token"]
    approved = aws(
        "put-approval-result", "--pipeline-name", shop.name, "--stage-name", "Approve", "--action-name", "Ok",
        "--result", "summary=looks good,status=Approved", "--token", token,
    )  # fmt: skip
    assert "approvedAt" in approved
    shop.until(execution, "Succeeded")
