# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which package of AWS's bucket is a version of the CodeDeploy agent."""

from __future__ import annotations

import re

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: codedeploy_agent_package
version_added: "0.1.0"
short_description: Which package of AWS's bucket is a version of the CodeDeploy agent
description:
  - Version 1 has one package for all processors, since it is Ruby; version 2 one for each.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: Version and build, such as V(1.8.1-49) or V(2.1.0-9745926189).
    type: str
    required: true
  os_family:
    description: The fact C(ansible_facts.os_family).
    type: str
    required: true
  architecture:
    description: The fact C(ansible_facts.architecture).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: releases/codedeploy-agent-1.8.1-49.noarch.rpm
  ansible.builtin.debug:
    msg: "{{ '1.8.1-49' | convoy.delivery.codedeploy_agent_package('RedHat', 'x86_64') }}"
"""

RETURN = r"""
_value:
  description: The key of the package in the bucket C(aws-codedeploy-REGION).
  type: str
"""

_VERSION = re.compile(r"(\d+)\.\d+\.\d+-\d+")
# As dpkg names them; rpm does as the kernel does.
_DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}


def codedeploy_agent_package(version, os_family, architecture):
    """See DOCUMENTATION."""
    found = _VERSION.fullmatch(str(version))
    if not found:
        raise AnsibleFilterError(
            f"codedeploy_agent_version: {version!r} names no package. Give version and build, such as 1.8.1-49 or "
            "2.1.0-9745926189; latest/LATEST_VERSION and latestv2/LATEST_VERSION in AWS's bucket say the newest."
        )
    debian, native = os_family == "Debian", int(found[1]) >= 2
    if native and architecture not in _DEBIAN:
        raise AnsibleFilterError(
            f"codedeploy_agent_version: there is no agent {version} for {architecture}, only for x86_64 and aarch64."
        )
    if debian:
        return f"releases/codedeploy-agent_{version}_{_DEBIAN[architecture] if native else 'all'}.deb"
    return f"releases/codedeploy-agent-{version}.{architecture if native else 'noarch'}.rpm"


class FilterModule:
    """The collection's filters."""

    def filters(self):
        return {"codedeploy_agent_package": codedeploy_agent_package}
