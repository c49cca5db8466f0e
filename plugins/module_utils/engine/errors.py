# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Errors for people: what was asked, what was found, what to do. The AWS code and request id come last."""

from __future__ import annotations

try:
    from botocore import exceptions as botocore_exceptions
except ImportError:
    botocore_exceptions = None  # AnsibleAWSModule says what is missing

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError


class Failure(AnsibleAWSError):
    """A refusal or a failure in one clear sentence. C(facts) go into the task's result beside C(msg)."""

    def __init__(self, message, exception=None, **facts):
        super().__init__(message, exception)
        self.facts = facts

    def __str__(self):
        return self.message


class ApiError(Failure):
    """An AWS call that did not succeed.

    C(code) is AWS's error code, or the exception's class name where no answer came; C(status) the HTTP status or None.
    """

    def __init__(self, message, exception, code, status=None, request_id=None, api_message=None):
        error = {"code": code, "status": status, "request_id": request_id, "message": api_message}
        super().__init__(message, exception, error={key: value for key, value in error.items() if value is not None})
        self.code = code
        self.status = status
        self.request_id = request_id


# What to do about the errors that every service has. Services add their own when they ask for a client.
REMEDIES = {
    "AccessDenied": "Give the caller's role or user this permission in IAM.",
    "AccessDeniedException": "Give the caller's role or user this permission in IAM.",
    "UnauthorizedOperation": "Give the caller's role or user this permission in IAM.",
    "ExpiredToken": "The session has expired: sign in again, or renew session_token.",
    "ExpiredTokenException": "The session has expired: sign in again, or renew session_token.",
    "InvalidClientTokenId": "Check access_key: AWS does not know it.",
    "UnrecognizedClientException": "Check access_key and secret_key: AWS does not know them.",
    "InvalidSignatureException": "Check secret_key, and that this machine's clock is right.",
    "SignatureDoesNotMatch": "Check secret_key, and that this machine's clock is right.",
    "ThrottlingException": "AWS is limiting the rate of requests: try again, or run fewer tasks side by side.",
    "NotImplementedInLocalRegion": "Rehearse this part against AWS, or leave it out of the local inventory.",
}

# Codes that say "slower, please". AWSRetry.jittered_backoff knows only some of them. Failures inside AWS (HTTP 5xx)
# are botocore's to retry: five times over some seconds, not minutes.
THROTTLING_CODES = frozenset(
    {
        "ConcurrentModificationException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


def translate(exception, doing, service, endpoint_url=None, region=None, remedies=None):
    """The ApiError for a botocore exception.

    :arg doing: what was being done, to be read after "Could not": "create application storefront".
    :arg endpoint_url: the endpoint that was set by hand, or None for AWS's own.
    :arg remedies: service-specific {error code: what to do}.
    """
    if isinstance(exception, botocore_exceptions.ClientError):
        return _answered(exception, doing, service, endpoint_url, {**REMEDIES, **(remedies or {})})
    code = type(exception).__name__
    return ApiError(f"Could not {doing}: {_unanswered(exception, service, endpoint_url, region)}", exception, code)


def _answered(exception, doing, service, endpoint_url, remedies):
    error = exception.response.get("Error", {})
    metadata = exception.response.get("ResponseMetadata", {})
    code = str(error.get("Code") or "Unknown")
    status = metadata.get("HTTPStatusCode")
    request_id = metadata.get("RequestId")
    said = " ".join(str(error.get("Message") or "").split())
    if endpoint_url and code == str(status):  # no AWS error code in the answer: something else listens there
        found = f"{endpoint_url} answered HTTP {status}, but not as {service} does"
        remedy = "Check endpoint_url."
    else:
        found = said.rstrip(".") or f"{service} answered {code}"
        remedy = remedies.get(code, "")
    parts = [f"Could not {doing}: {found}."]
    if remedy:
        parts.append(remedy)
    trail = f"{service} {code}" + (f", request id {request_id}" if request_id else "")
    parts.append(f"({trail})")
    return ApiError(" ".join(parts), exception, code, status, request_id, said)


def _unanswered(exception, service, endpoint_url, region):
    """One clear sentence for the failures that come before any answer."""
    kind = type(exception).__name__
    if kind in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
        return (
            "no AWS credentials were found. Set access_key and secret_key, profile, or the AWS_* environment variables."
        )
    if kind == "ProfileNotFound":
        return f"{exception}. Check profile, or ~/.aws/config."
    if kind in ("EndpointConnectionError", "ConnectTimeoutError", "ConnectionClosedError", "ReadTimeoutError"):
        if endpoint_url:
            return (
                f"nothing answers at {endpoint_url}. "
                "Start the region (for the local one: python -m local_region start), or correct endpoint_url."
            )
        return f"{service} in region {region} cannot be reached ({exception}). Check region and the network."
    if kind == "SSLError":
        return f"the TLS connection failed ({exception}). Check endpoint_url, aws_ca_bundle and validate_certs."
    if kind == "ResponseParserError" and endpoint_url:
        return f"{endpoint_url} answered, but not as {service} does. Check endpoint_url."
    if kind == "ParamValidationError":
        return f"{service} does not accept this request. {' '.join(str(exception).split())}"
    return f"{exception} ({kind})"
