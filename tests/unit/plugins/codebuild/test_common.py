# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists are read as far as somebody wants them."""

import itertools
from types import SimpleNamespace

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.common import batched, each


class Pages:
    """A service with a list of so many pages of two."""

    def __init__(self, pages):
        self.pages, self.requests = pages, 0

    def call(self, operation, doing=None, absent=(), next_token=None, **options):
        self.requests += 1
        page = int(next_token or 0)
        following = {"next_token": str(page + 1)} if page + 1 < self.pages else {}
        return {"ids": [page * 2, page * 2 + 1], **following}


def entries_of(service):
    context = SimpleNamespace(client=lambda name, remedies=None: service)
    return each(context, "list_builds", "ids", doing="list the builds")


def test_all_pages_are_read_where_all_is_wanted():
    service = Pages(3)
    assert list(entries_of(service)) == [0, 1, 2, 3, 4, 5]
    assert service.requests == 3


def test_pages_behind_the_limit_are_not_asked_for():
    service = Pages(1000)
    assert list(itertools.islice(entries_of(service), 3)) == [0, 1, 2]
    assert service.requests == 2


def test_what_is_batched_is_read_a_batch_at_a_time():
    service = Pages(1000)
    assert next(batched(entries_of(service), 4)) == [0, 1, 2, 3]
    assert service.requests == 2
    assert list(batched([1, 2, 3], 2)) == [[1, 2], [3]]
