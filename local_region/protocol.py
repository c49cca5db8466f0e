# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's JSON protocols, driven by botocore's service models: a request in, one method call, an answer out.

A service of ours is a `Service`: a model and one method per operation that it has. Everything a method gets has been
checked against the model, everything it returns is checked before it leaves. An operation that the model has and the
class has not is refused with HTTP 501, which no AWS SDK retries.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.serialize import create_serializer

from local_region.validation import Problem, check_answer, check_request, from_json

log = logging.getLogger("local_region.protocol")

MODELS = Path(__file__).parent / "models"
JSON_TYPE = "application/x-amz-json-"
REST_JSON = "rest-json"

# Where a service has no error of its own for a bad member, its most general validation error is used.
GENERAL_VALIDATION_ERRORS = (
    "ValidationException",
    "InvalidInputException",
    "InvalidParameterException",
    "InvalidRequestException",
    "ClientException",
)


@cache
def load_model(name: str) -> ServiceModel:
    """botocore's model of a service ("codedeploy"), or ours from `models/` where AWS publishes none."""
    loader = Loader(extra_search_paths=[str(MODELS)])
    return ServiceModel(loader.load_service_model(name, "service-2"), service_name=name)


class ServiceError(Exception):
    """An error the caller gets. `code` is a shape of the service's model (ApplicationDoesNotExistException)."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class NotImplementedInLocalRegion(ServiceError):
    """What the local region does not do. HTTP 501: botocore retries 500, 502, 503 and 504, not this."""

    def __init__(self, message: str):
        super().__init__("NotImplementedInLocalRegion", message, status=501)


@dataclass(frozen=True)
class Caller:
    """Who asks, as the request's signature says. The signature itself is not verified."""

    account: str
    region: str
    access_key: str | None
    source_ip: str


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `error` is the error's code for the log, None when the call went well."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    error: str | None = None


class Service:
    """A service of the region. Operations are methods named as boto3 names them, with the API's own member names:

    def create_application(self, caller: Caller, params: dict) -> dict

    Timestamps are aware datetimes and blobs are bytes, both ways. Errors are raised as `ServiceError`. A service of the
    REST-JSON protocol may be one too whose members all lie in bodies, none in paths, queries or headers (X-Ray).
    """

    model: ServiceModel

    def error_for(self, operation: OperationModel, problem: Problem) -> ServiceError:
        """The service's own error for a request that does not fit the model.

        Typed errors are found by AWS's habit of naming them after the member (`ApplicationNameRequiredException`,
        `InvalidApplicationNameException`), the innermost member first. Override it where a service has other habits.
        """
        known = {shape.name for shape in operation.error_shapes} or set(self.model.shape_names)
        for member in reversed(problem.members):
            name = member[:1].upper() + member[1:]
            typed = f"{name}RequiredException" if problem.kind == "missing" else f"Invalid{name}Exception"
            if typed in known:
                return ServiceError(typed, problem.text)
        general = next((code for code in GENERAL_VALIDATION_ERRORS if code in known), GENERAL_VALIDATION_ERRORS[0])
        return ServiceError(general, problem.text)


