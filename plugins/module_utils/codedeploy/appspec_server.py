# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AppSpec files of the EC2/on-premises platform: version, os, files, permissions, hooks."""

from __future__ import annotations

import difflib
import ntpath
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import appspec_install
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.appspec import (
    Problem,
    check_keys,
    check_version,
    type_name,
)
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.bundle import Entry

SCRIPTED_EVENTS = (
    "BeforeBlockTraffic",
    "AfterBlockTraffic",
    "ApplicationStop",
    "BeforeInstall",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)
EVENTS_WITHOUT_SCRIPTS = ("BlockTraffic", "DownloadBundle", "Install", "AllowTraffic")
EVENT_SECONDS = 3600
FILE_EXISTS_BEHAVIORS = ("DISALLOW", "OVERWRITE", "RETAIN")
USER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}\$?")


def check(document: dict[str, Any], entries: Mapping[str, Entry], name: str) -> list[Problem]:
    """All problems of a server AppSpec; ``entries`` is what is in the bundle, by path."""
    problems = check_version(document, name)
    problems += check_keys(document, ("version", "os", "files", "permissions", "hooks", "file_exists_behavior"), name)
    problems += _check_os(document, name)
    problems += _check_file_exists_behavior(document, name)
    problems += _check_files(document, entries, name)
    problems += _check_permissions(document, entries, name)
    return problems + _check_hooks(document, entries, name)


def _check_os(document: dict[str, Any], name: str) -> list[Problem]:
    if "os" not in document:
        return [Problem(f"{name}: os", "is missing. Write 'os: linux' (or 'os: windows').")]
    if document["os"] not in ("linux", "windows"):
        return [Problem(f"{name}: os", f"is {document['os']}; valid values are linux and windows.")]
    return []


def _check_file_exists_behavior(document: dict[str, Any], name: str) -> list[Problem]:
    if document.get("file_exists_behavior", "DISALLOW") in FILE_EXISTS_BEHAVIORS:
        return []
    given = document["file_exists_behavior"]
    return [Problem(f"{name}: file_exists_behavior", f"is {given}; valid values are DISALLOW, OVERWRITE and RETAIN.")]


def _items(document: dict[str, Any], key: str, name: str, problems: list[Problem]) -> list[tuple[str, dict[str, Any]]]:
    """(place, mapping) of each item of a list of mappings; what is not one becomes a problem."""
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        problems.append(Problem(f"{name}: {key}", f"is a {type_name(value)}; it must be a list of mappings."))
        return []
    good = []
    for index, item in enumerate(value):
        place = f"{name}: {key}[{index}]"
        if isinstance(item, dict):
            good.append((place, item))
        else:
            problems.append(Problem(place, f"is a {type_name(item)}; it must be a mapping."))
    return good


def _check_files(document: dict[str, Any], entries: Mapping[str, Entry], name: str) -> list[Problem]:
    problems: list[Problem] = []
    windows = document.get("os") == "windows"
    usable = []
    for place, item in _items(document, "files", name, problems):
        found = check_keys(item, ("source", "destination"), place)
        found += _check_source(item, entries, place) + _check_destination(item, windows, place)
        problems += found
        if not any(problem.severity == "error" for problem in found):
            usable.append((place, item))
    if windows:
        return problems
    return problems + appspec_install.collisions(usable, entries)


def _check_source(item: dict[str, Any], entries: Mapping[str, Entry], place: str) -> list[Problem]:
    source = item.get("source")
    if not isinstance(source, str) or not source.strip():
        return [Problem(f"{place}.source", "is missing. Name a file or directory of the bundle, or / for all of it.")]
    path = appspec_install.in_bundle(source)
    if path is None:
        return [Problem(f"{place}.source", f"{source} climbs out of the bundle. Name a path inside it.")]
    if path and path not in entries:
        return [Problem(f"{place}.source", f"{source} is not in the bundle{_did_you_mean(path, entries)}.")]
    return []


def _check_destination(item: dict[str, Any], windows: bool, place: str) -> list[Problem]:
    destination = item.get("destination")
    if not isinstance(destination, str) or not destination.strip():
        return [Problem(f"{place}.destination", "is missing. Name the directory on the host, with its whole path.")]
    absolute = ntpath.isabs(destination) if windows else posixpath.isabs(destination)
    if not absolute:
        example = "c:\\inetpub\\app" if windows else f"/opt/{destination.lstrip('./')}"
        sentence = f"{destination} is relative. Write the whole path, such as {example}."
        return [Problem(f"{place}.destination", sentence)]
    return []


def _check_permissions(document: dict[str, Any], entries: Mapping[str, Entry], name: str) -> list[Problem]:
    problems: list[Problem] = []
    items = _items(document, "permissions", name, problems)
    if items and document.get("os") == "windows":
        problems.append(Problem(f"{name}: permissions", "works on Linux only. Remove it from a Windows AppSpec file."))
        return problems
    known = ("object", "pattern", "except", "owner", "group", "mode", "acls", "context", "type")
    for place, item in items:
        problems += check_keys(item, known, place)
        if not isinstance(item.get("object"), str) or not item["object"].strip():
            problems.append(Problem(f"{place}.object", "is missing. Name a file or directory on the host."))
        elif not posixpath.isabs(item["object"]):
            problems.append(Problem(f"{place}.object", f"{item['object']} is relative. Write the whole path."))
        problems += _check_mode(item, place) + _check_types(item, place) + _check_except(item, place)
    if not problems:
        files = [pair for pair in _items(document, "files", name, []) if _usable(pair[1], entries)]
        problems += appspec_install.permission_problems(files, items, entries)
    return problems


