# SPDX-License-Identifier: GPL-3.0-or-later
"""parliament over the policies of a file that tools.scanning.policies wrote. Fails for a finding that is not excepted.

Trust policies are not for it: it knows policies of identities only. tests/integration/policies/test_trust.py evaluates
those.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import parliament

# (end of the role's name, finding, word of its detail): why it stays.
EXCEPTIONS = {
    (
        "-codedeploy",
        "RESOURCE_STAR",
        "DescribeAlarms",
    ): "CloudWatch tells of composite alarms only who may ask for all.",
    ("-codedeploy", "RESOURCE_MISMATCH", "ec2:RunInstances"): (
        "A launch needs every resource that it touches: the template is in a statement of its own, the rest in another."
    ),
    ("", "UNKNOWN_CONDITION_FOR_ACTION", "kms:ResourceAliases"): (
        "A condition key of keys, not of actions, which parliament does not look for there; the evaluator knows it."
    ),
    ("-codedeploy", "RESOURCE_MISMATCH", "ssm:GetParameters"): "AWS's public parameters belong to no account.",
}
# What "community auditors" say is not about a policy's correctness; what it is about is evaluated by the tests.


def findings(policies: dict[str, dict[str, dict]]) -> list[tuple[str, str, str, str]]:
    """(role, policy, finding, detail) of all that parliament finds and EXCEPTIONS does not have."""
    found = []
    for role, documents in policies.items():
        for name, document in documents.items():
            for one in parliament.analyze_policy_string(json.dumps(document)).findings:
                if not excepted(role, one.issue, str(one.detail)):
                    found.append((role, name, one.issue, str(one.detail)))
    return found


def excepted(role: str, issue: str, detail: str) -> bool:
    return any(role.endswith(end) and issue == known and word in detail for end, known, word in EXCEPTIONS)


def main() -> None:
    fault = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "*"}]}
    if not findings({"planted": {"fault": fault}}):
        sys.exit("parliament does not find the fault that is planted.")
    found = findings(json.loads(Path(sys.argv[1]).read_text()))
    for line in found:
        print(*line, sep="  ")
    if found:
        sys.exit(1)


if __name__ == "__main__":
    main()
