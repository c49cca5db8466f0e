# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles as the role `access` makes them, and their policies as IAM then says they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.policies.evaluating import Identity
from tests.running_region import ROOT

ACCOUNT = "123456789012"
REGION = "us-east-1"
HERE = Path(__file__).parent
# What a boundary of an account may look like: everything that applications use, and of IAM only to pass a role on.
BOUNDARY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "NotAction": ["account:*", "iam:*", "organizations:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
    ],
}


@dataclass(frozen=True)
class Role:
    name: str
    arn: str
    trust: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]
    boundary: Mapping[str, Any] | None
    managed: tuple[str, ...]

    @property
    def identity(self) -> Identity:
        return Identity(f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/session", self.policies, self.boundary)

    @property
    def statements(self) -> Iterator[Mapping[str, Any]]:
        for policy in self.policies.values():
            yield from policy["Statement"]


@dataclass(frozen=True)
class Account:
    """The roles by their names, and the document of AWS's managed policy for CodeDeploy."""

    roles: Mapping[str, Role]
    aws_code_deploy_role: Mapping[str, Any]


def read_account(api: Any) -> Account:
    """Runs access.yml against the API and reads back what it makes."""
    iam = api.client("iam")
    iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(BOUNDARY))
    command = [
        Path(sys.executable).with_name("ansible-playbook"),
        "--inventory",
        HERE / "inventory",
        HERE / "access.yml",
    ]
    done = subprocess.run(
        [*map(str, command), "--extra-vars", f"region_url={api.url}"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_FORKS": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    names = [one["RoleName"] for one in iam.list_roles()["Roles"]]
    return Account(
        roles={name: _read(iam, name) for name in names if name.startswith("storefront")},
        aws_code_deploy_role=_document(iam, "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole"),
    )


def _read(iam: Any, name: str) -> Role:
    role = iam.get_role(RoleName=name)["Role"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    policies = {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in inline}
    policies |= {one["PolicyName"]: _document(iam, one["PolicyArn"]) for one in attached}
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Role(
        name=name,
        arn=role["Arn"],
        trust=role["AssumeRolePolicyDocument"],
        policies=policies,
        boundary=_document(iam, boundary) if boundary else None,
        managed=tuple(one["PolicyArn"] for one in attached),
    )


def _document(iam: Any, arn: str) -> dict[str, Any]:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
