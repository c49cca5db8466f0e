# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Collects what check mode predicts while the playbook drift runs, and lets that playbook run in check mode.

It lies beside the playbook, so that Ansible loads it with no configuration, in AWX as well. For all other playbooks it
does nothing.
"""

from __future__ import annotations

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.utils.context_objects import CLIArgs
from ansible.utils.vars import load_options_vars
from ansible_collections.convoy.delivery.plugins.plugin_utils import drift

DOCUMENTATION = r"""
name: drift
type: aggregate
short_description: Collects what check mode predicts, for the playbook drift
description:
  - Nothing has to be switched on. See docs/drift.md.
author: Contributors to the convoy.delivery project (@convoy-delivery)
"""

MARK = "drift_only_looks"


class CallbackModule(CallbackBase):
    """Hands each result of a drift run to C(drift.COLLECTED), which the workers of later tasks inherit by fork."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "drift"

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.looks = False

    def v2_playbook_on_start(self, playbook):
        # A playbook in which anything but drift has a part keeps the mode that it was started in.
        self.looks = all(play.vars.get(MARK) for play in playbook.get_plays())
        if self.looks:
            drift.COLLECTED.clear()
            _as_with_check_and_diff()

    def v2_runner_on_ok(self, result):
        self._collect(result)

    def v2_runner_on_skipped(self, result):
        self._collect(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._collect(result)

    def _collect(self, result):
        # What ran all the same (check_mode: false) predicts nothing.
        if not self.looks or not result.task.check_mode:
            return
        role = result.task._role
        task = drift.Task(
            role=role.get_name(include_role_fqcn=False) if role else "",
            name=result.task.name or result.task.action,
            module=result.task.resolved_action or result.task.action,
            # With no_log not even names are told.
            arguments={} if result.task.no_log or result.task.loop else dict(result.task.args),
        )
        drift.COLLECTED.setdefault(result.host.name, drift.Collection()).add(task, result.result)


def _as_with_check_and_diff():
    """From here on the run is what C(ansible-playbook --check --diff) is, C(ansible_check_mode) included."""
    context.CLIARGS = CLIArgs({**context.CLIARGS, "check": True, "diff": True})
    # Only where Ansible keeps them; otherwise the playbook asks for --check.
    remembered = getattr(load_options_vars, "options_vars", None)
    if isinstance(remembered, dict):
        remembered.update(ansible_check_mode=True, ansible_diff_mode=True)
