# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the host is for CodeDeploy, where it is, and with which credentials it speaks.

On premises this is said by a file, on EC2 by the instance metadata service; the environment (AWS_REGION,
AWS_HOST_IDENTIFIER, AWS_ACCESS_KEY, AWS_SECRET_KEY) comes before the latter.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import urllib3
import yaml
from botocore.credentials import Credentials, InstanceMetadataProvider, SharedCredentialProvider
from botocore.utils import InstanceMetadataFetcher

from .config import Config, ConfigError

METADATA_URL = "http://169.254.169.254"
_TOKEN_SECONDS = "21600"


class IdentityError(Exception):
    """The agent cannot find out who it is, or has no credentials. The message says what is missing."""


@dataclass(frozen=True)
class Identity:
    """`host_identifier` is the ARN that commands are polled with; `provider` loads botocore credentials."""

    host_identifier: str
    region: str
    provider: object

    def credentials(self):
        """Fresh credentials (access_key, secret_key, token); raises `IdentityError` when there are none."""
        credentials = self.provider.load()
        if credentials is None:
            raise IdentityError(
                "There are no credentials. Was the instance started with an IAM instance profile whose role may use "
                "CodeDeploy and read the bucket?"
            )
        return credentials.get_frozen_credentials()


@dataclass(frozen=True)
class _Fixed:
    """A provider of credentials that do not change."""

    given: Credentials

    def load(self) -> Credentials:
        return self.given


class _Cached:
    """Asks a provider until it has credentials, and then keeps them: they refresh themselves."""

    def __init__(self, provider: InstanceMetadataProvider):
        self._provider = provider
        self._loaded = None

    def load(self):
        self._loaded = self._loaded or self._provider.load()
        return self._loaded


def find(config: Config, environment: Mapping[str, str] = os.environ, metadata_url: str = METADATA_URL) -> Identity:
    """The identity of this host; raises `IdentityError` or `ConfigError`."""
    on_premises = Path(config.on_premises_config_file)
    if on_premises.is_file():
        return _on_premises(on_premises)
    given = [
        environment.get(name) for name in ("AWS_HOST_IDENTIFIER", "AWS_REGION", "AWS_ACCESS_KEY", "AWS_SECRET_KEY")
    ]
    if all(given):
        host, region, access_key, secret_key = given
        return Identity(host, region, _Fixed(Credentials(access_key, secret_key)))
    return _of_instance(metadata_url, config.disable_imds_v1)


def _on_premises(path: Path) -> Identity:
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read as the on-premises configuration: {error}") from None
    given = {str(key).removeprefix(":"): value for key, value in (content or {}).items()}
    kinds = [kind for kind in ("iam_user_arn", "iam_session_arn") if given.get(kind)]
    if len(kinds) != 1:
        raise ConfigError(f"{path}: exactly one of iam_user_arn and iam_session_arn must be given.")
    needed = {
        "iam_user_arn": ("region", "aws_access_key_id", "aws_secret_access_key"),
        "iam_session_arn": ("region", "aws_credentials_file"),
    }[kinds[0]]
    missing = [name for name in needed if not given.get(name)]
    if missing:
        raise ConfigError(f"{path}: {kinds[0]} needs also {' and '.join(missing)}.")
    if kinds[0] == "iam_user_arn":
        provider = _Fixed(Credentials(given["aws_access_key_id"], given["aws_secret_access_key"]))
    else:
        provider = SharedCredentialProvider(given["aws_credentials_file"], "default")
    return Identity(given[kinds[0]], given["region"], provider)


def _of_instance(metadata_url: str, token_only: bool) -> Identity:
    http = urllib3.PoolManager(retries=urllib3.Retry(2, backoff_factor=0.2), timeout=10)

    def get(path: str, headers: Mapping[str, str]) -> str:
        answer = http.request("GET", f"{metadata_url}/latest/{path}", headers=headers)
        if answer.status != 200:
            raise IdentityError(f"The instance metadata service answers {answer.status} for {path}.")
        return answer.data.decode()

    try:
        headers = _session_headers(http, metadata_url, token_only)
        document = json.loads(get("dynamic/instance-identity/document", headers))
        partition = get("meta-data/services/partition", headers)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise IdentityError(
            f"Neither an on-premises configuration nor the instance metadata service says who this host is: {error}"
        ) from None
    arn = f"arn:{partition}:ec2:{document['region']}:{document['accountId']}:instance/{document['instanceId']}"
    fetcher = InstanceMetadataFetcher(timeout=1, num_attempts=3, base_url=f"{metadata_url}/")
    return Identity(arn, document["region"], _Cached(InstanceMetadataProvider(fetcher)))


def _session_headers(http: urllib3.PoolManager, metadata_url: str, token_only: bool) -> dict[str, str]:
    """The header of an IMDSv2 session; none where only IMDSv1 is there, unless `token_only`."""
    ttl = "X-aws-ec2-metadata-token-ttl-seconds"
    answer = http.request("PUT", f"{metadata_url}/latest/api/token", headers={ttl: _TOKEN_SECONDS})
    if answer.status == 200 and ttl in answer.headers:
        return {"X-aws-ec2-metadata-token": answer.data.decode()}
    if token_only:
        raise IdentityError(f"The instance metadata service gives no session token (status {answer.status}).")
    return {}
