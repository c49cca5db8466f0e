# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What makes a task cheap: work done once in the controller's main process and inherited by every worker it forks.

Modules, boto3 and the service models that are read in the main process cost nothing in the workers. Most of a boto3
module's time is exactly that: starting Python, importing, and parsing service models. Two ways lead into the main
process: the strategies load an action plugin that has the module's own name there (our modules), and callback plugins
run there (the callback C(warm_controller), for modules of other collections).
"""

from __future__ import annotations

import functools
import gc
import importlib
import inspect
import re

# {full name of a module, "amazon.aws.ec2_vpc_net": the imported module}. Filled in the main process, read in workers.
_prepared = {}

# How modules make their clients: module.client("ec2", ...), context.client("codedeploy").
_CLIENT_OF = re.compile(r"""\bclient\(\s*["']([a-z0-9-]+)["']""")


def prepare(name):
    """The module C(namespace.collection.module), imported with everything it needs, its AWS services ready to call.

    None when it cannot be imported here (boto3 is missing on the controller): then it has to run as a module.
    """
    if name not in _prepared:
        _prepared[name] = _import(name)
    return _prepared[name]


def prepared(name):
    """The module, if the main process has prepared it; else None."""
    return _prepared.get(name)


def _import(name):
    namespace, collection, short_name = name.split(".")
    try:
        module = importlib.import_module(f"ansible_collections.{namespace}.{collection}.plugins.modules.{short_name}")
        for service in services(module):
            warm_service(service)
    except Exception:  # whatever is wrong with it, a module run tells it better
        return None
    gc.freeze()  # a collection in a worker would otherwise copy the pages that it shares with the main process
    return module if callable(getattr(module, "main", None)) else None


def services(module):
    """The AWS services that the module's source names; a wrong guess costs time and nothing else."""
    named = sorted(set(_CLIENT_OF.findall(inspect.getsource(module))))
    return named or [module.__name__.rpartition(".")[2].partition("_")[0]]


@functools.cache
def warm_service(service):
    """Read the models of a service and everything that all clients need, by making a client and dropping it."""
    share_loader()
    import botocore.session

    session = botocore.session.get_session()
    if service in session.get_available_services():
        session.create_client(service, "us-east-1", aws_access_key_id="unused", aws_secret_access_key="unused")


@functools.cache
def share_loader():
    """One botocore loader, with its cache of parsed models, for all sessions that use botocore's own data.

    Every boto3.Session makes a loader of its own, which reads all models again. Loaders only read files and remember
    them, so one will do; a session with a data path of its own gets its own loader as before.
    """
    import botocore.session

    make_loader = botocore.session.create_loader
    shared = make_loader(None)

    def create_loader(search_path_string=None):
        return make_loader(search_path_string) if search_path_string else shared

    botocore.session.create_loader = create_loader
