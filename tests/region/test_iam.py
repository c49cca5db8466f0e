# SPDX-License-Identifier: GPL-3.0-or-later
"""What the region corrects of moto's IAM."""

from __future__ import annotations

import json

TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def test_a_role_whose_longest_session_is_changed_keeps_its_description(api):
    iam = api.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    iam.create_role(RoleName="host", AssumeRolePolicyDocument=document, Description="Hosts of the shop")

    iam.update_role(RoleName="host", MaxSessionDuration=7200)

    role = iam.get_role(RoleName="host")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("Hosts of the shop", 7200)


def test_a_role_takes_another_description(api):
    iam = api.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    iam.create_role(RoleName="host", AssumeRolePolicyDocument=document, Description="Hosts of the shop")

    iam.update_role(RoleName="host", Description="Hosts of the storefront")

    assert iam.get_role(RoleName="host")["Role"]["Description"] == "Hosts of the storefront"