class JsonProtocol:
    """Answers the requests to the services: they are named by X-Amz-Target, those of REST-JSON by their signature."""

    def __init__(self, services: Iterable[Service]):
        self._services = {_prefix(service): service for service in services}

    def service_for(self, target: str) -> Service | None:
        """The service that a header `X-Amz-Target: <prefix>.<Operation>` names; None when it is not one of ours."""
        return self._services.get(target.rpartition(".")[0])

    def rest_target(self, signing_name: str, operation: str) -> str | None:
        """The target of a REST-JSON request to the service of this signing name; None when it is not one of ours."""
        service = self._services.get(signing_name)
        return f"{signing_name}.{operation}" if service and _speaks_rest(service) else None

    def service_for_path(self, path: str) -> Service | None:
        """The service that a smithy-rpc-v2 path `/service/<prefix>/operation/<Operation>` names, or None."""
        parts = path.strip("/").split("/")
        if len(parts) == 4 and parts[0] == "service" and parts[2] == "operation":
            return self._services.get(parts[1])
        return None

    def refuse_rpc_v2(self, service: Service) -> Answer:
        """smithy-rpc-v2-cbor: the models list it, boto3 and the AWS CLI speak JSON. Refused in plain words."""
        message = (
            f"The local region speaks {service.model.service_name} as AWS JSON (X-Amz-Target), "
            "not as smithy-rpc-v2-cbor. Use an SDK that sends JSON, such as boto3."
        )
        return self._error(service, NotImplementedInLocalRegion(message))

    def answer(self, target: str, body: bytes, caller: Caller) -> Answer:
        """Carries out one operation. Never raises: a fault of ours becomes InternalFailure (500) and is logged."""
        service = self._services[target.rpartition(".")[0]]
        operation = target.rpartition(".")[2]
        try:
            return self._success(service, *self._call(service, operation, body, caller))
        except ServiceError as error:
            return self._error(service, error)
        except Exception:
            log.exception("%s failed; this is a fault of the local region", target)
            return self._error(service, ServiceError("InternalFailure", "The local region failed; see its log.", 500))

    def _call(self, service: Service, name: str, body: bytes, caller: Caller) -> tuple[OperationModel, dict]:
        known = name in service.model.operation_names
        method = getattr(service, xform_name(name), None) if known else None
        if method is None:
            raise NotImplementedInLocalRegion(_what_is_missing(service, name, known))
        operation = service.model.operation_model(name)
        result = method(caller, self._parse(service, operation, body)) or {}
        # Minima bind requests only: AWS itself answers with empty lists where the model wants one item (CodeBuild).
        problems = [one for one in check_answer(result, operation.output_shape) if one.kind != "range"]
        if problems:
            raise ValueError(f"the answer to {name} does not fit the model: " + " ".join(p.text for p in problems))
        return operation, result

    def _parse(self, service: Service, operation: OperationModel, body: bytes) -> dict:
        try:
            raw = json.loads(body or b"{}")
        except ValueError as error:
            raise ServiceError("SerializationException", f"The request's body is not JSON: {error}.") from None
        if not isinstance(raw, dict):
            raise ServiceError("SerializationException", "The request's body is not a JSON object.")
        params = from_json(operation.input_shape, raw)
        problems = check_request(params, operation.input_shape)
        if problems:
            raise service.error_for(operation, problems[0])
        return params

    def _success(self, service: Service, operation: OperationModel, result: dict) -> Answer:
        return Answer(200, _headers(service), to_json(operation, result))

    def _error(self, service: Service, error: ServiceError) -> Answer:
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        headers = _headers(service) | {"x-amzn-ErrorType": error.code}
        return Answer(error.status, headers, body, error=error.code)


def to_json(operation: OperationModel, result: dict) -> bytes:
    """Writes an answer with botocore's own serialiser, which believes that it writes a request of that shape."""
    if operation.output_shape is None:
        return b"{}"
    mirrored = copy(operation)
    mirrored.input_shape = operation.output_shape
    protocol = REST_JSON if operation.service_model.metadata["protocol"] == REST_JSON else "json"
    serializer = create_serializer(protocol, include_validation=False)
    return serializer.serialize_to_request(result, mirrored)["body"] or b"{}"


def _speaks_rest(service: Service) -> bool:
    return service.model.metadata["protocol"] == REST_JSON


def _prefix(service: Service) -> str:
    """What stands before the operation in a target of the service."""
    return service.model.signing_name if _speaks_rest(service) else service.model.metadata["targetPrefix"]


def _headers(service: Service) -> dict[str, str]:
    version = service.model.metadata.get("jsonVersion", "1.1")
    content_type = "application/json" if _speaks_rest(service) else f"{JSON_TYPE}{version}"
    return {"Content-Type": content_type, "x-amzn-RequestId": str(uuid.uuid4())}


def _what_is_missing(service: Service, operation: str, known: bool) -> str:
    name = service.model.service_name
    if not known:
        return f"{name} has no operation {operation!r} in the botocore model that the local region knows."
    return f"The local region does not implement {name} {operation}. See docs/local-region.md for what it does."
