# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: what a batch section asks for, and which builds may begin when."""

import pytest
import yaml

from local_region.engine.build_batch import BadBatch, Decision, Plan, Task, decide, plan


def planned(text: str) -> Plan:
    return plan(yaml.safe_load("batch:\n" + text))


def test_a_graph_has_builds_that_depend_on_each_other():
    found = planned("""
  fast-fail: true
  build-graph:
    - identifier: base
      env: {compute-type: BUILD_GENERAL1_LARGE, variables: {A: 1}}
      buildspec: base.yml
    - {identifier: after, depend-on: [base], ignore-failure: true}
""")
    assert found == Plan(
        (
            Task(
                "base",
                {
                    "computeTypeOverride": "BUILD_GENERAL1_LARGE",
                    "environmentVariablesOverride": [{"name": "A", "value": "1"}],
                    "buildspecOverride": "base.yml",
                },
            ),
            Task("after", depends_on=("base",), ignore_failure=True),
        ),
        fast_fail=True,
    )


def test_a_matrix_has_every_combination_with_what_is_static():
    found = planned("""
  build-matrix:
    static: {ignore-failure: true, env: {variables: {ALWAYS: yes please}}}
    dynamic:
      buildspec: [one.yml, two.yml]
      env: {variables: {PYTHON: ["3.11", "3.12"]}}
""")
    combinations = [
        (task.asked["buildspecOverride"], task.asked["environmentVariablesOverride"][1]["value"])
        for task in found.tasks
    ]
    assert combinations == [("one.yml", "3.11"), ("one.yml", "3.12"), ("two.yml", "3.11"), ("two.yml", "3.12")]
    assert all(task.ignore_failure for task in found.tasks)
    assert found.tasks[0].asked["environmentVariablesOverride"][0] == {"name": "ALWAYS", "value": "yes please"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  build-list: []", "has 0 builds"),
        ("  build-list: [{identifier: a}]\n  build-graph: []", "exactly one of"),
        ("  fast-fail: true", "exactly one of"),
        ("  build-fanout: {parallelism: 2}", "does not run build-fanout"),
        ("  build-list: [{identifier: a b}]", "letters, digits and underscores, not 'a b'"),
        ("  build-list: [{identifier: a}, {identifier: a}]", "a is there twice"),
        ("  build-list: [{identifier: a, depend-on: [b]}]", "belongs to build-graph"),
        ("  build-graph: [{identifier: a, depend-on: [b]}]", "a depends on b, which is not in the batch"),
        (
            "  build-graph: [{identifier: a, depend-on: [b]}, {identifier: b, depend-on: [a]}]",
            "The builds a, b wait for each other",
        ),
        ("  build-matrix: {static: {}}", "no dynamic values"),
        ("  build-matrix: 3", "build-matrix must be a mapping"),
    ],
)
def test_what_cannot_be_a_batch_is_said_in_a_sentence(text, said):
    with pytest.raises(BadBatch, match=said):
        planned(text)


def test_a_buildspec_without_a_batch_is_none():
    with pytest.raises(BadBatch, match="no batch section"):
        plan({"version": 0.2})


GRAPH = (Task("a"), Task("b", depends_on=("a",)), Task("c", depends_on=("a", "d")), Task("d", ignore_failure=True))
RUNS = "IN_PROGRESS"


@pytest.mark.parametrize(
    ("statuses", "fast", "stopping", "decision"),
    [
        ((None, None, None, None), False, False, Decision(begin=("a", "d"))),
        ((RUNS, None, None, RUNS), False, False, Decision()),
        (("SUCCEEDED", None, None, RUNS), False, False, Decision(begin=("b",))),
        (("SUCCEEDED", RUNS, None, "FAILED"), False, False, Decision(begin=("c",))),
        (("SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED"), False, False, Decision(status="SUCCEEDED")),
        (("FAILED", None, None, RUNS), False, False, Decision()),
        (("FAILED", None, None, "SUCCEEDED"), False, False, Decision(status="FAILED")),
        (("FAILED", None, None, RUNS), True, False, Decision(stop=("d",))),
        (("FAILED", None, None, "STOPPED"), True, False, Decision(status="FAILED")),
        ((RUNS, None, None, "SUCCEEDED"), False, True, Decision(stop=("a",))),
        (("STOPPED", None, None, "SUCCEEDED"), False, True, Decision(status="STOPPED")),
        (("TIMED_OUT", None, None, "SUCCEEDED"), False, False, Decision(status="FAILED")),
    ],
)
def test_what_follows_from_how_the_builds_stand(statuses, fast, stopping, decision):
    by_id = dict(zip("abcd", statuses, strict=True))
    assert decide(Plan(GRAPH, fast), by_id, stopping) == decision
