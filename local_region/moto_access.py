# SPDX-License-Identifier: GPL-3.0-or-later
"""moto in this process: its WSGI application and its in-memory backends."""

from __future__ import annotations

from collections.abc import Callable

from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict, BaseBackend
from moto.iam.models import get_account_id_from
from moto.moto_api._internal.models import moto_api_backend
from moto.server import DomainDispatcherApplication, create_backend_app

# Services that have one backend for all regions keep it under the partition's name.
_GLOBAL = "aws"


class Moto:
    """moto's services: `application` answers HTTP, `backend` is what is behind it."""

    def __init__(self):
        self.application = DomainDispatcherApplication(create_backend_app)

    def application_for(self, environ: dict) -> Callable | None:
        """The WSGI application of the service that a request is for; None for a service that moto has not."""
        try:
            return self.application.get_application(environ)
        except (AttributeError, ImportError, KeyError, ValueError):
            return None

    def backend(self, service: str, account: str = DEFAULT_ACCOUNT_ID, region: str = "us-east-1"):
        """The backend object of a service ("ec2", "autoscaling", "elbv2", "s3" ...) in an account and region."""
        regions = get_backend(service)[account]
        return regions[_GLOBAL] if _GLOBAL in regions else regions[region]

    def used(self, service: str) -> list[tuple[str, str]]:
        """The (account, region) pairs whose backend of the service exists; a global service's region is "aws"."""
        accounts = get_backend(service)
        return [
            (account, region)
            for account in list(accounts)
            for region in ([_GLOBAL] if _GLOBAL in accounts[account] else list(accounts[account].keys()))
        ]

    def account_of(self, access_key: str | None) -> str:
        """The account that an access key belongs to; the default account for a key that moto did not make."""
        return get_account_id_from(access_key) if access_key else DEFAULT_ACCOUNT_ID


def reset() -> None:
    """Empties every service of moto in this process, and what it remembers beside them."""
    for service in list(BackendDict._instances):
        for regions in list(service.values()):
            # moto makes each backend anew, EC2's with its thousand images, only to drop it. Those that have something
            # of their own to do, such as closing files, are left to it.
            for region in [name for name, backend in regions.items() if type(backend).reset is BaseBackend.reset]:
                del regions[region]
    moto_api_backend.reset()
