# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeBuild: its API, and the runner that has builds run by a builder.

service.py     the Service: one mixin per resource (projects.py, builds.py, batches.py, reports.py, webhooks.py, ...)
builder.py     what CodeBuild needs of whoever runs its builds
runner.py      the queue of builds; orders.py makes of a build what a builder gets (sources.py, caches.py), listening.py
               hears how it goes and stores what it leaves behind (logs.py, artifacts.py, reporting.py)
batch_running.py   moves batches on; decisions come from `local_region.engine.build_batch`
for_pipelines.py, triggered.py   builds that pipelines and event rules start
over_moto.py   what it needs of the world, and how moto's backends give it
"""

from local_region.services.codebuild.service import CodeBuild

__all__ = ["CodeBuild"]
