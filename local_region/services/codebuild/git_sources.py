# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources that are Git repositories: CodeCommit's, and those that a connection leads to (GitHub, GitLab, Bitbucket)."""

from __future__ import annotations

from urllib.parse import urlsplit

from local_region.services.codebuild.builder import Source
from local_region.services.codebuild.records import CredentialRecord, Info, Store
from local_region.services.codebuild.surroundings import GitRepository, Surroundings

HOSTED = ("BITBUCKET", "GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED")


def is_git(source: Info) -> bool:
    return source["type"] == "CODECOMMIT" or source["type"] in HOSTED


def credential_for(store: Store, source: Info) -> CredentialRecord | None:
    """What the account has imported for the source's server."""
    return store.credentials.get(source["type"])


def connection_of(store: Store, source: Info) -> str | None:
    """The ARN of the connection that leads to a source: its own, or the account's for that server."""
    auth = source.get("auth", {})
    if auth.get("type") == "CODECONNECTIONS":
        return auth.get("resource")
    credential = credential_for(store, source)
    return credential.info.get("resource") if credential and credential.info["authType"] == "CODECONNECTIONS" else None


def full_id(source: Info) -> str:
    """The path of a repository on its server: "owner/name"."""
    return urlsplit(source["location"]).path.strip("/").removesuffix(".git")


def repository(store: Store, source: Info, surroundings: Surroundings) -> GitRepository:
    """The repository of a source. Raises LookupError, with a sentence."""
    path = full_id(source)
    if source["type"] == "CODECOMMIT":
        if surroundings.codecommit is None:
            raise LookupError("This region has no CodeCommit.")
        return surroundings.codecommit(store.account, store.region, path.rpartition("/")[2])
    connection = connection_of(store, source)
    if connection is None or surroundings.connected is None:
        raise LookupError(f"No connection leads to {source['location']}.")
    return surroundings.connected(connection, path)


def fetch(store: Store, source: Info, version: str | None, surroundings: Surroundings) -> Source:
    """The commit of a version, for the build to clone. Raises LookupError, with a sentence."""
    found = repository(store, source, surroundings)
    commit = found.resolve(version)
    return Source(
        git_url=found.clone_url(),
        commit=commit,
        clone_depth=source.get("gitCloneDepth", 0),
        submodules=source.get("gitSubmodulesConfig", {}).get("fetchSubmodules", False),
        subject=commit,
    )
