# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks for checkov of what our roles say to the modules of amazon.aws and community.aws.

checkov's own checks for Ansible are about uri, get_url, packages and blocks, and know two parameters of ec2_instance.
Each check here is proven by a planted fault in planted_faults.yml, which `make scan` scans first. A value that is a
template ("{{ ... }}") is decided by the inventory: the roles' argument specs and READMEs say what the safe one is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from checkov.ansible.checks.base_ansible_task_check import BaseAnsibleTaskCheck
from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.yaml_doc.enums import BlockType

ANYWHERE = {"0.0.0.0/0", "::/0"}
TOO_MUCH = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")


class TaskCheck(BaseAnsibleTaskCheck):
    """A check that is a function of the task's module options, and of the task's own keywords."""

    def __init__(
        self,
        number: int,
        name: str,
        modules: Iterable[str],
        holds: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
    ) -> None:
        self._holds = holds
        super().__init__(
            name=name,
            id=f"CONVOY_{number}",
            categories=(CheckCategories.GENERAL_SECURITY,),
            supported_modules=tuple(modules),
            block_type=BlockType.ARRAY,
        )

    def scan_conf(self, conf: dict[str, Any]) -> tuple[CheckResult, dict[str, Any]]:
        # What is removed need not be safe.
        if conf.get("state") == "absent" or self._holds(conf, self.entity_conf):
            return CheckResult.PASSED, self.entity_conf
        return CheckResult.FAILED, self.entity_conf


def _is_template(value: object) -> bool:
    return isinstance(value, str) and "{{" in value


def _on(value: object) -> bool:
    return value is True or _is_template(value)


def _bucket_is_closed(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    access = options.get("public_access")
    if _is_template(access):
        return True
    names = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    return isinstance(access, Mapping) and all(access.get(name) is True for name in names)


def _bucket_is_encrypted(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    return options.get("encryption", "none") != "none"


def _metadata_needs_a_session(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    metadata = options.get("metadata_options")
    return _is_template(metadata) or (isinstance(metadata, Mapping) and metadata.get("http_tokens") == "required")


def _disks_are_encrypted(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    disks = options.get("block_device_mappings") or options.get("volumes")
    if _is_template(disks):
        return True
    return bool(disks) and all(_on((disk.get("ebs") or {}).get("encrypted")) for disk in disks)


def _opens_to_nobody(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    rules = options.get("rules") or []
    return _is_template(rules) or not any(
        ANYWHERE & set(_listed(rule.get(key))) for rule in rules for key in ("cidr_ip", "cidr_ipv6")
    )


def _policies_are_narrow(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    return not any(name in str(policy) for policy in _listed(options.get("managed_policies")) for name in TOO_MUCH)


def _key_rotates(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    return _on(options.get("enable_key_rotation"))


def _log_ends(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    return bool(options.get("retention"))


def _trail_is_checked(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    return _on(options.get("enable_log_file_validation"))


def _says_nothing(_options: Mapping[str, Any], task: Mapping[str, Any]) -> bool:
    return _on(task.get("no_log"))


def _nobody_else_writes(options: Mapping[str, Any], _task: Mapping[str, Any]) -> bool:
    mode = str(options.get("mode", "0644"))
    return "{{" in mode or not mode.isdigit() or int(mode[-1]) & 2 == 0


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _aws(*names: str) -> tuple[str, ...]:
    return tuple(f"{collection}.aws.{name}" for name in names for collection in ("amazon", "community"))


LAUNCHING = _aws("ec2_launch_template", "ec2_instance")
FILES = tuple(f"ansible.builtin.{name}" for name in ("copy", "template", "file", "get_url", "unarchive"))

CHECKS = [
    TaskCheck(1, "Buckets are closed to the public", _aws("s3_bucket"), _bucket_is_closed),
    TaskCheck(2, "Buckets are encrypted", _aws("s3_bucket"), _bucket_is_encrypted),
    TaskCheck(3, "Instance metadata needs a session (IMDSv2)", LAUNCHING, _metadata_needs_a_session),
    TaskCheck(4, "Disks are encrypted", LAUNCHING, _disks_are_encrypted),
    TaskCheck(5, "No security group is open to everybody by itself", _aws("ec2_security_group"), _opens_to_nobody),
    TaskCheck(6, "No role has a policy for everything", _aws("iam_role", "iam_user"), _policies_are_narrow),
    TaskCheck(7, "KMS keys rotate", _aws("kms_key"), _key_rotates),
    TaskCheck(8, "Log groups have an end", _aws("cloudwatchlogs_log_group"), _log_ends),
    TaskCheck(9, "CloudTrail's files can be checked", _aws("cloudtrail"), _trail_is_checked),
    TaskCheck(
        10, "Secrets are not logged", _aws("iam_access_key", "sts_assume_role", "secretsmanager_secret"), _says_nothing
    ),
    TaskCheck(11, "Files are nobody else's to write", FILES, _nobody_else_writes),
]
