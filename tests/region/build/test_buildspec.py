# SPDX-License-Identifier: GPL-3.0-or-later
"""The build specification as the runner reads it."""

from __future__ import annotations

import pytest

from local_region.world.build.buildspec import ArtifactSpec, OnFailure, PhaseSpec, ReportSpec, on_failure, parse
from local_region.world.build.reading import BuildspecError


def test_a_whole_buildspec_is_read():
    spec = parse("""
        version: 0.2
        run-as: builder
        env:
          shell: bash
          variables: {RETRIES: 3, DEBUG: yes, EMPTY: }
          parameter-store: {PASSWORD: /db/password}
          secrets-manager: {TOKEN: 'db:token:AWSCURRENT'}
          exported-variables: [VERSION]
          git-credential-helper: yes
        proxy: {upload-artifacts: no, logs: no}
        batch: {fast-fail: true}
        phases:
          install: {runtime-versions: {python: 3.12, nodejs: latest}, commands: [make deps]}
          build: {run-as: ec2-user, on-failure: ABORT, commands: [make, true], finally: [make clean]}
        reports:
          arn:aws:codebuild:us-east-1:123456789012:report-group/unit: {files: ['*.xml'], file-format: CucumberJson}
        artifacts:
          files: ['**/*']
          base-directory: 'dist*'
          exclude-paths: ['**/*.pyc']
          name: app-$(date +%F)
          enable-symlinks: yes
          secondary-artifacts: {docs: {files: [a.html], discard-paths: yes, s3-prefix: docs}}
        cache: {paths: ['/root/.cache/pip/**/*']}
    """)
    assert (spec.version, spec.shell, spec.one_shell) == ("0.2", "/bin/bash", True)
    assert spec.variables == {"RETRIES": "3", "DEBUG": "true", "EMPTY": ""}
    assert (spec.parameters, spec.secrets) == ({"PASSWORD": "/db/password"}, {"TOKEN": "db:token:AWSCURRENT"})
    assert (spec.exported, spec.git_credential_helper) == (("VERSION",), True)
    assert spec.runtime_versions == {"python": "3.12", "nodejs": "latest"}
    assert spec.phases == {
        "install": PhaseSpec(("make deps",), run_as="builder"),
        "build": PhaseSpec(("make", "true"), ("make clean",), OnFailure("ABORT"), "ec2-user"),
    }
    (report,) = spec.reports.values()
    assert report == ReportSpec(("*.xml",), format="CUCUMBERJSON")
    assert spec.artifacts == {
        "": ArtifactSpec(("**/*",), "dist*", False, ("**/*.pyc",), "app-$(date +%F)", True),
        "docs": ArtifactSpec(("a.html",), discard_paths=True, s3_prefix="docs"),
    }
    assert spec.cache_paths == ("/root/.cache/pip/**/*",)
    assert spec.warnings == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The buildspec is empty"),
        ("- a", "The buildspec must be a mapping of keys, not a list."),
        ("a: [", "The buildspec is no YAML: "),
        ("phases: {}", "The buildspec's version is missing: it must be 0.1 or 0.2."),
        ("{version: 1}", "The buildspec's version is 1: it must be 0.1 or 0.2."),
        (
            "{version: 0.2, phases: {test: {}}}",
            "Invalid buildspec phase name found: test. Expecting: build,install,post_build,pre_build",
        ),
        ("{version: 0.2, phases: {build: {commands: make}}}", "phases/build/commands must be a list, not the value "),
        (
            "{version: 0.2, phases: {build: {commands: [make, {echo: 'a: b'}]}}}",
            "Expected phases/build/commands[1] to be of string type: found subkeys instead.",
        ),
        ("{version: 0.2, phases: {build: {on-failure: STOP}}}", "phases/build/on-failure is STOP: it must be ABORT"),
        ("{version: 0.2, phases: {build: {on-failure: RETRY-101}}}", "the count must be between 0 and 100"),
        ("{version: 0.2, phases: {build: {on-failure: 'RETRY-2-('}}}", "( is no regular expression"),
        ("{version: 0.2, env: {shell: zsh}}", "env/shell is zsh: on Linux it must be bash or /bin/sh."),
        ("{version: 0.2, env: {variables: {1A: b}}}", "env has a variable '1A'"),
        ("{version: 0.2, env: {variables: [a]}}", "env/variables must be a mapping of keys, not a list."),
        ("{version: 0.2, env: {exported-variables: ['A;B']}}", "env has a variable 'A;B'"),
        ("{version: 0.2, proxy: {logs: yes}}", "proxy/logs is yes: the local region has no proxy server for builds."),
        ("{version: 0.2, artifacts: {name: a}}", "artifacts has no files: name at least one"),
        ("{version: 0.2, artifacts: {files: a}}", "artifacts/files must be a list, not the value 'a'."),
        (
            "{version: 0.2, artifacts: {secondary-artifacts: {a: {}}}}",
            "artifacts/secondary-artifacts/a has no files: name at least one",
        ),
        ("{version: 0.2, artifacts: {files: [a], discard-paths: maybe}}", "is 'maybe', it must be yes or no."),
        ("{version: 0.2, reports: {unit: {files: [a], file-format: CSV}}}", "reports/unit/file-format is CSV"),
        ("{version: 0.2, reports: {unit: {}}}", "reports/unit has no files"),
    ],
)
def test_a_wrong_buildspec_is_refused_by_a_sentence_that_names_the_key(text, message):
    with pytest.raises(BuildspecError) as refused:
        parse(text)
    assert message in str(refused.value)


def test_what_nobody_reads_is_warned_of():
    spec = parse("{version: 0.2, artefacts: {files: [a]}, phases: {build: {command: [make]}}}")
    assert spec.warnings == (
        "The buildspec's key phases/build/command is unknown and is ignored.",
        "The buildspec has no commands.",
        "The buildspec's key artefacts is unknown and is ignored.",
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (None, OnFailure()),
        ("CONTINUE", OnFailure("CONTINUE")),
        ("RETRY", OnFailure("RETRY", 3)),
        ("RETRY-0", OnFailure("RETRY", 0)),
        ("RETRY-7", OnFailure("RETRY", 7)),
        ("RETRY-.*cannot connect.*", OnFailure("RETRY", 3, ".*cannot connect.*")),
        ("RETRY-2-time-?out", OnFailure("RETRY", 2, "time-?out")),
    ],
)
def test_on_failure_is_an_action_a_count_and_an_expression(text, meant):
    assert on_failure(text) == meant
