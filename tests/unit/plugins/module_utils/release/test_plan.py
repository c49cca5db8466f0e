# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release will do is worked out from the group's facts, and an impossible one is refused in one sentence."""

import os
from pathlib import Path

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.release import plan, plan_hosts
from ansible_collections.convoy.delivery.plugins.module_utils.release.plan import (
    Config,
    Facts,
    Host,
    Minimum,
    Past,
    Zonal,
)

GOLDEN = Path(__file__).parent / "golden"
ONE_AT_A_TIME = Config("CodeDeployDefault.OneAtATime", Minimum("MOST_CONCURRENCY", 1))
HALF = Config("CodeDeployDefault.HalfAtATime", Minimum("FLEET_PERCENT", 50))
ALL = Config("CodeDeployDefault.AllAtOnce", Minimum("HOST_COUNT", 0))


def config(kind, value, **zonal):
    return Config("mine", Minimum(kind, value), Zonal(**zonal) if zonal else None)


def hosts(count, zones=2, **more):
    return tuple(Host(f"i-{n:02d}", f"us-east-1{'abc'[n % zones]}", **more) for n in range(count))


OWN = (Host("rack-7"), Host("rack-8"))


def facts(group_hosts, with_config=ONE_AT_A_TIME, **more):
    settings = {"selection": "tag Environment=production", "rolls_back": True, **more}
    return Facts("storefront", "production", with_config, tuple(group_hosts), **settings)


# (configuration, hosts) -> (most out at once, batches, stay healthy, may fail). Numbers from the user guide's rules:
# per cent are rounded up, N - M may be out.
@pytest.mark.parametrize(
    "with_config, count, at_once, batches, healthy, may_fail",
    [
        (ONE_AT_A_TIME, 1, 1, 1, 0, 0),
        (ONE_AT_A_TIME, 4, 1, 4, 3, 0),
        (HALF, 4, 2, 2, 2, 1),
        (HALF, 9, 4, 3, 5, 3),
        (ALL, 4, 4, 1, 0, 3),
        (config("HOST_COUNT", 3), 10, 7, 2, 3, 6),
        (config("FLEET_PERCENT", 95), 10, 0, 0, 10, 0),
        (config("FLEET_PERCENT", 90), 10, 1, 10, 9, 0),
        (config("FLEET_PERCENT", 66), 3, 1, 3, 2, 0),
        (config("MOST_CONCURRENCY", 3), 8, 3, 3, 5, 2),
    ],
)
def test_batches_and_healthy_hosts_follow_from_the_configuration(
    with_config, count, at_once, batches, healthy, may_fail
):
    made = plan.make(facts(hosts(count), with_config))
    assert (made.at_once, len(made.batches), made.minimum_healthy, made.may_fail) == (
        at_once,
        batches,
        healthy,
        may_fail,
    )
    assert sum(len(batch.hosts) for batch in made.batches) in (count, 0)


def test_hosts_are_taken_unhealthy_first_and_up_to_date_last():
    group = [
        Host("i-1", standing="current"),
        Host("i-2", standing="old"),
        Host("i-3", standing="unknown"),
        Host("i-4", standing="unhealthy"),
        Host("i-0", standing="old"),
    ]
    made = plan.make(facts(group))
    assert [batch.hosts[0] for batch in made.batches] == ["i-4", "i-3", "i-0", "i-2", "i-1"]


def test_a_zonal_configuration_takes_one_zone_after_the_other():
    made = plan.make(facts(hosts(6, zones=3), config("HOST_COUNT", 2, minimum=Minimum("HOST_COUNT", 1))))
    assert [batch.zone for batch in made.batches] == sorted(batch.zone for batch in made.batches)
    assert {len(batch.hosts) for batch in made.batches} == {1}
    assert len(made.batches) == 6


def test_the_estimate_is_the_median_batch_of_former_deployments():
    past = [Past(40, 4), Past(80, 4), Past(60, 4)]
    assert plan.make(facts(hosts(4), past=tuple(past))).seconds == 60
    assert plan.make(facts(hosts(8), past=tuple(past))).seconds == 120


def test_without_former_deployments_the_time_is_unknown():
    made = plan.make(facts(hosts(4)))
    assert made.seconds is None
    assert any("unknown: no former deployment" in line for line in plan.lines(made))


def test_monitoring_between_zones_is_part_of_the_estimate():
    zonal = config("HOST_COUNT", 3, first_monitor=100, monitor=30)
    assert plan.monitoring(facts(hosts(6, zones=3), zonal)) == 130
    past = (Past(130 + 6 * 10, 6),)
    assert plan.make(facts(hosts(6, zones=3), zonal, past=past)).seconds > 130


