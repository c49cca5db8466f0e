# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions in another account and another AWS region: with whose role, on which copy of the artifact."""

from __future__ import annotations

import json

import pytest

from tests.region.codepipeline.workshop import ARTIFACTS, ROLE, action, stage
from tests.region.test_accounts import member, role_of, trust

ACCOUNT, REGION = "222222222222", "eu-west-1"
ABROAD = "artifacts-eu-west-1"
STORES = {"us-east-1": {"type": "S3", "location": ARTIFACTS}, REGION: {"type": "S3", "location": ABROAD}}


@pytest.fixture(scope="module")
def abroad(region_api):
    """Makes clients of the other account, whose role `deployer` trusts the pipeline's role and nobody else."""
    clients = member(region_api, ACCOUNT)
    for name, principal in (("deployer", ROLE), ("stranger", role_of(ACCOUNT, "somebody"))):
        document = json.dumps(trust({"AWS": principal}))
        clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    region_api.client("s3", region_name=REGION).create_bucket(Bucket=ABROAD, **elsewhere)
    clients("s3", REGION).create_bucket(Bucket="site-abroad", **elsewhere)
    return clients


def deploy(shop, role: str = "deployer", **more) -> dict:
    configuration = {"ApplicationName": shop.name, "DeploymentGroupName": "production"}
    there = {"region": REGION, "roleArn": role_of(ACCOUNT, role)}
    return stage(
        "Deploy", action("Hosts", "Deploy CodeDeploy", inputs=["App"], configuration=configuration, **there, **more)
    )


def create(shop, *stages: dict) -> str:
    """Makes the pipeline with an artifact store in each of the two AWS regions; returns its first execution."""
    shop.push(index_html="one")
    declared = shop.declare(*stages, artifactStores=STORES)
    del declared["artifactStore"]
    shop.pipelines.create_pipeline(pipeline=declared)
    return shop.executions()[-1]["pipelineExecutionId"]


def test_a_deployment_happens_in_the_roles_account_from_the_artifact_store_of_its_region(shop, abroad):
    codedeploy = abroad("codedeploy", REGION)
    codedeploy.create_application(applicationName=shop.name)
    codedeploy.create_deployment_group(
        applicationName=shop.name,
        deploymentGroupName="production",
        serviceRoleArn=role_of(ACCOUNT, "codedeploy"),
        ec2TagFilters=[{"Key": "Shop", "Value": "none has it", "Type": "KEY_AND_VALUE"}],
    )

    execution = create(shop, deploy(shop))

    shop.until(execution, "Failed")  # there is no instance to deploy to
    (deployment,) = codedeploy.list_deployments(applicationName=shop.name, deploymentGroupName="production")[
        "deployments"
    ]
    info = codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
    source, hosts = shop.actions(execution)
    made = source["output"]["outputArtifacts"][0]["s3location"]
    assert made["bucket"] == ARTIFACTS
    assert info["revision"]["s3Location"] == {"bucket": ABROAD, "key": made["key"], "bundleType": "zip"}
    assert hosts["output"]["executionResult"]["externalExecutionId"] == deployment
    assert hosts["input"]["region"] == REGION
    assert shop.api.client("codedeploy").list_applications()["applications"] == []


def test_files_are_put_into_a_bucket_of_the_roles_account(shop, abroad):
    configuration = {"BucketName": "site-abroad", "Extract": "true", "ObjectKey": shop.name}
    there = {"region": REGION, "roleArn": role_of(ACCOUNT, "deployer")}
    upload = action("Upload", "Deploy S3", inputs=["App"], configuration=configuration, **there)

    shop.until(create(shop, stage("Deploy", upload)), "Succeeded")

    found = abroad("s3", REGION).get_object(Bucket="site-abroad", Key=f"{shop.name}/index.html")
    assert found["Body"].read() == b"one"


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("nobody", "there is no such role"),
        ("stranger", f"its trust policy does not let {ROLE} assume it"),
    ],
)
def test_a_role_that_the_pipeline_may_not_assume_fails_the_action_in_one_sentence(shop, abroad, role, reason):
    execution = create(shop, deploy(shop, role))

    shop.until(execution, "Failed")
    error = shop.latest("Deploy", "Hosts")["errorDetails"]
    assert error["code"] == "ConfigurationError"
    refused = f"{ROLE} is not authorized to perform AssumeRole on role {role_of(ACCOUNT, role)}"
    assert error["message"] == f"{refused} of the action Hosts: {reason}."


def test_a_pipeline_without_an_artifact_store_in_an_actions_region_is_refused(shop, abroad):
    declared = shop.declare(deploy(shop))

    with pytest.raises(shop.pipelines.exceptions.InvalidStructureException, match="actions in eu-west-1: it needs"):
        shop.pipelines.create_pipeline(pipeline=declared)
