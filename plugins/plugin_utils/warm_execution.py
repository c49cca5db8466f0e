# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a task's module is run without a new Python, when the task's target is the controller itself.

Ansible's own action C(normal) and its C(_execute_module) do everything: options, check mode, diff, no_log, reading the
result, its warnings and failures. Only two steps in their middle are others: no payload is built, and instead of a
command the module's C(main()) is called in a process that is forked from the worker and has all imports already (see
warm and warm_process). So the result is the same by construction. Whenever there is a doubt, the module runs as modules
do, and C(-vvv) says why.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading

from ansible import constants as C
from ansible.module_utils.common.json import Direction, get_module_encoder
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as Normal
from ansible.utils.display import Display

try:
    from ansible.executor.module_common import _BuiltModule

    from . import warm_process
except ImportError:
    warm_process = None  # another ansible-core than those that this was written for

display = Display()

# Variables that Python or the dynamic linker read when they start: here, Python has started long before.
_READ_AT_START = ("PYTHON", "LD_", "TZ")


class WarmExecution(Normal):
    """The action C(normal), which runs C(module()) in a forked process where that gives the same result."""

    # The target's interpreter may be chosen by ansible: then ours is as good as any.
    any_interpreter = False

    _running = None  # the imported module, its arguments and environment, while _execute_module runs

    def module(self):
        """The imported module, or a sentence about why there is none."""
        raise NotImplementedError

    def listener(self, task_vars):
        """A context manager's maker, entered around the module in its process."""
        return contextlib.nullcontext

    def why_not_warm(self, task_vars):
        """Why the task has to run as a module, or None when it can run in a forked process."""
        return next(filter(None, self._doubts(task_vars)), None)

    def _doubts(self, task_vars):
        """One after the other, the cheap ones first; None for what is not in doubt."""
        wanted = task_vars.get("convoy_warm", os.environ.get("CONVOY_WARM", "true"))
        yield None if boolean(wanted, strict=False) else "convoy_warm is false"
        module = self.module()
        yield module if isinstance(module, str) else None
        yield "this ansible-core runs modules in another way" if warm_process is None else None
        yield "it is asynchronous" if self._task.async_val else None
        transport = self._connection.transport
        yield f"its connection is {transport}" if transport.rpartition(".")[2] != "local" else None
        becomes = self._connection.become is not None or self._play_context.become
        yield "it becomes another user" if becomes else None
        yield "ansible keeps the files of modules" if C.DEFAULT_KEEP_REMOTE_FILES else None
        yield "another thread runs in the worker" if threading.active_count() > 1 else None
        yield self._doubt_about_interpreter(task_vars)
        read_at_start = [name for name in self._environment() if name.startswith(_READ_AT_START)]
        yield f"Python reads {read_at_start[0]} when it starts" if read_at_start else None

    def _doubt_about_interpreter(self, task_vars):
        if self._task.delegate_to:
            task_vars = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        found = C.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars)
        interpreter = str(self._templar.template(found) or "auto")
        if interpreter.startswith("auto"):
            return None if self.any_interpreter else "ansible would search for an interpreter"
        return None if _is_this_python(interpreter) else f"its interpreter is {interpreter}"

    def _environment(self):
        """{name: text} of the task's C(environment)."""
        environment = {}
        self._compute_environment_string(environment)
        return {name: str(value) for name, value in environment.items()}

    def _execute_module(self, module_name=None, module_args=None, tmp=None, task_vars=None, **more):
        reason = self.why_not_warm(task_vars or {})
        if reason is not None:
            display.vvv(f"{self._task.action} runs as a module: {reason}", host=self._play_context.remote_addr)
            return super()._execute_module(module_name, module_args, tmp, task_vars, **more)
        shell = self._connection._shell
        tmpdir, shell.tmpdir = shell.tmpdir, tempfile.mkdtemp(prefix="ansible-tmp-", dir=C.DEFAULT_LOCAL_TMP)
        try:
            self._running = self.module()
            return super()._execute_module(module_name, module_args, tmp, task_vars, **more)
        finally:
            self._running = None
            shutil.rmtree(shell.tmpdir, ignore_errors=True)
            shell.tmpdir = tmpdir

    # The steps of _execute_module that differ.

    def _is_pipelining_enabled(self, *arguments, **more):
        """In a forked process there is no file to be transferred."""
        return True if self._running else super()._is_pipelining_enabled(*arguments, **more)

    def _configure_module(self, module_name, module_args, task_vars):
        if not self._running:
            return super()._configure_module(module_name, module_args, task_vars)
        encoder = get_module_encoder(warm_process.PROFILE, Direction.CONTROLLER_TO_MODULE)
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": module_args}, cls=encoder).encode()
        self._around = self.listener(task_vars)
        built = _BuiltModule(
            b_module_data=arguments,
            module_style="new",
            shebang=f"#!{sys.executable}",
            serialization_profile=warm_process.PROFILE,
        )
        return built, self._running.__file__

    def _low_level_execute_command(self, *arguments, in_data=None, **more):
        if not self._running:
            return super()._low_level_execute_command(*arguments, in_data=in_data, **more)
        answer = warm_process.run(self._running, in_data, self._environment(), self._around)
        return answer | {f"{name}_lines": answer[name].splitlines() for name in ("stdout", "stderr")}


def _is_this_python(interpreter):
    """Is this path the Python that runs us? Compared by directory and file, so that a venv is not its base Python."""
    ours, theirs = sys.executable, os.path.expanduser(interpreter)
    if os.path.abspath(ours) == os.path.abspath(theirs):
        return True
    same_directory = os.path.dirname(os.path.abspath(ours)) == os.path.dirname(os.path.abspath(theirs))
    return same_directory and os.path.exists(theirs) and os.path.samefile(ours, theirs)
