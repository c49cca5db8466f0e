# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of Git repositories that stands in for GitHub, and a developer who pushes to one of them."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from tests.conftest import Api
from tests.region.codecommit.forge import WorkingCopy

REPOSITORY = "shop/storefront"


class Provider:
    """A connection of that name, PENDING, and a bare repository `shop/storefront` with a clone of it."""

    def __init__(self, api: Api, name: str, folder: Path):
        self.api, self.name, self.folder = api, name, folder / "repositories"
        self.connections = api.client("codeconnections")
        made = self.connections.create_connection(ConnectionName=name, ProviderType="GitHub")
        self.arn = made["ConnectionArn"]
        self.bare = self.folder / f"{REPOSITORY}.git"
        self.bare.mkdir(parents=True)
        here = WorkingCopy(folder)
        here.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        here.git("clone", "--quiet", str(self.bare), str(folder / "work"))
        self.work = WorkingCopy(folder / "work")

    def complete(self) -> dict:
        """What the region's command line does."""
        return self.control("connections/complete", {"connection": self.arn, "folder": str(self.folder)})

    def control(self, what: str, data: dict | None = None) -> dict:
        body = json.dumps(data or {}).encode()
        with urllib.request.urlopen(f"{self.api.url}/_local_region/{what}", body, timeout=10) as answer:
            return json.load(answer)

    @property
    def status(self) -> str:
        return self.connections.get_connection(ConnectionArn=self.arn)["Connection"]["ConnectionStatus"]
