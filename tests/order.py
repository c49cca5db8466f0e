# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tests run together in one process, and which come first, when several processes share them (pytest -n).

The tests of a file share fixtures, and so do those of the playbooks, to which building a site is dear. What takes
longest begins first, so that it does not run alone in the end.
"""

from __future__ import annotations

from xdist.scheduler.loadscope import LoadScopeScheduling

PLAYBOOKS = "tests/integration/playbooks"
SITES = {
    # They are about an empty region, a built one, its releases, its end.
    "one site": tuple(
        f"{PLAYBOOKS}/test_{one}.py" for one in ("site", "drift", "release", "releases_by_pipeline", "teardown")
    ),
    # They are about the roles of one account.
    "one account": ("tests/integration/policies/test_roles.py", "tests/integration/policies/test_trust.py"),
    "a region with faults": ("tests/region/faults/",),
}
LONGEST = [
    f"{PLAYBOOKS}/test_site.py",
    f"{PLAYBOOKS}/test_drift.py",
    f"{PLAYBOOKS}/test_release.py",
    f"{PLAYBOOKS}/test_releases_by_pipeline.py",
    f"{PLAYBOOKS}/test_release_strategies.py",
    f"{PLAYBOOKS}/test_teardown.py",
    "tests/integration/warm/test_official_modules.py",
    "tests/integration/inventory/test_codedeploy.py",
    "tests/region/test_supervisor.py",
]


def file_of(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]


def rank(nodeid: str) -> int:
    """What to sort tests by; tests of one rank stay as they are."""
    file = file_of(nodeid)
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)


class ByFile(LoadScopeScheduling):
    """A file is the work of one process; the files of a site are so together."""

    def _split_scope(self, nodeid: str) -> str:
        file = file_of(nodeid)
        return next((site for site, files in SITES.items() if file.startswith(files)), file)
