# SPDX-License-Identifier: GPL-3.0-or-later
"""The region's HTTP API: one WSGI application, our services by what a request names, everything else to moto."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from http.client import responses

from local_region import protocol_errors
from local_region.calls import Call, CallRecord, Operation, operation_of
from local_region.faults.interception import Interception
from local_region.moto_access import Moto
from local_region.moto_refused import refused
from local_region.protocol import Answer, Caller, JsonProtocol, NotImplementedInLocalRegion, ServiceError
from local_region.refusal import Refused

log = logging.getLogger("local_region.server")

FORM = "application/x-www-form-urlencoded"
CONTROL_PATH = "/_local_region/"

StartResponse = Callable[..., object]
Control = Callable[[dict], object]
Application = Callable[[dict, StartResponse], Iterable[bytes]]


class Api:
    """The WSGI application. `control` answers the paths under /_local_region/ (status, inventory ...) with JSON data,
    each from the JSON data of the request. `interception` is where faults are put between requests and answers.
    `paths` are WSGI applications that answer what is no AWS request, by the beginnings of their paths: none that could
    be a bucket's name, so they begin with an underscore or are too short for one."""

    def __init__(
        self,
        protocol: JsonProtocol,
        moto: Moto,
        record: CallRecord,
        control: dict[str, Control],
        interception: Interception | None = None,
        paths: Mapping[str, Application] | None = None,
    ):
        self._protocol = protocol
        self._moto = moto
        self._record = record
        self._control = control
        self._interception = interception or Interception()
        self._paths = paths or {}

    def __call__(self, environ: dict, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path.startswith(CONTROL_PATH) and environ.get("REMOTE_ADDR") == "127.0.0.1":  # not for hosts
            return self._respond(self._answer_control(path.removeprefix(CONTROL_PATH), environ), start_response)
        for prefix, application in self._paths.items():
            if path.startswith(prefix):
                return application(environ, start_response)
        started = time.monotonic()
        operation = operation_of(environ, _form(environ))
        if error := self._interception.before(operation):
            answer, body = protocol_errors.answer(environ, operation.service, error), None
        else:
            answer, body = self._interception.after(operation, path, self._answer(path, environ, operation))
        milliseconds = (time.monotonic() - started) * 1000
        account = self._moto.account_of(operation.access_key)
        # Recorded before the answer leaves: whoever has the answer sees what it set in motion.
        self._record.add(Call(operation, account, answer.status, milliseconds, _request_id(answer), answer.error))
        return self._respond(answer, start_response, body)

    def _answer(self, path: str, environ: dict, operation: Operation) -> tuple[Answer, Iterable[bytes] | None]:
        """The answer, and its body where that is a stream of moto's."""
        target = environ.get("HTTP_X_AMZ_TARGET", "") or self._protocol.rest_target(operation.service, operation.name)
        if (service := self._protocol.service_for_path(path)) is not None:
            return self._protocol.refuse_rpc_v2(service), None
        if target and self._protocol.service_for(target):
            caller = Caller(
                account=self._moto.account_of(operation.access_key),
                region=operation.region,
                access_key=operation.access_key,
                source_ip=environ.get("REMOTE_ADDR", ""),
            )
            return self._protocol.answer(target, _body(environ), caller), None
        return self._ask_moto(environ, operation)

    def _ask_moto(self, environ: dict, operation: Operation) -> tuple[Answer, Iterable[bytes] | None]:
        if reason := refused(operation, environ.get("PATH_INFO", "")):
            return _refusal(environ, operation, reason), None
        # moto finds S3 keys in the undecoded path, under the name that werkzeug's own server gives it.
        environ["RAW_URI"] = environ.get("REQUEST_URI", "")
        application = self._moto.application_for(environ)
        if application is None:
            return _refusal(environ, operation, f"The local region has no service {operation.service!r}."), None
        head: list = []
        try:
            body = application(environ, lambda *args: head.extend(args[:2]))
        except ServiceError as error:  # from a correction of ours in services/moto_gaps
            return protocol_errors.answer(environ, operation.service, error), None
        except NotImplementedError as error:
            log.debug("moto: %s", error)
            return _refusal(environ, operation, f"The local region does not implement {operation}."), None
        except Exception as error:
            log.exception("%s failed in moto; this is a fault of the local region", operation)
            text = f"The local region failed at {operation} ({type(error).__name__}); see its log."
            return protocol_errors.answer(environ, operation.service, ServiceError("InternalFailure", text, 500)), None
        headers = dict(head[1])
        status = int(head[0].split(" ", 1)[0])
        if status >= 400:
            data = b"".join(body)
            if status == 404 and data.startswith(b"<!doctype html>"):  # no route of moto's leads anywhere
                return _refusal(environ, operation, f"The local region does not implement {operation}."), None
            return Answer(status, headers, data, error=protocol_errors.code_in(headers, data) or str(status)), None
        return Answer(status, headers, b""), body

    def _answer_control(self, name: str, environ: dict) -> Answer:
        """Data of the request in, data of the answer out; a refusal is a 400 with its sentence as `error`."""
        if name not in self._control:
            return _json(404, {"error": "no such path"})
        try:
            return _json(200, self._control[name](json.loads(_body(environ) or b"{}")))
        except Refused as refusal:
            return _json(400, {"error": str(refusal)})

    @staticmethod
    def _respond(answer: Answer, start: StartResponse, body: Iterable[bytes] | None = None) -> Iterable[bytes]:
        headers = [(name, value) for name, value in answer.headers.items() if name.lower() != "connection"]
        if body is None:
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
            headers.append(("Content-Length", str(len(answer.body))))
            body = [answer.body]
        start(f"{answer.status} {responses.get(answer.status, '')}", headers)
        return body


def _json(status: int, data: object) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(data, default=str).encode())


def _refusal(environ: dict, operation: Operation, message: str) -> Answer:
    return protocol_errors.answer(environ, operation.service, NotImplementedInLocalRegion(message))


def _request_id(answer: Answer) -> str:
    names = ("x-amzn-requestid", "x-amz-request-id")
    return next((value for name, value in answer.headers.items() if name.lower() in names), "-")


def _form(environ: dict) -> bytes | None:
    """The body of a form-encoded request (the query protocol), left readable for who comes next; else None."""
    if not environ.get("CONTENT_TYPE", "").startswith(FORM):
        return None
    body = _body(environ)
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _body(environ: dict) -> bytes:
    return environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
