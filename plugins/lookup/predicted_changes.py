# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: predicted_changes
version_added: "0.1.0"
short_description: What the tasks of a drift run have predicted for a host
description:
  - Only the playbook C(convoy.delivery.drift) collects it. Elsewhere nothing is known.
options:
  _terms:
    description: Names of hosts. Without one, it is the host that the task is for.
author:
  - The convoy.delivery contributors (@convoy-delivery)
"""

EXAMPLES = r"""
- name: See what site would change
  ansible.builtin.debug:
    msg: "{{ lookup('convoy.delivery.predicted_changes') }}"
"""

RETURN = r"""
_list:
  description:
    - For each host C(differences), with C(role), C(task), C(module), C(resource), C(fields) (C(field), C(before),
      C(after)) and C(said) each; and C(unknown), what cannot be said, with C(role), C(task), C(module) and C(why) each.
  type: list
  elements: dict
"""

from ansible.plugins.lookup import LookupBase
from ansible_collections.convoy.delivery.plugins.plugin_utils import drift


class LookupModule(LookupBase):
    """Reads what the callback has collected in the main process, which this process is a fork of."""

    def run(self, terms, variables=None, **kwargs):
        """See DOCUMENTATION."""
        hosts = terms or [(variables or {}).get("inventory_hostname", "")]
        collected = [drift.COLLECTED.get(host, drift.Collection()) for host in hosts]
        return [{"differences": one.differences, "unknown": one.unknown} for one in collected]
