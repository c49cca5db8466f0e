# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a project the API in this process does not show: roles that are not known yet, and who may see builds."""

from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.project import Project
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import ApiError
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress

ROLE = "arn:aws:iam::123456789012:role/public"
ARN = "arn:aws:codebuild:eu-central-1:123456789012:project/shop"


class Recorded:
    """A client that writes down what it is asked. The first requests end with `errors`, one each."""

    partition, region = "aws", "eu-central-1"

    def __init__(self, *errors):
        self.calls, self.errors = [], list(errors)

    def call(self, operation, doing=None, **options):
        self.calls.append((operation, {name: value for name, value in options.items() if value is not None}))
        if self.errors:
            raise self.errors.pop(0)
        return {"project": {"arn": ARN}}


def project(*errors, **options):
    """A client, the project, and what passes of simulated time."""
    client, passed = Recorded(*errors), []
    clock = SimpleNamespace(now=lambda: sum(passed), sleep=passed.append)
    context = SimpleNamespace(
        options=options, client=lambda service, remedies=None: client, clock=clock, progress=Progress()
    )
    return client, Project(context)


def refused(message):
    return ApiError(f"Could not create project shop: {message}", None, "InvalidInputException")


UNSEEN_ROLE = f"CodeBuild is not authorized to perform: sts:AssumeRole on {ROLE}"
NEW = {"name": "shop", "source": {"type": "NO_SOURCE"}}


def test_a_role_that_iam_has_not_made_known_yet_is_tried_again():
    client, one = project(*[refused(UNSEEN_ROLE)] * 3, role_timeout=30, service_role=ROLE)
    one.create(NEW)
    assert [operation for operation, _request in client.calls] == ["create_project"] * 4
    assert one.context.progress.lines == [f"{ROLE}  cannot be used yet, waiting for IAM to make it known"]


@pytest.mark.parametrize(
    ("error", "seconds"), [(refused(UNSEEN_ROLE), 0), (refused("Invalid project source"), 30)], ids=["over", "other"]
)
def test_another_refusal_and_one_when_the_time_is_over_are_told_at_once(error, seconds):
    client, one = project(error, role_timeout=seconds)
    with pytest.raises(ApiError):
        one.create(NEW)
    assert len(client.calls) == 1


def test_a_private_project_needs_no_call_more():
    client, one = project()
    one.create({**NEW, "project_visibility": "PRIVATE"})
    assert [operation for operation, _request in client.calls] == ["create_project"]


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
