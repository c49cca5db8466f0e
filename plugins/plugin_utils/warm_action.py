# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The action plugin of every module of this collection: plugins/action/<module name>.py are links to this file.

When the task's target is the controller itself, the module's C(main()) runs in the forked worker, which has inherited
all that it needs (see warm). It is the same code with the same AnsibleModule around it, fed and read in the way a
module is: options, no_log, check mode, diff and the result are therefore the same by construction. In every other case
the module runs as modules do.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys

from ansible.module_utils import basic
from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import merge_hash
from ansible_collections.convoy.delivery.plugins.module_utils.engine import progress
from ansible_collections.convoy.delivery.plugins.plugin_utils import warm

display = Display()

MODULE_NAME = __name__.rpartition(".")[2]
MODULE = warm.load(MODULE_NAME)

# How ansible-core writes the options of Python modules and reads their results.
PROFILE = "legacy"


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        reason = self._why_not_warm(task_vars)
        if reason is None:
            return merge_hash(result, self._run_here(task_vars))
        display.vvv(f"{self._task.action} runs as a module: {reason}", host=self._play_context.remote_addr)
        return merge_hash(result, self._run_as_module(task_vars))

    def _why_not_warm(self, task_vars):
        """Why the task has to run as a module, or None when it can run in this process."""
        if not boolean(task_vars.get("convoy_warm", os.environ.get("CONVOY_WARM", "true")), strict=False):
            return "convoy_warm is false"
        if MODULE is None:
            return "the controller's Python has no boto3"
        if not hasattr(basic, "_ANSIBLE_PROFILE"):
            return "this ansible-core feeds modules in another way"
        if self._task.async_val:
            return "it is asynchronous"
        if self._connection.transport.rpartition(".")[2] != "local":
            return f"its connection is {self._connection.transport}"
        if self._connection.become is not None or self._play_context.become:
            return "it becomes another user"
        interpreter = self._interpreter(task_vars)
        if interpreter and not _is_this_python(interpreter):
            return f"its interpreter is {interpreter}"
        return None

    def _interpreter(self, task_vars):
        """The target's interpreter, or None where ansible would choose one: then this one is as good as any."""
        if self._task.delegate_to:
            task_vars = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        interpreter = self._templar.template(task_vars.get("ansible_python_interpreter"))
        return None if not interpreter or str(interpreter).startswith("auto") else str(interpreter)

    def _run_as_module(self, task_vars):
        wrap_async = bool(self._task.async_val)
        result = self._execute_module(task_vars=task_vars, wrap_async=wrap_async)
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _run_here(self, task_vars):
        options = dict(self._task.args)
        self._update_module_args(self._task.action, options, task_vars)
        environment = {}
        self._compute_environment_string(environment)
        encoder = get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
        listener = self._listener(task_vars)
        written = _call_main(json.dumps({"ANSIBLE_MODULE_ARGS": options}, cls=encoder), environment, listener)
        return json.loads(written, cls=get_module_decoder(PROFILE, Direction.MODULE_TO_CONTROLLER))

    def _listener(self, task_vars):
        """Shows the lines of long waits as they come, each with its host; no cursor tricks, so a log stays readable."""
        if self._task.no_log:
            return None
        host = task_vars.get("inventory_hostname", "localhost")
        return lambda line: display.display(f"{host}  {line}")


def _call_main(options, environment, listener):
    """Run the module's main() with these options (JSON text) and task environment; the JSON text that it writes."""
    before = dict(os.environ)
    written = io.StringIO()
    basic._ANSIBLE_ARGS = options.encode()
    basic._ANSIBLE_PROFILE = PROFILE
    os.environ.update(environment)
    try:
        with contextlib.redirect_stdout(written), progress.listening(listener):
            MODULE.main()
    except SystemExit:
        pass  # exit_json and fail_json end a module in this way
    finally:
        basic._ANSIBLE_ARGS = None
        os.environ.clear()
        os.environ.update(before)
    return written.getvalue()


def _is_this_python(interpreter):
    """Is this path the Python that runs us? Compared by directory and file, so that a venv is not its base Python."""
    ours, theirs = sys.executable, os.path.expanduser(interpreter)
    if os.path.abspath(ours) == os.path.abspath(theirs):
        return True
    same_directory = os.path.dirname(os.path.abspath(ours)) == os.path.dirname(os.path.abspath(theirs))
    return same_directory and os.path.exists(theirs) and os.path.samefile(ours, theirs)
