# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The modules of other collections that are known to run well in a process forked from the worker.

All of them do nothing when they are imported, do their work in C(main()) through AnsibleAWSModule, and do not ask for
another interpreter. tests/integration/warm/test_official_modules.py runs each of them both ways and compares.
"""

from __future__ import annotations

from ansible.plugins.loader import module_loader

from . import warm

KNOWN = frozenset(
    {
        "amazon.aws.autoscaling_group",
        "amazon.aws.autoscaling_group_info",
        "amazon.aws.aws_caller_info",
        "amazon.aws.cloudtrail",
        "amazon.aws.cloudwatch_metric_alarm",
        "amazon.aws.cloudwatch_metric_alarm_info",
        "amazon.aws.cloudwatchevent_rule",
        "amazon.aws.cloudwatchlogs_log_group",
        "amazon.aws.cloudwatchlogs_log_group_info",
        "amazon.aws.cloudwatchlogs_log_group_metric_filter",
        "amazon.aws.ec2_ami_info",
        "amazon.aws.ec2_eip",
        "amazon.aws.ec2_eip_info",
        "amazon.aws.ec2_eni_info",
        "amazon.aws.ec2_instance_info",
        "amazon.aws.ec2_launch_template",
        "amazon.aws.ec2_security_group",
        "amazon.aws.ec2_security_group_info",
        "amazon.aws.ec2_vpc_endpoint_info",
        "amazon.aws.ec2_vpc_igw",
        "amazon.aws.ec2_vpc_nat_gateway",
        "amazon.aws.ec2_vpc_nat_gateway_info",
        "amazon.aws.ec2_vpc_net",
        "amazon.aws.ec2_vpc_net_info",
        "amazon.aws.ec2_vpc_route_table",
        "amazon.aws.ec2_vpc_route_table_info",
        "amazon.aws.ec2_vpc_subnet",
        "amazon.aws.ec2_vpc_subnet_info",
        "amazon.aws.elb_application_lb",
        "amazon.aws.elb_application_lb_info",
        "amazon.aws.iam_access_key",
        "amazon.aws.iam_access_key_info",
        "amazon.aws.iam_instance_profile",
        "amazon.aws.iam_policy",
        "amazon.aws.iam_role",
        "amazon.aws.iam_user",
        "amazon.aws.kms_key",
        "amazon.aws.kms_key_info",
        "amazon.aws.s3_bucket",
        "amazon.aws.s3_bucket_info",
        "amazon.aws.sts_assume_role",
        "community.aws.acm_certificate_info",
        "community.aws.codecommit_repository",
        "community.aws.elb_target_group",
        "community.aws.elb_target_group_info",
        "community.aws.s3_lifecycle",
        "community.aws.s3_logging",
        "community.aws.secretsmanager_secret",
        "community.aws.sns_topic",
        "community.aws.sns_topic_info",
        "community.aws.ssm_parameter",
    }
)


def prepare(task, also=()):
    """In the main process, before the task's workers are forked: have its module ready if it is known to be safe.

    :arg also: full names that the project declares to be safe, beside KNOWN.
    """
    name = _full_name(task)
    if name in KNOWN or name in also:
        warm.prepare(name)


def module_of(task):
    """In the worker: the task's prepared module, or a sentence about why there is none."""
    name = _full_name(task)
    module = warm.prepared(name)
    if module is None:
        return "its module is not prepared"
    # Exactly the file that ansible would send, whatever the task's collections and redirects say.
    found = module_loader.find_plugin_with_context(task.action, ".py", collection_list=task.collections)
    if found.plugin_resolved_path != module.__file__:
        return f"its file is {found.plugin_resolved_path}"
    return module


def _full_name(task):
    """C(amazon.aws.ec2_vpc_net), after redirects. None where only the worker will know it (a templated action)."""
    return getattr(task, "resolved_action", None)
