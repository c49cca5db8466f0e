# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that is not ours: the AWS CLI starts a build and reads its log."""

import json
import os
import subprocess
import sys
from pathlib import Path

AWS = Path(sys.executable).with_name("aws")


def aws(url: str, tmp_path: Path, *argv: str) -> str:
    environment = os.environ | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIALOCALREGION00000",
        "AWS_SECRET_ACCESS_KEY": "local-region",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_PAGER": "",
    }
    done = subprocess.run([AWS, *argv], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_aws_cli_starts_a_build_and_reads_its_log(yard, tmp_path):
    yard.create()
    yard.will(lines=["compiling", "done"])
    asked = ("--project-name", yard.name, "--environment-variables-override", "name=A,value=1,type=PLAINTEXT")
    started = json.loads(aws(yard.api.url, tmp_path, "codebuild", "start-build", *asked, "--output", "json"))["build"]
    assert (started["buildStatus"], started["buildNumber"]) == ("IN_PROGRESS", 1)
    build = yard.finished(started["id"])
    assert yard.order.variables["A"] == "1"
    # What `aws logs tail` of the AWS CLI's version 2 asks for; version 1, which PyPI has, leaves it to its user.
    since = str(int(build["startTime"].timestamp() * 1000))
    asked = ("--log-group-name", build["logs"]["groupName"], "--start-time", since, "--interleaved")
    found = json.loads(aws(yard.api.url, tmp_path, "logs", "filter-log-events", *asked, "--output", "json"))
    assert [one["message"] for one in found["events"]] == ["compiling\n", "done\n"]
