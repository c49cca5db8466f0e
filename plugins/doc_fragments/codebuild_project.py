# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)


class ModuleDocFragment:
    """The options of a CodeBuild project that have options of their own."""

    # What is built.
    SOURCES = r"""
options:
  source:
    description:
      - What is built. Members that are not given stay as they are; with another O(source.type) only the buildspec
        stays.
      - A new project needs at least O(source.type).
    type: dict
    suboptions:
      type:
        description:
          - Where the files of a build are. V(CODEPIPELINE) gets them from the pipeline's action, V(NO_SOURCE) has
            none.
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
      location:
        description:
          - The place, by type. A repository's HTTPS clone URL, or for V(S3) C(BUCKET/PATH/FILE.zip).
          - None with V(CODEPIPELINE) and V(NO_SOURCE).
        type: str
      git_clone_depth:
        description: How many commits of the history to clone; 0 for all.
        type: int
      git_submodules_config:
        description: Whether submodules are cloned. V({}) takes the setting away.
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
        description:
          - How CodeBuild gets at the repository, instead of by the account's own credentials. V({}) takes the setting
            away.
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
        description: What the repository is told. V({}) takes the setting away.
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
  secondary_sources:
    description: More sources, at most 12; all of them.
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
        description: Whether submodules are cloned. V({}) takes the setting away.
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
        description:
          - How CodeBuild gets at the repository, instead of by the account's own credentials. V({}) takes the setting
            away.
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
        description: What the repository is told. V({}) takes the setting away.
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
  source_version:
    description: Branch, tag, commit or version of the source that is built where a build does not say another.
    type: str
  secondary_source_versions:
    description: The same for the secondary sources; all of them.
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
"""

    # What becomes of the output.
    OUTPUT = r"""
options:
  artifacts:
    description:
      - What becomes of the output. Members that are not given stay as they are, unless O(artifacts.type) changes.
      - A new project needs at least O(artifacts.type).
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
  secondary_artifacts:
    description: More artifacts, at most 12; all of them.
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
  cache:
    description: What builds keep for each other.
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
  logs_config:
    description: Where the logs of builds go.
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
"""

    # Where builds run.
    ENVIRONMENT = r"""
options:
  environment:
    description:
      - Where builds run. Members that are not given stay as they are.
      - A new project needs at least the type, the image and the compute type.
    type: dict
    suboptions:
      type:
        description: The kind of host.
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
      image:
        description: The image of the container, such as C(aws/codebuild/amazonlinux-x86_64-standard:5.0).
        type: str
      compute_type:
        description: How large the host is. Those of Lambda go with the types of Lambda.
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
      compute_configuration:
        description:
          - How large the host is, with V(ATTRIBUTE_BASED_COMPUTE) and V(CUSTOM_INSTANCE_TYPE). V({}) takes it away.
        type: dict
        suboptions:
          v_cpu:
            description: Number of virtual CPUs.
            type: int
          memory:
            description: Memory in GiB.
            type: int
          disk:
            description: Disk in GiB.
            type: int
          machine_type:
            description: The kind of machine.
            type: str
            choices: [GENERAL, NVME]
          instance_type:
            description: The EC2 instance type, with V(CUSTOM_INSTANCE_TYPE).
            type: str
      fleet:
        description: The fleet to run on. V({}) takes it away.
        type: dict
        suboptions:
          fleet_arn:
            description: Its ARN.
            type: str
      environment_variables:
        description:
          - The variables; all of them. Their order means nothing.
          - There is a warning for one of type V(PLAINTEXT) that seems to hold a secret, and its value is hidden in
            the task's result.
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
      privileged_mode:
        description: Whether the build may run Docker.
        type: bool
      certificate:
        description: The ARN of a certificate in S3 that the build shall trust.
        type: str
      registry_credential:
        description: How to log in to a private registry. V({}) takes it away.
        type: dict
        suboptions:
          credential:
            description: Name or ARN of the secret.
            type: str
          credential_provider:
            description: Where the secret is.
            type: str
            choices: [SECRETS_MANAGER]
      image_pull_credentials_type:
        description: Who pulls the image. Private images need V(SERVICE_ROLE), those of AWS V(CODEBUILD).
        type: str
        choices: [CODEBUILD, SERVICE_ROLE]
      docker_server:
        description: A Docker server beside the build. V({}) takes it away.
        type: dict
        suboptions:
          compute_type:
            description: How large it is.
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
          security_group_ids:
            description: Its security groups.
            type: list
            elements: str
      host_kernel:
        description: The kernel of the host.
        type: str
        choices: [LINUX_KERNEL_4, LINUX_KERNEL_6, LINUX_KERNEL_LATEST]
  vpc_config:
    description: The VPC that builds run in; all three members. V({}) leaves the VPC.
    type: dict
    suboptions:
      vpc_id:
        description: The VPC.
        type: str
      subnets:
        description: At most 16 subnets, with a way to the Internet or to VPC endpoints.
        type: list
        elements: str
      security_group_ids:
        description: At most five security groups.
        type: list
        elements: str
  file_system_locations:
    description: File systems that builds mount; all of them.
    type: list
    elements: dict
    suboptions:
      type:
        description: The kind.
        type: str
        choices: [EFS]
      location:
        description:
          - The address of the file system and the directory in it, C(fs-0123.efs.REGION.amazonaws.com:/PATH).
        type: str
        required: true
      mount_point:
        description: Where it is mounted.
        type: str
        required: true
      identifier:
        description: The variable C(CODEBUILD_IDENTIFIER) of builds names the mount point.
        type: str
        required: true
      mount_options:
        description: Options of the mount; AWS's own where not given.
        type: str
  build_batch_config:
    description: How batches of builds run. V({}) takes it away.
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
"""
