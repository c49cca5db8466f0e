# SPDX-License-Identifier: GPL-3.0-or-later
"""The user agent tells the version that galaxy.yml has."""

from pathlib import Path

import yaml
from ansible_collections.convoy.delivery.plugins.module_utils.engine.version import VERSION

ROOT = Path(__file__).resolve().parents[5]


def test_the_version_is_that_of_galaxy_yml():
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"] == VERSION
