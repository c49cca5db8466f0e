# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variables seem to hold a secret, and how they are hidden."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.variables import hide, holds_a_secret


def variable(name, value, kind="PLAINTEXT"):
    return {"name": name, "value": value, "type": kind}


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASSWORD",
        "dbPassword",
        "GITHUB_TOKEN",
        "API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "APIKEY",
        "SIGNING_KEY",
        "SMTP_CREDENTIALS",
        "CLIENT_SECRET",
    ],
)
def test_a_name_tells_a_secret(name):
    assert holds_a_secret(variable(name, "hunter2"))


@pytest.mark.parametrize(
    "name",
    ["STAGE", "KEYBOARD", "TOKENIZER_NAME", "DB_SECRET_ARN", "TOKEN_URL", "PASSWORD_FILE", "KEY_ID", "PUBLIC_KEY"],
)
def test_a_name_that_tells_something_else_is_left_alone(name):
    assert not holds_a_secret(variable(name, "hunter2"))


@pytest.mark.parametrize("kind", ["PARAMETER_STORE", "SECRETS_MANAGER"])
def test_the_name_of_a_secret_may_be_seen(kind):
    assert not holds_a_secret(variable("DB_PASSWORD", "/shop/password", kind))


def test_a_flag_is_no_secret():
    assert not holds_a_secret(variable("USE_TOKEN", "true"))


def test_an_access_key_is_known_by_its_looks():
    assert holds_a_secret(variable("LOGIN", "AKIAIOSFODNN7EXAMPLE"))


def test_a_changed_secret_is_seen_to_change_and_an_unchanged_one_is_not():
    before = [variable("A_TOKEN", "one"), variable("B_TOKEN", "same"), variable("STAGE", "test")]
    after = [variable("A_TOKEN", "two"), variable("B_TOKEN", "same"), variable("STAGE", "live")]
    hidden = hide(before, after)
    assert [[one["value"] for one in side] for side in hidden] == [
        ["********", "********", "test"],
        ["******** (another value)", "********", "live"],
    ]
    assert before[0]["value"] == "one"
