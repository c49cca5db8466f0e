# SPDX-License-Identifier: GPL-3.0-or-later
"""What the region completes and corrects of moto. Each module changes moto's classes when it is imported, once.

Where moto lacks an operation, its response class gets the method; where it has a bug, the one function is replaced.
Every correction names what AWS does, so that it can go when moto does it too.
"""

from local_region.services.moto_gaps import (
    autoscaling,
    autoscaling_hooks,
    autoscaling_refresh_api,
    autoscaling_settings,
    cloudtrail,
    cloudwatch,
    ec2_console,
    ec2_dependencies,
    ec2_endpoints,
    ec2_flow_logs,
    ec2_instances,
    ec2_launch_templates,
    ec2_nat_gateways,
    ec2_tags,
    elbv2,
    events,
    iam,
    kms,
    logs,
    s3,
    sts,
)

__all__ = [
    "autoscaling",
    "autoscaling_hooks",
    "autoscaling_refresh_api",
    "autoscaling_settings",
    "cloudtrail",
    "cloudwatch",
    "ec2_console",
    "ec2_dependencies",
    "ec2_endpoints",
    "ec2_flow_logs",
    "ec2_instances",
    "ec2_launch_templates",
    "ec2_nat_gateways",
    "ec2_tags",
    "elbv2",
    "events",
    "iam",
    "kms",
    "logs",
    "s3",
    "sts",
]
