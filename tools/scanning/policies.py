# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the roles in an API of its own and writes their policies as IAM has them: {role: {policy: document}}."""

from __future__ import annotations

import json
import sys

from tests.conftest import open_api
from tests.integration.policies.account import read_account


def main() -> None:
    with open_api() as api:
        account = read_account(api)
    policies = {role.name: role.policies for role in account.roles.values()}
    json.dump(policies, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
