# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeCommit on moto's EventBridge and SNS."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.services.codecommit.service import CodeCommit


def codecommit(clock: Clock, moto: Moto, run_dir: Path | None) -> CodeCommit:
    """The service. Its repositories are in `run_dir`, or in a temporary directory; they go when it is closed."""

    def emit(account: str, region: str, entry: dict[str, Any]) -> None:
        moto.backend("events", account, region).put_events([entry])

    def publish(topic: str, subject: str, message: str) -> None:
        _, _, _, region, account, _ = topic.split(":", 5)
        moto.backend("sns", account, region).publish(message, arn=topic, subject=subject)

    folder = run_dir / "git" if run_dir else Path(tempfile.mkdtemp(prefix="local-region-git-"))
    return CodeCommit(clock, folder, emit, publish)
