# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build takes from its project, and what StartBuild changes of it."""

import pytest

from local_region.protocol import load_model
from local_region.services.codebuild import overrides
from local_region.services.codebuild.overrides import settings, variables
from tests.region.codebuild.test_projects import project

# Members of StartBuild(Batch) that change nothing of what a build is made of.
BESIDE = {
    "projectName",
    "idempotencyToken",
    "debugSessionEnabled",
    "environmentVariablesOverride",
}


@pytest.mark.parametrize("operation", ["StartBuild", "StartBuildBatch"])
def test_every_override_of_the_model_is_known(operation):
    known = {*overrides.WHOLE, *overrides.OF_SOURCE, *overrides.OF_ENVIRONMENT}
    members = set(load_model("codebuild").operation_model(operation).input_shape.members)
    assert members - known == BESIDE


@pytest.mark.parametrize(
    ("asked", "where", "value"),
    [
        ({"sourceVersion": "v2"}, ("sourceVersion",), "v2"),
        ({"timeoutInMinutesOverride": 7}, ("timeoutInMinutes",), 7),
        ({"buildspecOverride": "other.yml"}, ("source", "buildspec"), "other.yml"),
        ({"sourceLocationOverride": "other/key"}, ("source", "location"), "other/key"),
        ({"imageOverride": "image"}, ("environment", "image"), "image"),
        ({"privilegedModeOverride": True}, ("environment", "privilegedMode"), True),
        ({"artifactsOverride": {"type": "S3", "location": "b"}}, ("artifacts", "name"), "shop"),
        ({"sourceTypeOverride": "NO_SOURCE", "buildspecOverride": "b"}, ("source", "location"), None),
        ({}, ("source", "location"), "bucket/key.zip"),
    ],
)
def test_an_override_takes_the_place_of_the_projects_own(asked, where, value):
    found = settings(project(), asked)
    for member in where[:-1]:
        found = found[member]
    assert found.get(where[-1]) == value


def test_the_project_itself_is_not_changed():
    own = project()
    settings(own, {"imageOverride": "other", "environmentVariablesOverride": [{"name": "A", "value": "1"}]})
    assert own == project()


def test_variables_win_by_name_and_are_plain_unless_said_otherwise():
    own = [{"name": "A", "value": "1", "type": "PARAMETER_STORE"}, {"name": "B", "value": "2", "type": "PLAINTEXT"}]
    assert variables(own, [{"name": "A", "value": "3"}]) == [
        {"name": "A", "value": "3", "type": "PLAINTEXT"},
        {"name": "B", "value": "2", "type": "PLAINTEXT"},
    ]
