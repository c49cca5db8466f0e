# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors for people: what was asked, what was found, what to do; the AWS code and the request id last."""

import botocore.exceptions
import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import translate


def answered(code, message, status=400):
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "7a62c49f"},
    }
    return botocore.exceptions.ClientError(response, "GetApplication")


def test_an_answer_is_told_with_the_remedy_and_the_code_at_the_end():
    error = translate(
        answered("AccessDeniedException", "User x may not\n do this."), "read application shop", "CodeDeploy"
    )
    assert str(error) == (
        "Could not read application shop: User x may not do this. "
        "Give the caller's role or user this permission in IAM. "
        "(CodeDeploy AccessDeniedException, request id 7a62c49f)"
    )
    assert error.facts["error"] == {
        "code": "AccessDeniedException",
        "status": 400,
        "request_id": "7a62c49f",
        "message": "User x may not do this.",
    }


def test_a_service_s_own_remedy_comes_before_the_common_one():
    problem = answered("ThrottlingException", "Rate exceeded")
    told = str(translate(problem, "x", "CodeDeploy", remedies={"ThrottlingException": "Ask later."}))
    assert "Rate exceeded. Ask later. (CodeDeploy" in told


def test_an_unknown_code_is_told_without_a_remedy():
    assert str(translate(answered("OddException", "Odd"), "x", "S3")) == (
        "Could not x: Odd. (S3 OddException, request id 7a62c49f)"
    )


def test_something_else_that_listens_at_the_endpoint_is_named():
    told = str(translate(answered("404", "Not Found", 404), "x", "CodeDeploy", endpoint_url="http://127.0.0.1:8080"))
    assert "http://127.0.0.1:8080 answered HTTP 404, but not as CodeDeploy does. Check endpoint_url." in told


REFUSED = botocore.exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")


def test_nothing_that_listens_at_an_endpoint_set_by_hand():
    told = str(translate(REFUSED, "read application shop", "CodeDeploy", endpoint_url="http://127.0.0.1:1"))
    assert told == (
        "Could not read application shop: nothing answers at http://127.0.0.1:1. "
        "Start the region (for the local one: python -m local_region start), or correct endpoint_url."
    )


def test_an_aws_endpoint_that_cannot_be_reached_names_the_region():
    told = str(translate(REFUSED, "x", "CodeDeploy", region="eu-nowhere-1"))
    assert "CodeDeploy in region eu-nowhere-1 cannot be reached" in told and "Check region and the network." in told


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (botocore.exceptions.NoCredentialsError(), "no AWS credentials were found. Set access_key and secret_key"),
        (
            botocore.exceptions.ParamValidationError(report="Invalid length\n for x"),
            "CodeDeploy does not accept this request. Parameter validation failed: Invalid length for x",
        ),
        (botocore.exceptions.SSLError(endpoint_url="https://x", error="self-signed"), "the TLS connection failed"),
        (botocore.exceptions.InvalidRetryModeError(provided_retry_mode="x", valid_modes=[]), "(InvalidRetryModeError)"),
    ],
)
def test_failures_without_an_answer_are_one_sentence_with_the_remedy(problem, sentence):
    told = str(translate(problem, "x", "CodeDeploy"))
    assert sentence in told and "\n" not in told
