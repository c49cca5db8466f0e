# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS has put into every region before anybody comes: the buckets with the CodeDeploy and CloudWatch agents.

The public parameters with the ids of Amazon's images (/aws/service/ami-amazon-linux-latest/...) are moto's own.
"""

from __future__ import annotations

from botocore.session import Session
from moto.s3.models import S3Backend, get_canned_acl

from local_region.moto_access import Moto
from local_region.world import agent_install
from local_region.world.cloudwatch_agent import package

# Buckets of AWS belong to AWS: they must not turn up in a user's list of buckets.
AWS_ACCOUNT = "999999999999"


def plant(moto: Moto, hosts: bool = False) -> None:
    """Creates `aws-codedeploy-REGION` for each region that has CodeDeploy; for hosts, which alone install it, also
    `amazoncloudwatch-agent-REGION`."""
    s3, deb = moto.backend("s3", AWS_ACCOUNT), package.package()
    for region in Session().get_available_regions("codedeploy"):
        _publish(s3, region, agent_install.bucket(region), {agent_install.KEY: agent_install.script()})
        if hosts:
            _publish(s3, region, package.bucket(region), dict.fromkeys(package.KEYS, deb))


def _publish(s3: S3Backend, region: str, bucket: str, objects: dict[str, bytes]) -> None:
    s3.create_bucket(bucket, region)
    for key, content in objects.items():
        s3.put_object(bucket, key, content).set_acl(get_canned_acl("public-read"))  # fetched without credentials
