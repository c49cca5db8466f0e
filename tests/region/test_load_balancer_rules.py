# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts of the load balancer: the life of a target, patterns, and what is read from ELBv2's API shapes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from local_region.world.balancer import from_moto, measures
from local_region.world.balancer.conditions import wildcard
from local_region.world.balancer.resources import cluster
from local_region.world.balancer.spec import (
    FixedResponse,
    Forward,
    HealthCheckSpec,
    Redirect,
    TargetGroupSpec,
    TargetSpec,
    Unsupported,
)
from local_region.world.balancer.targets import Observation, Target, deregistered, observed, registered

SPEC = TargetSpec("i-1", 8000, "10.0.0.1")
GROUP = TargetGroupSpec(
    "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1",
    "web",
    health_check=HealthCheckSpec(interval=10, timeout=2, unhealthy_threshold=3),
    deregistration_delay=30,
)
WELL, ILL = Observation(healthy=True), Observation(healthy=False)


def seen(target: Target, *observations: tuple[float, Observation | None], group=GROUP) -> Target | None:
    for now, observation in observations:
        if target is not None:
            target = observed(target, observation, group, 1.0, now)
    return target


def test_a_registered_target_is_initial_and_out_of_service():
    target = registered(None, SPEC, now=0)
    assert target.health.reason == "Elb.InitialHealthChecking"
    assert not target.endpoint.in_service


def test_one_passed_check_makes_a_new_target_healthy():
    target = seen(registered(None, SPEC, 0), (1, WELL))
    assert target.state == "healthy"
    assert target.endpoint.in_service


def test_a_new_target_is_unhealthy_after_as_many_failed_checks_as_the_threshold():
    target = registered(None, SPEC, 0)
    assert seen(target, (31, ILL)).state == "initial"  # 3 checks 10 s apart, 2 s each at most
    assert seen(target, (32, ILL)).state == "unhealthy"


def test_an_unhealthy_target_stays_in_service_for_failing_open():
    target = seen(registered(None, SPEC, 0), (1, WELL), (2, ILL))
    assert target.state == "unhealthy"
    assert target.endpoint.in_service


@pytest.mark.parametrize(
    ("observation", "reason", "description"),
    [
        (replace(ILL, timed_out=True), "Target.Timeout", "Request timed out"),
        (replace(ILL, status=503), "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"),
        (ILL, "Target.FailedHealthChecks", "Health checks failed"),
    ],
)
def test_an_unhealthy_target_says_why(observation, reason, description):
    health = seen(registered(None, SPEC, 0), (1, WELL), (2, observation)).health
    assert (health.reason, health.description) == (reason, description)


def test_draining_ends_when_nothing_is_in_flight_at_two_looks_in_a_row():
    busy, idle = replace(WELL, in_flight=1), WELL
    target = deregistered(seen(registered(None, SPEC, 0), (1, WELL)), now=5)
    assert target.health.reason == "Target.DeregistrationInProgress"
    assert not target.endpoint.in_service
    assert seen(target, (6, busy), (7, idle), (8, busy), (9, idle)).state == "draining"
    assert seen(target, (6, busy), (7, idle), (8, idle)) is None


def test_draining_ends_with_the_deregistration_delay():
    busy = replace(WELL, in_flight=1)
    target = deregistered(seen(registered(None, SPEC, 0), (1, WELL)), now=5)
    assert seen(target, (34, busy)).state == "draining"
    assert seen(target, (35, busy)) is None


def test_deregistering_twice_does_not_drain_longer():
    target = deregistered(registered(None, SPEC, 0), now=5)
    assert deregistered(target, now=20) is target


def test_a_target_that_never_had_an_address_does_not_drain():
    assert deregistered(registered(None, replace(SPEC, address=None), 0), 1) is None


def test_a_target_whose_host_has_gone_keeps_its_address_and_fails_its_checks():
    healthy = seen(registered(None, SPEC, 0), (1, WELL))
    assert registered(healthy, replace(SPEC, address=None), 2) is healthy


def test_a_target_that_moves_to_another_address_begins_again():
    healthy = seen(registered(None, SPEC, 0), (1, WELL))
    assert registered(healthy, replace(SPEC, address="10.0.0.2"), 2).state == "initial"


def test_a_stopped_target_is_unused_and_initial_when_it_runs_again():
    healthy = seen(registered(None, SPEC, 0), (1, WELL))
    stopped = registered(healthy, replace(SPEC, address=None, unused=from_moto.STOPPED), 2)
    assert (stopped.state, stopped.endpoint) == ("unused", None)
    assert registered(stopped, SPEC, 3).state == "initial"


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*", "", None),
        ("/a*", "/abc", "/b"),
        ("a?c", "abc", "ac"),
        ("a.c", "a.c", "abc"),
        (r"a\*c", "a*c", "abc"),
        ("[x]+", "[x]+", "xx"),
    ],
)
def test_wildcards_are_elbv2s_and_nothing_else_is_special(pattern, matching, other):
    assert re.fullmatch(wildcard(pattern), matching)
    assert other is None or not re.fullmatch(wildcard(pattern), other)


