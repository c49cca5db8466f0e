# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda functions as CodeDeploy deploys them: an alias moves from one version to another.

The AppSpec of a revision says which; `Functions` is what is asked of Lambda.
Source: user guide, "AppSpec 'resources' section for AWS Lambda deployments".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import yaml
from moto.awslambda.exceptions import LambdaClientError
from moto.s3.exceptions import MissingBucket

from local_region.engine.deployment import Diagnostics, Error
from local_region.engine.traffic_shift import Routing, duration, percent_at
from local_region.moto_access import Moto
from local_region.protocol import ServiceError
from local_region.services.codedeploy import errors
from local_region.services.codedeploy.records import DeploymentRecord, Info

MEMBERS = ("Name", "Alias", "CurrentVersion", "TargetVersion")
Place = tuple[str, str]
"""(account, AWS region)"""


@dataclass(frozen=True)
class Change:
    """The alias of a function and the versions that it goes from and to."""

    function: str
    alias: str
    current: str
    target: str

    def reversed(self) -> Change:
        return Change(self.function, self.alias, self.target, self.current)


class Functions(Protocol):
    """The Lambda functions and S3 objects of the region. LookupError says what is not there."""

    def text(self, place: Place, bucket: str, key: str, version: str | None) -> str:
        """The text of an object in S3."""

    def alias_arn(self, place: Place, change: Change) -> str:
        """The alias's ARN, when alias and both versions are there."""

    def version(self, place: Place, change: Change) -> str:
        """The version that the alias names now; its other one, if it has two, is not told."""

    def route(self, place: Place, change: Change, percent: int) -> None:
        """Gives the target version so much of the alias's traffic, and the current one the rest."""


def change_of(revision: Info, functions: Functions, place: Place) -> Change:
    """What a revision's AppSpec asks for. Raises InvalidRevisionException for one that can't be.

    Hooks are refused: they are Lambda functions, and the region runs none.
    """
    text = _text(revision, functions, place)
    try:
        document = yaml.safe_load(text)  # JSON is YAML too
    except yaml.YAMLError as error:
        raise _invalid(f"is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict) or str(document.get("version", document.get("Version"))) not in ("0.0", "0"):
        raise _invalid("must be a mapping with version: 0.0")
    if document.get("Hooks") or document.get("hooks"):
        raise errors.not_built("Hooks of Lambda deployments, which are functions that somebody would have to run,")
    return _function(document.get("Resources", document.get("resources")))


def _text(revision: Info, functions: Functions, place: Place) -> str:
    kind = revision["revisionType"]
    if kind == "S3":
        location = revision["s3Location"]
        if location["bundleType"] not in ("YAML", "JSON"):
            raise ServiceError("InvalidRevisionException", "bundleType of a Lambda revision is YAML or JSON.")
        try:
            return functions.text(place, location["bucket"], location["key"], location.get("version"))
        except LookupError as error:
            raise ServiceError("InvalidRevisionException", str(error.args[0])) from None
    if kind not in ("AppSpecContent", "String"):
        raise ServiceError("InvalidRevisionException", f"revisionType {kind} is not for the Lambda platform.")
    return revision["appSpecContent" if kind == "AppSpecContent" else "string"].get("content", "")


def _function(resources: Any) -> Change:
    if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], dict):
        raise _invalid("must have Resources with one function")
    ((_, body),) = resources[0].items() if len(resources[0]) == 1 else ((None, None),)
    if not isinstance(body, dict) or body.get("Type") != "AWS::Lambda::Function":
        raise _invalid("must have a resource of the Type AWS::Lambda::Function")
    properties = body.get("Properties") or {}
    if missing := [name for name in MEMBERS if not properties.get(name)]:
        raise _invalid(f"lacks {', '.join(missing)} in Properties")
    return Change(*(str(properties[name]) for name in MEMBERS))


def _invalid(what: str) -> ServiceError:
    return ServiceError("InvalidRevisionException", f"The AppSpec file of the revision {what}.")


