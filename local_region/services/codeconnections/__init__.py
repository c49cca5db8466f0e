# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeConnections, under its new name and its old one (CodeStar Connections): connections and hosts.

A connection is PENDING until somebody completes it, on AWS in the console, here with

    python -m local_region connection complete ARN FOLDER

which ties it to a folder of Git repositories on this machine that stands in for GitHub and its like.

service.py      the two Services, of connections.py, hosts.py and tagging.py
directory.py    all connections; what uses one finds its repositories here
watch.py        notices pushes
git_server.py   where builds clone connected repositories from
"""

from local_region.services.codeconnections.directory import Directory
from local_region.services.codeconnections.service import CodeConnections, CodeStarConnections

__all__ = ["CodeConnections", "CodeStarConnections", "Directory"]
