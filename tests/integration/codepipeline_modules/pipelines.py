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
