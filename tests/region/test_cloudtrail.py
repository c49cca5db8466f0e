# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudTrail's trails: kept, with the checks that AWS makes, and without records."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.conftest import open_api

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": ["s3:GetBucketAcl", "s3:PutObject"],
            "Resource": "*",
        }
    ],
}


@pytest.fixture(scope="module")
def api():
    with open_api() as opened:
        yield opened


def bucket(api, name: str, policy: dict | None = None) -> str:
    s3 = api.client("s3")
    s3.create_bucket(Bucket=name)
    if policy:
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    return name


def test_a_trail_that_is_started_does_not_claim_to_have_delivered(api):
    trails = api.client("cloudtrail")
    trails.create_trail(Name="audit", S3BucketName=bucket(api, "audit", POLICY))
    trails.start_logging(Name="audit")

    status = trails.get_trail_status(Name="audit")

    assert status["IsLogging"]
    assert "LatestDeliveryTime" not in status
    assert not status.get("LatestDeliveryAttemptTime")
    assert api.region.inventory()["cloudtrail trails"] == ["audit"]


def test_a_bucket_that_cloudtrail_may_not_write_to_is_refused(api):
    with pytest.raises(ClientError) as error:
        api.client("cloudtrail").create_trail(Name="closed", S3BucketName=bucket(api, "closed"))

    assert error.value.response["Error"]["Code"] == "InsufficientS3BucketPolicyException"
    assert "closed" not in [one["Name"] for one in api.client("cloudtrail").describe_trails()["trailList"]]


def test_a_trail_whose_key_is_taken_away_has_none(api):
    trails = api.client("cloudtrail")
    trails.create_trail(Name="sealed", S3BucketName=bucket(api, "sealed", POLICY), KmsKeyId="alias/audit")
    assert trails.get_trail(Name="sealed")["Trail"]["KmsKeyId"] == "alias/audit"

    trails.update_trail(Name="sealed", KmsKeyId="")

    assert "KmsKeyId" not in trails.get_trail(Name="sealed")["Trail"]


def test_a_trail_is_deleted_by_its_arn_too(api):
    trails = api.client("cloudtrail")
    made = trails.create_trail(Name="brief", S3BucketName=bucket(api, "brief", POLICY))

    trails.delete_trail(Name=made["TrailARN"])

    assert "brief" not in [one["Name"] for one in trails.describe_trails()["trailList"]]
