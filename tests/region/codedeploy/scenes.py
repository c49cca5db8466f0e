# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of deployments with scripted agents share."""

INSTALL = [
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
]
ALLOW = ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"]
BLOCK = ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"]
SCRIPT_FAILED = {"status": "Failed", "code": 4, "script": "scripts/check.sh", "message": "exit 1", "log": "[stderr]no"}
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "bundles", "key": "app-1.zip", "bundleType": "zip"}}
REVISION_2 = {"revisionType": "S3", "s3Location": {"bucket": "bundles", "key": "app-2.zip", "bundleType": "zip"}}


def fails_at(event_name):
    """A script for an agent: the event of that name fails."""
    return lambda event: SCRIPT_FAILED if event == event_name else None
