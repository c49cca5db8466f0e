# SPDX-License-Identifier: GPL-3.0-or-later
"""When the end of a deployment starts a rollback."""

import pytest

from local_region.engine.rollback import AutoRollback, Verdict, decide, effective, rollback_event

FAILURE, ALARM, REQUEST = "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"
EVERYTHING = AutoRollback(True, (FAILURE, ALARM, REQUEST))


@pytest.mark.parametrize(
    ("status", "code", "event"),
    [
        ("Succeeded", None, None),
        ("Failed", "HEALTH_CONSTRAINTS", FAILURE),
        ("Failed", "NO_INSTANCES", FAILURE),
        ("Stopped", "MANUAL_STOP", REQUEST),
        ("Stopped", "ALARM_ACTIVE", ALARM),
    ],
)
def test_each_end_is_one_rollback_event(status, code, event):
    assert rollback_event(status, code) == event


@pytest.mark.parametrize("event", [FAILURE, ALARM, REQUEST])
def test_only_configured_events_roll_back(event):
    assert decide(event, AutoRollback(True, (event,))).roll_back
    assert not decide(event, AutoRollback(True, {FAILURE, ALARM, REQUEST} - {event})).roll_back
    assert not decide(event, AutoRollback(False, (event,))).roll_back
    assert not decide(event, AutoRollback()).roll_back


def test_the_deployments_setting_beats_the_groups():
    assert effective(EVERYTHING, AutoRollback(False)) == AutoRollback(False)
    assert effective(AutoRollback(False), EVERYTHING) == EVERYTHING
    assert effective(EVERYTHING, None) == EVERYTHING
    assert effective(None, None) == AutoRollback()


@pytest.mark.parametrize(("asked_for", "rolled_back"), [(True, True), (False, False)])
def test_stop_deployments_own_word_decides_a_stop_on_request(asked_for, rolled_back):
    setting = AutoRollback(not asked_for, (REQUEST,))
    assert decide(REQUEST, setting, asked_for=asked_for).roll_back is rolled_back


def test_a_rollback_is_not_rolled_back():
    verdict = decide(FAILURE, EVERYTHING, is_rollback=True)
    assert not verdict.roll_back and "itself a rollback" in verdict.reason


def test_without_an_earlier_success_there_is_a_reason_and_no_rollback():
    verdict = decide(FAILURE, EVERYTHING, has_previous_success=False)
    assert not verdict.roll_back and "no earlier successful deployment" in verdict.reason


def test_a_success_is_left_alone():
    assert decide(None, EVERYTHING) == Verdict(False)
