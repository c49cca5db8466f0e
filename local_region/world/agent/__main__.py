# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the agent in the foreground: ``python -m codedeploy_agent [--config FILE]``. SIGTERM ends it gracefully."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

from . import config as configuration
from . import identity as identities
from .bundle import Bucket
from .commands import CommandService
from .config import Config, ConfigError
from .daemon import Agent, back_off
from .executor import Executor
from .revisions import Revisions
from .tracking import Tracking

_LOG_BYTES = 64 * 1024 * 1024
_LOG_FILES = 8
_log = logging.getLogger("codedeploy_agent")


def main() -> int:
    parser = argparse.ArgumentParser(prog="codedeploy-agent", description=__doc__)
    parser.add_argument("--config", type=Path, default=configuration.DEFAULT_FILE)
    options = parser.parse_args()
    try:
        config = configuration.read(options.config)
        _open_logs(config)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda *_: stop.set())
        _write_pid(config)
        identity = _identity(config, stop)
    except ConfigError as error:
        print(f"codedeploy-agent: {error}", file=sys.stderr)
        return 1
    if identity is not None:
        _run(config, identity, stop)
    _log.info("The agent ends.")
    return 0


def _identity(config: Config, stop: threading.Event) -> identities.Identity | None:
    """Asks until the host knows who it is; None when the agent is stopped before."""
    errors = 0
    while not stop.is_set():
        try:
            return identities.find(config)
        except identities.IdentityError as error:
            errors += 1
            _log.error("%s", error)
            stop.wait(back_off(errors))
    return None


def _run(config: Config, identity: identities.Identity, stop: threading.Event) -> None:
    root = Path(config.root_dir)
    agent = Agent(
        CommandService(config, identity),
        Executor(Revisions(root, config.max_revisions), Bucket(config, identity)),
        Tracking(root / config.ongoing_deployment_tracking),
        config.wait_between_runs,
    )
    agent.stop = stop
    _log.info("The agent of %s starts.", identity.host_identifier)
    # A poll cannot be interrupted: it goes on in a thread that ends with the process.
    threading.Thread(target=agent.run, name="poll", daemon=True).start()
    while not stop.wait(3600):
        pass
    agent.wait_for_commands(config.kill_agent_max_wait_time_seconds)


def _open_logs(config: Config) -> None:
    line = f"%(asctime)s %(levelname)-5s [{config.program_name}(%(process)d)]: %(message)s"
    _log_to(_log, Path(config.log_dir) / f"{config.program_name}.log", line)
    _log.setLevel(logging.DEBUG if config.verbose else logging.INFO)
    scripts = logging.getLogger("codedeploy_agent.deployments")
    scripts.propagate = False
    if config.enable_deployments_log:
        directory = Path(config.root_dir) / "deployment-logs"
        _log_to(scripts, directory / f"{config.program_name}-deployments.log", "[%(asctime)s.%(msecs)03d] %(message)s")


def _log_to(logger: logging.Logger, path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES)
    formatter = logging.Formatter(line, "%Y-%m-%d %H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger.addHandler(handler)


def _write_pid(config: Config) -> None:
    directory = Path(config.pid_dir)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{config.program_name}.pid").write_text(f"{os.getpid()}\n")


if __name__ == "__main__":
    sys.exit(main())
