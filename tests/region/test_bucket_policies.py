# SPDX-License-Identifier: GPL-3.0-or-later
"""Bucket policies as the roles write them: TLS only, one key only, and a bucket for logs."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000"
OTHER = KEY.replace("0a1b", "ffff")


def deny(sid: str, action: str, **condition) -> dict:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": ["arn:aws:s3:::store", "arn:aws:s3:::store/*"],
        "Condition": condition,
    }


def only(name: str, value: str) -> dict:
    return {"Null": {f"s3:{name}": "false"}, "StringNotEquals": {f"s3:{name}": value}}


TLS = deny("DenyWithoutTls", "s3:*", Bool={"aws:SecureTransport": "false"})
ENCRYPTION = deny("DenyOtherEncryption", "s3:PutObject", **only("x-amz-server-side-encryption", "aws:kms"))
ONE_KEY = deny("DenyOtherKeys", "s3:PutObject", **only("x-amz-server-side-encryption-aws-kms-key-id", KEY))


@pytest.fixture
def s3(api):
    s3 = api.client("s3")
    s3.create_bucket(Bucket="store")
    return s3


def set_policy(s3, *statements: dict, bucket: str = "store") -> None:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ({}, True),
        ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY}, True),
        ({"ServerSideEncryption": "aws:kms"}, True),
        ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": OTHER}, False),
        ({"ServerSideEncryption": "AES256"}, False),
    ],
)
def test_only_what_is_encrypted_with_the_key_is_taken(s3, asked, allowed):
    set_policy(s3, ENCRYPTION, ONE_KEY, TLS)
    if allowed:
        s3.put_object(Bucket="store", Key="artifact.zip", Body=b"zip", **asked)
        assert s3.get_object(Bucket="store", Key="artifact.zip")["Body"].read() == b"zip"
    else:
        with pytest.raises(ClientError, match="403|AccessDenied|Forbidden"):
            s3.put_object(Bucket="store", Key="artifact.zip", Body=b"zip", **asked)


def test_a_denial_without_a_condition_holds(s3):
    denial = deny("DenyAll", "s3:PutObject")
    del denial["Condition"]
    set_policy(s3, denial)
    with pytest.raises(ClientError, match="403|AccessDenied|Forbidden"):
        s3.put_object(Bucket="store", Key="artifact.zip", Body=b"zip")


@pytest.mark.parametrize(("resource", "allowed"), [("s3/*", True), ("*", True), ("elb/*", False)])
def test_logs_go_where_the_policy_lets_s3_write_them(s3, resource, allowed):
    s3.create_bucket(Bucket="logs")
    writing = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::logs/{resource}",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::store"}},
    }
    set_policy(s3, {**TLS, "Resource": ["arn:aws:s3:::logs/*"]}, writing, bucket="logs")
    logging = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "s3/store/"}}
    if not allowed:
        with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
            s3.put_bucket_logging(Bucket="store", BucketLoggingStatus=logging)
        return
    s3.put_bucket_logging(Bucket="store", BucketLoggingStatus=logging)
    assert s3.get_bucket_logging(Bucket="store")["LoggingEnabled"]["TargetPrefix"] == "s3/store/"