REFUSALS = {
    "no host": (
        facts([]),
        "storefront/production: no host belongs to the deployment group (tag Environment=production). Start or tag "
        "instances, or correct it.",
    ),
    "no server of one's own": (
        facts([], selection="on-premises tag Site=bern"),
        "storefront/production: no host belongs to the deployment group (on-premises tag Site=bern). Register or tag "
        "on-premises servers, or correct it.",
    ),
    "neither": (
        facts([], selection="tag Role=web; on-premises tag Site=bern"),
        "storefront/production: no host belongs to the deployment group (tag Role=web; on-premises tag Site=bern). "
        "Start, register or tag hosts, or correct it.",
    ),
    "none may be out": (
        facts(hosts(2), config("HOST_COUNT", 2)),
        "storefront/production: mine wants 2 of 2 hosts healthy always, which leaves none to deploy to. Use another "
        "deployment configuration or add hosts.",
    ),
    "per cent rounded up leave none": (
        facts(hosts(4), config("FLEET_PERCENT", 76)),
        "storefront/production: mine wants 4 of 4 hosts healthy always, which leaves none to deploy to. Use another "
        "deployment configuration or add hosts.",
    ),
    "another revision is being deployed": (
        facts(hosts(2), active=("d-1", "InProgress", "s3://b/k")),
        "storefront/production: deployment d-1 of s3://b/k runs (InProgress). Wait for its end or stop it "
        "(codedeploy_deployment, state=stopped).",
    ),
    "too many hosts are stopped": (
        facts([*hosts(3), Host("i-99", "us-east-1a", running=False)]),
        "storefront/production: 1 of 4 hosts do not run (i-99) and count as failed, where CodeDeployDefault.OneAtATime "
        "bears fewer than 1. Start or remove them, or use another configuration.",
    ),
    "no host of a zone may be out": (
        facts(hosts(4), config("HOST_COUNT", 1, minimum=Minimum("HOST_COUNT", 2))),
        "storefront/production: mine wants 2 of 2 hosts in zone us-east-1a healthy always, which leaves none to deploy "
        "to. Use another configuration.",
    ),
    "no host on premises may be out": (
        facts([*hosts(4), *OWN[:1]], config("HOST_COUNT", 1, minimum=Minimum("HOST_COUNT", 1))),
        "storefront/production: mine wants 1 of 1 hosts on premises healthy always, which leaves none to deploy to. "
        "Use another configuration.",
    ),
    "what reading found": (facts(hosts(4), refused=("there is no target group web",)), "there is no target group web"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_the_impossible_is_refused_in_one_sentence(name):
    given, sentence = REFUSALS[name]
    assert plan.make(given).refusals[0] == sentence


def test_the_possible_is_not_refused():
    for count in range(1, 11):
        for with_config in (ONE_AT_A_TIME, ALL):
            assert plan.make(facts(hosts(count), with_config)).refusals == ()
    stopped = [*hosts(3), Host("i-99", "us-east-1a", running=False)]
    assert plan.make(facts(stopped, HALF)).refusals == ()


PRINTS = {
    "rolling": facts(
        hosts(4),
        revision="s3://artifacts/revisions/storefront/2.tgz",
        deployed="s3://artifacts/revisions/storefront/1.tgz",
        past=(Past(40, 4), Past(44, 4)),
    ),
    "large_and_zonal": facts(hosts(300, zones=3), config("FLEET_PERCENT", 90, first_monitor=600), rolls_back=False),
    "on_premises": facts(OWN, selection="on-premises tag Site=bern"),
    "mixed": facts([*hosts(3), *OWN]),
    "single_host": facts(hosts(1), adopts="d-7X2K", past=(Past(12, 1),)),
}


@pytest.mark.parametrize("name", PRINTS)
def test_the_print_is_as_in_its_golden_file(name):
    """To accept a changed print, run with CONVOY_ACCEPT_GOLDEN=1 and read the difference in version control."""
    text = "\n".join(plan.lines(plan.make(PRINTS[name]))) + "\n"
    path = GOLDEN / f"plan_{name}.txt"
    if os.environ.get("CONVOY_ACCEPT_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


def test_servers_of_ones_own_are_counted_apart_from_zones():
    result = plan.as_result(plan.make(facts([*hosts(3), *OWN])), [])
    assert (result["zones"], result["on_premises"]) == ({"us-east-1a": 2, "us-east-1b": 1}, 2)


def wanted(key=None, value=None, kind=None):
    return {name: given for name, given in (("key", key), ("value", value), ("type", kind)) if given is not None}


@pytest.mark.parametrize(
    "filters, expected",
    [
        ([[wanted("Role", "web")]], True),
        ([[wanted("Role", "db")]], False),
        ([[wanted("Role", "db"), wanted("Env", kind="KEY_ONLY")]], True),
        ([[wanted(value="web", kind="VALUE_ONLY")]], True),
        ([[wanted("Role", "web")], [wanted("Env", "staging")]], False),
        ([[wanted("Role", "web")], [wanted("Env", "production")]], True),
        ([], False),
    ],
)
def test_tag_filters_are_or_in_a_list_and_and_between_lists(filters, expected):
    assert plan_hosts.matches({"Role": "web", "Env": "production"}, filters) is expected


def test_a_group_says_in_words_how_it_finds_hosts():
    group = {
        "ec2_tag_set": {"ec2_tag_set_list": [[wanted("Role", "web"), wanted("Role", "api")], [wanted("Env", "prod")]]},
        "auto_scaling_groups": [{"name": "web"}],
    }
    assert plan_hosts.selection_of(group) == "tag (Role=web or Role=api) and Env=prod; Auto Scaling group web"
