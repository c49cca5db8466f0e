#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_revision
version_added: "0.1.0"
short_description: Bundle, check, upload and register CodeDeploy application revisions
description:
  - Makes a bundle from a directory, the same bundle for the same content, or takes an archive as it is.
  - Checks the AppSpec file and the bundle before anything is uploaded, and names every mistake with its place.
  - Uploads the bundle under a key that names its content and registers it. The same content is uploaded and registered
    once. A second run asks S3 and CodeDeploy one question each and writes nothing.
  - Also registers objects that are in S3 already, commits on GitHub and AppSpec texts.
notes:
  - CodeDeploy cannot unregister a revision, so there is no O(ignore:state=absent). Remove old bundles with an S3
    lifecycle rule, but keep those that a rollback may need.
  - All files of a bundle get a time that depends on their content alone, in the years 2000 to 2019, and mode 0644 or,
    where the owner may execute them, 0755. Owners and modes on the hosts are the AppSpec file's business.
  - Everything is done on the host that runs the module, so O(path) is a path there. With C(delegate_to=localhost) or on
    C(localhost) that is the controller.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  application_name:
    description:
      - The CodeDeploy application that the revision belongs to. It must exist.
    type: str
    required: true
    aliases: [application]
  path:
    description:
      - A directory that is bundled, an archive (zip, tar or tgz) that is taken as it is, or an AppSpec file (YAML or
        JSON) that is a revision of a Lambda or ECS application by itself.
      - A relative path is relative to the directory in which Ansible was started.
    type: path
  bucket:
    description:
      - The S3 bucket for the bundle. Required with O(path).
    type: str
  prefix:
    description:
      - The first part of the bundle's key, which is C(PREFIX/APPLICATION/SHA256.TYPE) with 32 digits of the SHA-256 of
        the content.
    type: str
    default: revisions
  bundle_type:
    description:
      - The type of the archive that is made of a directory. V(tgz) keeps modes and links on every host.
      - V(tgz) when not given. For an existing archive leave it out.
    type: str
    choices: [tgz, tar, zip]
  exclude:
    description:
      - What to leave out of a directory's bundle. A pattern without a slash is compared with names at any depth, one
        with a slash with the whole path from the top. C(*) matches anything, slashes too.
        The contents of an excluded directory are left out.
      - Replaces the default; V([]) bundles everything.
    type: list
    elements: str
    default: [.git, .hg, .svn, .DS_Store, __pycache__, "*.pyc"]
  label:
    description:
      - What people call this revision, such as its version. Kept as metadata of the S3 object.
      - Becomes the O(description) when that is not given.
    type: str
  description:
    description:
      - A comment about the revision, stored when it is registered first. A revision that is registered already keeps
        its own.
    type: str
  metadata:
    description:
      - Metadata of the S3 object, set when it is uploaded.
    type: dict
    default: {}
  encryption:
    description:
      - The server-side encryption of the upload. The bucket's own default when not given.
    type: str
    choices: [AES256, "aws:kms", "aws:kms:dsse"]
  kms_key_id:
    description:
      - The KMS key (id, ARN or alias) for O(encryption=aws:kms) and O(encryption=aws:kms:dsse).
        AWS's own key for S3 when not given.
    type: str
  s3_location:
    description:
      - Register an object that is in S3 already. It must exist.
    type: dict
    suboptions:
      bucket:
        description: Its bucket.
        type: str
        required: true
      key:
        description: Its key.
        type: str
        required: true
      bundle_type:
        description: What it is.
        type: str
        required: true
        choices: [tar, tgz, zip, YAML, JSON]
      version:
        description: Its version, the present one when not given and the bucket has versions.
        type: str
      e_tag:
        description: Its ETag, the present one when not given.
        type: str
  git_hub_location:
    description:
      - Register a commit of a GitHub repository. The application must be connected to GitHub.
    type: dict
    suboptions:
      repository:
        description: OWNER/NAME.
        type: str
        required: true
      commit_id:
        description: The commit's SHA-1, whole.
        type: str
        required: true
  app_spec_content:
    description:
      - Register an AppSpec text for Lambda or ECS.
    type: dict
    suboptions:
      content:
        description: The AppSpec, YAML or JSON.
        type: str
        required: true
      sha256:
        description: SHA-256 of the content, in hexadecimal digits.
        type: str
  string:
    description:
      - Register an AppSpec text for Lambda in the older form; O(app_spec_content) is the newer one.
    type: dict
    suboptions:
      content:
        description: The AppSpec, JSON.
        type: str
        required: true
      sha256:
        description: SHA-256 of the content, in hexadecimal digits.
        type: str
  state:
    description:
      - V(present) uploads and registers the revision where that is needed.
    type: str
    choices: [present]
    default: present
