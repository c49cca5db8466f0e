# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: warm_controller
type: aggregate
short_description: Runs official AWS modules several times faster, in the controller
description:
  - A task with an AWS module spends nearly all its time on starting Python, importing boto3 and reading service models.
    While this callback is enabled, that is done once, in Ansible's main process, and the modules run in processes
    forked from it. They are the same modules, with the same results.
  - It applies to the modules of amazon.aws and community.aws that the roles of convoy.delivery use, in tasks that run
    on the controller itself with the controller's own Python. All other tasks run as ever, and so does a task of these
    as soon as there is a doubt (an asynchronous task, C(become), another connection or interpreter); C(-vvv) says why.
  - Nothing depends on it. Leave it out of C(callbacks_enabled), or set the variable C(convoy_warm=false) or the
    environment variable E(CONVOY_WARM=false), and all modules run in the stock way.
author: Contributors to the convoy.delivery project (@convoy-delivery)
requirements:
  - enabled in configuration (C(callbacks_enabled))
  - boto3 in the controller's Python
options:
  modules:
    description:
      - More modules that may run in this way, by their full names (V(amazon.aws.ec2_ami_info)).
      - Declare a module when it does nothing on import, works in its C(main()), and gave the same result both ways.
    type: list
    elements: str
    default: []
    env:
      - name: CONVOY_WARM_MODULES
    ini:
      - section: convoy_delivery
        key: warm_modules
"""

import os
import pathlib
import sys

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import action_loader
from ansible_collections.convoy.delivery.plugins.plugin_utils import warm_official
from ansible_collections.convoy.delivery.plugins.plugin_utils.warm_execution import WarmExecution

OURS = pathlib.Path(__file__).resolve().parents[1] / "warm_controller"
STOCK_NORMAL = "ansible.plugins.action.normal"


class CallbackModule(CallbackBase):
    """Prepares the module of each task in the main process, just before the task's workers are forked."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "convoy.delivery.warm_controller"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        wanted = boolean(os.environ.get("CONVOY_WARM", "true"), strict=False)
        self.disabled = not (wanted and _put_before_the_stock_normal(self._display))

    def v2_playbook_on_task_start(self, task, is_conditional):
        warm_official.prepare(task, also=self.get_option("modules"))

    def v2_playbook_on_handler_task_start(self, task):
        warm_official.prepare(task, also=self.get_option("modules"))


def _put_before_the_stock_normal(display):
    """Let ansible find our action C(normal). False if the playbook or the configuration brings one of its own."""
    action_loader.add_directory(str(OURS))
    # The stock one, which ours extends and has been imported with it, has the same name as a Python module; and the
    # loader takes what is imported already, whatever its path.
    sys.modules.pop(STOCK_NORMAL, None)
    found = action_loader.get("ansible.legacy.normal", class_only=True)
    if issubclass(found, WarmExecution):
        return True
    display.vv(f"The warm controller is off: {sys.modules[STOCK_NORMAL].__file__} takes the place of its action.")
    return False