def _usable(item: dict[str, Any], entries: Mapping[str, Entry]) -> bool:
    return not (_check_source(item, entries, "") or _check_destination(item, False, ""))


def _check_mode(item: dict[str, Any], place: str) -> list[Problem]:
    mode = item.get("mode")
    if mode is None:
        return []
    written = str(getattr(mode, "written", mode))
    if not re.fullmatch(r"[0-7]{1,4}", written):
        return [Problem(f"{place}.mode", f"is {written}; a mode has one to four digits from 0 to 7, such as 644.")]
    if written != str(mode):
        sentence = f'is {written} without quotes, which YAML reads as the number {int(mode)}. Write "{written}".'
        return [Problem(f"{place}.mode", sentence)]
    return []


def _check_types(item: dict[str, Any], place: str) -> list[Problem]:
    types = item.get("type")
    if types is None:
        return []
    if not isinstance(types, list):
        return [Problem(f"{place}.type", f"is a {type_name(types)}; it must be a list: file, directory, or both.")]
    return [
        Problem(f"{place}.type[{index}]", f"is {value}; valid values are file and directory.")
        for index, value in enumerate(types)
        if value not in ("file", "directory")
    ]


def _check_except(item: dict[str, Any], place: str) -> list[Problem]:
    value = item.get("except")
    if value is None or (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        return []
    return [Problem(f"{place}.except", "must be a list of patterns.")]


def _check_hooks(document: dict[str, Any], entries: Mapping[str, Entry], name: str) -> list[Problem]:
    hooks = document.get("hooks")
    if hooks is None:
        return []
    if not isinstance(hooks, dict):
        kind = type_name(hooks)
        return [Problem(f"{name}: hooks", f"is a {kind}; it must be a mapping from lifecycle events to scripts.")]
    problems = []
    for event, scripts in hooks.items():
        place = f"{name}: hooks.{event}"
        unknown = _check_event(event, place)
        problems += unknown
        if unknown:
            continue
        if not isinstance(scripts, list) or not scripts:
            problems.append(Problem(place, "has no list of scripts. Write '- location: scripts/...' below it."))
            continue
        for index, script in enumerate(scripts):
            problems += _check_script(script, entries, f"{place}[{index}]")
        problems += _check_sum_of_timeouts(scripts, place)
    return problems


def _check_event(event: Any, place: str) -> list[Problem]:
    if event in SCRIPTED_EVENTS:
        return []
    if event in EVENTS_WITHOUT_SCRIPTS:
        return [Problem(place, f"{event} is done by CodeDeploy and runs no scripts. Use an event before or after it.")]
    near = difflib.get_close_matches(str(event), SCRIPTED_EVENTS, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Events with scripts: {', '.join(SCRIPTED_EVENTS)}."
    return [Problem(place, f"there is no lifecycle event {event}; its scripts would never run. {hint}")]


def _check_script(script: Any, entries: Mapping[str, Entry], place: str) -> list[Problem]:
    if not isinstance(script, dict):
        return [Problem(place, f"is a {type_name(script)}; it must be a mapping with 'location'.")]
    problems = check_keys(script, ("location", "timeout", "runas", "sudo"), place)
    location = script.get("location")
    if not isinstance(location, str) or not location.strip():
        problems.append(Problem(f"{place}.location", "is missing. Name the script's path in the bundle."))
    else:
        problems += _check_location(location.strip(), entries, f"{place}.location")
    timeout = script.get("timeout")
    if timeout is not None and not _is_timeout(timeout):
        sentence = f"is {timeout}; it must be a whole number of seconds from 1 to {EVENT_SECONDS}."
        problems.append(Problem(f"{place}.timeout", sentence))
    runas = script.get("runas")
    if runas is not None and not USER_NAME.fullmatch(str(runas).strip()):
        problems.append(Problem(f"{place}.runas", f"'{runas}' is not the name of a user."))
    return problems


def _check_location(location: str, entries: Mapping[str, Entry], place: str) -> list[Problem]:
    path = appspec_install.in_bundle(location)
    if path is None:
        return [Problem(place, f"{location} climbs out of the bundle. Name a script inside it.")]
    entry = entries.get(path)
    if entry is None:
        return [Problem(place, f"{location} is not in the bundle{_did_you_mean(path, entries)}.")]
    if entry.kind == "directory":
        return [Problem(place, f"{location} is a directory of the bundle. Name one script.")]
    return []


def _is_timeout(value: Any) -> bool:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= EVENT_SECONDS


def _check_sum_of_timeouts(scripts: list[Any], place: str) -> list[Problem]:
    """The user guide: the time-outs of one event's scripts may not exceed 3600 s together."""
    given = [script["timeout"] for script in scripts if isinstance(script, dict) and _is_timeout(script.get("timeout"))]
    total = sum(int(seconds) for seconds in given)
    if total <= EVENT_SECONDS:
        return []
    sentence = f"the time-outs of its scripts add up to {total} s; CodeDeploy ends an event after {EVENT_SECONDS} s."
    return [Problem(place, sentence)]


def _did_you_mean(path: str, entries: Mapping[str, Entry]) -> str:
    """A hint for a path that is not there: one of the same name elsewhere, or one spelled nearly the same."""
    name = posixpath.basename(path)
    same_name = sorted(other for other in entries if posixpath.basename(other) == name)
    near = same_name[:1] or difflib.get_close_matches(path, entries, n=1, cutoff=0.75)
    return f" (did you mean {near[0]}?)" if near else ""
