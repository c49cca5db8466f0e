# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which predicted changes are drift, and which are somebody else's to make."""

from __future__ import annotations

import fnmatch

DOCUMENTATION = r"""
name: drift_report
version_added: "0.1.0"
short_description: Which predicted changes are drift, and which are somebody else's to make
description:
  - Takes the fields out of predicted changes that belong to others than the inventory, such as the number of hosts,
    which belongs to Auto Scaling.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: What was predicted, as the lookup P(convoy.delivery.predicted_changes#lookup) returns it for a host.
    type: dict
    required: true
  left_to_others:
    description:
      - The fields that belong to others, each with C(role), C(field), C(owner) and C(why). C(role) and C(field) may
        have C(*) for anything; a field of nested data has dots (C(actions.*.weight)).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Keep what differs
  ansible.builtin.set_fact:
    drift: "{{ lookup('convoy.delivery.predicted_changes') | convoy.delivery.drift_report(drift_left_to_others) }}"
"""

RETURN = r"""
_value:
  description:
    - C(differences), of each C(role), C(task), C(module), C(resource), C(said) and C(fields); C(left_to_others), one
      for each field, with C(role), C(resource), C(field), C(before), C(after), C(owner) and C(why); and C(unknown), as
      given.
  type: dict
"""


def drift_report(predicted, left_to_others):
    """See DOCUMENTATION."""
    report = {"differences": [], "left_to_others": [], "unknown": predicted["unknown"]}
    for difference in predicted["differences"]:
        kept, others = [], []
        for field in difference["fields"]:
            owner = _owner(left_to_others, difference["role"], field["field"])
            if owner:
                others.append((field, owner))
            else:
                kept.append(field)
        # A module that names no fields leaves nothing to be taken out.
        if kept or not others:
            report["differences"].append({**difference, "fields": kept})
        left = [_left(difference, field, owner) for field, owner in others]
        report["left_to_others"] += [one for one in left if one not in report["left_to_others"]]
    return report


def _owner(left_to_others, role, field):
    matches = (
        one
        for one in left_to_others
        if fnmatch.fnmatchcase(role, one["role"]) and fnmatch.fnmatchcase(field, one["field"])
    )
    return next(matches, None)


def _left(difference, field, owner):
    place = {"role": difference["role"], "resource": difference["resource"]}
    return {**place, **field, "owner": owner["owner"], "why": owner["why"]}


class FilterModule:
    """The filter of this file."""

    def filters(self):
        return {"drift_report": drift_report}
