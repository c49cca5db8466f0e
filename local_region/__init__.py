# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWS region on one machine: moto's API, real hosts, a real load balancer, CodeDeploy that deploys."""

import os

# moto reads its settings from the environment while it is imported: they are set before any module of ours imports it.
os.environ.update(
    {
        # Roles attach AWS managed policies (AmazonSSMManagedInstanceCore, ...) by ARN; without this they do not exist.
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        # The API serves programs on this machine, not web pages of other origins.
        "MOTO_DISABLE_GLOBAL_CORS": "true",
        # Launch templates and groups with a mistyped AMI or instance type are refused, as on AWS.
        "MOTO_ENABLE_AMI_VALIDATION": "true",
        "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "true",
        # A Host header with dots in it is not the name of a bucket.
        "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",
    }
)
