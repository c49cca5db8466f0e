# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a revision is: the API's RevisionLocation, in option names. Pure."""

from __future__ import annotations

import hashlib
from typing import Any

from ..engine.errors import Failure

# RevisionLocation of the API, as options.
S3_LOCATION = dict(
    bucket=dict(type="str", required=True),
    key=dict(type="str", required=True, no_log=False),
    bundle_type=dict(type="str", required=True, choices=["tar", "tgz", "zip", "YAML", "JSON"]),
    version=dict(type="str"),
    e_tag=dict(type="str"),
)
GIT_HUB_LOCATION = dict(repository=dict(type="str", required=True), commit_id=dict(type="str", required=True))
RAW_CONTENT = dict(content=dict(type="str", required=True), sha256=dict(type="str"))
REVISION_OPTIONS = dict(
    revision_type=dict(type="str", required=True, choices=["S3", "GitHub", "String", "AppSpecContent"]),
    s3_location=dict(type="dict", options=S3_LOCATION),
    git_hub_location=dict(type="dict", options=GIT_HUB_LOCATION),
    string=dict(type="dict", options=RAW_CONTENT),
    app_spec_content=dict(type="dict", options=RAW_CONTENT),
)
# The member of RevisionLocation that each revision_type uses.
LOCATIONS = {
    "S3": "s3_location",
    "GitHub": "git_hub_location",
    "String": "string",
    "AppSpecContent": "app_spec_content",
}


def located(location: dict[str, Any], stored: dict[str, Any] | None) -> dict[str, Any]:
    """An S3 location with the version and e_tag of what is stored there (None: not yet known, in check mode)."""
    stored = stored or {}
    full = {key: location[key] for key in ("bucket", "key", "bundle_type")}
    version = location.get("version") or stored.get("version_id")
    if version and version != "null":
        full["version"] = version
    e_tag = location.get("e_tag") or stored.get("e_tag")
    if e_tag:
        full["e_tag"] = e_tag.strip('"')
    return full


def same(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Whether two revisions are the same content.

    A version or e_tag that only one of them names does not tell them apart: the keys of bundles name their content.
    """
    if not one or not other or one.get("revision_type") != other.get("revision_type"):
        return False
    member = LOCATIONS[one["revision_type"]]
    first, second = one.get(member) or {}, other.get(member) or {}
    if member == "s3_location":
        whole = all(first.get(key) == second.get(key) for key in ("bucket", "key", "bundle_type"))
        return whole and all(_agree(first.get(key), second.get(key)) for key in ("version", "e_tag"))
    if member == "git_hub_location":
        names = [(side.get("repository") or "").lower() for side in (first, second)]
        return names[0] == names[1] and first.get("commit_id") == second.get("commit_id")
    return None not in (_digest(first), _digest(second)) and _digest(first) == _digest(second)


def clean(revision: dict[str, Any]) -> dict[str, Any]:
    """A revision as the API wants it: its type and its one location, without members that were not given.

    Raises Failure when the location that belongs to the type is missing.
    """
    kind = revision["revision_type"]
    member = LOCATIONS[kind]
    if not revision.get(member):
        raise Failure(
            f"revision: revision_type {kind} needs {member}. Give the revision as codedeploy_revision returns it."
        )
    location = {key: value for key, value in revision[member].items() if value is not None}
    if location.get("e_tag"):
        location["e_tag"] = location["e_tag"].strip('"')
    return {"revision_type": kind, member: location}


def name_of(revision: dict[str, Any] | None) -> str:
    """A revision in words: s3://bucket/key, or repository@commit."""
    if not revision:
        return "no revision"
    location = revision.get(LOCATIONS.get(revision.get("revision_type"), "")) or {}
    if "bucket" in location:
        return f"s3://{location['bucket']}/{location['key']}"
    if "repository" in location:
        return f"{location['repository']}@{location['commit_id']}"
    return f"AppSpec {(_digest(location) or '')[:12]}".strip()


def _digest(location: dict[str, Any]) -> str | None:
    """The SHA-256 of an AppSpec text. CodeDeploy may tell only that of a text that it was given."""
    if location.get("content") is not None:
        return hashlib.sha256(location["content"].encode()).hexdigest()
    return (location.get("sha256") or "").lower() or None


def _agree(one, other):
    return not one or not other or one.strip('"') == other.strip('"')
