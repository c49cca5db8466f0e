# SPDX-License-Identifier: GPL-3.0-or-later
"""An error in the words of the protocol that the request came in: JSON, query XML, EC2's XML or REST."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from xml.sax.saxutils import escape

from local_region.protocol import Answer, ServiceError

_REST_XML = ("s3", "route53", "cloudfront")

_EC2 = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>{id}</RequestID></Response>"
)
_QUERY = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>{id}</RequestId></ErrorResponse>"
)
_S3 = "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"


def answer(environ: Mapping, service: str, error: ServiceError) -> Answer:
    """The HTTP answer that makes the SDK of a request to `service` (signing name) raise `error`."""
    request_id = str(uuid.uuid4())
    template = _template(environ, service)
    if template is None:
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": error.code}
        body = json.dumps({"__type": error.code, "message": error.message})
    else:
        headers = {"Content-Type": "text/xml"}
        body = '<?xml version="1.0" encoding="UTF-8"?>' + template.format(
            code=escape(error.code), message=escape(error.message), id=request_id
        )
    return Answer(error.status, headers | {"x-amzn-RequestId": request_id}, body.encode(), error=error.code)


def _template(environ: Mapping, service: str) -> str | None:
    """The XML of the service's errors, None where they are JSON."""
    if environ.get("HTTP_X_AMZ_TARGET"):
        return None
    if service == "ec2":
        return _EC2
    if service in _REST_XML:
        return _S3 if service == "s3" else _QUERY
    content_type = environ.get("CONTENT_TYPE", "")
    return _QUERY if content_type.startswith("application/x-www-form-urlencoded") else None


def code_in(headers: Mapping[str, str], body: bytes) -> str | None:
    """The error code that an answer of moto carries, None when there is none to be found."""
    for name, value in headers.items():
        if name.lower() == "x-amzn-errortype":
            return value.split(":")[0]
    found = re.search(rb'<Code>([^<]+)</Code>|"__type":\s*"(?:[^"#]*#)?([^"]+)"', body)
    return (found[1] or found[2]).decode("utf-8", "replace") if found else None
