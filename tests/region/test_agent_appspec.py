# SPDX-License-Identifier: GPL-3.0-or-later
"""How the agent reads an AppSpec file."""

from __future__ import annotations

import pytest

from local_region.world.agent.appspec import AppSpecError, FileMapping, Permission, Script, parse

HEAD = "version: 0.0\nos: linux\n"


def test_a_whole_appspec_is_read():
    parsed = parse(
        HEAD
        + """
file_exists_behavior: RETAIN
files:
  - {source: /, destination: /opt/shop}
permissions:
  - {object: /opt/shop, pattern: "*.sh", except: [stop.sh], owner: shop, group: www, mode: 755, type: [file]}
hooks:
  ApplicationStart:
    - {location: scripts/start.sh, timeout: 60, runas: shop}
    - {location: scripts/warm.sh}
  ValidateService:
"""
    )
    assert parsed.file_exists_behavior == "RETAIN"
    assert parsed.files == (FileMapping("/", "/opt/shop"),)
    assert parsed.permissions == (Permission("/opt/shop", "*.sh", ("stop.sh",), ("file",), "shop", "www", "755"),)
    assert parsed.hooks == {
        "ApplicationStart": (Script("scripts/start.sh", 60, "shop"), Script("scripts/warm.sh", 3600, None))
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must be a mapping"),
        ("version: [", "no valid YAML"),
        ("os: linux", "version is None; it must be the number 0.0"),
        ("version: '0.0'\nos: linux", "version is '0.0'; it must be the number 0.0"),
        ("version: 1.0\nos: linux", "version is 1.0"),
        ("version: 0.0\nos: windows", "os is 'windows'; this host needs linux"),
        (HEAD + "file_exists_behavior: MERGE", "file_exists_behavior is 'MERGE'; it must be one of DISALLOW"),
        (HEAD + "files: {source: a}", "files must be a list of mappings"),
        (HEAD + "files: [{source: a}]", "needs both source and destination"),
        (HEAD + "files: [{source: ../etc, destination: /opt}]", "The source ../etc leaves the revision"),
        (HEAD + "hooks: [a]", "hooks must be a mapping"),
        (HEAD + "hooks: {ApplicationStart: [{timeout: 5}]}", "hook ApplicationStart has no location"),
        (HEAD + "hooks: {ApplicationStart: [{location: a/../../b.sh}]}", "location a/../../b.sh leaves the revision"),
        (HEAD + "hooks: {ApplicationStart: [{location: a.sh, timeout: -1}]}", "timeout of a.sh in the hook Applic"),
        (HEAD + "hooks: {ApplicationStart: [{location: a.sh, timeout: soon}]}", "is 'soon'; give seconds"),
        (HEAD + "permissions: [{mode: 644}]", "has no object"),
        (HEAD + "permissions: [{object: /a, mode: 888}]", "mode of /a is 888; it must be one to four octal digits"),
        (HEAD + "permissions: [{object: /a, mode: 12345}]", "mode of /a is 12345"),
        (HEAD + "permissions: [{object: /a, type: [link]}]", "is 'link'; it must be file or directory"),
    ],
)
def test_a_wrong_appspec_is_refused_with_its_reason(text, reason):
    with pytest.raises(AppSpecError) as refusal:
        parse(text)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(("given", "read"), [("7", "007"), ("64", "064"), ("'0640'", "0640"), ("4755", "4755")])
def test_a_mode_has_one_to_four_octal_digits(given, read):
    assert parse(HEAD + f"permissions: [{{object: /a, mode: {given}}}]").permissions[0].mode == read
