# SPDX-License-Identifier: GPL-3.0-or-later
"""How the region's processes log: one line an event, to standard error, which is the region's log file."""

from __future__ import annotations

import logging
import time


def configure() -> None:
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("botocore", "urllib3", "waitress", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
