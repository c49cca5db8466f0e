# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations of the API are throttled, fail or are slow."""

from __future__ import annotations

import random
import threading
import time
from abc import abstractmethod
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from botocore.exceptions import UnknownServiceError

from local_region.calls import Operation
from local_region.faults.fault import Fault, Parameter, Refused
from local_region.faults.interception import Interceptor
from local_region.protocol import ServiceError, load_model

# Signing names that are no names of boto3's clients, as the region's log and counts of calls show them.
_CLIENT_OF = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}

_SERVICE = Parameter("service", "a service by the name of its boto3 client, such as codedeploy, s3 or elbv2")
_OPERATION = Parameter("operation", "an operation, or several by a pattern such as Describe*", default="*")
_COUNT = Parameter("count", "only the first so many calls; 0: all", int, 0, 0)
_PROBABILITY = Parameter("probability", "how likely it is for each call", float, 1.0, 0, 1)
_SEED = Parameter("seed", "with which the random choice begins", int, 0)
_MESSAGE = "{what} (fault {id}, injected into the local region)."


@cache
def signing_name(service: str) -> tuple[str, frozenset[str]]:
    """(signing name, operations) of a service by the name of its client or by its signing name; raises `Refused`."""
    try:
        model = load_model(_CLIENT_OF.get(service, service))
    except (UnknownServiceError, ValueError):
        raise Refused(
            f"service {service!r} is none that boto3 knows; give the name of a client, such as codedeploy, s3 or elbv2."
        ) from None
    return model.signing_name, frozenset(model.operation_names)


class _ApiFault(Fault, Interceptor):
    """A fault of the calls that match; `hits` counts those that it struck."""

    def start(self) -> None:
        try:
            self._signing_name, operations = signing_name(self.values["service"])
        except Refused as refusal:
            raise Refused(f"Fault {self.name}: {refusal}") from None
        pattern = self.values["operation"]
        if not any(fnmatchcase(name, pattern) for name in operations):
            similar = (get_close_matches(pattern, operations, 1, 0) or sorted(operations))[0]
            raise Refused(
                f"Fault {self.name}: {self.values['service']} has no operation {pattern!r}; give it as the API spells "
                f"it, such as {similar}, or a pattern such as Describe*."
            )
        self.hits = 0
        self._random = random.Random(self.values["seed"])
        self._lock = threading.Lock()
        self.site.interception.add(self)

    def undo(self) -> None:
        self.site.interception.remove(self)

    def over(self) -> bool:
        return 0 < self.values["count"] <= self.hits

    def details(self) -> dict[str, Any]:
        return {"hits": self.hits}

    def before(self, operation: Operation) -> ServiceError | None:
        if operation.service != self._signing_name or not fnmatchcase(operation.name, self.values["operation"]):
            return None
        with self._lock:
            if self.over() or self._random.random() >= self.values["probability"] or self._spared():
                return None
            self.hits += 1
        return self.strike(operation)

    def _spared(self) -> bool:
        """Whether a call that is due gets through all the same. Called with the lock held."""
        return False

    @abstractmethod
    def strike(self, operation: Operation) -> ServiceError | None:
        """What happens to a call that is due: an error in place of its answer, or a wait."""

    def _message(self, what: str) -> str:
        return _MESSAGE.format(what=what, id=self.id)


class ApiThrottled(_ApiFault):
    name = "api-throttled"
    text = "Calls of an operation are refused as too many, with the service's own error, which SDKs retry."
    undone = "Calls go through again."
    parameters = (
        _SERVICE,
        _OPERATION,
        Parameter("rate", "calls a service second that still get through, one at a time", float, 0.0, 0),
        _COUNT,
        _PROBABILITY,
        _SEED,
    )
    # The codes that AWS documents, and SDKs take for throttling; all other services say Throttling or
    # ThrottlingException, by their protocol.
    _CODES = {"ec2": ("RequestLimitExceeded", 503), "s3": ("SlowDown", 503)}
    _THROTTLING = ("elasticloadbalancing", "autoscaling", "monitoring", "iam", "sts", "sns", "cloudformation")

    def start(self) -> None:
        self._next_free = float("-inf")
        super().start()

    def _spared(self) -> bool:
        if not self.values["rate"]:
            return False
        now = self.site.clock.seconds()
        if now < self._next_free:
            return False
        self._next_free = now + 1 / self.values["rate"]
        return True

    def strike(self, operation: Operation) -> ServiceError:
        general = "Throttling" if operation.service in self._THROTTLING else "ThrottlingException"
        code, status = self._CODES.get(operation.service, (general, 400))
        return ServiceError(code, self._message("Rate exceeded"), status)


class ApiFailing(_ApiFault):
    name = "api-failing"
    text = "Calls of an operation fail and change nothing. By default a server's error, which SDKs retry."
    undone = "Calls go through again."
    parameters = (
        _SERVICE,
        _OPERATION,
        Parameter("code", "the error code, such as AccessDeniedException", default="InternalFailure"),
        Parameter("status", "the HTTP status of the answer", int, 500, 400, 599),
        _COUNT,
        _PROBABILITY,
        _SEED,
    )

    def strike(self, operation: Operation) -> ServiceError:
        return ServiceError(self.values["code"], self._message(f"{operation.name} fails"), self.values["status"])


class ApiSlow(_ApiFault):
    name = "api-slow"
    text = "Calls of an operation take longer, then are carried out as ever."
    undone = "Calls are as fast as before; those that wait are waited for."
    parameters = (
        _SERVICE,
        _OPERATION,
        Parameter("delay_ms", "how much longer, in real ms, as clients' time-outs are", float, least=0, most=600_000),
        _COUNT,
        _PROBABILITY,
        _SEED,
    )

    def strike(self, operation: Operation) -> None:
        time.sleep(self.values["delay_ms"] / 1000)
