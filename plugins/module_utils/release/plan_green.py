# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a blue/green release: new hosts beside those that serve, then the traffic to them. Pure.

Source: CodeDeploy user guide, "Overview of a blue/green deployment".
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .plan import LATEST, Facts, Plan, counted, in_order, in_time, others_run, standing, where, zones_of


def make(facts: Facts) -> Plan:
    """The plan of facts with C(green). No serving host is out at any time: blue serves until green does."""
    return Plan(
        facts=facts,
        minimum_healthy=len(facts.hosts),
        at_once=0,
        may_fail=0,
        seconds=statistics.median(past.seconds for past in facts.past[:LATEST]) if facts.past else None,
        refusals=tuple(refusals(facts)),
        warnings=tuple(warnings(facts)),
        zones=zones_of(facts.hosts),
    )


def refusals(facts: Facts) -> list[str]:
    """Why the release cannot be done, most fundamental first."""
    name, found = f"{facts.application}/{facts.group}", [*facts.refused, *others_run(facts)]
    if facts.green.copies and not facts.hosts:
        how = f" ({facts.selection})" if facts.selection else ""
        found.append(f"{name}: no instance belongs to the deployment group{how}, so there is no fleet to copy.")
    if not facts.green.copies and not facts.green.hosts:
        how = facts.green.selection or "none is named"
        found.append(
            f"{name}: no instance is there for the new fleet ({how}). Start or tag instances, or correct "
            "target_instances."
        )
    both = sorted({host.id for host in facts.green.hosts} & {host.id for host in facts.hosts})
    if both:
        found.append(
            f"{name}: {both[0]} belongs to the old fleet and to the new one. Name other instances in target_instances."
        )
    return found


def warnings(facts: Facts) -> list[str]:
    """What is worth knowing and does not stop the release."""
    found = standing(facts)
    green, blue = len(facts.green.hosts), len(facts.hosts)
    if not facts.green.copies and green < blue:
        found.append(f"the new fleet is smaller than the old one: {green} hosts instead of {blue}")
    if not facts.rolls_back:
        found.append("no automatic rollback on a failure")
    return found


def lines(plan: Plan) -> Sequence[str]:
    """The plan for people."""
    facts = plan.facts
    said = [f"{facts.application}/{facts.group}  blue/green  {facts.config.name} ({facts.config.minimum})"]
    if facts.revision:
        said.append(f"  deploys   {facts.revision}")
    if facts.deployed:
        said.append(f"  replaces  {facts.deployed}")
    said.append(f"  blue      {_blue(plan)}")
    said.append(f"  green     {_green(plan)}")
    said.append(f"  time      {in_time(plan)}")
    said += [f"  note      {warning}" for warning in plan.warnings]
    return said


def _blue(plan: Plan) -> str:
    after, count = plan.facts.green.terminates_after, len(plan.facts.hosts)
    if not count:
        return "none"
    end = "kept" if after is None else f"terminated {counted(after, 'minute')} after the traffic has moved"
    return f"{counted(count, 'host')} {where(plan)}; {end}"


def _green(plan: Plan) -> str:
    green = plan.facts.green
    if green.copies:
        return f"{counted(len(plan.facts.hosts), 'host')} in a copy of {plan.facts.selection or 'the old fleet'}"
    names = [host.id for host in in_order(green.hosts)]
    return f"{counted(len(names), 'host')} that there are already ({green.selection})"
