# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of address ranges before anything is built."""

import pytest
from ansible_collections.convoy.delivery.plugins.filter.network_mistakes import network_mistakes

ZONES = ["eu-central-1a", "eu-central-1b"]
PUBLIC, PRIVATE = ["10.0.0.0/24", "10.0.1.0/24"], ["10.0.10.0/24", "10.0.11.0/24"]


def mistakes(cidr="10.0.0.0/16", zones=ZONES, public=PUBLIC, private=PRIVATE):
    return network_mistakes(cidr, zones, {"public": public, "private": private})


def test_nothing_is_wrong_with_ranges_that_fit():
    assert mistakes() == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"zones": ZONES[:1], "public": PUBLIC[:1], "private": PRIVATE[:1]},
            "1 zones are named (eu-central-1a). Name at least two.",
        ),
        ({"zones": ZONES[:1] * 2}, "A zone is named twice (eu-central-1a, eu-central-1a). Name each once."),
        ({"public": PUBLIC[:1]}, "There are 1 public ranges for 2 zones. Give one for each zone."),
        ({"private": [*PRIVATE, "10.0.12.0/24"]}, "There are 3 private ranges for 2 zones. Give one for each zone."),
        (
            {"private": ["10.0.10.0/24", "10.1.0.0/24"]},
            "The private range 10.1.0.0/24 is not within the VPC's, 10.0.0.0/16. Choose one that is.",
        ),
        (
            {"private": ["10.0.10.0/24", "10.0.1.128/25"]},
            "The private range 10.0.1.128/25 overlaps the public range 10.0.1.0/24. Choose ranges apart.",
        ),
        (
            {"public": ["10.0.0.0/24", "10.0.0.0/24"]},
            "The public range 10.0.0.0/24 overlaps the public range 10.0.0.0/24. Choose ranges apart.",
        ),
        ({"cidr": "10.0.0.1/16"}, "The range of the VPC, 10.0.0.1/16, does not begin where such a range begins."),
        ({"cidr": "10.0.0.0/8"}, "The range of the VPC, 10.0.0.0/8, has a size that AWS does not take."),
        (
            {"public": ["10.0.0.0/24", "10.0.1/24"]},
            "The public range, 10.0.1/24, is not an IPv4 address range. Write it as 10.0.0.0/24.",
        ),
        ({"public": ["10.0.0.0/24", "10.0.1.0/29"]}, "The public range, 10.0.1.0/29, has a size that AWS does not"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_with_its_remedy(change, sentence):
    told = mistakes(**change)
    assert any(one.startswith(sentence) for one in told), told
