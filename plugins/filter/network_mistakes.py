# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is wrong with the address ranges of a network."""

from __future__ import annotations

DOCUMENTATION = r"""
name: network_mistakes
version_added: "0.1.0"
short_description: What is wrong with the address ranges of a network
description:
  - Looks at the address range of a VPC and those of its subnets before anything is built, and says in whole sentences
    what AWS would refuse half-way.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: The address range of the VPC.
    type: str
    required: true
  zones:
    description: The availability zones.
    type: list
    elements: str
    required: true
  subnets:
    description: The address ranges of the subnets by what they are called, a range for each zone.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Refuse what cannot be built
  ansible.builtin.assert:
    that: mistakes | length == 0
    fail_msg: "{{ mistakes | join(' ') }}"
  vars:
    mistakes: "{{ '10.0.0.0/16' | convoy.delivery.network_mistakes(zones, {'public': public, 'private': private}) }}"
"""

RETURN = r"""
_value:
  description: Sentences, one for each mistake. Empty when there is none.
  type: list
  elements: str
  sample: ["The private range 10.0.0.128/25 overlaps the public range 10.0.0.0/24."]
"""

import ipaddress
import itertools

# The prefixes that AWS takes for VPCs and subnets.
LARGEST = 16
SMALLEST = 28


def network_mistakes(cidr, zones, subnets):
    """See DOCUMENTATION."""
    told = []
    if len(set(zones)) < 2:
        told.append(f"{len(set(zones))} zones are named ({', '.join(zones) or 'none'}). Name at least two.")
    if len(set(zones)) < len(zones):
        told.append(f"A zone is named twice ({', '.join(zones)}). Name each once.")
    for kind, ranges in subnets.items():
        if len(ranges) != len(zones):
            told.append(f"There are {len(ranges)} {kind} ranges for {len(zones)} zones. Give one for each zone.")
    whole, problem = _parsed("range of the VPC", cidr)
    told += problem
    parts = []
    for kind, ranges in subnets.items():
        for one in ranges:
            network, problem = _parsed(f"{kind} range", one)
            told += problem
            if network:
                parts.append((kind, network))
    return told + _misplaced(whole, parts)


def _misplaced(whole, parts):
    told = [
        f"The {kind} range {network} is not within the VPC's, {whole}. Choose one that is."
        for kind, network in parts
        if whole and not network.subnet_of(whole)
    ]
    for (kind, one), (other_kind, other) in itertools.combinations(parts, 2):
        if one.overlaps(other):
            told.append(f"The {other_kind} range {other} overlaps the {kind} range {one}. Choose ranges apart.")
    return told


def _parsed(what, text):
    """The network, or None, and what is wrong with it."""
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None, [f"The {what}, {text}, is not an IPv4 address range. Write it as 10.0.0.0/24."]
    if str(network) != text:
        return network, [f"The {what}, {text}, does not begin where such a range begins. Write {network}."]
    if not LARGEST <= network.prefixlen <= SMALLEST:
        return network, [f"The {what}, {text}, has a size that AWS does not take. Use /{LARGEST} to /{SMALLEST}."]
    return network, []


class FilterModule:
    """The collection's filters."""

    def filters(self):
        return {"network_mistakes": network_mistakes}
