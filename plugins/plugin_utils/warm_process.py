# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs an imported module's C(main()) in a process of its own, forked from the worker.

The process is what a module would find, without the start of Python and the imports: its own standard output, its own
environment, default signals, its own exit functions. Whatever it leaves behind in memory ends with it, so that the
items of a loop, and attempts of C(until), do not meet.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import tempfile
import threading

from ansible.module_utils import _internal, basic
from ansible.module_utils._internal import _traceback
from ansible.module_utils._internal._ansiballz import _loader

# How ansible-core writes the options of Python modules and reads their results.
PROFILE = "legacy"


def run(module, arguments, environment, around=contextlib.nullcontext):
    """Run C(module.main()) and wait for its end.

    :arg arguments: the module's options as JSON text, in bytes, as a module gets them.
    :arg environment: {name: text} that the task adds to the environment.
    :arg around: makes a context manager that is entered around C(main()), in the module's process.
    :returns: C(rc), C(stdout) and C(stderr) as text, as ansible's low level commands answer.
    """
    # Files, not pipes: nothing has to be read while the module runs, and a daemon that it starts cannot hold us up.
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = os.fork()
        if child == 0:
            _be_the_module(module, arguments, environment, around, (stdout.fileno(), stderr.fileno()))
        status = _wait_for(child)
        return {"rc": os.waitstatus_to_exitcode(status), "stdout": _text(stdout), "stderr": _text(stderr)}


def _wait_for(child):
    try:
        return os.waitpid(child, 0)[1]
    except BaseException:  # the task's time limit raises in here
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise


def _text(file):
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")


def _be_the_module(module, arguments, environment, around, outputs):
    """Never returns: what is above on the stack belongs to the worker."""
    code = 1
    try:
        _leave_the_worker(module, outputs)
        os.environ.update(environment)
        with around():
            code = _call_main(module, arguments)
        threading._shutdown()
        atexit._run_exitfuncs()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _leave_the_worker(module, outputs):
    for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # the worker's handlers end the worker's whole process group
    signal.signal(signal.SIGINT, signal.default_int_handler)
    atexit._clear()  # the controller's, which remove its temporary directory
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in zip((nothing, *outputs), (0, 1, 2), strict=True):
        os.dup2(here, there)
    os.close(nothing)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.argv = [module.__file__]
    # Warnings and deprecations then go into the module's result, not to the controller's screen.
    _internal.is_controller = False
    _traceback._is_traceback_enabled = _traceback._is_module_traceback_enabled


def _call_main(module, arguments):
    """The exit code. An exception that the module does not catch becomes the result that a module would give."""
    basic._ANSIBLE_ARGS = arguments
    basic._ANSIBLE_PROFILE = PROFILE
    try:
        try:
            module.main()
            raise RuntimeError("New-style module did not handle its own exit.")
        except Exception as exception:
            _loader._handle_exception(exception, PROFILE)
    except SystemExit as end:  # exit_json, fail_json and the handler end a module in this way
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
