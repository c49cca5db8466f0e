# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the results of tasks in check mode say about how the world differs from its declaration.

A result is one of three: it predicts a change, with the fields as far as the module tells them; it could not look; or
it has nothing to say. What Ansible hides (no_log) arrives here hidden.
"""

from __future__ import annotations

import dataclasses
import json
import re

from ansible_collections.convoy.delivery.plugins.plugin_utils.differences import differences

# {host: Collection}, filled by the callback in the main process.
COLLECTED = {}

# Conditions on what has no id before it is made: network_vpc_id | length > 0, access_instance.iam_role is defined.
_ON_AN_ID = re.compile(r"(?<!account)_(id|ids|arn|arns|foreseen)\b|\.\w+ is (not )?(defined|truthy|none|undefined)\b")
# What a resource is called, not what it uses.
_NAME = re.compile(r"^[a-z].*(?<!_config)_name$")
_NO_CHECK_MODE = "does not support check mode"


@dataclasses.dataclass(frozen=True)
class Task:
    """The task that a result is of: `module` is the module's or action's full name, `arguments` what it was given."""

    role: str
    name: str
    module: str
    arguments: dict = dataclasses.field(default_factory=dict)

    @property
    def only_tells(self):
        """Whether nothing in the world would change by the task: set_fact, debug; files of tasks may hold others."""
        return self.module.startswith("ansible.builtin.") and not self.module.startswith("ansible.builtin.include")


@dataclasses.dataclass
class Collection:
    """What the results of one host say: differences, and what cannot be said, each as plain data."""

    differences: list = dataclasses.field(default_factory=list)
    unknown: list = dataclasses.field(default_factory=list)
    # The role that has foreseen something by itself (debug) in the task before.
    _foreseen_in: str = ""

    def add(self, task, result):
        """Takes the result of a task, or those of its loop."""
        for one in _each(result):
            self._add(task, one)
        self._foreseen_in = task.role if result.get("changed") and task.only_tells else ""

    def _add(self, task, one):
        """Takes one result."""
        foreseen = _foreseen(one)
        if foreseen:
            said = _difference(task, foreseen["resource"], foreseen.get("fields", []), foreseen)
            self.differences.append({**said, "role": foreseen.get("role", task.role)})
        elif _was_skipped(one):
            self._add_skipped(task, one)
        elif one.get("changed"):
            self.differences.append(_difference(task, _resource(task, one), _fields(one.get("diff")), one))

    def _add_skipped(self, task, result):
        if _NO_CHECK_MODE in str(result.get("msg", "")) and self._foreseen_in == task.role:
            return  # what the module would do, its role has said just before
        if _NO_CHECK_MODE in str(result.get("msg", "")):
            self._cannot_say(task, f"{task.module} knows no check mode")
        elif not task.only_tells and _needs_an_id(result) and any(map(_makes, self.differences)):
            self._cannot_say(task, "it depends on what would only be made or changed")

    def _cannot_say(self, task, why):
        said = {"role": task.role, "task": task.name, "module": task.module, "why": why}
        if said not in self.unknown:
            self.unknown.append(said)


def _each(result):
    results = result.get("results")
    if isinstance(results, list) and all(isinstance(one, dict) for one in results) and "invocation" not in result:
        return results
    return [result]


def _foreseen(result):
    """What a role has compared by itself, as it says with debug: {"resource": ..., "fields": differences}."""
    said = result.get("msg")
    return said if isinstance(said, dict) and "resource" in said else None


def _makes(difference):
    """Whether something is foreseen that is not there yet, and so has no id to go on with."""
    if difference["fields"]:
        return all(field["before"] in (None, "", [], {}) for field in difference["fields"])
    return re.search(r"\b(made|created?)\b", difference["said"]) is not None or not difference["said"]


def _difference(task, resource, fields, said):
    return {
        "role": task.role,
        "task": task.name,
        "module": task.module,
        "resource": resource,
        "fields": list(fields),
        "said": _said(said),
    }


def _said(result):
    if result.get("censored"):
        return "hidden by no_log"
    said = result.get("foreseen") or result.get("msg")
    return said if isinstance(said, str) else ""


def _was_skipped(result):
    return bool(result.get("skipped")) or "false_condition" in result or _NO_CHECK_MODE in str(result.get("msg", ""))


def _needs_an_id(result):
    return _ON_AN_ID.search(str(result.get("false_condition", ""))) is not None


def _resource(task, result):
    """What people call the resource, as far as the item of the loop or the module's arguments tell it."""
    item = result.get("_ansible_item_label", result.get("item"))
    if item is not None:
        return _short(item)
    arguments = (result.get("invocation") or {}).get("module_args") or task.arguments
    tags = arguments.get("tags")
    named = arguments.get("name") or (tags.get("Name") if isinstance(tags, dict) else None)
    if named:
        return str(named)
    names = [str(value) for key, value in arguments.items() if value and _NAME.search(key)]
    return "/".join(names) or next((str(arguments[key]) for key in ("cidr", "vpc_id") if arguments.get(key)), "")


def _short(item):
    if isinstance(item, dict):
        return str(item.get("name") or item.get("Name") or next(iter(item.values()), ""))
    return " ".join(map(str, item)) if isinstance(item, (list, tuple)) else str(item)


def _fields(diff):
    """The fields that a module's diff shows to differ. Ansible lets modules say it in several ways."""
    found = []
    for one in diff if isinstance(diff, list) else [diff]:
        if isinstance(one, dict) and ("before" in one or "after" in one):
            found += _told(_data(one.get("before")), _data(one.get("after")))
        elif isinstance(one, dict) and one.get("prepared"):
            found.append({"field": "", "before": "", "after": str(one["prepared"])})
    return found


def _told(before, after):
    """Modules leave out of what will be what only AWS can know: ids, ARNs, states."""
    if isinstance(before, dict) and isinstance(after, dict) and after:
        before = {key: value for key, value in before.items() if key in after}
    return differences(before, after)


def _data(value):
    """Data of the text that a module shows instead, where it is JSON."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
