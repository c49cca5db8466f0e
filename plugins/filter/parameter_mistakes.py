# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is wrong with the parameters, flags and secrets of an environment."""

from __future__ import annotations

DOCUMENTATION = r"""
name: parameter_mistakes
version_added: "0.1.0"
short_description: What is wrong with the parameters, flags and secrets of an environment
description:
  - Looks at what is declared before anything is written, and says in whole sentences what AWS would refuse half-way.
    No sentence has a value in it.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: Parameters by name, each with C(value), and C(type) and C(description) if wanted.
    type: dict
    required: true
  flags:
    description: Feature flags by name.
    type: dict
    required: true
  secrets:
    description: Secrets by name, each with C(value) or with C(generate).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Refuse what cannot be kept
  ansible.builtin.assert:
    that: values | convoy.delivery.parameter_mistakes(flags, secrets) | length == 0
"""

RETURN = r"""
_value:
  description: Sentences, one for each mistake. Empty when there is none.
  type: list
  elements: str
  sample: ["The secret database/password has neither a value nor generate. Give one of the two."]
"""

import re

TYPES = ("String", "StringList", "SecureString")
LONGEST = 4096  # bytes, what a parameter of the standard tier takes
KNOWN = {"parameter": {"value", "type", "description"}, "secret": {"value", "generate", "length", "description"}}
_NAME = re.compile(r"/*[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")


def parameter_mistakes(values, flags, secrets):
    """See DOCUMENTATION."""
    told = []
    for kind, entries in (("parameter", values), ("flag", flags), ("secret", secrets)):
        told += [
            f"The {kind} {name!r} has a name that AWS does not take. Use letters, digits, and _ . - between slashes."
            for name in entries
            if not _NAME.fullmatch(str(name)) or (kind == "flag" and "/" in str(name))
        ]
    for kind, entries in (("parameter", values), ("secret", secrets)):
        for name, entry in entries.items():
            told += _of_an_entry(kind, name, entry)
    return told


def _of_an_entry(kind, name, entry):
    if not isinstance(entry, dict):
        return [f"The {kind} {name} is not a mapping. Write its value under value."]
    told = [
        f"The {kind} {name} has {option}, which is not known. It may have {', '.join(sorted(KNOWN[kind]))}."
        for option in sorted(set(entry) - KNOWN[kind])
    ]
    if kind == "secret":
        if ("value" in entry) == bool(entry.get("generate")):
            either = "neither a value nor generate" if "value" not in entry else "a value and generate"
            told.append(f"The secret {name} has {either}. Give one of the two.")
        return told
    return told + _of_a_parameter(name, entry)


def _of_a_parameter(name, entry):
    told, value = [], entry.get("value")
    type_name = entry.get("type", "String")
    if type_name not in TYPES:
        told.append(f"The parameter {name} has the type {type_name}. Use {', '.join(TYPES)}.")
    is_list = isinstance(value, (list, tuple))
    if not isinstance(value, str) and not (is_list and type_name == "StringList"):
        told.append(f"The parameter {name} has a value that is not text. Put it in quotes, or use type: StringList.")
        return told
    text = ",".join(str(part) for part in value) if is_list else value
    if not 1 <= len(text.encode()) <= LONGEST:
        told.append(f"The parameter {name} has {len(text.encode())} bytes. Use 1 to {LONGEST}, or a secret.")
    return told


class FilterModule:
    """The collection's filters."""

    def filters(self):
        return {"parameter_mistakes": parameter_mistakes}
