# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)


class ModuleDocFragment:
    """Options that several CodeDeploy modules have. A module adds what they mean to it as their description."""

    # RevisionLocation of the API.
    REVISION = r"""
options:
  revision:
    type: dict
    suboptions:
      revision_type:
        description: Where the revision is.
        type: str
        required: true
        choices: [S3, GitHub, String, AppSpecContent]
      s3_location:
        description: The object in S3, with O(revision.revision_type=S3).
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
            description: Its version; the present one when not given.
            type: str
          e_tag:
            description: Its ETag; not compared when not given.
            type: str
      git_hub_location:
        description: The commit, with O(revision.revision_type=GitHub).
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
        description: The AppSpec text of a Lambda or ECS deployment, with O(revision.revision_type=AppSpecContent).
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
        description: The AppSpec text of a Lambda deployment in the older form, with O(revision.revision_type=String).
        type: dict
        suboptions:
          content:
            description: The AppSpec, JSON.
            type: str
            required: true
          sha256:
            description: SHA-256 of the content, in hexadecimal digits.
            type: str
"""

    # TargetInstances of the API.
    TARGET_INSTANCES = r"""
options:
  target_instances:
    type: dict
    suboptions:
      tag_filters:
        description: Instances with any of these tags.
        type: list
        elements: dict
        suboptions:
          key:
            description: The tag's key.
            type: str
          value:
            description: The tag's value.
            type: str
          type:
            description: What has to match. Follows from what is given when it is left out.
            type: str
            choices: [KEY_ONLY, VALUE_ONLY, KEY_AND_VALUE]
      auto_scaling_groups:
        description: The instances of these Auto Scaling groups.
        type: list
        elements: str
      ec2_tag_set:
        description: Instances that match every one of the lists of filters.
        type: dict
        suboptions:
          ec2_tag_set_list:
            description:
              - At most three lists of at most ten filters with C(key), C(value) and C(type), as in
                O(target_instances.tag_filters). One filter of each list has to match.
            type: list
            elements: list
"""

    # BlueGreenDeploymentConfiguration of the API.
    BLUE_GREEN = r"""
options:
  blue_green_deployment_configuration:
    type: dict
    suboptions:
      green_fleet_provisioning_option:
        description: Where the new hosts come from.
        type: dict
        suboptions:
          action:
            description:
              - V(COPY_AUTO_SCALING_GROUP) makes a copy of the group's one Auto Scaling group, V(DISCOVER_EXISTING)
                takes the hosts that the deployment names.
            type: str
            choices: [DISCOVER_EXISTING, COPY_AUTO_SCALING_GROUP]
      deployment_ready_option:
        description: When traffic moves to the new hosts.
        type: dict
        suboptions:
          action_on_timeout:
            description:
              - V(CONTINUE_DEPLOYMENT) moves it as soon as they are ready. V(STOP_DEPLOYMENT) waits for somebody to
                continue the deployment, and stops it when nobody does.
            type: str
            choices: [CONTINUE_DEPLOYMENT, STOP_DEPLOYMENT]
          wait_time_in_minutes:
            description: How long V(STOP_DEPLOYMENT) waits.
            type: int
      terminate_blue_instances_on_deployment_success:
        description: What becomes of the old hosts.
        type: dict
        suboptions:
          action:
            description:
              - V(TERMINATE) ends them after a while, V(KEEP_ALIVE) leaves them running.
            type: str
            choices: [TERMINATE, KEEP_ALIVE]
          termination_wait_time_in_minutes:
            description: How long V(TERMINATE) waits, at most 2880 minutes (two days).
            type: int
"""
