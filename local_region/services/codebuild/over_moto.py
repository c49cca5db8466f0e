# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeBuild on moto's S3, CloudWatch Logs, Systems Manager, Secrets Manager and EventBridge."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.utils import unix_time_millis
from moto.s3.models import FakeKey

from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.services.codebuild.service import CodeBuild
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codeconnections.git_server import clone_address
from local_region.services.codepipeline.over_moto import MotoObjects
from local_region.services.codepipeline.surroundings import Object, Put
from local_region.world.git_objects import entry, read_blob, read_commit

if TYPE_CHECKING:
    from local_region.services.codecommit import CodeCommit
    from local_region.services.codeconnections import Directory
    from local_region.world.world import World


MOTOS_ERRORS = (JsonRESTError, ServiceException)


def codebuild(
    clock: Clock,
    moto: Moto,
    world: World | None,
    codecommit: CodeCommit | None = None,
    connections: Directory | None = None,
) -> CodeBuild:
    """The service. Without a world no build can be started."""

    def emit(account: str, region: str, entry: dict[str, Any]) -> None:
        moto.backend("events", account, region).put_events([entry])

    surroundings = Surroundings(
        MotoFolders(moto),
        MotoLogs(moto),
        MotoValues(moto).resolve,
        emit,
        partial(CodeCommitRepository, codecommit) if codecommit else None,
        partial(ConnectedRepository, connections) if connections else None,
    )
    return CodeBuild(clock, surroundings, world.builds if world else None)


@dataclass(frozen=True)
class CodeCommitRepository:
    """A repository of the region's CodeCommit."""

    codecommit: CodeCommit
    account: str
    region: str
    name: str

    def resolve(self, version: str | None) -> str:
        return self.codecommit.resolve(self.account, self.region, self.name, version)

    def clone_url(self) -> str:
        return self.codecommit.clone_url(self.account, self.region, self.name)

    def file(self, commit: str, path: str) -> bytes:
        return self.codecommit.file(self.account, self.region, self.name, commit, path)

    def message(self, commit: str) -> str:
        return read_commit(self.codecommit.find_repository(self.account, self.region, self.name).git, commit).message


@dataclass(frozen=True)
class ConnectedRepository:
    """A repository that a connection leads to."""

    connections: Directory
    connection: str
    full_id: str

    def resolve(self, version: str | None) -> str:
        commit = self.connections.use(self.connection, self.full_id).resolve(version or "HEAD")
        if commit is None:
            raise LookupError(f"The repository {self.full_id} has no {version or 'commit of a default branch'}.")
        return commit

    def clone_url(self) -> str:
        return clone_address(self.connections, self.connections.find(self.connection), self.full_id)

    def file(self, commit: str, path: str) -> bytes:
        git = self.connections.use(self.connection, self.full_id)
        found = entry(git, commit, path)
        if found is None:
            raise LookupError(f"The repository {self.full_id} has no file {path} in {commit}.")
        return read_blob(git, found.id)

    def message(self, commit: str) -> str:
        return read_commit(self.connections.use(self.connection, self.full_id), commit).message


class MotoFolders(MotoObjects):
    """moto's S3, with folders."""

    def under(self, account: str, bucket: str, prefix: str) -> dict[str, bytes]:
        keys = self._bucket(account, bucket).keys
        found = {name: keys[name] for name in list(keys) if name.startswith(prefix)}
        return {name.removeprefix(prefix): one.value for name, one in found.items() if isinstance(one, FakeKey)}

    def get(self, account: str, bucket: str, key: str, version_id: str | None = None) -> Object:
        try:
            return super().get(account, bucket, key, version_id)
        except MOTOS_ERRORS as error:  # a version that can be none
            raise LookupError(error.message) from None

    def put(self, account: str, bucket: str, key: str, data: bytes, how: Put) -> None:
        try:
            super().put(account, bucket, key, data, how)
        except MOTOS_ERRORS as error:  # a key that is not there, a policy that forbids
            raise LookupError(error.message) from None


class MotoLogs:
    """moto's CloudWatch Logs. Raises LookupError for a group or stream that has been deleted."""

    def __init__(self, moto: Moto):
        self._moto = moto
        self._lock = threading.Lock()

    def create(self, account: str, region: str, group: str, stream: str) -> None:
        backend = self._moto.backend("logs", account, region)
        with self._lock:  # the first two builds of a project may begin at once
            if group not in backend.groups:
                backend.create_log_group(group, {})
            if stream not in backend.groups[group].streams:
                backend.create_log_stream(group, stream)

    def put(self, account: str, region: str, group: str, stream: str, lines: Sequence[str]) -> None:
        now = int(unix_time_millis())
        entries = [{"timestamp": now, "message": f"{line}\n"} for line in lines]
        try:
            self._moto.backend("logs", account, region).put_log_events(group, stream, entries)
        except MOTOS_ERRORS as error:
            raise LookupError(error.message) from None


class MotoValues:
    """Parameters of moto's Systems Manager and secrets of its Secrets Manager."""

    def __init__(self, moto: Moto):
        self._moto = moto

    def resolve(self, account: str, region: str, kind: str, name: str) -> str:
        """See `builder.Resolve`; the messages are CodeBuild's."""
        return (self._parameter if kind == "PARAMETER_STORE" else self._secret)(account, region, name)

    def _parameter(self, account: str, region: str, name: str) -> str:
        try:
            found = self._moto.backend("ssm", account, region).get_parameter(name)
        except MOTOS_ERRORS as error:
            raise LookupError(error.message) from None
        if found is None:
            raise LookupError(f"parameter does not exist: {name}")
        return found.response_object(decrypt=True, region=region)["Value"]

    def _secret(self, account: str, region: str, name: str) -> str:
        secret, key, stage, version = secret_parts(name)
        try:
            backend = self._moto.backend("secretsmanager", account, region)
            found = backend.get_secret_value(secret, version or None, stage or None)
        except MOTOS_ERRORS as error:
            raise LookupError(f"{_code(error)}: {error.message} ({secret})") from None
        text = found.get("SecretString", "")
        if not key:
            return text
        try:
            value = json.loads(text)[key]
        except (ValueError, KeyError, TypeError):
            raise LookupError(f"the secret {secret} has no key {key}") from None
        return value if isinstance(value, str) else json.dumps(value)


def _code(error: JsonRESTError | ServiceException) -> str:
    return error.error_type if isinstance(error, JsonRESTError) else error.code


def secret_parts(name: str) -> tuple[str, str, str, str]:
    """Secret, JSON key, version stage, version id of `<secret id or ARN>:<key>:<stage>:<version id>`.

    Source: user guide, buildspec reference, env/secrets-manager.
    """
    parts = name.split(":")
    own = 7 if parts[0] == "arn" else 1
    rest = [*parts[own:], "", "", ""]
    return ":".join(parts[:own]), rest[0], rest[1], rest[2]
