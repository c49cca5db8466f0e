# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which fields of nested data differ."""

from __future__ import annotations

from ansible_collections.convoy.delivery.plugins.plugin_utils.differences import differences

DOCUMENTATION = r"""
name: differences
version_added: "0.1.0"
short_description: Which fields of nested data differ
description:
  - Compares what is with what is wanted. The order of lists does not count, and the same said in another way, such as a
    number and its digits as text, is no difference.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: What is.
    type: raw
    required: true
  wanted:
    description: What is wanted. With a dictionary, only its fields are compared.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Foresee the target group
  ansible.builtin.debug:
    msg:
      foreseen: The target group would be changed.
      resource: "{{ found.target_group_name }}"
      fields: "{{ found | convoy.delivery.differences(wanted) }}"
"""

RETURN = r"""
_value:
  description:
    - For each field that differs C(field), with dots between the names of nested data, C(before) and C(after). Of
      lists, what is not in both.
  type: list
  elements: dict
"""


def compare(found, wanted):
    """See DOCUMENTATION."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        found = {name: value for name, value in found.items() if name in wanted}
    return differences(found, wanted)


class FilterModule:
    """The filter of this file."""

    def filters(self):
        return {"differences": compare}
