# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeBuild: its API, and the runner that has builds run by a builder.

service.py     the Service: one mixin per resource (projects.py, builds.py, ...)
runner.py      the queue of builds; orders.py makes of a build what a builder gets, listening.py hears how it goes
builder.py     what CodeBuild needs of whoever runs its builds
over_moto.py   what it needs of the world, and how moto's backends give it
"""

from local_region.services.codebuild.service import CodeBuild

__all__ = ["CodeBuild"]
