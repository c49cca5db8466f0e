# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a project the API in this process does not serve: who may see its builds."""

from types import SimpleNamespace

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.project import Project

ROLE = "arn:aws:iam::123456789012:role/public"
ARN = "arn:aws:codebuild:eu-central-1:123456789012:project/shop"


class Recorded:
    """A client that writes down what it is asked."""

    partition, region = "aws", "eu-central-1"

    def __init__(self):
        self.calls = []

    def call(self, operation, doing=None, **options):
        self.calls.append((operation, {name: value for name, value in options.items() if value is not None}))
        return {"project": {"arn": ARN}}


def project():
    client = Recorded()
    return client, Project(SimpleNamespace(options={}, client=lambda service, remedies=None: client))


def test_who_may_see_the_builds_is_a_call_of_its_own():
    client, one = project()
    one.update({"name": "shop", "arn": ARN}, {"project_visibility": "PUBLIC_READ", "resource_access_role": ROLE})
    assert client.calls == [
        (
            "update_project_visibility",
            {"project_arn": ARN, "project_visibility": "PUBLIC_READ", "resource_access_role": ROLE},
        )
    ]


def test_a_new_project_is_made_before_it_is_shown():
    client, one = project()
    one.create({"name": "shop", "source": {"type": "NO_SOURCE"}, "project_visibility": "PUBLIC_READ"})
    assert client.calls == [
        ("create_project", {"name": "shop", "source": {"type": "NO_SOURCE"}}),
        ("update_project_visibility", {"project_arn": ARN, "project_visibility": "PUBLIC_READ"}),
    ]


def test_what_is_taken_away_is_sent_as_aws_wants_it():
    client, one = project()
    gone = ("vpc_config", "build_batch_config", "concurrent_build_limit", "description", "secondary_sources")
    one.update({"name": "shop", "arn": ARN}, dict.fromkeys(gone))
    assert client.calls == [
        (
            "update_project",
            {
                "name": "shop",
                "vpc_config": {},
                "build_batch_config": {},
                "concurrent_build_limit": -1,
                "description": "",
                "secondary_sources": [],
            },
        )
    ]
