# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the agent's Install event would make of an AppSpec's files and permissions, worked out beforehand.

Rules from the agent's own Install (aws/aws-codedeploy-agent 1.8): a directory's contents go under the destination, a
file goes to destination/name; a path copied twice, or a directory where a file is copied, fails; permissions are
applied to what is installed now, and setting them twice on one path fails.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.appspec import Problem
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.bundle import Entry

Item = tuple[str, dict[str, Any]]  # (place in the AppSpec, what is written there)


def in_bundle(path: str) -> str | None:
    """A path of the AppSpec relative to the bundle's root; "" is the root, None is outside.

    The agent joins the two, so a leading slash changes nothing.
    """
    normal = posixpath.normpath(path.strip().replace("\\", "/").lstrip("/") or ".")
    if normal == ".." or normal.startswith("../"):
        return None
    return "" if normal == "." else normal


def installed(item: dict[str, Any], entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """What one item of ``files`` puts on the host: absolute path -> entry of the bundle."""
    source = in_bundle(item["source"])
    destination = posixpath.normpath(item["destination"].strip())
    entry = entries.get(source)
    if source and entry.kind != "directory":
        return {posixpath.join(destination, posixpath.basename(source)): entry}
    prefix = source + "/" if source else ""
    made = {
        posixpath.join(destination, path[len(prefix) :]): e for path, e in entries.items() if path.startswith(prefix)
    }
    made[destination] = Entry(source, "directory")
    return made


def collisions(items: Sequence[Item], entries: Mapping[str, Entry]) -> list[Problem]:
    """Two files for one destination, and a file where another item makes a directory.

    One problem for each pair of items, naming the first path and how many more there are.
    """
    owner: dict[str, tuple[str, Entry]] = {}
    clashes: dict[tuple[str, str], list[tuple[str, Entry, Entry]]] = {}
    for place, item in items:
        for path, entry in sorted(installed(item, entries).items()):
            if path not in owner:
                owner[path] = (place, entry)
                continue
            first_place, first = owner[path]
            if not (first.kind == "directory" and entry.kind == "directory"):
                clashes.setdefault((first_place, place), []).append((path, first, entry))
    return [_collision(first, second, found) for (first, second), found in clashes.items()]


def _collision(first_place: str, place: str, found: list[tuple[str, Entry, Entry]]) -> Problem:
    path, first, second = found[0]
    earlier = first_place.partition(": ")[2]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    if "directory" in (first.kind, second.kind):
        sentence = f"{path} would be a file and a directory at once, with {earlier}{more}. Change one destination."
    else:
        sentence = (
            f"{second.path} and {first.path} ({earlier}) would both be installed as {path}{more}. "
            "Remove one or change its destination."
        )
    return Problem(place, sentence)


def permission_problems(
    files: Sequence[Item], permissions: Sequence[Item], entries: Mapping[str, Entry]
) -> list[Problem]:
    """Permissions that would fail on the host, and those that would silently do nothing."""
    on_host: dict[str, str] = {}
    for _place, item in files:
        for path, entry in installed(item, entries).items():
            on_host[path] = "directory" if entry.kind == "directory" else "file"
    problems = []
    owner: dict[str, str] = {}
    for place, item in permissions:
        target = posixpath.normpath(item["object"].strip())
        if on_host.get(target) == "file" and (item.get("pattern", "**") != "**" or item.get("except")):
            sentence = f"pattern and except work on a directory only, and {target} is a file. Remove them."
            problems.append(Problem(place, sentence))
            continue
        matched = permission_matches(item, on_host)
        if not matched:
            problems += _matches_nothing(place, item, target, on_host)
        twice = sorted(path for path in matched if path in owner)
        if twice:
            more = f" and {len(twice) - 1} more" if len(twice) > 1 else ""
            earlier = owner[twice[0]].partition(": ")[2]
            sentence = (
                f"sets the permissions of {twice[0]}{more} again, after {earlier}; the agent refuses that. "
                'Without a pattern a permission reaches every depth; pattern: "*" keeps it to one directory.'
            )
            problems.append(Problem(place, sentence))
        owner.update({path: place for path in matched if path not in owner})
    return problems


def permission_matches(item: dict[str, Any], on_host: Mapping[str, str]) -> set[str]:
    """The installed paths a permission is applied to; ``on_host`` maps paths to "file" or "directory".

    Pattern ``**`` (the default) matches everything below the object; any other pattern, and ``except``, only names
    directly in it. The object itself is matched only when it is a file.
    """
    target = posixpath.normpath(item["object"].strip())
    types = item.get("type") or ["file", "directory"]
    if on_host.get(target) == "file":
        return {target} if "file" in types else set()
    prefix = target.rstrip("/") + "/"
    pattern = str(item.get("pattern") or "**")
    matched = set()
    for path, kind in on_host.items():
        if not path.startswith(prefix) or kind not in types:
            continue
        name = path[len(prefix) :]
        wanted = pattern == "**" or _glob(name, pattern)
        if wanted and not any(_glob(name, one) for one in item.get("except") or []):
            matched.add(path)
    return matched


def _glob(name: str, pattern: str) -> bool:
    """The agent's globs know ``*`` alone, and never match below the directory."""
    if "/" in name:
        return False
    only_stars = re.sub(r"([\[?])", r"[\1]", pattern)
    return fnmatch.fnmatchcase(name, only_stars)


def _matches_nothing(place: str, item: dict[str, Any], target: str, on_host: Mapping[str, str]) -> list[Problem]:
    prefix = target.rstrip("/") + "/"
    if not any(path.startswith(prefix) for path in on_host) and target not in on_host:
        sentence = f"no file of this revision is installed at or below {target}, so nothing would be set."
    else:
        pattern = item.get("pattern") or "**"
        sentence = f"pattern {pattern} matches nothing directly in {target}, so nothing would be set."
    return [Problem(place, sentence, severity="warning")]