def test_matchers_are_single_codes_and_ranges():
    assert from_moto.status_ranges("200,301-399") == ((200, 200), (301, 399))


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([{"Type": "forward", "TargetGroupArn": "a"}], Forward((("a", 1),))),
        (
            [
                {
                    "Type": "forward",
                    "ForwardConfig": {
                        "TargetGroups": [{"TargetGroupArn": "a", "Weight": 3}, {"TargetGroupArn": "b", "Weight": 0}]
                    },
                }
            ],
            Forward((("a", 3), ("b", 0))),
        ),
        (
            [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503", "MessageBody": "later"}}],
            FixedResponse(503, "later"),
        ),
        (
            [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Protocol": "HTTPS", "Port": "443"}}],
            Redirect(301, protocol="HTTPS", port="443"),
        ),
    ],
)
def test_actions_are_read_from_the_api_shapes(actions, expected):
    assert from_moto.action(actions) == expected


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([{"Type": "authenticate-oidc", "Order": 1}, {"Type": "forward", "Order": 2}], "no action 'authenticate-oidc'"),
        (
            [
                {
                    "Type": "forward",
                    "ForwardConfig": {
                        "TargetGroups": [{"TargetGroupArn": "a"}, {"TargetGroupArn": "b"}],
                        "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
                    },
                }
            ],
            "set Enabled of TargetGroupStickinessConfig to false",
        ),
        ([{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "www.#{host}"}}], "the host"),
        ([{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Path": "/#{host}"}}], "only #{path}"),
    ],
)
def test_actions_that_cannot_be_done_are_refused(actions, words):
    with pytest.raises(Unsupported, match=re.escape(words)):
        from_moto.action(actions)


def test_waits_are_scaled_and_never_shorter_than_a_machine_can_do():
    group = replace(GROUP, health_check=HealthCheckSpec(interval=5, timeout=2), slow_start=60)
    (check,) = cluster(group, scale=10, endpoints_file="x")["health_checks"]
    assert (check["interval"], check["timeout"]) == ("0.500s", "0.500s")
    (check,) = cluster(group, scale=1000, endpoints_file="x")["health_checks"]
    assert (check["interval"], check["timeout"]) == ("0.050s", "0.500s")
    assert cluster(group, scale=10, endpoints_file="x")["round_robin_lb_config"] == {
        "slow_start_config": {"slow_start_window": "6.000s"}
    }


def test_a_request_without_an_answer_counts_apart_from_the_targets_5xx():
    text = """
        envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="web-1"} 90
        envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="web-1"} 10
        envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="other-1"} 7
        envoy_cluster_upstream_rq_time_count{envoy_cluster_name="web-1"} 94
        envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="web-1"} 4700
    """
    total = measures.samples("\n".join(line.strip() for line in text.splitlines()))
    counts = measures.group_counts(total, total, "web-1", healthy=2, unhealthy=1)
    assert (counts.answered["2"], counts.answered["5"], counts.refused) == (90, 4, 6)
    assert (counts.response_seconds, counts.responses) == (4.7, 94)


def test_times_that_are_read_a_moment_later_make_no_answered_error_a_request_without_an_answer():
    counted = (
        'envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="web-1"} 10\n'
        'envoy_cluster_upstream_rq_time_count{envoy_cluster_name="web-1"} 0'
    )
    later = 'envoy_cluster_upstream_rq_time_count{envoy_cluster_name="web-1"} 12'
    counts = measures.group_counts(measures.samples(counted), measures.samples(later), "web-1", healthy=1, unhealthy=0)
    assert (counts.answered["5"], counts.refused) == (10, 0)


def test_answers_that_come_while_the_times_are_read_make_no_error_of_a_request_without_an_answer():
    counted = (
        'envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="web-1"} 20\n'
        'envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="web-1"} 300\n'
        'envoy_cluster_upstream_rq_time_count{envoy_cluster_name="web-1"} 20'
    )
    later = (
        'envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="web-1"} 30\n'
        'envoy_cluster_upstream_rq_time_count{envoy_cluster_name="web-1"} 28'
    )
    total, times = measures.samples(counted), measures.samples(later)

    counts = measures.group_counts(total, times, "web-1", healthy=1, unhealthy=0)
    again = measures.group_counts(total, times, "web-1", healthy=1, unhealthy=0, errors_before=3)

    assert (counts.answered["5"], counts.refused) == (0, 300)
    assert (again.answered["5"], again.refused) == (3, 297)
