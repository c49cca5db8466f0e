# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON protocol: what a service's method gets and what its caller gets, held against botocore's own client."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from local_region.protocol import Caller, JsonProtocol, Service, ServiceError, load_model

CALLER = Caller(account="123456789012", region="eu-west-1", access_key="AKIA", source_ip="127.0.0.1")
CREATED = datetime(2026, 3, 1, 12, 0, 0, 500000, tzinfo=UTC)


class Echo(Service):
    """A few operations of CodeDeploy that show what they got."""

    model = load_model("codedeploy")

    def __init__(self):
        self.got: list[tuple[Caller, dict]] = []

    def create_application(self, caller: Caller, params: dict) -> dict:
        self.got.append((caller, params))
        return {"applicationId": "1"}

    def get_application(self, caller: Caller, params: dict) -> dict:
        return {"application": {"applicationName": params["applicationName"], "createTime": CREATED}}

    def list_applications(self, caller: Caller, params: dict) -> dict:
        return {"applications": "not a list"}

    def list_deployments(self, caller: Caller, params: dict) -> dict:
        self.got.append((caller, params))
        return {"deployments": []}

    def delete_application(self, caller: Caller, params: dict) -> None:
        raise ServiceError("InvalidRoleException", "no such role")

    def create_deployment_config(self, caller: Caller, params: dict) -> dict:
        self.got.append((caller, params))
        return {}

    def get_deployment(self, caller: Caller, params: dict) -> dict:
        raise ZeroDivisionError("a fault")


@pytest.fixture
def service():
    return Echo()


@pytest.fixture
def call(service):
    protocol = JsonProtocol([service])

    def ask(operation: str, body: object) -> tuple[int, dict]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = protocol.answer(f"CodeDeploy_20141006.{operation}", raw, CALLER)
        assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
        return answer.status, json.loads(answer.body)

    return ask


def test_the_method_gets_the_caller_and_the_members_as_the_api_names_them(service, call):
    assert call("CreateApplication", {"applicationName": "shop", "tags": None}) == (200, {"applicationId": "1"})
    assert service.got == [(CALLER, {"applicationName": "shop"})]


def test_timestamps_are_seconds_on_the_wire_and_aware_datetimes_inside(service, call):
    status, body = call("GetApplication", {"applicationName": "shop"})
    assert (status, body["application"]["createTime"]) == (200, CREATED.timestamp())

    call("ListDeployments", {"createTimeRange": {"start": CREATED.timestamp()}})
    assert service.got[-1][1] == {"createTimeRange": {"start": CREATED}}


INVALID = "InvalidApplicationNameException"
REQUIRED = "ApplicationNameRequiredException", "applicationName is required."
CONFIG = {"deploymentConfigName": "half"}


@pytest.mark.parametrize(
    ("operation", "body", "code", "message"),
    [
        ("CreateApplication", {}, *REQUIRED),
        ("CreateApplication", {"applicationName": None}, *REQUIRED),
        (
            "CreateApplication",
            {"applicationName": 7},
            "InvalidApplicationNameException",
            "must be of type str, not int",
        ),
        ("CreateApplication", {"applicationName": ""}, INVALID, "of a length of at least 1"),
        (
            "CreateApplication",
            {"applicationName": "a" * 101},
            "InvalidApplicationNameException",
            "101 long; 100 is the",
        ),
        (
            "CreateApplication",
            {"applicationName": "a b"},
            "InvalidApplicationNameException",
            "does not match the pattern",
        ),
        (
            "CreateApplication",
            {"applicationName": "a", "computePlatform": "Mainframe"},
            "InvalidComputePlatformException",
            "computePlatform must be one of Server, Lambda, ECS.",
        ),
        (
            "CreateApplication",
            {"applicationName": "a", "nmae": 1},
            "ValidationException",
            "nmae is not known; known are",
        ),
        (
            "CreateDeploymentConfig",
            CONFIG | {"minimumHealthyHosts": {"type": "HOST_COUNT", "value": True}},
            "ValidationException",
            "minimumHealthyHosts.value must be a number, not a boolean.",
        ),
        (
            "ListDeployments",
            {"createTimeRange": {"start": "soon"}},
            "InvalidTimeRangeException",
            "createTimeRange.start",
        ),
        ("CreateApplication", b"{", "SerializationException", "The request's body is not JSON"),
        ("CreateApplication", [], "SerializationException", "The request's body is not a JSON object."),
    ],
)
def test_a_request_that_does_not_fit_gets_the_services_own_error(operation, body, code, message, service, call):
    if operation == "ListDeployments":  # its error's name is not the member's: a service says so
        service.error_for = lambda operation, problem: ServiceError("InvalidTimeRangeException", problem.text)

    status, answer = call(operation, body)

    assert (status, answer["__type"]) == (400, code)
    assert message in answer["message"]
    assert service.got == []


def test_no_message_repeats_the_value_that_was_sent(call):
    for body in (
        {"applicationName": ["hunter2"]},
        {"applicationName": "hunter2 " * 20},
        {"applicationName": "hunter2!"},
    ):
        assert "hunter2" not in call("CreateApplication", body)[1]["message"]


def test_an_operation_that_is_not_built_is_refused_with_501(call):
    assert call("StopDeployment", {"deploymentId": "d-1"}) == (
        501,
        {
            "__type": "NotImplementedInLocalRegion",
            "message": "The local region does not implement codedeploy StopDeployment. "
            "See docs/local-region.md for what it does.",
        },
    )


def test_an_operation_that_aws_does_not_have_is_refused_with_501(call):
    status, answer = call("DeployFaster", {})

    assert (status, answer["__type"]) == (501, "NotImplementedInLocalRegion")
    assert "'DeployFaster'" in answer["message"]


def test_an_answer_that_does_not_fit_the_model_is_our_fault_and_is_logged(call, caplog):
    assert call("ListApplications", {}) == (
        500,
        {"__type": "InternalFailure", "message": "The local region failed; see its log."},
    )
    assert "the answer to ListApplications does not fit the model: applications must be of type list" in caplog.text


def test_a_fault_of_a_service_is_a_500_without_its_inside(call, caplog):
    status, answer = call("GetDeployment", {"deploymentId": "d-1"})

    assert (status, answer["__type"]) == (500, "InternalFailure")
    assert "ZeroDivisionError" in caplog.text and "a fault" not in answer["message"]


def test_an_error_of_a_service_reaches_its_caller(call):
    assert call("DeleteApplication", {"applicationName": "a"}) == (
        400,
        {"__type": "InvalidRoleException", "message": "no such role"},
    )
