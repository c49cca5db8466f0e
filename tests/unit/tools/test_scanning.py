# SPDX-License-Identifier: GPL-3.0-or-later
"""A scanner that overlooks what is planted is told from one that finds it."""

from __future__ import annotations

import pytest

from tools.scanning.planted import missing

PLANTED = """
- name: CONVOY_1 CONVOY_2
  amazon.aws.s3_bucket: {name: open}
- name: CKV_ANSIBLE_1
  ansible.builtin.uri: {url: https://example.com/, validate_certs: false}
"""


def report(*checks):
    return {"results": {"failed_checks": [{"check_id": check} for check in checks]}}


def test_what_is_planted_and_not_found_is_named():
    assert missing(report("CONVOY_1", "CKV_ANSIBLE_1"), PLANTED) == {"CONVOY_2"}


def test_all_that_is_planted_is_found():
    assert missing([report("CONVOY_1", "CONVOY_2"), report("CKV_ANSIBLE_1")], PLANTED) == set()


def test_nothing_planted_proves_nothing():
    with pytest.raises(ValueError, match="No fault is planted"):
        missing(report(), "- name: Keep the bucket\n")
