# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations that are throttled, fail or are slow, and bundles that arrive broken."""

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.region.faults.fault_site import BUCKET, bundle, eventually
from tests.running_region import FaultRefused

PATIENT = Config(retries={"total_max_attempts": 4, "mode": "standard"})


def hits(site) -> int:
    (fault,) = site.region.faults()
    return fault["hits"]


@pytest.mark.parametrize(
    ("service", "operation", "call", "code", "status"),
    [
        ("codedeploy", "ListApplications", ("list_applications", {}), "ThrottlingException", 400),
        ("ec2", "DescribeInst*", ("describe_instances", {}), "RequestLimitExceeded", 503),
        ("autoscaling", "*", ("describe_auto_scaling_groups", {}), "Throttling", 400),
        ("elbv2", "Describe*", ("describe_load_balancers", {}), "Throttling", 400),
        ("s3", "ListObjectsV2", ("list_objects_v2", {"Bucket": BUCKET}), "SlowDown", 503),
        ("s3", "HeadBucket", ("head_bucket", {"Bucket": BUCKET}), "503", 503),  # a HEAD's answer has no body for a code
    ],
)
def test_a_throttled_operation_answers_in_its_services_own_words(site, service, operation, call, code, status):
    method, params = call
    client = site.region.client(service)
    with site.region.fault("api-throttled", service=service, operation=operation):
        with pytest.raises(ClientError) as refused:
            getattr(client, method)(**params)
        assert refused.value.response["Error"]["Code"] == code
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert hits(site) == 1
    getattr(client, method)(**params)


def test_a_client_that_retries_gets_through_a_fault_of_a_few_calls(site):
    client = site.region.client("codedeploy", config=PATIENT)
    fault = site.region.fault("api-throttled", service="codedeploy", operation="CreateApplication", count=2)
    made = client.create_application(applicationName="throttled")
    assert made["ResponseMetadata"]["RetryAttempts"] == 2
    assert not fault.active
    client.delete_application(applicationName="throttled")


def test_other_operations_are_left_alone(site):
    with site.region.fault("api-failing", service="codedeploy", operation="Create*"):
        site.region.client("codedeploy").list_applications()
        site.region.client("s3").list_buckets()
        assert hits(site) == 0


def test_a_failing_operation_changes_nothing(site):
    client = site.region.client("codedeploy")
    with (
        site.region.fault("api-failing", service="codedeploy", code="InvalidTagsToAddException", status=400),
        pytest.raises(client.exceptions.InvalidTagsToAddException, match="injected into the local region"),
    ):
        client.create_application(applicationName="never")
    assert "never" not in client.list_applications()["applications"]


def test_a_random_fault_strikes_the_same_calls_for_the_same_seed(site):
    client = site.region.client("sqs")

    def struck() -> list[bool]:
        outcome = []
        with site.region.fault("api-failing", service="sqs", probability=0.5, seed=7):
            for _ in range(12):
                try:
                    client.list_queues()
                    outcome.append(False)
                except ClientError:
                    outcome.append(True)
        return outcome

    first = struck()
    assert {True, False} == set(first)
    assert struck() == first


def test_a_rate_lets_one_call_through_at_a_time(site):
    client = site.region.client("sqs")
    with site.region.fault("api-throttled", service="sqs", rate=0.0001):
        client.list_queues()
        with pytest.raises(ClientError, match="ThrottlingException"):
            client.list_queues()


def test_a_slow_operation_outlasts_an_impatient_client(site):
    impatient = site.region.client("sqs", config=Config(read_timeout=0.5, retries={"total_max_attempts": 1}))
    with site.region.fault("api-slow", service="sqs", delay_ms=2000), pytest.raises(ReadTimeoutError):
        impatient.list_queues()
    site.region.client("sqs").list_queues()


def test_a_fault_for_some_seconds_ends_by_itself(site):
    fault = site.region.fault("api-failing", seconds=60, service="sqs")
    assert 0 < site.region.faults()[0]["remaining"] <= 60
    eventually(lambda: not fault.active)
    site.region.client("sqs").list_queues()


def test_a_corrupted_bundle_fails_in_download_bundle_and_the_object_stays_whole(site):
    fault = site.region.fault("bundle-corrupted", bucket=BUCKET, key="*.zip")
    status, event = site.deploy("one")
    assert (status, event["lifecycleEventName"]) == ("Failed", "DownloadBundle")
    assert "The bundle is no readable zip archive" in event["diagnostics"]["message"]

    fault.clear()
    assert site.region.client("s3").get_object(Bucket=BUCKET, Key="1.zip")["Body"].read() == bundle()
    assert site.deploy("one") == ("Succeeded", None)


def test_a_truncated_object_is_half_as_long_for_as_many_downloads_as_asked(site):
    s3 = site.region.client("s3", config=Config(response_checksum_validation="when_required"))
    s3.put_object(Bucket=BUCKET, Key="letters", Body=b"abcdefgh")
    site.region.fault("bundle-corrupted", bucket=BUCKET, key="letters", how="truncated", count=1)
    assert s3.head_object(Bucket=BUCKET, Key="letters")["ContentLength"] == 8
    served = [s3.get_object(Bucket=BUCKET, Key="letters")["Body"].read() for _ in range(2)]
    assert served == [b"abcd", b"abcdefgh"]


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("api-slow", {"service": "foo", "delay_ms": 1}, "service 'foo' is none that boto3 knows"),
        ("api-failing", {"service": "s3", "operation": "Getobject"}, "no operation 'Getobject'.* such as GetObject,"),
        ("bundle-corrupted", {"bucket": "ghost", "key": "*"}, f"no bucket 'ghost'; make it first.*: {BUCKET}"),
    ],
)
def test_what_the_api_has_not_cannot_be_broken(site, name, given, sentence):
    with pytest.raises(FaultRefused, match=sentence):
        site.region.fault(name, **given)
