# SPDX-License-Identifier: GPL-3.0-or-later
"""What services get when they report how much they have sampled: their share of each rule's reservoir.

Source: X-Ray developer guide, "Using sampling rules with the X-Ray API". AWS weighs the shares by what was reported;
here all clients that have reported lately get the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from local_region.services.xray.base import Base, operation
from local_region.services.xray.records import Info, Rule, Store

INTERVAL = 10  # seconds between two reports of a client
QUOTA_LASTS = timedelta(seconds=3 * INTERVAL)


class SamplingTargets(Base):
    """GetSamplingTargets."""

    @operation
    def get_sampling_targets(self, store: Store, params: Info) -> Info:
        now, known, unknown = self.clock.now(), [], []
        for report in params["SamplingStatisticsDocuments"]:
            rule = store.rules.get(report["RuleName"])
            if rule is None:
                unknown.append(_unprocessed(report))
            else:
                store.reports.setdefault(rule.name, {})[report["ClientID"]] = now
                known.append(_target(store, rule, report["ClientID"], now))
        return {
            "SamplingTargetDocuments": known,
            "LastRuleModification": store.rules_modified,
            "UnprocessedStatistics": unknown,
        }


def _target(store: Store, rule: Rule, client: str, now: datetime) -> Info:
    clients = {one: at for one, at in store.reports[rule.name].items() if now - at < QUOTA_LASTS}
    store.reports[rule.name] = clients
    each, left = divmod(rule.settings["ReservoirSize"], len(clients))
    return {
        "RuleName": rule.name,
        "FixedRate": rule.settings["FixedRate"],
        "ReservoirQuota": each + (sorted(clients).index(client) < left),
        "ReservoirQuotaTTL": now + QUOTA_LASTS,
        "Interval": INTERVAL,
    }


def _unprocessed(report: Info) -> Info:
    return {"RuleName": report["RuleName"], "ErrorCode": "InvalidRequestException", "Message": "Unknown sampling rule"}
