# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)


class ModuleDocFragment:
    """What a CodeBuild build, or a batch of builds, takes instead of what its project says."""

    # Of StartBuild and StartBuildBatch.
    DOCUMENTATION = r"""
options:
  source_version:
    description: Branch, tag, commit or version of the source to build.
    type: str
  source_type_override:
    description: Another type of source.
    type: str
    choices:
      - CODECOMMIT
      - CODEPIPELINE
      - GITHUB
      - GITLAB
      - GITLAB_SELF_MANAGED
      - S3
      - BITBUCKET
      - GITHUB_ENTERPRISE
      - NO_SOURCE
  source_location_override:
    description: Another place of the source.
    type: str
  source_auth_override:
    description: Another way to get at the repository.
    type: dict
    suboptions:
      type:
        description: The kind.
        type: str
        choices: [OAUTH, CODECONNECTIONS, SECRETS_MANAGER]
      resource:
        description:
          - The ARN of the connection or of the secret. Required with V(CODECONNECTIONS) and V(SECRETS_MANAGER).
        type: str
  git_clone_depth_override:
    description: How many commits of the history to clone; 0 for all.
    type: int
  git_submodules_config_override:
    description: Whether submodules are cloned.
    type: dict
    suboptions:
      fetch_submodules:
        description: Whether they are.
        type: bool
  buildspec_override:
    description: Another buildspec, as its path in the source, the ARN of an object in S3, its text, or a dict of it.
    type: raw
  insecure_ssl_override:
    description: Whether any certificate of the repository's host is trusted.
    type: bool
  report_build_status_override:
    description: Whether the repository is told how the build ends.
    type: bool
  report_build_batch_status_override:
    description: Whether the repository is told how the batch ends.
    type: bool
  build_status_config_override:
    description: What the repository is told.
    type: dict
    suboptions:
      context:
        description: The name of the check, or of the build.
        type: str
      target_url:
        description: Where its link leads to.
        type: str
  secondary_sources_override:
    description: Other secondary sources.
    type: list
    elements: dict
    suboptions:
      type:
        description:
          - Where the files of a build are. V(CODEPIPELINE) gets them from the pipeline's action, V(NO_SOURCE) has
            none.
        type: str
        required: true
        choices:
          - CODECOMMIT
          - CODEPIPELINE
          - GITHUB
          - GITLAB
          - GITLAB_SELF_MANAGED
          - S3
          - BITBUCKET
          - GITHUB_ENTERPRISE
          - NO_SOURCE
      location:
        description:
          - The place, by type. A repository's HTTPS clone URL, or for V(S3) C(BUCKET/PATH/FILE.zip).
          - None with V(CODEPIPELINE) and V(NO_SOURCE).
        type: str
      git_clone_depth:
        description: How many commits of the history to clone; 0 for all.
        type: int
      git_submodules_config:
        description: Whether submodules are cloned.
        type: dict
        suboptions:
          fetch_submodules:
            description: Whether they are.
            type: bool
      buildspec:
        description:
          - The buildspec as its path in the source, the ARN of an object in S3, its text, or a dict of it.
          - A dict is written as YAML, and is compared by content, so that neither the order of keys nor the layout of
            the text that is there makes a difference.
          - CodeBuild looks for C(buildspec.yml) at the top of the source where this is not given.
        type: raw
      auth:
        description: How CodeBuild gets at the repository, instead of by the account's own credentials.
        type: dict
        suboptions:
          type:
            description: The kind.
            type: str
            choices: [OAUTH, CODECONNECTIONS, SECRETS_MANAGER]
          resource:
            description:
              - The ARN of the connection or of the secret. Required with V(CODECONNECTIONS) and V(SECRETS_MANAGER).
            type: str
      report_build_status:
        description: Whether the repository is told how builds end; for GitHub, GitLab and Bitbucket.
        type: bool
      build_status_config:
        description: What the repository is told.
        type: dict
        suboptions:
          context:
            description: The name of the check, or of the build.
            type: str
          target_url:
            description: Where its link leads to.
            type: str
      insecure_ssl:
        description: Whether any certificate of the repository's host is trusted.
        type: bool
      source_identifier:
        description: The name of the source in the buildspec.
        type: str
        required: true
  secondary_sources_version_override:
    description: Other versions of the secondary sources.
    type: list
    elements: dict
    suboptions:
      source_identifier:
        description: The source.
        type: str
        required: true
      source_version:
        description: Its version.
        type: str
        required: true
  artifacts_override:
    description: Other artifacts.
    type: dict
    suboptions:
      type:
        description: Where the output goes. V(CODEPIPELINE) goes together with a source of that type.
        type: str
        choices: [CODEPIPELINE, S3, NO_ARTIFACTS]
      location:
        description: The name of the bucket, for V(S3).
        type: str
      path:
        description: The folder in the bucket.
        type: str
      namespace_type:
        description: Whether the build's id is a part of the key, after the path.
        type: str
        choices: [NONE, BUILD_ID]
      name:
        description:
          - The name of the zip or of the folder; V(/) for the top of the bucket. CodeBuild takes the project's name
            where this is not given.
        type: str
      packaging:
        description:
          - Whether the output is stored as a zip or as files. CodeBuild takes V(NONE), files, where this is not
            given.
        type: str
        choices: [NONE, ZIP]
      override_artifact_name:
        description: Whether the name in the buildspec goes before this one.
        type: bool
      encryption_disabled:
        description: Whether the output is stored without encryption.
        type: bool
      artifact_identifier:
        description: The name of the artifact in the buildspec.
        type: str
      bucket_owner_access:
        description: What the owner of a bucket in another account may do with the output.
        type: str
        choices: [NONE, READ_ONLY, FULL]
  secondary_artifacts_override:
    description: Other secondary artifacts.
    type: list
    elements: dict
    suboptions:
      type:
        description: Where the output goes. V(CODEPIPELINE) goes together with a source of that type.
        type: str
        required: true
        choices: [CODEPIPELINE, S3, NO_ARTIFACTS]
      location:
        description: The name of the bucket, for V(S3).
        type: str
      path:
        description: The folder in the bucket.
        type: str
      namespace_type:
        description: Whether the build's id is a part of the key, after the path.
        type: str
        choices: [NONE, BUILD_ID]
      name:
        description:
          - The name of the zip or of the folder; V(/) for the top of the bucket. CodeBuild takes the project's name
            where this is not given.
        type: str
      packaging:
        description:
          - Whether the output is stored as a zip or as files. CodeBuild takes V(NONE), files, where this is not
            given.
        type: str
        choices: [NONE, ZIP]
      override_artifact_name:
        description: Whether the name in the buildspec goes before this one.
        type: bool
      encryption_disabled:
        description: Whether the output is stored without encryption.
        type: bool
      artifact_identifier:
        description: The name of the artifact in the buildspec.
        type: str
        required: true
      bucket_owner_access:
        description: What the owner of a bucket in another account may do with the output.
        type: str
        choices: [NONE, READ_ONLY, FULL]
  environment_variables_override:
    description:
      - Variables beside those of the project, and instead of those of the same names.
      - There is a warning for one of type V(PLAINTEXT) that seems to hold a secret, and its value is hidden in the
        task's result.
    type: list
    elements: dict
    suboptions:
      name:
        description: The variable.
        type: str
        required: true
      value:
        description: Its value, or the name of the parameter or of the secret that has it.
        type: str
        required: true
      type:
        description: V(PLAINTEXT) where it is not given. Who may read the project sees the value of those.
        type: str
        choices: [PLAINTEXT, PARAMETER_STORE, SECRETS_MANAGER]
  environment_type_override:
    description: Another kind of host.
    type: str
    choices:
      - WINDOWS_CONTAINER
      - LINUX_CONTAINER
      - LINUX_GPU_CONTAINER
      - ARM_CONTAINER
      - WINDOWS_SERVER_2019_CONTAINER
      - WINDOWS_SERVER_2022_CONTAINER
      - LINUX_LAMBDA_CONTAINER
      - ARM_LAMBDA_CONTAINER
      - LINUX_EC2
      - ARM_EC2
      - WINDOWS_EC2
      - MAC_ARM
  image_override:
    description: Another image.
    type: str
  compute_type_override:
    description: Another size of the host.
    type: str
    choices:
      - BUILD_GENERAL1_SMALL
      - BUILD_GENERAL1_MEDIUM
      - BUILD_GENERAL1_LARGE
      - BUILD_GENERAL1_XLARGE
      - BUILD_GENERAL1_2XLARGE
      - BUILD_LAMBDA_1GB
      - BUILD_LAMBDA_2GB
      - BUILD_LAMBDA_4GB
      - BUILD_LAMBDA_8GB
      - BUILD_LAMBDA_10GB
      - ATTRIBUTE_BASED_COMPUTE
      - CUSTOM_INSTANCE_TYPE
  certificate_override:
    description: Another certificate.
    type: str
  fleet_override:
    description: Another fleet.
    type: dict
    suboptions:
      fleet_arn:
        description: Its ARN.
        type: str
  host_kernel_override:
    description: Another kernel of the host.
    type: str
    choices: [LINUX_KERNEL_4, LINUX_KERNEL_6, LINUX_KERNEL_LATEST]
  privileged_mode_override:
    description: Whether the build may run Docker.
    type: bool
  registry_credential_override:
    description: How to log in to the image's registry.
    type: dict
    suboptions:
      credential:
        description: Name or ARN of the secret.
        type: str
      credential_provider:
        description: Where the secret is.
        type: str
        choices: [SECRETS_MANAGER]
  image_pull_credentials_type_override:
    description: Who pulls the image.
    type: str
    choices: [CODEBUILD, SERVICE_ROLE]
  cache_override:
    description: Another cache.
    type: dict
    suboptions:
      type:
        description: Where the cache is. V(LOCAL) is on the host of a build and often gone by the next.
        type: str
        choices: [NO_CACHE, S3, LOCAL]
      location:
        description: C(BUCKET/PREFIX), for V(S3).
        type: str
      modes:
        description: What a local cache keeps. V(LOCAL_DOCKER_LAYER_CACHE) needs a privileged environment.
        type: list
        elements: str
        choices: [LOCAL_DOCKER_LAYER_CACHE, LOCAL_SOURCE_CACHE, LOCAL_CUSTOM_CACHE]
      cache_namespace:
        description: Part of the key of a cache in S3, so that projects can share one.
        type: str
  logs_config_override:
    description: Where the logs go.
    type: dict
    suboptions:
      cloud_watch_logs:
        description: Logs in CloudWatch Logs; CodeBuild writes them where nothing is said.
        type: dict
        suboptions:
          status:
            description: Whether there are any.
            type: str
            choices: [ENABLED, DISABLED]
          group_name:
            description: The log group; C(/aws/codebuild/PROJECT) where it is not given.
            type: str
          stream_name:
            description: What the names of the streams begin with.
            type: str
      s3_logs:
        description: Logs in S3.
        type: dict
        suboptions:
          status:
            description: Whether there are any.
            type: str
            choices: [ENABLED, DISABLED]
          location:
            description: C(BUCKET/PREFIX).
            type: str
          encryption_disabled:
            description: Whether they are stored without encryption.
            type: bool
          bucket_owner_access:
            description: What the owner of a bucket in another account may do with them.
            type: str
            choices: [NONE, READ_ONLY, FULL]
  service_role_override:
    description: The ARN of another role.
    type: str
  encryption_key_override:
    description: Another KMS key for the output.
    type: str
  timeout_in_minutes_override:
    description: Minutes until the build is ended, 5 to 2160.
    type: int
  build_timeout_in_minutes_override:
    description: Minutes until a build of the batch is ended, 5 to 2160.
    type: int
  queued_timeout_in_minutes_override:
    description: Minutes that the build may wait for its turn, 5 to 480.
    type: int
  auto_retry_limit_override:
    description: How often the build is run again when it fails. Such builds are followed too.
    type: int
  build_batch_config_override:
    description: How the batch runs.
    type: dict
    suboptions:
      service_role:
        description: The ARN of the role that runs batches.
        type: str
      combine_artifacts:
        description: Whether the artifacts of the builds go to one place.
        type: bool
      restrictions:
        description: What a batch may use.
        type: dict
        suboptions:
          maximum_builds_allowed:
            description: Number of builds, 1 to 100.
            type: int
          compute_types_allowed:
            description: Compute types.
            type: list
            elements: str
          fleets_allowed:
            description: ARNs of fleets.
            type: list
            elements: str
      timeout_in_mins:
        description: Minutes until a batch is ended, 5 to 2160.
        type: int
      batch_report_mode:
        description: Whether the repository is told about each build or about the batch.
        type: str
        choices: [REPORT_INDIVIDUAL_BUILDS, REPORT_AGGREGATED_BATCH]
  debug_session_enabled:
    description: Whether one can get into the build by Session Manager.
    type: bool
"""
