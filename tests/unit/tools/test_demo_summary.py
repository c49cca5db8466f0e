# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration's summary tells the truth, also when it is bad news."""

import json
import os

from tools.demo.summary import KEPT, complaints, pipeline_complaints, read_executions, read_reports, stage_table, table

GOOD = {
    "release": "2.0",
    "environment": "production",
    "strategy": "rolling",
    "status": "Succeeded",
    "version_before": "1.0",
    "version_after": "2.0",
    "hosts": 4,
    "requests": 2130,
    "lost": 0,
    "answered_with_error": 0,
    "seconds": 21.34,
    "rolled_back": False,
    "deployment_id": "d-1",
}
WANTED = [{"release": "2.0", "environment": "production", "status": "Succeeded", "version_after": "2.0"}]


def test_table_lines_numbers_up_and_says_dash_for_nothing():
    first = GOOD | {"release": "1.0", "version_before": None, "requests": 95, "rolled_back": True}
    assert table([first, GOOD]) == (
        "release  environment  strategy  status     before  after  hosts  requests  lost  errors  seconds  "
        "rolled back\n"
        "-------------------------------------------------------------------------------------------------------------\n"
        "1.0      production   rolling   Succeeded  -       2.0        4        95     0       0     21.3  yes\n"
        "2.0      production   rolling   Succeeded  1.0     2.0        4      2130     0       0     21.3  no"
    )


def test_reports_are_read_oldest_first_with_the_summary_fields_only(tmp_path):
    for name, age in (("b", 20), ("a", 10)):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(GOOD | {"release": name, "ledger": {"p99": 3}}))
        os.utime(file, (1000 - age, 1000 - age))
    rows = read_reports(tmp_path)
    assert [row["release"] for row in rows] == ["b", "a"]
    assert tuple(rows[0]) == KEPT


def test_no_complaint_when_all_is_as_promised():
    assert complaints([GOOD], WANTED) == []


def test_complaints_name_what_differs():
    assert complaints([], WANTED) == ["release 2.0 to production: there is no report."]
    assert complaints([GOOD | {"status": "Failed", "version_after": "1.0"}], WANTED) == [
        "release 2.0 to production: status is 'Failed', expected 'Succeeded'.",
        "release 2.0 to production: version_after is '1.0', expected '2.0'.",
    ]
    assert complaints([GOOD | {"lost": 3}], WANTED) == ["release 2.0 to production: 3 of 2130 requests were lost."]
    assert complaints([GOOD | {"requests": 0}], WANTED) == [
        "release 2.0 to production: nobody asked for the application while it was released."
    ]


def test_only_releases_that_answer_errors_may_have_some_and_they_must():
    ill = GOOD | {"answered_with_error": 7}
    assert complaints([ill], WANTED) == ["release 2.0 to production: 7 requests were answered with an error."]
    assert complaints([ill], WANTED, {"2.0"}) == []
    assert complaints([GOOD], WANTED, {"2.0"}) == ["release 2.0 to production: 0 requests were answered with an error."]


def stage(name, status, seconds=None, deployment=None):
    actions = [{"external_execution_id": deployment}] if deployment else []
    return {"name": name, "status": status, "seconds": seconds, "start_time": f"10:0{seconds}", "actions": actions}


SOURCE = stage("Source", "Succeeded", 0.1)
FAILED = {
    "commit": "9d81c0de5b1f4a0c",
    "execution_id": "3fa85f64",
    "outcome": "failed",
    "seconds": 12.2,
    "stages": [SOURCE, stage("Build", "Failed", 12.1), stage("Production", "Pending")],
}
RELEASED = FAILED | {
    "commit": "0a1b2c3d5b1f4a0c",
    "outcome": "succeeded",
    "stages": [
        stage("Source", "Succeeded", 0.0),
        stage("Build", "Succeeded", 9.0),
        stage("Production", "Succeeded", 8.0, "d-1"),
    ],
}


def test_an_execution_has_the_requests_of_its_own_deployments_and_the_release_of_its_commit(tmp_path):
    for name, report in (("a", FAILED), ("b", RELEASED)):
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    others = GOOD | {"deployment_id": "d-2", "requests": 5}

    first, second = read_executions(tmp_path, [GOOD, others], {FAILED["commit"]: "2.1", RELEASED["commit"]: "2.0"})

    assert (first["release"], first["status"], first["requests"], first["hosts"]) == ("2.0", "Succeeded", 2130, 4)
    assert (second["release"], second["status"], second["requests"], second["hosts"]) == ("2.1", "Failed", 0, 0)
    assert stage_table([first, second]) == (
        "commit    release  status     Source  Build  Production\n"
        "-------------------------------------------------------\n"
        "0a1b2c3d  2.0      Succeeded    0.0    9.0         8.0\n"
        "9d81c0de  2.1      Failed       0.1   12.1!          -"
    )


def test_a_push_that_came_farther_than_it_should_is_complained_about():
    found = [{"release": "2.1", "stages": [SOURCE, stage("Build", "Succeeded", 9.0)]}]

    assert pipeline_complaints(found, [("2.1", ["Source", "Build"], None)]) == []
    assert pipeline_complaints(found, [("2.1", ["Source"], "Build")]) == [
        "the push of 2.1: ['Source', 'Build'] succeeded, None failed.",
        "the push of 2.1 was to fail in Build, and did not.",
    ]
