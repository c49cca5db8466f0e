# SPDX-License-Identifier: GPL-3.0-or-later
"""The images that CodeBuild manages, as ListCuratedEnvironmentImages names them.

A build of the region runs none of them: its host has the machine's own tools. They are listed so that what is chosen
from the list works on AWS.
"""

from __future__ import annotations

from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.records import Info, Store

# Platform -> images. Source: user guide, "Docker images provided by CodeBuild".
CURATED = {
    "AMAZON_LINUX": (
        "aws/codebuild/amazonlinux-x86_64-standard:4.0",
        "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "aws/codebuild/amazonlinux-aarch64-standard:3.0",
        "aws/codebuild/amazonlinux-x86_64-lambda-standard:python3.13",
    ),
    "UBUNTU": ("aws/codebuild/standard:5.0", "aws/codebuild/standard:6.0", "aws/codebuild/standard:7.0"),
    "WINDOWS_SERVER": ("aws/codebuild/windows-base:2019-3.0", "aws/codebuild/windows-base:2022-1.0"),
}


class Images(Base):
    """ListCuratedEnvironmentImages."""

    @operation
    def list_curated_environment_images(self, store: Store, params: dict) -> dict:
        return {"platforms": [_platform(name, images) for name, images in CURATED.items()]}


def _platform(name: str, images: tuple[str, ...]) -> Info:
    shown = [{"name": image, "description": image, "versions": []} for image in images]
    return {"platform": name, "languages": [{"language": "BASE", "images": shown}]}
