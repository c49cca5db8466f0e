# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles are made once, and evaluated by a program that has to be installed: see evaluating.py."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.conftest import open_api
from tests.integration.policies.account import Account, Role, read_account
from tests.integration.policies.evaluating import Evaluator, NoEvaluatorError, install


@pytest.fixture(scope="session")
def account() -> Account:
    """Read once: the API is closed again before the first test."""
    with open_api() as api:
        return read_account(api)


@pytest.fixture(scope="session")
def roles(account: Account) -> dict[str, Role]:
    return account.roles


@pytest.fixture(scope="session")
def evaluator() -> Iterator[Evaluator]:
    """Without Node.js or a package registry the tests are skipped, unless POLICIES_MUST_BE_EVALUATED (make scan)."""
    try:
        evaluator = install()
    except NoEvaluatorError as error:
        if os.environ.get("POLICIES_MUST_BE_EVALUATED"):
            raise
        pytest.skip(str(error))
    yield evaluator
    evaluator.close()
