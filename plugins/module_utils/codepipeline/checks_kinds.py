# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks of what a kind of action takes: artifacts, configuration, and what is for some kinds only."""

from __future__ import annotations

from ..engine.errors import Failure
from .declaration import provider

# (least and most input artifacts, least and most output artifacts).
# Source: user guide, "Valid input and output artifacts for each action type" and the actions' references.
ARTIFACTS = {
    ("Source", "S3"): ((0, 0), (1, 1)),
    ("Source", "CodeCommit"): ((0, 0), (1, 1)),
    ("Source", "ECR"): ((0, 0), (1, 1)),
    ("Source", "CodeStarSourceConnection"): ((0, 0), (1, 1)),
    ("Source", "GitHub"): ((0, 0), (1, 1)),
    ("Build", "CodeBuild"): ((1, 5), (0, 5)),
    ("Test", "CodeBuild"): ((1, 5), (0, 5)),
    ("Test", "DeviceFarm"): ((1, 1), (0, 0)),
    ("Compute", "Commands"): ((1, 10), (0, 1)),
    ("Approval", "Manual"): ((0, 0), (0, 0)),
    ("Deploy", "S3"): ((1, 1), (0, 0)),
    ("Deploy", "CloudFormation"): ((0, 10), (0, 1)),
    ("Deploy", "CodeDeploy"): ((1, 1), (0, 0)),
    ("Deploy", "ElasticBeanstalk"): ((1, 1), (0, 0)),
    ("Deploy", "ECS"): ((1, 1), (0, 0)),
    ("Deploy", "ServiceCatalog"): ((1, 1), (0, 0)),
    ("Invoke", "Lambda"): ((0, 5), (0, 5)),
}

# What must be in the configuration. Source: user guide, the references of the actions.
REQUIRED = {
    ("Source", "S3"): ("S3Bucket", "S3ObjectKey"),
    ("Source", "CodeCommit"): ("RepositoryName", "BranchName"),
    ("Source", "ECR"): ("RepositoryName",),
    ("Source", "CodeStarSourceConnection"): ("ConnectionArn", "FullRepositoryId", "BranchName"),
    ("Source", "GitHub"): ("Owner", "Repo", "Branch", "OAuthToken"),
    ("Build", "CodeBuild"): ("ProjectName",),
    ("Test", "CodeBuild"): ("ProjectName",),
    ("Deploy", "S3"): ("BucketName", "Extract"),
    ("Deploy", "CloudFormation"): ("ActionMode",),
    ("Deploy", "CodeDeploy"): ("ApplicationName", "DeploymentGroupName"),
    ("Deploy", "ECS"): ("ClusterName", "ServiceName"),
    ("Invoke", "Lambda"): ("FunctionName",),
}

COMMANDS = ("Compute", "Commands")
APPROVAL = ("Approval", "Manual")
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 5, 86_400  # minutes; 60 days


def check_kind(where, action):
    """What is wrong with an action of its kind. Kinds that are not listed here are CodePipeline's to judge."""
    _check_configuration(where, action)
    _check_artifacts(where, action)
    _check_commands(where, action)
    _check_timeout(where, action)


def _check_configuration(where, action):
    configuration = action.get("configuration", {})
    missing = [key for key in REQUIRED.get(provider(action), ()) if key not in configuration]
    if missing:
        known = f" It has {', '.join(configuration)}." if configuration else ""
        raise Failure(
            f"{where}: configuration.{missing[0]} is required for {' '.join(provider(action))}.{known} Add it."
        )
    # Source: user guide, "CodeBuild action reference" (PrimarySource).
    sources = [one["name"] for one in action.get("input_artifacts", [])]
    if action["action_type_id"]["provider"] == "CodeBuild" and len(sources) > 1:
        primary = configuration.get("PrimarySource")
        if primary is None:
            raise Failure(
                f"{where}: configuration.PrimarySource is required with several input_artifacts. "
                f"Name the one with the buildspec: {', '.join(sources)}."
            )
        if primary not in sources:
            raise Failure(
                f"{where}: configuration.PrimarySource names none of the input_artifacts {', '.join(sources)}. "
                "Correct it."
            )


def _check_artifacts(where, action):
    limits = ARTIFACTS.get(provider(action))
    for option, (least, most) in zip(("input_artifacts", "output_artifacts"), limits or (), strict=False):
        count = len(action.get(option, []))
        if not least <= count <= most:
            takes = str(least) if least == most else f"{least} to {most}"
            raise Failure(
                f"{where}: {option} has {count} entries, an action of {' '.join(provider(action))} takes {takes}. "
                + ("Add some." if count < least else "Drop some.")
            )


def _check_commands(where, action):
    """Commands and what goes with them are for the Commands action. Source: user guide, "Commands action reference"."""
    if provider(action) == COMMANDS:
        if not action.get("commands"):
            raise Failure(f"{where}: commands is required for Compute Commands. Give at least one.")
    else:
        given = [name for name in ("commands", "output_variables") if action.get(name)]
        given += ["output_artifacts.files" for one in action.get("output_artifacts", []) if "files" in one]
        if given:
            raise Failure(
                f"{where}: {given[0]} is for actions of the category Compute and the provider Commands only. "
                "Leave it out, or change action_type_id."
            )
    _check_lengths(where, action)


def _check_lengths(where, action):
    variables = action.get("environment_variables", [])
    if len(variables) > 10:
        raise Failure(f"{where}: {len(variables)} environment_variables were given, CodePipeline takes at most 10.")
    if len({one["name"] for one in variables}) < len(variables):
        raise Failure(f"{where}: environment_variables has a name twice. Drop one of the two.")
    if len(action.get("output_variables", [])) > 15:
        raise Failure(f"{where}: {len(action['output_variables'])} output_variables were given, 15 are the most.")
    for artifact in action.get("output_artifacts", []):
        if len(artifact.get("files", [])) > 10:
            raise Failure(
                f"{where}: output artifact {artifact['name']} has {len(artifact['files'])} files, 10 are the most. "
                "Use patterns, such as dist/**."
            )


def _check_timeout(where, action):
    """Source: ActionDeclaration of the API reference (timeoutInMinutes)."""
    minutes = action.get("timeout_in_minutes")
    if minutes is None:
        return
    if provider(action) != APPROVAL:
        raise Failure(
            f"{where}: timeout_in_minutes is for manual approvals only. Leave it out; a build has its time-out in its "
            "project."
        )
    check_minutes(where, minutes)


def check_minutes(where, minutes):
    """A time-out, in minutes."""
    if minutes is not None and not SHORTEST_TIMEOUT <= minutes <= LONGEST_TIMEOUT:
        raise Failure(
            f"{where}: timeout_in_minutes {minutes} is not possible. Use {SHORTEST_TIMEOUT} to {LONGEST_TIMEOUT} "
            "(60 days)."
        )
