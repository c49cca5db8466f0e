# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one JSON line a task, {"task": name, "seconds": float}, to the file named by TASK_SECONDS_FILE."""

import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_seconds
type: aggregate
short_description: Writes how long each task took to a file
description: For the benchmarks only.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_seconds"

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._started = time.perf_counter()

    def v2_runner_on_ok(self, result):
        task = getattr(result, "task", None) or result._task
        line = {"task": task.get_name(), "seconds": time.perf_counter() - self._started}
        with open(os.environ["TASK_SECONDS_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