seealso:
  - module: convoy.delivery.codedeploy_deployment
  - module: convoy.delivery.codedeploy_revision_info
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The storefront is bundled, checked, uploaded and registered
  convoy.delivery.codedeploy_revision:
    application_name: storefront
    path: "{{ playbook_dir }}/storefront"
    bucket: my-artifacts
    label: "2.0"
    exclude: [.git, tests, "*.pyc"]
  register: storefront

- name: It is released
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: production
    revision: "{{ storefront.revision }}"

- name: A bundle that a build left in S3 is registered
  convoy.delivery.codedeploy_revision:
    application_name: storefront
    s3_location:
      bucket: my-artifacts
      key: builds/storefront-2.0.zip
      bundle_type: zip

- name: A commit on GitHub is registered
  convoy.delivery.codedeploy_revision:
    application_name: storefront
    git_hub_location:
      repository: example/storefront
      commit_id: 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c
"""

RETURN = r"""
revision:
  description:
    - The revision as O(convoy.delivery.codedeploy_deployment#module:revision) takes it.
    - In check mode C(version) and C(e_tag) are missing before the bundle is uploaded.
  returned: success
  type: dict
  contains:
    revision_type:
      description: Where the revision is, V(S3), V(GitHub), V(String) or V(AppSpecContent).
      type: str
      sample: S3
    s3_location:
      description: The object in S3.
      returned: when it is there
      type: dict
      sample:
        bucket: my-artifacts
        key: revisions/storefront/0a1b2c3d4e5f60718293a4b5c6d7e8f9.tgz
        bundle_type: tgz
        e_tag: 9b2cf535f27731c974343645a3985328
    git_hub_location:
      description: The commit.
      returned: when it is there
      type: dict
    app_spec_content:
      description: The AppSpec.
      returned: when it was given
      type: dict
    string:
      description: The AppSpec.
      returned: when it was given
      type: dict
uploaded:
  description: Whether the bundle was uploaded by this task (in check mode, would be).
  returned: success
  type: bool
registered:
  description: Whether the revision was registered by this task (in check mode, would be).
  returned: success
  type: bool
content_sha256:
  description: SHA-256 of the content; for a directory over its paths, executable bits and contents.
  returned: when O(path) is given
  type: str
  sample: 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9
description:
  description: The comment that CodeDeploy has about the revision.
  returned: success
  type: str
  sample: "2.0"
label:
  description: The O(label) of the task.
  returned: when it is given
  type: str
  sample: "2.0"
problems:
  description: Each mistake in the AppSpec file or the bundle.
  returned: when there are any
  type: list
  elements: str
  sample: ["appspec.yml: hooks.ValidateService[0].location: scripts/check.sh is not in the bundle."]
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import revision_location
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.bundle import NEVER_PART_OF_A_REVISION
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.revision import ensure_revision
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    application_name=dict(required=True, aliases=["application"]),
    path=dict(type="path"),
    bucket=dict(type="str"),
    prefix=dict(type="str", default="revisions"),
    bundle_type=dict(choices=["tgz", "tar", "zip"]),
    exclude=dict(type="list", elements="str", default=list(NEVER_PART_OF_A_REVISION)),
    label=dict(type="str"),
    description=dict(type="str"),
    metadata=dict(type="dict", default={}),
    encryption=dict(choices=["AES256", "aws:kms", "aws:kms:dsse"]),
    kms_key_id=dict(type="str"),
    s3_location=dict(type="dict", options=revision_location.S3_LOCATION),
    git_hub_location=dict(type="dict", options=revision_location.GIT_HUB_LOCATION),
    app_spec_content=dict(type="dict", options=revision_location.RAW_CONTENT),
    string=dict(type="dict", options=revision_location.RAW_CONTENT),
    state=dict(choices=["present"], default="present"),
)
SOURCES = ("path", "s3_location", "git_hub_location", "app_spec_content", "string")


def run(context):
    return ensure_revision(context)


def main():
    run_module(OPTIONS, run, mutually_exclusive=[SOURCES], required_one_of=[SOURCES], required_by={"path": "bucket"})


if __name__ == "__main__":
    main()
