# SPDX-License-Identifier: GPL-3.0-or-later
"""Caches in S3. A local cache is never found again: each build has a host of its own, as it may happen on AWS."""

from __future__ import annotations

from local_region.services.codebuild.records import BuildRecord, Store
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codepipeline.surroundings import Put


def kept(build: BuildRecord) -> bool:
    """Whether what the buildspec caches is wanted."""
    return build.settings["cache"]["type"] == "S3"


def fetch(store: Store, build: BuildRecord, surroundings: Surroundings) -> bytes | None:
    """The cache of the builds before; None where there is none. One that can't be had fails no build."""
    if not kept(build):
        return None
    try:
        return surroundings.objects.get(store.account, *_place(build)).data
    except LookupError:
        return None


def put(store: Store, build: BuildRecord, surroundings: Surroundings, data: bytes) -> None:
    """Stores the cache. Raises LookupError, with a sentence, when the bucket is not there."""
    surroundings.objects.put(store.account, *_place(build), data, Put())


def _place(build: BuildRecord) -> tuple[str, str]:
    """Bucket and key: <prefix>/<namespace or project>/<key of the cache, new when it is invalidated>."""
    cache = build.settings["cache"]
    bucket, _, prefix = cache["location"].partition("/")
    parts = [prefix.strip("/"), cache.get("cacheNamespace") or build.project.name, build.project.cache_key]
    return bucket, "/".join(part for part in parts if part)
