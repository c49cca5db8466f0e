# SPDX-License-Identifier: GPL-3.0-or-later
"""The service, under both its names. They show the same connections; each gives those that it creates its own ARNs."""

from __future__ import annotations

from local_region.protocol import Service, load_model
from local_region.services.codeconnections.connections import Connections
from local_region.services.codeconnections.directory import Directory
from local_region.services.codeconnections.hosts import Hosts
from local_region.services.codeconnections.tagging import Tagging


class CodeConnections(Connections, Hosts, Tagging, Service):
    """botocore's `codeconnections`. Repository links and sync configurations (for CloudFormation) are refused."""

    model = load_model("codeconnections")
    prefix = "codeconnections"

    def __init__(self, directory: Directory):
        self.directory = directory


class CodeStarConnections(CodeConnections):
    """botocore's `codestar-connections`."""

    model = load_model("codestar-connections")
    prefix = "codestar-connections"
