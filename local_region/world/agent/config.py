# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's configuration file, ``/etc/codedeploy-agent/conf/codedeployagent.yml``.

Its keys are written with a colon in front (``:root_dir:``), as Ruby symbols; both forms are read.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import yaml

DEFAULT_FILE = Path("/etc/codedeploy-agent/conf/codedeployagent.yml")


class ConfigError(Exception):
    """The configuration cannot be used; the message names file, key and remedy."""


@dataclass(frozen=True)
class Config:
    """The keys that this agent knows; others of the file are ignored, as by AWS's. Times are in seconds."""

    root_dir: str = "/opt/codedeploy-agent/deployment-root"
    log_dir: str = "/var/log/aws/codedeploy-agent/"
    pid_dir: str = "/opt/codedeploy-agent/state/.pid/"
    program_name: str = "codedeploy-agent"
    on_premises_config_file: str = "/etc/codedeploy-agent/conf/codedeploy.onpremises.yml"
    ongoing_deployment_tracking: str = "ongoing-deployment"
    deploy_control_endpoint: str | None = None
    s3_endpoint_override: str | None = None
    proxy_uri: str | None = None
    enable_auth_policy: bool = False
    enable_deployments_log: bool = True
    disable_imds_v1: bool = False
    verbose: bool = False
    wait_between_runs: float = 30
    http_read_timeout: float = 80
    kill_agent_max_wait_time_seconds: float = 7200
    max_revisions: int = 5


def read(path: Path) -> Config:
    """The configuration of a file; raises `ConfigError`."""
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read as the agent's configuration: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds no keys of the agent's configuration, such as ':root_dir: /opt/...'.")
    given = {str(key).removeprefix(":"): value for key, value in content.items() if value is not None}
    known = {one.name: one for one in fields(Config)}
    values = {name: _typed(path, name, value, known[name].default) for name, value in given.items() if name in known}
    config = Config(**values)
    if config.max_revisions < 1:
        raise ConfigError(f"{path}: max_revisions is {config.max_revisions}, it must be 1 or more.")
    return config


def _typed(path: Path, name: str, value: object, default: object) -> object:
    wanted = str if default is None else type(default)
    if wanted is bool and isinstance(value, bool):
        return value
    if wanted is not bool:
        try:
            return wanted(value)
        except (TypeError, ValueError):
            pass
    kind = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}.get(wanted, "a number")
    raise ConfigError(f"{path}: {name} is {value!r}, it must be {kind}.")
