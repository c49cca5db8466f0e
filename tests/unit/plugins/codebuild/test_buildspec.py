# SPDX-License-Identifier: GPL-3.0-or-later
"""A buildspec as a path, as text and as a dict: what is one, and when two are the same."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.buildspec import (
    check_buildspec,
    is_path,
    text_of,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure

DICT = {"version": 0.2, "env": {"variables": {"STAGE": "on"}}, "phases": {"build": {"commands": ["make"]}}}


@pytest.mark.parametrize("path", ["buildspec.yml", "ci/build.yaml", "arn:aws:s3:::bucket/buildspec.yml"])
def test_a_path_is_no_text(path):
    assert is_path(path)
    check_buildspec("source.buildspec", path)


@pytest.mark.parametrize("text", ["version: 0.2\nphases: {}\n", "version: 0.2", '{"version": 0.2, "phases": {}}'])
def test_a_text_is_no_path(text):
    assert not is_path(text)


def test_what_yaml_would_read_otherwise_stays_what_it_was():
    import yaml

    assert yaml.safe_load(text_of(DICT)) == DICT


def test_a_text_of_the_same_content_is_kept():
    laid_out = "# ours\nphases: {build: {commands: [make]}}\nenv: {variables: {STAGE: 'on'}}\nversion: 0.2\n"
    assert text_of(DICT, laid_out) == laid_out
    assert text_of({**DICT, "version": 0.1}, laid_out) != laid_out
    assert text_of(DICT, "buildspec.yml") == text_of(DICT)
    assert text_of(DICT, "version: [") == text_of(DICT)


def test_text_and_paths_go_as_they_are():
    assert text_of("buildspec.yml", "other") == "buildspec.yml"
    assert text_of(None) is None


REFUSED = {
    "number": (5, "int is no buildspec"),
    "not_yaml": ("version: 0.2\nphases: [", "is not YAML, line 2"),
    "no_version": ("phases:\n  build: {}\n", "has no version"),
    "version": ({"version": 2, "phases": {}}, "version 2 is not one of a buildspec. Use 0.2."),
    "nothing": ({"version": 0.2, "env": {}}, "neither phases nor a batch"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_buildspec_is_refused(case):
    buildspec, sentence = REFUSED[case]
    with pytest.raises(Failure, match="source.buildspec") as refused:
        check_buildspec("source.buildspec", buildspec)
    assert sentence in str(refused.value)
