# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What makes a task cheap: work done once in the controller's main process and inherited by every worker it forks.

The strategies load an action plugin that has the module's own name in the main process, before they fork. So boto3, the
module and the service models that are read here, then, cost nothing in the workers. Most of a boto3 module's time is
exactly that: starting Python, importing, and parsing service models.
"""

from __future__ import annotations

import functools
import gc
import importlib

COLLECTION = "ansible_collections.convoy.delivery"


def load(name):
    """The module C(plugins/modules/<name>), imported with everything it needs, its AWS service ready to be called.

    None when it cannot be imported here (boto3 is missing on the controller): then it has to run as a module.
    """
    try:
        module = importlib.import_module(f"{COLLECTION}.plugins.modules.{name}")
        for service in getattr(module, "SERVICES", (name.partition("_")[0],)):
            warm_service(service)
    except ImportError:
        return None
    gc.freeze()  # a collection in a worker would otherwise copy the pages that it shares with the main process
    return module


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
