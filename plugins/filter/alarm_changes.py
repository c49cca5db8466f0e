# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which alarms have to be written, and which have to go."""

from __future__ import annotations

DOCUMENTATION = r"""
name: alarm_changes
version_added: "0.1.0"
short_description: Which alarms have to be written, and which have to go
description:
  - M(amazon.aws.cloudwatch_metric_alarm) writes an alarm that has metric math on every run. This filter tells which
    alarms are not as they should be, so that a role writes no others.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: The alarms that there are to be, as M(amazon.aws.cloudwatch_metric_alarm_info) shows them.
    type: list
    elements: dict
    required: true
  found:
    description: The alarms that there are, as M(amazon.aws.cloudwatch_metric_alarm_info) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is to be done
  ansible.builtin.debug:
    var: wanted | convoy.delivery.alarm_changes(found=read.metric_alarms)
"""

RETURN = r"""
_value:
  description: C(write), a list of alarms of the input, and C(remove), the names of alarms that were found in vain.
  type: dict
"""

# What an alarm has of its own accord when nobody asks for it.
_UNASKED = {"alarm_actions": [], "ok_actions": [], "insufficient_data_actions": [], "dimensions": []}
_SOURCES = ("metrics", "metric_name", "namespace", "statistic", "extended_statistic", "period")


def alarm_changes(wanted, found):
    """See DOCUMENTATION."""
    present = {alarm["alarm_name"]: alarm for alarm in found}
    names = [alarm["alarm_name"] for alarm in wanted]
    return {
        "write": [alarm for alarm in wanted if _differs(alarm, present.get(alarm["alarm_name"]))],
        "remove": [name for name in present if name not in names],
    }


def _differs(wanted, present):
    if present is None:
        return True
    unasked = {name: present.get(name) or None for name in _SOURCES if name not in wanted}
    if any(unasked.values()):
        return True
    expected = {**_UNASKED, **wanted}
    return any(_plain(present.get(name)) != _plain(value) for name, value in expected.items())


def _plain(value):
    """Lists of dimensions and ARNs in no order; nothing and an empty list are the same."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(value)
    if isinstance(value, list):
        return sorted((_plain(one) for one in value), key=repr)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [] if value is None else value


class FilterModule:
    def filters(self):
        return {"alarm_changes": alarm_changes}
