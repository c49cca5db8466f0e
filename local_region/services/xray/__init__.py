# SPDX-License-Identifier: GPL-3.0-or-later
"""X-Ray: groups, sampling rules with the targets of agents, tags, encryption, and traces as they were sent.

Nothing is made of traces: no summaries, graphs and insights.

service.py         the Service, of groups.py, sampling_rules.py, sampling_targets.py, tagging.py, encryption.py
                   and traces.py
records.py         what is remembered, for each account and region
filters.py         what can be said about a filter expression without a trace
"""

from local_region.services.xray.service import XRay

__all__ = ["XRay"]
