# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeCommit: repositories that git itself keeps and serves, and the API for them.

service.py      the Service: one mixin per resource (repositories.py, branches.py, commits.py, files.py, ...)
git_server.py   where `git clone` and `git push` go, a WSGI application
references.py   every change of a branch or tag, from a push or from the API: one lock, one event for each reference
over_moto.py    how it is put together in the region

Whoever reaches the port may read and push, with any user and password or none: the region verifies no signatures
either. Nothing is encrypted; a repository's key is only remembered.
"""

from local_region.services.codecommit.service import CodeCommit

__all__ = ["CodeCommit"]
