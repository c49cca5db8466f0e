# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The action plugin of every module of this collection: plugins/action/<module name>.py are links to this file.

The strategies load it in the main process, where it prepares the module of its own name (see warm); the task then runs
it in a process forked from the worker, or as a module (see warm_execution).
"""

from __future__ import annotations

from ansible.utils.display import Display
from ansible_collections.convoy.delivery.plugins.module_utils.engine import progress
from ansible_collections.convoy.delivery.plugins.plugin_utils import warm
from ansible_collections.convoy.delivery.plugins.plugin_utils.warm_execution import WarmExecution

display = Display()

MODULE_NAME = __name__.rpartition(".")[2]
MODULE = warm.prepare(f"convoy.delivery.{MODULE_NAME}")


class ActionModule(WarmExecution):
    any_interpreter = True

    def module(self):
        return MODULE or "the controller's Python has no boto3"

    def listener(self, task_vars):
        """Shows the lines of long waits as they come, each with its host; no cursor tricks, so a log stays readable."""
        host = task_vars.get("inventory_hostname", "localhost")
        show = None if self._task.no_log else lambda line: display.display(f"{host}  {line}")
        return lambda: progress.listening(show)
