# SPDX-License-Identifier: GPL-3.0-or-later
"""What each service asks of AWS with its role, and what nobody may ask with it.

Sources: CodeDeploy user guide, "Create a service role" and the managed policy AWSCodeDeployRole; Auto Scaling user
guide, "Launch template support" (permissions to launch); CodePipeline user guide, "Manage the service role";
CodeBuild user guide, "Allow CodeBuild to interact with other AWS services"; the policies of the CloudWatch agent, of
X-Ray and of Session Manager; the user data of the role fleet. Context keys: service authorization reference.

The tables are of production, where every optional part is on (inventory/host_vars/production.yml).
"""

from __future__ import annotations

from tests.integration.policies.account import ACCOUNT, REGION
from tests.integration.policies.evaluating import Call

PLACE = f"{REGION}:{ACCOUNT}"
BUCKET = "arn:aws:s3:::storefront-artifacts"
OURS = {"aws:ResourceAccount": ACCOUNT}
HERE = {"aws:RequestedRegion": REGION}
ARTIFACT_KEY = f"arn:aws:kms:{PLACE}:key/aaaaaaaa-1111-2222-3333-444444444444"
BY_ALIAS = {"kms:ResourceAliases": ["alias/storefront-artifacts"]}
PARAMETER_KEY = f"arn:aws:kms:{PLACE}:key/bbbbbbbb-1111-2222-3333-444444444444"
OTHER_KEY = f"arn:aws:kms:{PLACE}:key/cccccccc-1111-2222-3333-444444444444"
PARAMETER = f"arn:aws:ssm:{PLACE}:parameter/storefront/production/database/host"
SECRET = f"arn:aws:secretsmanager:{PLACE}:secret:storefront/production/database-a1B2c3"
LOG_GROUP = f"arn:aws:logs:{PLACE}:log-group:/storefront/production/application"
BUILD_LOG = f"arn:aws:logs:{PLACE}:log-group:/aws/codebuild/storefront"
HOST_ROLE = f"arn:aws:iam::{ACCOUNT}:role/storefront-production-us-east-1-host"
LAUNCH_TEMPLATE = f"arn:aws:ec2:{PLACE}:launch-template/lt-0a1b2c3d4e5f60718"
FROM_TEMPLATE = {"ec2:LaunchTemplate": LAUNCH_TEMPLATE}
TEMPLATE_TAGS = {
    "aws:ResourceTag/Application": "storefront",
    "aws:ResourceTag/Environment": "production",
    "aws:ResourceTag/ManagedBy": "convoy.delivery",
}
LAUNCHED = {"ec2:CreateAction": "RunInstances"}
TOPIC = f"arn:aws:sns:{PLACE}:storefront"


def group(name: str) -> str:
    """An Auto Scaling group's ARN, which holds a UUID that nobody chooses."""
    return (
        f"arn:aws:autoscaling:{PLACE}:autoScalingGroup:6f1c3a70-7f5e-4a51-9e36-2f0a4f8a4f10:autoScalingGroupName/{name}"
    )


def target_group(name: str) -> str:
    return f"arn:aws:elasticloadbalancing:{PLACE}:targetgroup/{name}/73e2d6bc24d8a067"


def ec2(kind: str) -> str:
    account = "" if kind == "image" else ACCOUNT
    return f"arn:aws:ec2:{REGION}:{account}:{kind}/{kind[:3]}-0a1b2c3d4e5f60718"


def in_group(name: str) -> dict[str, str]:
    return {"aws:ResourceTag/aws:autoscaling:groupName": name}


GROUP = group("storefront-production")
COPY = group("CodeDeploy_production_d-7X2KQ9ABC")

