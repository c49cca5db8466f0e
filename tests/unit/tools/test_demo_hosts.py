# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration notices what is wrong on a host."""

from pathlib import Path

from tools.demo.hosts import differences, expected_files

STOREFRONT = Path(__file__).parents[3] / "examples" / "storefront"


def test_expected_files_are_those_of_the_appspec():
    expected = expected_files(STOREFRONT)
    assert expected["/opt/storefront/VERSION"] == "storefront 640"
    assert expected["/opt/storefront/storefront/shop.py"] == "storefront 640"
    assert expected["/opt/storefront/storefront/static/shop.css"] == "storefront 644"
    assert expected["/etc/systemd/system/storefront.service"] == "root 644"
    assert not [path for path in expected if "scripts" in path]


def test_differences_name_the_file_and_what_is_wrong_with_it():
    expected = {"/a": "storefront 640", "/b": "storefront 640", "/c": "root 644"}
    found = {"/a": "storefront 640", "/b": "root 600", "/d": "root 644"}
    assert list(differences(expected, found)) == [
        "/b is root 600, should be storefront 640",
        "/c is missing",
        "/d should be gone",
    ]
