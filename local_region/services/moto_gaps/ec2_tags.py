# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource types in DescribeTags, as AWS spells them. moto's own spelling finds nothing for whoever filters by AWS's,
as amazon.aws does: it then sets the tags of a NAT gateway anew on every run.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TagDescription.html
"""

from __future__ import annotations

from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE

EC2_PREFIX_TO_RESOURCE.update(
    {
        "eipalloc": "elastic-ip",
        "fl": "vpc-flow-log",
        "h": "dedicated-host",
        "nat": "natgateway",
        "pl": "prefix-list",
        "sir": "spot-instances-request",
    }
)
