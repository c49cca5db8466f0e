# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of the collection in this process as Ansible would: JSON options in, JSON result out, real HTTP."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import os
from unittest import mock

import boto3.session
from ansible.module_utils import _internal, basic
from ansible.module_utils.common import warnings
from ansible_collections.convoy.delivery.plugins.plugin_utils import warm

MODULES = "ansible_collections.convoy.delivery.plugins.modules"

warm.share_loader()  # each run makes its own clients, as a module does; their models are read once for all


def run_module(name: str, options: dict, check_mode: bool = False) -> dict:
    """The result of `main()` of plugins/modules/<name>.py; `failed` is in it when it failed."""
    main = importlib.import_module(f"{MODULES}.{name}").main
    internal = {"_ansible_check_mode": check_mode, "_ansible_diff": True, "_ansible_module_name": name}
    written = io.StringIO()
    warnings._global_warnings.clear()  # a module has a process of its own and begins without
    warnings._global_deprecations.clear()
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **internal}}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    try:
        with (
            contextlib.redirect_stdout(written),
            contextlib.suppress(SystemExit),
            outside_the_controller(),
            mock.patch.object(boto3.session, "Session", _session),
        ):
            main()
    finally:
        basic._ANSIBLE_ARGS = None
    return json.loads(written.getvalue())


def _session(profile_name: str | None = None):
    """One session for all runs in the same environment: making one costs more than all the rest of a run."""
    environment = tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))
    return _sessions(profile_name, environment)


_make_session = boto3.session.Session


@functools.lru_cache
def _sessions(profile_name: str | None, _environment: tuple):
    return _make_session(profile_name=profile_name)


def outside_the_controller():
    """Some tests of this process load Ansible's controller, where a warning is shown; a module returns it."""
    return mock.patch.object(_internal, "is_controller", False)
