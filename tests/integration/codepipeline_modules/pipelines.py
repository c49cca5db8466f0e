# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations as tasks write them, in few words."""

from __future__ import annotations

import copy

ROLE = "arn:aws:iam::123456789012:role/codepipeline"
MODULE = "codepipeline"

_STOREFRONT = {
    "name": "storefront",
    "role_arn": ROLE,
    "pipeline_type": "V2",
    "artifact_store": {"location": "artifacts"},
    "stages": [
        {
            "name": "Source",
            "actions": [
                {
                    "name": "Bundle",
                    "action_type_id": {"category": "Source", "provider": "S3"},
                    "configuration": {"S3Bucket": "sources", "S3ObjectKey": "app.zip", "PollForSourceChanges": False},
                    "output_artifacts": [{"name": "Bundle"}],
                    "namespace": "Source",
                }
            ],
        },
        {
            "name": "Production",
            "actions": [
                {
                    "name": "Approve",
                    "action_type_id": {"category": "Approval", "provider": "Manual"},
                    "configuration": {"CustomData": "Version #{Source.VersionId}"},
                },
                {
                    "name": "Deploy",
                    "action_type_id": {"category": "Deploy", "provider": "S3"},
                    "run_order": 2,
                    "configuration": {"BucketName": "site", "Extract": True},
                    "input_artifacts": [{"name": "Bundle"}],
                },
            ],
        },
    ],
}


def storefront(**changes) -> dict:
    """Options of a pipeline from S3 over an approval to S3, a copy of its own, with these options in place of its."""
    return {**copy.deepcopy(_STOREFRONT), **changes}


def action(options: dict, stage: str, name: str) -> dict:
    """An action of these options, to be changed in place."""
    found = next(one for one in options["stages"] if one["name"] == stage)
    return next(one for one in found["actions"] if one["name"] == name)


def connected(**git) -> dict:
    """The storefront's options with a source by connection, and a trigger of it with these filters."""
    options = storefront(triggers=[{"git_configuration": {"source_action_name": "Bundle", **git}}])
    source = action(options, "Source", "Bundle")
    source["action_type_id"] = {"category": "Source", "provider": "CodeStarSourceConnection"}
    source["configuration"] = {
        "ConnectionArn": "arn:aws:codeconnections:eu-central-1:123456789012:connection/0b1f6f4c-3e7d-4f8b",
        "FullRepositoryId": "example/shop",
        "BranchName": "main",
    }
    action(options, "Production", "Approve")["configuration"] = {"CustomData": "Commit #{Source.CommitId}"}
    return options
