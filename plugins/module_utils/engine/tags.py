# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags as every service has them: the options, and what AWS takes."""

from __future__ import annotations

from .errors import Failure

# As amazon.aws.tags documents them.
TAG_OPTIONS = dict(
    tags=dict(type="dict", aliases=["resource_tags"]),
    purge_tags=dict(type="bool", default=True),
)


def check_tags(tags):
    """Refuse tags that AWS would refuse. Source: AWS's tagging rules (128 and 256 characters, aws: is reserved)."""
    for key, value in (tags or {}).items():
        if not 1 <= len(str(key)) <= 128 or len(str(value)) > 256:
            raise Failure(f"tags: {key!r} does not fit. A key has 1 to 128 characters, a value at most 256.")
        if str(key).lower().startswith("aws:"):
            raise Failure(f"tags: {key!r} begins with aws:, which AWS keeps for itself. Choose another key.")
