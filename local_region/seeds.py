# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS has put into every region before anybody comes: so far the bucket with the CodeDeploy agent's installer.

The public parameters with the ids of Amazon's images (/aws/service/ami-amazon-linux-latest/...) are moto's own.
"""

from __future__ import annotations

from botocore.session import Session
from moto.s3.models import get_canned_acl

from local_region.moto_access import Moto
from local_region.world import agent_install

# Buckets of AWS belong to AWS: they must not turn up in a user's list of buckets.
AWS_ACCOUNT = "999999999999"


def plant(moto: Moto) -> None:
    """Creates `aws-codedeploy-REGION` with `latest/install` for each region that has CodeDeploy."""
    s3 = moto.backend("s3", AWS_ACCOUNT)
    for region in Session().get_available_regions("codedeploy"):
        bucket = agent_install.bucket(region)
        s3.create_bucket(bucket, region)
        installer = s3.put_object(bucket, agent_install.KEY, agent_install.script())
        installer.set_acl(get_canned_acl("public-read"))  # user data fetches it without credentials
