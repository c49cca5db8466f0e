# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks of triggers. Source: user guide, "Automate starting pipelines using triggers and filtering"."""

from __future__ import annotations

from ..engine.errors import Failure
from .declaration import provider

CONNECTION = "CodeStarSourceConnection"
MOST_TRIGGERS = 50
MOST_FILTERS = 3  # of an event
MOST_PATTERNS, LONGEST_PATTERN = 8, 255


def check_triggers(pipeline):
    """What is wrong with the triggers of a pipeline."""
    triggers = pipeline.get("triggers") or []
    if len(triggers) > MOST_TRIGGERS:
        raise Failure(f"triggers: {len(triggers)} were given, a pipeline has at most {MOST_TRIGGERS}.")
    seen = set()
    for trigger in triggers:
        git = trigger["git_configuration"]
        name = git["source_action_name"]
        _check_source(name, pipeline["stages"][0])
        if name in seen:
            raise Failure(f"trigger of {name}: there are two. Put the filters of both into one trigger.")
        seen.add(name)
        for event in ("push", "pull_request"):
            filters = git.get(event) or []
            if len(filters) > MOST_FILTERS:
                raise Failure(f"trigger of {name}: {event} has {len(filters)} filters, {MOST_FILTERS} are the most.")
            for one in filters:
                _check_filter(f"trigger of {name}, {event}", one)


def _check_source(name, stage):
    sources = {action["name"]: action for action in stage["actions"]}
    connected = sorted(source for source, action in sources.items() if provider(action)[1] == CONNECTION)
    if name in connected:
        return
    found = f"is a source of {provider(sources[name])[1]}" if name in sources else f"is no action of {stage['name']}"
    remedy = f"Name one of {', '.join(connected)}." if connected else "The pipeline has none: leave triggers out."
    raise Failure(f"triggers: source_action_name {name} {found}; triggers are for sources of {CONNECTION}. {remedy}")


def _check_filter(where, one):
    given = [name for name in ("tags", "branches", "file_paths") if _patterns(one.get(name))]
    if "tags" in given and len(given) > 1:
        raise Failure(f"{where}: tags and {given[1]} exclude each other. Make two filters of them.")
    if given == ["file_paths"]:
        raise Failure(f"{where}: file_paths go with branches only. Add branches, such as includes: ['**'].")
    if not given and not one.get("events"):
        raise Failure(f"{where}: a filter says nothing. Give tags or branches, or leave {where.split(', ')[1]} out.")
    for name in given:
        for side, patterns in one[name].items():
            if len(patterns or []) > MOST_PATTERNS:
                raise Failure(f"{where}: {name}.{side} has {len(patterns)} patterns, {MOST_PATTERNS} are the most.")
            for pattern in patterns or []:
                if not 1 <= len(pattern) <= LONGEST_PATTERN:
                    raise Failure(
                        f"{where}: {name}.{side} has a pattern of {len(pattern)} characters. "
                        f"Use 1 to {LONGEST_PATTERN}."
                    )
    events = one.get("events") or []
    if len(set(events)) < len(events):
        raise Failure(f"{where}: events names one twice. Drop one of the two.")


def _patterns(criteria):
    return [pattern for patterns in (criteria or {}).values() for pattern in patterns or []]