def problem(functions: Functions, place: Place, change: Change) -> Error | None:
    """Why the deployment can't start, if it can't."""
    try:
        functions.alias_arn(place, change)
        version = functions.version(place, change)
    except LookupError as error:
        return Error("INVALID_LAMBDA_FUNCTION", str(error.args[0]))
    if version not in (change.current, change.target):
        return Error(
            "INVALID_LAMBDA_CONFIGURATION",
            f"The alias {change.alias} of {change.function} is at version {version}, where the AppSpec file names "
            f"{change.current} as the current one.",
        )
    return None


def routing_of(config: Info) -> Routing:
    """A deployment configuration of the Lambda platform as the engine's."""
    rule = config["trafficRoutingConfig"]
    if rule["type"] == "TimeBasedCanary":
        shift = rule["timeBasedCanary"]
        return Routing(rule["type"], shift.get("canaryPercentage", 100), 60.0 * shift.get("canaryInterval", 0))
    if rule["type"] == "TimeBasedLinear":
        shift = rule["timeBasedLinear"]
        return Routing(rule["type"], shift.get("linearPercentage", 100), 60.0 * shift.get("linearInterval", 0))
    return Routing("AllAtOnce")


class FunctionShift:
    """AllowTraffic of a Lambda deployment. Looked at again and again until `done`; `cut_off` ends it where it is.

    What AWS leaves an alias at when a deployment is stopped without a rollback is not documented: here, as it is.
    """

    def __init__(self, record: DeploymentRecord, functions: Functions, routing: Routing, started: float):
        self.record, self.target_id, self.event = record, record.change.function, "AllowTraffic"
        self.failure: Diagnostics | None = None
        self.seconds = duration(routing)
        self._functions, self._routing, self._started = functions, routing, started
        self._cut_off = False

    def cut_off(self) -> None:
        self._cut_off = True

    def done(self, now: float) -> bool:
        """Routes as much as is due; True when all traffic has moved, or none will any more."""
        if self._cut_off:
            self.failure = Diagnostics("UnknownError", message="The deployment was stopped before all traffic moved.")
            return True
        percent = percent_at(self._routing, now - self._started)
        if percent != self.record.shifted:
            try:
                self._functions.route(self.record.place, self.record.change, percent)
            except LookupError as error:
                self.failure = Diagnostics("UnknownError", message=str(error.args[0]))
                return True
            self.record.shifted = percent
        return percent == 100


class MotoFunctions:
    """The functions of moto's Lambda, and the objects of its S3."""

    def __init__(self, moto: Moto):
        self._moto = moto

    def text(self, place: Place, bucket: str, key: str, version: str | None) -> str:
        try:
            found = self._moto.backend("s3", place[0]).get_object(bucket, key, version)
        except MissingBucket:
            raise LookupError(f"There is no bucket {bucket}.") from None
        if found is None:
            raise LookupError(f"There is no object {key} in the bucket {bucket}.")
        return found.value.decode("utf-8", "replace")

    def alias_arn(self, place: Place, change: Change) -> str:
        for version in (change.current, change.target):
            self._asked(lambda version=version: self._version(place, change, version), f"version {version}", change)
        return self._alias(place, change).arn

    def version(self, place: Place, change: Change) -> str:
        return self._alias(place, change).function_version

    def route(self, place: Place, change: Change, percent: int) -> None:
        alias = self._alias(place, change)
        if percent == 100:
            alias.function_version, alias.routing_config = change.target, None
        else:
            weights = {"AdditionalVersionWeights": {change.target: percent / 100}}
            alias.function_version, alias.routing_config = change.current, weights

    def _alias(self, place: Place, change: Change) -> Any:
        backend = self._moto.backend("lambda", *place)
        return self._asked(lambda: backend.get_alias(change.alias, change.function), f"alias {change.alias}", change)

    def _version(self, place: Place, change: Change, version: str) -> Any:
        return self._moto.backend("lambda", *place).get_function(change.function, version)

    @staticmethod
    def _asked(ask: Callable[[], Any], what: str, change: Change) -> Any:
        try:
            return ask()
        except LambdaClientError:
            raise LookupError(f"The function {change.function} has no {what}.") from None
