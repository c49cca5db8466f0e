# SPDX-License-Identifier: GPL-3.0-or-later
"""The program by which a server renews the session of its agent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[3] / "roles/on_premises/files/codedeploy_session.py"
SECRETS = {"AccessKeyId": "ASIAKEY", "SecretAccessKey": "s3cr3t", "SessionToken": "t0k3n"}
ANSWER = {"Version": 1, **SECRETS, "Expiration": "2030-01-01T00:00:00Z"}


@pytest.fixture
def renew(tmp_path):
    """Runs the program with a command that prints a text; a session is there already."""
    credentials = tmp_path / "aws_session"
    credentials.write_text("[default]\naws_access_key_id = OLD\n")

    def run(text: str, status: int = 0) -> tuple[subprocess.CompletedProcess[str], Path]:
        (tmp_path / "answer").write_text(text)
        command = ["sh", "-c", f"cat {tmp_path}/answer; exit {status}"]
        config = tmp_path / "session.json"
        config.write_text(json.dumps({"command": command, "credentials_file": str(credentials)}))
        done = subprocess.run([sys.executable, PROGRAM, config], capture_output=True, text=True, timeout=60)
        return done, credentials

    return run


def test_the_session_is_put_in_the_agents_file_for_root_alone_and_said_nowhere(renew):
    done, file = renew(json.dumps(ANSWER))

    assert done.returncode == 0, done.stderr
    assert file.read_text() == (
        "[default]\naws_access_key_id = ASIAKEY\naws_secret_access_key = s3cr3t\naws_session_token = t0k3n\n"
        "x_security_token_expires = 2030-01-01T00:00:00Z\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS.values())


@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        (json.dumps(ANSWER), 3, "sh ended with 3"),
        ("no JSON", 0, "did not answer with the JSON"),
        (json.dumps({**ANSWER, "Version": 2}), 0, "did not answer with the JSON"),
        (json.dumps({**ANSWER, "SessionToken": None}), 0, "gave no SessionToken: no temporary credentials"),
    ],
)
def test_without_a_session_the_one_that_is_there_stays(renew, text, status, sentence):
    done, file = renew(text, status)

    assert done.returncode != 0
    assert sentence in done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS.values())
    assert file.read_text() == "[default]\naws_access_key_id = OLD\n"
