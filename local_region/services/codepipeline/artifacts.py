# SPDX-License-Identifier: GPL-3.0-or-later
"""Where artifacts are kept: zips in the artifact bucket of the region that an action acts in."""

from __future__ import annotations

import secrets
import string

from local_region.services.codepipeline.actions.performer import Artifact, Info
from local_region.services.codepipeline.surroundings import Objects, Put

_ALPHABET = string.ascii_letters + string.digits


def artifact_store(declaration: Info, region: str) -> Info:
    """The ArtifactStore for actions in a region; where only one is declared, it is that one."""
    return declaration["artifactStore"] if "artifactStore" in declaration else declaration["artifactStores"][region]


def place(pipeline: str, name: str, bucket: str) -> Artifact:
    """Where a new artifact goes: <pipeline>/<artifact>/<random>, the names cut to 20 and 10 characters as on AWS."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(7))
    return Artifact(name, bucket, f"{pipeline[:20]}/{name[:10]}/{random}")


def moved(objects: Objects, account: str, artifact: Artifact, store: Info) -> Artifact:
    """The artifact in another region's bucket, copied there unless it is there already."""
    if artifact.bucket == store["location"]:
        return artifact
    data = objects.get(account, artifact.bucket, artifact.key).data
    objects.put(account, store["location"], artifact.key, data, encrypted(store))
    return Artifact(artifact.name, store["location"], artifact.key, artifact.revision)


def encrypted(store: Info) -> Put:
    """How objects of an artifact store are stored."""
    return Put(kms_key_id=store.get("encryptionKey", {}).get("id"))