AGENT = [
    Call("s3:GetObject", f"{BUCKET}/revisions/storefront/0a1b2c.tgz", OURS, "the agent fetches a release by hand"),
    Call("s3:GetObjectVersion", f"{BUCKET}/revisions/storefront/0a1b2c.tgz", OURS, "the agent fetches that version"),
    Call("s3:GetObject", f"{BUCKET}/storefront/Bundle/x7Kq2", OURS, "the agent fetches a release of the pipeline"),
    Call("kms:Decrypt", ARTIFACT_KEY, {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}, "S3 decrypts it for the agent"),
    Call("s3:GetObject", f"arn:aws:s3:::aws-codedeploy-{REGION}/latest/install", {}, "the agent is installed"),
    *(
        Call(f"codedeploy-commands-secure:{name}", "*", HERE, "the agent hears commands where it has to be allowed")
        for name in (
            "GetDeploymentSpecification",
            "PollHostCommand",
            "PutHostCommandAcknowledgement",
            "PutHostCommandComplete",
        )
    ),
]

HOST = [
    *AGENT,
    Call("autoscaling:DescribeAutoScalingInstances", "*", HERE, "user data asks whether its group waits for it"),
    Call("autoscaling:CompleteLifecycleAction", GROUP, {}, "user data says that the host is ready, or lost"),
    Call("autoscaling:CompleteLifecycleAction", COPY, {}, "the same in the copy of a blue/green release"),
    *(
        Call(f"ssm:{name}", PARAMETER, {}, "the application reads its settings")
        for name in ("GetParameter", "GetParameters", "GetParametersByPath")
    ),
    Call(
        "kms:Decrypt",
        PARAMETER_KEY,
        {"kms:ViaService": f"ssm.{REGION}.amazonaws.com", "kms:EncryptionContext:PARAMETER_ARN": PARAMETER},
        "SSM decrypts a SecureString for the application",
        unlisted=True,
    ),
    Call("secretsmanager:GetSecretValue", SECRET, {}, "the application reads a secret"),
    Call("secretsmanager:DescribeSecret", SECRET, {}, "its cache asks for the secret's version"),
    Call(
        "kms:Decrypt",
        PARAMETER_KEY,
        {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com", "kms:EncryptionContext:SecretARN": SECRET},
        "Secrets Manager decrypts it for the application",
        unlisted=True,
    ),
    Call("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "CWAgent"}, "the CloudWatch agent sends metrics"),
    Call("logs:CreateLogStream", f"{LOG_GROUP}:log-stream:i-0a1b", {}, "the CloudWatch agent sends logs"),
    Call("logs:DescribeLogStreams", LOG_GROUP, {}, "the same"),
    Call("logs:PutLogEvents", f"{LOG_GROUP}:log-stream:i-0a1b", {}, "the same"),
    Call("ec2:DescribeTags", "*", HERE, "the CloudWatch agent learns its Auto Scaling group"),
    Call("ec2:DescribeVolumes", "*", HERE, "the CloudWatch agent learns its disks"),
    *(
        Call(f"xray:{name}", "*", HERE, "the X-Ray daemon sends traces")
        for name in ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
    ),
    Call("ssm:UpdateInstanceInformation", ec2("instance"), {}, "the SSM agent says that it is there"),
    *(
        Call(f"ssmmessages:{name}", "*", HERE, "the SSM agent carries a session")
        for name in ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
    ),
]

CODEDEPLOY = [
    *(
        Call(action, "*", HERE, "CodeDeploy looks what there is")
        for action in (
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeAutoScalingInstances",
            "autoscaling:DescribeLifecycleHooks",
            "autoscaling:DescribeNotificationConfigurations",
            "autoscaling:DescribePolicies",
            "autoscaling:DescribeScalingActivities",
            "autoscaling:DescribeScheduledActions",
            "ec2:DescribeInstanceStatus",
            "ec2:DescribeInstances",
            "elasticloadbalancing:DescribeInstanceHealth",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "tag:GetResources",
        )
    ),
    Call(
        "cloudwatch:DescribeAlarms",
        f"arn:aws:cloudwatch:{PLACE}:alarm:storefront-production-5xx",
        HERE,
        "an alarm rings",
    ),
    *(
        Call(f"autoscaling:{name}", where, {}, "CodeDeploy copies the group, and works on group and copy")
        for where in (GROUP, COPY)
        for name in (
            "AttachLoadBalancerTargetGroups",
            "CompleteLifecycleAction",
            "CreateAutoScalingGroup",
            "CreateOrUpdateTags",
            "DeleteAutoScalingGroup",
            "DeleteLifecycleHook",
            "EnableMetricsCollection",
            "PutLifecycleHook",
            "PutNotificationConfiguration",
            "PutScalingPolicy",
            "PutScheduledUpdateGroupAction",
            "PutWarmPool",
            "RecordLifecycleActionHeartbeat",
            "ResumeProcesses",
            "SuspendProcesses",
            "UpdateAutoScalingGroup",
        )
    ),
    Call("elasticloadbalancing:RegisterTargets", target_group("storefront-production"), {}, "traffic to a new host"),
    Call("elasticloadbalancing:DeregisterTargets", target_group("storefront-production"), {}, "no traffic any more"),
    Call("ec2:TerminateInstances", ec2("instance"), in_group("storefront-production"), "blue hosts end"),
    Call("ec2:TerminateInstances", ec2("instance"), in_group("CodeDeploy_production_d-7X2KQ9ABC"), "green hosts end"),
    Call(
        "cloudwatch:PutMetricAlarm", f"arn:aws:cloudwatch:{PLACE}:alarm:storefront-production-cpu", {}, "policy copied"
    ),
    Call("ec2:RunInstances", LAUNCH_TEMPLATE, TEMPLATE_TAGS, "Auto Scaling tries whether the copy could launch"),
    *(
        Call("ec2:RunInstances", ec2(kind), FROM_TEMPLATE, "the same")
        for kind in ("image", "instance", "key-pair", "network-interface", "security-group", "subnet", "volume")
    ),
    *(
        Call("ec2:CreateTags", ec2(kind), LAUNCHED, "the launch template's tags")
        for kind in ("instance", "network-interface", "volume")
    ),
    Call(
        "ssm:GetParameters",
        f"arn:aws:ssm:{REGION}::parameter/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        {},
        "the launch template's image is AWS's newest",
        unlisted=True,
    ),
    Call(
        "ssm:GetParameters", f"arn:aws:ssm:{PLACE}:parameter/images/storefront", {}, "or an image of the account's own"
    ),
    Call(
        "iam:PassRole", HOST_ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}, "the copy's hosts have the same role"
    ),
    Call("sns:Publish", f"{TOPIC}-production-deployments", {}, "a trigger tells of a deployment"),
]
# Allowed for other names, too: DescribeAlarms of composite alarms is asked for on all, or not at all.
ON_ALL = {"cloudwatch:DescribeAlarms"}
# Of AWS's managed policy AWSCodeDeployRole, and why CodeDeploy needs them not here.
LEFT_OUT = {
    "autoscaling:AttachLoadBalancers": "for Classic Load Balancers, which no role makes",
    "elasticloadbalancing:RegisterInstancesWithLoadBalancer": "for Classic Load Balancers",
    "elasticloadbalancing:DeregisterInstancesFromLoadBalancer": "for Classic Load Balancers",
}

PIPELINE = [
    *(
        Call(f"s3:{name}", f"{BUCKET}/storefront/Source/x7Kq2", OURS, "artifacts go from action to action")
        for name in ("GetObject", "GetObjectVersion", "PutObject")
    ),
    *(
        Call(f"s3:{name}", BUCKET, OURS, "CodePipeline finds the artifact store")
        for name in ("GetBucketAcl", "GetBucketLocation", "GetBucketVersioning")
    ),
    *(
        Call(f"kms:{name}", ARTIFACT_KEY, BY_ALIAS, "artifacts are encrypted")
        for name in ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
    ),
    *(
        Call(f"codecommit:{name}", f"arn:aws:codecommit:{PLACE}:storefront", {}, "the source action reads a commit")
        for name in (
            "CancelUploadArchive",
            "GetBranch",
            "GetCommit",
            "GetRepository",
            "GetUploadArchiveStatus",
            "UploadArchive",
        )
    ),
    Call("codebuild:StartBuild", f"arn:aws:codebuild:{PLACE}:project/storefront", {}, "the build action"),
    Call("codebuild:BatchGetBuilds", f"arn:aws:codebuild:{PLACE}:project/storefront", {}, "the build action waits"),
    *(
        Call(
            f"codedeploy:{name}", f"arn:aws:codedeploy:{PLACE}:deploymentgroup:storefront/{where}", {}, "deploy action"
        )
        for where in ("staging", "production")
        for name in ("CreateDeployment", "GetDeployment")
    ),
    *(
        Call(f"codedeploy:{name}", f"arn:aws:codedeploy:{PLACE}:application:storefront", {}, "deploy action")
        for name in ("GetApplication", "GetApplicationRevision", "RegisterApplicationRevision")
    ),
    Call(
        "codedeploy:GetDeploymentConfig",
        f"arn:aws:codedeploy:{PLACE}:deploymentconfig:CodeDeployDefault.OneAtATime",
        {},
        "deploy action",
    ),
    Call("sns:Publish", f"{TOPIC}-pipeline", {}, "somebody is asked for approval"),
]

BUILD = [
    Call("logs:CreateLogStream", f"{BUILD_LOG}:log-stream:6f1c3a70", {}, "the build's log"),
    Call("logs:PutLogEvents", f"{BUILD_LOG}:log-stream:6f1c3a70", {}, "the build's log"),
    Call("s3:GetObject", f"{BUCKET}/storefront/Source/x7Kq2", OURS, "the build reads the source"),
    Call("s3:GetObjectVersion", f"{BUCKET}/storefront/Source/x7Kq2", OURS, "the build reads the source"),
    Call("s3:PutObject", f"{BUCKET}/storefront/Bundle/x7Kq2", OURS, "the build gives the bundle"),
    Call("s3:GetObject", f"{BUCKET}/cache/storefront/6f1c3a70", OURS, "the build finds its cache"),
    Call("s3:PutObject", f"{BUCKET}/cache/storefront/6f1c3a70", OURS, "the build leaves its cache"),
    Call("s3:GetBucketAcl", BUCKET, OURS, "CodeBuild sees that the bucket is the account's"),
    Call("s3:GetBucketLocation", BUCKET, OURS, "CodeBuild finds the bucket"),
    *(
        Call(f"kms:{name}", ARTIFACT_KEY, BY_ALIAS, "artifacts are encrypted")
        for name in ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
    ),
    *(
        Call(f"codebuild:{name}", f"arn:aws:codebuild:{PLACE}:report-group/storefront-unit-tests", {}, "test reports")
        for name in (
            "BatchPutCodeCoverages",
            "BatchPutTestCases",
            "CreateReport",
            "CreateReportGroup",
            "UpdateReport",
        )
    ),
]

EVENT = [
    Call("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{PLACE}:storefront", {}, "a push"),
]

# What no role of an environment or of a pipeline may do, in whatever way it were asked.
NOBODY = [
    Call("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/mallory"),
    Call("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/mallory"),
    Call("iam:AttachRolePolicy", HOST_ROLE, {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    Call("iam:PutRolePolicy", HOST_ROLE),
    Call("iam:DeleteRolePermissionsBoundary", HOST_ROLE),
    Call("iam:UpdateAssumeRolePolicy", HOST_ROLE),
    Call("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/administrator", {"iam:PassedToService": "ec2.amazonaws.com"}),
    Call("iam:PassRole", HOST_ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}),
    Call("iam:PassRole", f"{HOST_ROLE}s", {"iam:PassedToService": "ec2.amazonaws.com"}),
    Call("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/administrator"),
    Call("s3:DeleteBucket", BUCKET, OURS),
    Call("s3:PutBucketPolicy", BUCKET, OURS),
    Call("s3:DeleteObject", f"{BUCKET}/revisions/storefront/0a1b2c.tgz", OURS),
    Call("s3:DeleteObjectVersion", f"{BUCKET}/storefront/Bundle/x7Kq2", OURS),
    Call("s3:PutObject", f"{BUCKET}/revisions/storefront/0a1b2c.tgz", OURS),
    Call("s3:GetObject", f"{BUCKET}/revisions/backoffice/0a1b2c.tgz", OURS),
    Call("s3:GetObject", f"{BUCKET}/backoffice/Bundle/x7Kq2", OURS),
    Call("s3:GetObject", f"{BUCKET}/revisions/storefront/0a1b2c.tgz", {"aws:ResourceAccount": "210987654321"}),
    Call("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", OURS),
    Call("kms:Decrypt", OTHER_KEY, {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}),
    Call("kms:Decrypt", OTHER_KEY),
    Call("kms:Decrypt", OTHER_KEY, {"kms:ResourceAliases": ["alias/payroll"]}),
    Call("kms:ScheduleKeyDeletion", ARTIFACT_KEY),
    Call("kms:PutKeyPolicy", ARTIFACT_KEY),
    Call("kms:CreateGrant", ARTIFACT_KEY),
    Call("ssm:GetParameter", f"arn:aws:ssm:{PLACE}:parameter/storefront/staging/database/host"),
    Call("ssm:GetParameter", f"arn:aws:ssm:{PLACE}:parameter/storefront/production-other/database/host"),
    Call("ssm:PutParameter", PARAMETER),
    Call("ssm:SendCommand", ec2("instance")),
    Call("ssm:StartSession", ec2("instance")),
    Call("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{PLACE}:secret:storefront/staging/database-a1B2c3"),
    Call("secretsmanager:PutSecretValue", SECRET),
    Call("ec2:RunInstances", LAUNCH_TEMPLATE, TEMPLATE_TAGS | {"aws:ResourceTag/Environment": "staging"}),
    Call("ec2:RunInstances", LAUNCH_TEMPLATE),
    Call("ec2:RunInstances", ec2("instance")),
    Call("ec2:RunInstances", ec2("image")),
    Call("ec2:CreateTags", ec2("instance")),
    Call("ec2:CreateTags", LAUNCH_TEMPLATE),
    Call("ec2:TerminateInstances", ec2("instance")),
    Call("ec2:TerminateInstances", ec2("instance"), in_group("storefront-staging")),
    Call("ec2:TerminateInstances", ec2("instance"), in_group("CodeDeploy_staging_d-7X2KQ9ABC")),
    Call("ec2:AuthorizeSecurityGroupIngress", ec2("security-group")),
    Call("ec2:ModifyInstanceAttribute", ec2("instance")),
    Call("autoscaling:DeleteAutoScalingGroup", group("storefront-staging")),
    Call("autoscaling:DeleteAutoScalingGroup", group("storefront-production-2")),
    Call("autoscaling:UpdateAutoScalingGroup", group("CodeDeploy_staging_d-7X2KQ9ABC")),
    Call("autoscaling:SetInstanceHealth", group("storefront-staging")),
    Call("elasticloadbalancing:DeregisterTargets", target_group("storefront-staging")),
    Call("elasticloadbalancing:DeleteTargetGroup", target_group("storefront-production")),
    Call("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{PLACE}:alarm:storefront-production-5xx"),
    Call("cloudwatch:DisableAlarmActions", f"arn:aws:cloudwatch:{PLACE}:alarm:storefront-production-5xx"),
    Call("cloudwatch:PutMetricAlarm", f"arn:aws:cloudwatch:{PLACE}:alarm:storefront-staging-5xx"),
    Call("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "AWS/ApplicationELB"}),
    Call("logs:DeleteLogGroup", LOG_GROUP),
    Call("logs:PutLogEvents", f"arn:aws:logs:{PLACE}:log-group:/storefront/staging/application:log-stream:i-0a1b"),
    Call("codedeploy:CreateDeployment", f"arn:aws:codedeploy:{PLACE}:deploymentgroup:backoffice/production"),
    Call("codedeploy:UpdateDeploymentGroup", f"arn:aws:codedeploy:{PLACE}:deploymentgroup:storefront/production"),
    Call("codedeploy:StopDeployment", "*"),
    Call("codebuild:UpdateProject", f"arn:aws:codebuild:{PLACE}:project/storefront"),
    Call("codebuild:StartBuild", f"arn:aws:codebuild:{PLACE}:project/backoffice"),
    Call("codepipeline:UpdatePipeline", f"arn:aws:codepipeline:{PLACE}:storefront"),
    Call("codepipeline:PutApprovalResult", f"arn:aws:codepipeline:{PLACE}:storefront/Approve/Approve"),
    Call("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{PLACE}:backoffice"),
    Call("codecommit:GitPush", f"arn:aws:codecommit:{PLACE}:storefront"),
    Call("sns:Publish", f"{TOPIC}-staging-deployments"),
    Call("cloudtrail:StopLogging", f"arn:aws:cloudtrail:{PLACE}:trail/account"),
]

# What only some of the roles may do, by the roles that may not.
OTHERS = {
    "host": [
        Call("s3:GetObject", f"{BUCKET}/storefront/Source/x7Kq2", OURS),
        Call("s3:GetObject", f"{BUCKET}/cache/storefront/6f1c3a70", OURS),
        Call("s3:PutObject", f"{BUCKET}/storefront/Bundle/x7Kq2", OURS),
        Call("s3:ListBucket", BUCKET, OURS),
        Call("kms:Decrypt", ARTIFACT_KEY),
        Call("kms:GenerateDataKey", ARTIFACT_KEY),
        Call("kms:Decrypt", PARAMETER_KEY, {"kms:ViaService": f"ssm.{REGION}.amazonaws.com"}),
        Call("codedeploy:CreateDeployment", f"arn:aws:codedeploy:{PLACE}:deploymentgroup:storefront/production"),
        Call("autoscaling:UpdateAutoScalingGroup", GROUP),
        Call("iam:PassRole", HOST_ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
    ],
    "on-premises": [
        Call("s3:GetObject", f"{BUCKET}/storefront/Source/x7Kq2", OURS),
        Call("s3:ListBucket", BUCKET, OURS),
        Call("kms:Decrypt", ARTIFACT_KEY),
        Call("ssm:GetParameter", PARAMETER),
        Call("secretsmanager:GetSecretValue", SECRET),
        Call("codedeploy:CreateDeployment", f"arn:aws:codedeploy:{PLACE}:deploymentgroup:storefront/production"),
        Call("codedeploy:RegisterOnPremisesInstance", f"arn:aws:codedeploy:{PLACE}:instance:rack-7"),
        Call("autoscaling:CompleteLifecycleAction", GROUP),
    ],
    "codedeploy": [
        Call("s3:GetObject", f"{BUCKET}/revisions/storefront/0a1b2c.tgz", OURS),
        Call("ssm:GetParameter", PARAMETER),
        Call("secretsmanager:GetSecretValue", SECRET),
        Call("elasticloadbalancing:ModifyListener", f"arn:aws:elasticloadbalancing:{PLACE}:listener/app/a/b/c"),
    ],
    "pipeline": [
        Call("s3:GetObject", f"{BUCKET}/cache/storefront/6f1c3a70", OURS),
        Call("codedeploy:CreateDeployment", f"arn:aws:codedeploy:{PLACE}:deploymentgroup:storefront/qa"),
        Call("iam:PassRole", HOST_ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
        Call("autoscaling:UpdateAutoScalingGroup", GROUP),
    ],
    "build": [
        Call("s3:PutObject", f"{BUCKET}/storefront/Source/x7Kq2", OURS),
        Call("codedeploy:CreateDeployment", f"arn:aws:codedeploy:{PLACE}:deploymentgroup:storefront/staging"),
        Call("codebuild:StartBuild", f"arn:aws:codebuild:{PLACE}:project/storefront"),
        Call("ssm:GetParameter", PARAMETER),
        Call("sns:Publish", f"{TOPIC}-pipeline"),
    ],
    "event": [
        Call("codepipeline:GetPipeline", f"arn:aws:codepipeline:{PLACE}:storefront"),
        Call("codedeploy:CreateDeployment", f"arn:aws:codedeploy:{PLACE}:deploymentgroup:storefront/production"),
    ],
}

OF_ENVIRONMENT = {"host": HOST, "on-premises": AGENT, "codedeploy": CODEDEPLOY}
OF_PIPELINE = {"pipeline": PIPELINE, "build": BUILD, "event": EVENT}
ALLOWED = OF_ENVIRONMENT | OF_PIPELINE
