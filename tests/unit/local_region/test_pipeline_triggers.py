# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pushes start a pipeline: glob patterns, filters, and what goes before what."""

import pytest

from local_region.engine.globs import matches
from local_region.engine.pipeline_triggers import Push, is_started

ACTION = {
    "name": "Source",
    "configuration": {"ConnectionArn": "arn", "FullRepositoryId": "shop/web", "BranchName": "main"},
}


@pytest.mark.parametrize(
    ("pattern", "meant", "not_meant"),
    [
        ("main", ["main"], ["maine", "Main", "a/main"]),
        ("*.java", ["a.java", ".java"], ["src/a.java", "a.javac"]),
        ("**.java", ["src/a.java", "a.java"], ["a.py"]),
        ("feature/*", ["feature/a"], ["feature/a/b", "feature"]),
        ("feature/**", ["feature/a", "feature/a/b"], ["feature", "features/a"]),
        ("**/README.md", ["docs/README.md", "a/b/README.md"], ["README.md"]),
        ("*.{java,class}", ["a.java", "a.class"], ["a.py", "a.{java,class}"]),
        ("foo.?", ["foo.c"], ["foo.cc", "foo.", "foo./"]),
        ("v[0-9]", ["v1"], ["vx", "v10"]),
        ("v[!0-9]", ["vx"], ["v1", "v/"]),
        ("a[*?\\]b", ["a*b", "a?b", "a\\b"], ["axb"]),
        ("a[^]b", ["a^b"], ["axb"]),
        (r"a\*b", ["a*b"], ["axb"]),
        ("a+(b)|c", ["a+(b)|c"], ["aab", "c"]),
        ("{a,b", ["{a,b"], ["a"]),
        ("[z-a]", ["[z-a]"], ["z"]),
    ],
)
def test_a_pattern_means_names_as_a_whole(pattern, meant, not_meant):
    assert [name for name in [*meant, *not_meant] if matches(pattern, name)] == meant


def trigger(*filters: dict, action: str = "Source") -> dict:
    push = {"push": list(filters)} if filters else {}
    return {"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": action, **push}}


def branch(name: str, *files: str) -> Push:
    return Push("arn", "shop/web", name, "c0ffee", files=files)


def tag(name: str) -> Push:
    return Push("arn", "shop/web", name, "c0ffee", is_tag=True)


INCLUDE = {"includes": ["main", "release/*"], "excludes": ["release/old*"]}
CODE = {"includes": ["app/**"], "excludes": ["**/*.md"]}


@pytest.mark.parametrize(
    ("triggers", "push", "started"),
    [
        ([], branch("main"), True),
        ([], branch("other"), False),
        ([], tag("main"), False),
        ([trigger()], branch("main"), True),
        ([trigger()], branch("other"), False),
        ([trigger({"branches": INCLUDE}, action="Another")], branch("release/1"), False),
        ([trigger({"branches": INCLUDE})], branch("release/1"), True),
        ([trigger({"branches": INCLUDE})], branch("release/old-1"), False),
        ([trigger({"branches": INCLUDE})], tag("main"), False),
        ([trigger({"branches": {"excludes": ["wip/**"]}})], branch("other"), True),
        ([trigger({"branches": {"excludes": ["wip/**"]}})], branch("wip/a"), False),
        ([trigger({"tags": {"includes": ["v*"]}})], tag("v1"), True),
        ([trigger({"tags": {"includes": ["v*"]}})], tag("x1"), False),
        ([trigger({"tags": {"includes": ["v*"]}})], branch("v1"), False),
        ([trigger({"branches": INCLUDE, "filePaths": CODE})], branch("main", "app/a.py"), True),
        ([trigger({"branches": INCLUDE, "filePaths": CODE})], branch("main", "app/a.md", "docs/x.py"), False),
        ([trigger({"branches": INCLUDE, "filePaths": CODE})], branch("main", "app/a.md", "app/a.py"), True),
        ([trigger({"branches": INCLUDE, "filePaths": CODE})], branch("wip", "app/a.py"), False),
        ([trigger({"branches": INCLUDE, "filePaths": CODE})], branch("main"), False),
        ([trigger({"branches": INCLUDE}, {"tags": {"includes": ["v*"]}})], tag("v1"), True),
        ([trigger({"branches": INCLUDE}, {"tags": {"includes": ["v*"]}})], branch("main"), True),
    ],
)  # fmt: skip
def test_a_push_starts_the_pipeline_when_a_filter_lets_it_through(triggers, push, started):
    assert is_started(ACTION, triggers, push) is started


def test_a_push_to_another_repository_starts_nothing():
    assert not is_started(ACTION, [], Push("arn", "shop/other", "main", "c0ffee"))
    assert not is_started(ACTION, [], Push("other", "shop/web", "main", "c0ffee"))


def test_the_branch_is_not_watched_when_changes_are_not_to_be_detected():
    quiet = ACTION | {"configuration": ACTION["configuration"] | {"DetectChanges": "false"}}
    assert not is_started(quiet, [], branch("main"))
    assert is_started(quiet, [trigger()], branch("main"))
