# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle arrives broken, as S3 serves it; the object that is stored stays whole."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from local_region.calls import Operation
from local_region.faults.fault import Fault, Parameter, Refused
from local_region.faults.interception import Answered, Interceptor
from local_region.inventory import SEEDED_BUCKETS

_STRIDE = 64  # bytes: every archive's member, and its directory, gets its share


class BundleCorrupted(Fault, Interceptor):
    name = "bundle-corrupted"
    text = "What S3 answers to GetObject of a bundle is damaged on its way. The object that is stored stays whole."
    undone = "The object is served as it is stored."
    parameters = (
        Parameter("bucket", "a bucket that exists"),
        Parameter("key", "the object's key, or several by a pattern such as shop/*.zip"),
        Parameter(
            "how", "flipped: one byte of 64 is inverted; truncated: the second half is missing", str, "flipped",
            choices=("flipped", "truncated"),
        ),
        Parameter("count", "only the first so many downloads; 0: all", int, 0, 0),
    )  # fmt: skip

    def start(self) -> None:
        buckets = {
            name
            for account, region in self.site.moto.used("s3")
            for name in self.site.moto.backend("s3", account, region).buckets
        }
        if self.values["bucket"] not in buckets:
            own = ", ".join(sorted(name for name in buckets if not name.startswith(SEEDED_BUCKETS))) or "none"
            raise Refused(
                f"Fault {self.name}: there is no bucket {self.values['bucket']!r}; make it first, or give one that "
                f"there is: {own}."
            )
        self.hits = 0
        self._lock = threading.Lock()
        self.site.interception.add(self)

    def undo(self) -> None:
        self.site.interception.remove(self)

    def over(self) -> bool:
        return 0 < self.values["count"] <= self.hits

    def details(self) -> dict[str, Any]:
        return {"hits": self.hits}

    def after(self, operation: Operation, path: str, answered: Answered) -> Answered:
        answer, body = answered
        bucket, _, key = path.lstrip("/").partition("/")
        if (operation.service, operation.name) != ("s3", "GetObject") or answer.status >= 300:
            return answered
        if bucket != self.values["bucket"] or not fnmatchcase(key, self.values["key"]):
            return answered
        with self._lock:
            if self.over():
                return answered
            self.hits += 1
        damage = flipped if self.values["how"] == "flipped" else truncated
        return replace(answer, body=damage(_whole(answer.body, body))), None


def _whole(body: bytes, stream: Iterable[bytes] | None) -> bytes:
    return body if stream is None else b"".join(stream)


def flipped(data: bytes) -> bytes:
    """The same with the first and then every 64th byte inverted."""
    damaged = bytearray(data)
    damaged[::_STRIDE] = bytes(byte ^ 0xFF for byte in damaged[::_STRIDE])
    return bytes(damaged)


def truncated(data: bytes) -> bytes:
    """The first half."""
    return data[: len(data) // 2]
