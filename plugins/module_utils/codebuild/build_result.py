# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A build or a batch as modules return it: CodeBuild's answer, with what people ask for first beside it."""

from __future__ import annotations

from typing import Any

from .builds import Build
from .follow import seconds_of
from .report import Summary
from .variables import hide


def result_of(build: Build, reports: list[Summary] | None = None) -> Build:
    """The build with ``seconds``, ``exported_variables`` by name and, where they were read, ``reports``.

    Values of variables that seem to hold a secret are hidden.
    """
    found = {**build, "seconds": seconds_of(build)}
    environment = dict(build.get("environment") or {})
    if environment.get("environment_variables"):
        environment["environment_variables"] = hide([], environment["environment_variables"])[1]
        found["environment"] = environment
    if "build_batch_status" not in build:
        exported = build.get("exported_environment_variables") or []
        found["exported_variables"] = {one["name"]: one.get("value") or "" for one in exported}
    if reports is not None:
        found["reports"] = [report.as_result() for report in reports]
    return found


def without_secrets(request: dict[str, Any]) -> dict[str, Any]:
    """A request with the values hidden that seem to be secrets: for a diff."""
    option = "environment_variables_override"
    return {**request, option: hide([], request[option])[1]} if request.get(option) else request
