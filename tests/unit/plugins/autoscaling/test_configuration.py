# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instances an instance refresh replaces, and whether a configuration is what is wanted."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling import configuration

V1, V2 = {"id": "lt-1", "version": "1"}, {"id": "lt-1", "version": "2"}
TEMPLATE = {"launch_template": V2}
POLICY = {
    "launch_template": {
        "specification": V2,
        "overrides": [{"instance_type": "m5.large"}, {"instance_type": "m6.large"}],
    },
    "instances_distribution": {"on_demand_percentage_above_base_capacity": 100},
}
MIXED = {"mixed_instances_policy": POLICY}


def overriding(*overrides):
    return {"mixed_instances_policy": {"launch_template": {"specification": V2, "overrides": list(overrides)}}}


def instance(number, template=V2, **more):
    launched = {"launch_template_id": template["id"], "version": template["version"]} if template else None
    told = {"instance_id": f"i-{number}", "lifecycle_state": "InService", "instance_type": "m5.large"}
    return {**told, **({"launch_template": launched} if launched else {}), **more}


@pytest.mark.parametrize(
    ("one", "wanted", "matches"),
    [
        (instance(1), TEMPLATE, True),
        (instance(1, V1), TEMPLATE, False),
        (instance(1, {"id": "lt-2", "version": "2"}), TEMPLATE, False),
        (instance(1, None), TEMPLATE, False),
        (instance(1, None, launch_configuration_name="web"), {"launch_configuration_name": "web"}, True),
        (instance(1, None, launch_configuration_name="old"), {"launch_configuration_name": "web"}, False),
        (instance(1), {"launch_configuration_name": "web"}, False),
        (instance(1), MIXED, True),
        (instance(1, instance_type="c5.large"), MIXED, False),
        (instance(1, V1), MIXED, False),
        (instance(1, instance_type="c5.large"), overriding(), True),
        (instance(1), overriding({"instance_type": "m5.large", "image_id": "ami-1"}), False),
        (instance(1, image_id="ami-1"), overriding({"instance_type": "m5.large", "image_id": "ami-1"}), True),
        (instance(1, image_id="ami-1"), overriding({"instance_type": "m6.large", "image_id": "ami-1"}), False),
        (instance(1), overriding({"instance_requirements": {}}), False),
        (instance(1), {}, False),
    ],
)
def test_an_instance_matches_when_it_would_be_launched_as_it_is(one, wanted, matches):
    assert configuration.matches(one, wanted) is matches


def test_outdated_are_those_that_differ_and_are_not_ignored_nor_leaving():
    instances = [
        instance(5, V1),
        instance(1, V1),
        instance(2),
        instance(3, V1, protected_from_scale_in=True),
        instance(4, V1, lifecycle_state="Standby"),
        instance(6, V1, lifecycle_state="Terminating:Wait"),
    ]

    def of(matching=True, **preferences):
        return configuration.outdated(instances, TEMPLATE, preferences, matching)

    assert of() == ["i-1", "i-3", "i-4", "i-5"]
    assert of(scale_in_protected_instances="Ignore") == ["i-1", "i-4", "i-5"]
    assert of(standby_instances="Ignore", scale_in_protected_instances="Refresh") == ["i-1", "i-3", "i-5"]
    assert of(matching=False) == ["i-1", "i-2", "i-3", "i-4", "i-5"]


@pytest.mark.parametrize(
    ("wanted", "covered"),
    [
        (TEMPLATE, False),
        (MIXED, True),
        ({"mixed_instances_policy": {"launch_template": {"specification": V2}}}, True),
        ({"mixed_instances_policy": {"launch_template": {"specification": V1}}}, False),
        (overriding({"instance_type": "m5.large"}), False),
        ({"mixed_instances_policy": {"instances_distribution": {"on_demand_base_capacity": 1}}}, False),
        (
            {"mixed_instances_policy": {"instances_distribution": {"on_demand_percentage_above_base_capacity": 0}}},
            False,
        ),
    ],
)
def test_a_configuration_covers_another_that_asks_for_nothing_else(wanted, covered):
    assert configuration.covers(MIXED, wanted) is covered


class Ec2:
    """EC2 that knows one launch template, and counts how often it is asked."""

    def __init__(self, templates=1):
        self.asked, self._templates = [], templates

    def client(self, service, remedies=None):
        assert service == "ec2"
        return self

    def call(self, operation, doing=None, **options):
        self.asked.append(options)
        told = {"launch_template_id": "lt-1", "default_version_number": 2, "latest_version_number": 7}
        return {"launch_templates": [told] * self._templates}


GROUP = {
    "launch_template": {"launch_template_id": "lt-1", "launch_template_name": "web", "version": "$Latest"},
    "instances": [],
}


@pytest.mark.parametrize(
    ("specification", "version", "asked"),
    [
        ({"launch_template_id": "lt-1", "version": "3"}, "3", []),
        ({"launch_template_name": "web", "version": "3"}, "3", []),
        ({"launch_template_name": "web", "version": "$Latest"}, "7", [{"launch_template_ids": ["lt-1"]}]),
        ({"launch_template_id": "lt-1"}, "2", [{"launch_template_ids": ["lt-1"]}]),
        ({"launch_template_name": "api", "version": 4}, "4", [{"launch_template_names": ["api"]}]),
    ],
    ids=str,
)
def test_a_template_is_asked_for_only_when_the_group_does_not_tell(specification, version, asked):
    ec2 = Ec2()
    resolve = configuration.Templates(ec2, GROUP).resolve
    assert resolve(specification) == resolve(specification) == {"id": "lt-1", "version": version}
    assert ec2.asked == asked


def test_the_configuration_of_a_group_is_resolved_wherever_its_template_is():
    resolve = configuration.Templates(Ec2(), GROUP).resolve
    assert configuration.resolved(configuration.of_group(GROUP), resolve) == {
        "launch_template": {"id": "lt-1", "version": "7"}
    }
    specification = {"launch_template_id": "lt-1", "launch_template_name": "web", "version": "2"}
    group = {
        "mixed_instances_policy": {
            "launch_template": {
                "launch_template_specification": specification,
                "overrides": POLICY["launch_template"]["overrides"],
            },
            "instances_distribution": POLICY["instances_distribution"],
        }
    }
    assert configuration.resolved(configuration.of_group(group), resolve) == MIXED
    assert configuration.of_group({"launch_configuration_name": "web"}) == {"launch_configuration_name": "web"}
