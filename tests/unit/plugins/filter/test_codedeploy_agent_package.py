# SPDX-License-Identifier: GPL-3.0-or-later
"""Which package of AWS's bucket a version of the agent is. Source: LATEST_VERSION in latest/ and latestv2/."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.convoy.delivery.plugins.filter.codedeploy_agent_package import codedeploy_agent_package


@pytest.mark.parametrize(
    ("version", "family", "architecture", "key"),
    [
        ("1.6.0-49", "RedHat", "x86_64", "releases/codedeploy-agent-1.6.0-49.noarch.rpm"),
        ("1.6.0-49", "Debian", "aarch64", "releases/codedeploy-agent_1.6.0-49_all.deb"),
        ("2.1.0-9745926189", "RedHat", "x86_64", "releases/codedeploy-agent-2.1.0-9745926189.x86_64.rpm"),
        ("2.1.0-9745926189", "RedHat", "aarch64", "releases/codedeploy-agent-2.1.0-9745926189.aarch64.rpm"),
        ("2.1.0-9745926189", "Debian", "x86_64", "releases/codedeploy-agent_2.1.0-9745926189_amd64.deb"),
        ("2.1.0-9745926189", "Debian", "aarch64", "releases/codedeploy-agent_2.1.0-9745926189_arm64.deb"),
    ],
)
def test_a_version_is_one_package_of_the_bucket(version, family, architecture, key):
    assert codedeploy_agent_package(version, family, architecture) == key


@pytest.mark.parametrize("version", ["1.8.1", "latest", "v1.8.1-49", "1.8.1-49/../x", ""])
def test_a_version_without_its_build_is_refused_with_where_to_look(version):
    with pytest.raises(AnsibleFilterError, match="Give version and build, such as 1.8.1-49"):
        codedeploy_agent_package(version, "Debian", "x86_64")


def test_a_processor_that_version_2_is_not_made_for_is_refused():
    with pytest.raises(AnsibleFilterError, match="no agent 2.1.0-1 for ppc64le, only for x86_64 and aarch64"):
        codedeploy_agent_package("2.1.0-1", "RedHat", "ppc64le")
