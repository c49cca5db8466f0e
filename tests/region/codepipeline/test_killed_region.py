# SPDX-License-Identifier: GPL-3.0-or-later
"""A region that is killed between build and release. It has forgotten everything; the developer has the commit."""

import os
import signal

import pytest

from tests.conftest import Api
from tests.region.codecommit.forge import Forge, WorkingCopy
from tests.region.codecommit.pipelines import GitShop
from tests.region.codepipeline.workshop import SITE, Workshop, action, stage, wait_for
from tests.running_region import boot

BUILT = {
    "commands": ["echo built of $(cat index.html) > page.html"],
    "outputArtifacts": [{"name": "Page", "files": ["page.html"]}],
}
BUILD = action("Run", "Compute Commands", inputs=["App"]) | BUILT
RELEASE = action("Put", "Deploy S3", inputs=["Page"], configuration={"BucketName": SITE, "Extract": "true"})
STAGES = (
    stage("Build", BUILD),
    stage("Approval", action("Approve", "Approval Manual")),
    stage("Release", RELEASE),
)


def pushed(api: Api, work: WorkingCopy | None, folder) -> tuple[GitShop, WorkingCopy, str]:
    """The pipeline over a commit that has been built and waits for its approval: (it, the clone, the execution)."""
    Workshop.furnish(api)
    versioning = {"Bucket": SITE, "VersioningConfiguration": {"Status": "Enabled"}}
    api.client("s3").put_bucket_versioning(**versioning)
    forge = Forge(api, "shop", folder)
    if work is None:
        work = forge.copy()
        work.commit("First", index__html="one")
    else:
        forge.create()
        work.git("remote", "set-url", "origin", forge.url)
    work.push()
    shop = GitShop(forge)
    execution = shop.make(*STAGES)
    wait_for(lambda: shop.latest("Approval", "Approve").get("token"), "the build waits for its approval")
    return shop, work, execution


@pytest.mark.thorough
def test_after_a_kill_nothing_is_half_released_and_the_same_commit_is_released_once(start_region, tmp_path):
    region = start_region()
    _, work, _ = pushed(region, None, tmp_path)
    commit = work.git("rev-parse", "HEAD")
    os.kill(region.status()["pid"], signal.SIGKILL)

    again = boot(region.state_dir, region.time_scale)
    assert again.inventory() == {}
    shop, _, execution = pushed(again, work, tmp_path)

    assert shop.revisions() == [commit]
    token = shop.latest("Approval", "Approve")["token"]
    shop.pipelines.put_approval_result(
        pipelineName="shop",
        stageName="Approval",
        actionName="Approve",
        token=token,
        result={"status": "Approved", "summary": "once"},
    )
    shop.until(execution, "Succeeded")
    versions = shop.s3.list_object_versions(Bucket=SITE)["Versions"]
    assert [one["Key"] for one in versions] == ["page.html"]
    assert shop.s3.get_object(Bucket=SITE, Key="page.html")["Body"].read() == b"built of one\n"
