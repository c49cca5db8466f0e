# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Vertical lines on the graphs of a dashboard, such as one for each deployment. Pure functions over dashboard bodies.

A line belongs to the whole dashboard when it stands on more than one of its graphs, or on the only one; others are one
graph's own and only the body's author's business. Source: CloudWatch, "Dashboard body structure and syntax", vertical
annotations; only graphs over time (``view`` is timeSeries, its default) have them.
"""

from __future__ import annotations

import copy
from collections import Counter
from datetime import UTC, datetime
from typing import Any

Body = dict[str, Any]
Annotation = dict[str, Any]


def graphs(body: Body) -> list[dict[str, Any]]:
    """The widgets that show metrics over time."""
    widgets = [one for one in body.get("widgets") or [] if isinstance(one, dict) and one.get("type") == "metric"]
    shown = [one for one in widgets if isinstance(one.get("properties"), dict)]  # CloudWatch refuses others
    return [one for one in shown if one["properties"].get("view", "timeSeries") == "timeSeries"]


def lines(body: Body) -> list[Annotation]:
    """The vertical lines that belong to the whole dashboard, by time."""
    shown = [_labelled(graph) for graph in graphs(body)]
    counted = Counter(label for labelled in shown for label in labelled)
    least = 2 if len(shown) > 1 else 1
    found = {label: line for labelled in shown for label, line in labelled.items() if counted[label] >= least}
    return in_order(found.values())


def labels(body: Body) -> set[str]:
    """The labels of all vertical lines, whichever graph they are on."""
    return {label for graph in graphs(body) for label in _labelled(graph)}


def merged(present: list[Annotation], given: list[Annotation], keep: int) -> list[Annotation]:
    """The lines with the given ones, which replace those of the same label; of all the ``keep`` latest, by time."""
    by_label = {line["label"]: line for line in present} | {line["label"]: line for line in given}
    return in_order(by_label.values())[-keep:] if keep else []


def drawn(body: Body, wanted: list[Annotation], away: set[str]) -> Body:
    """The body with these lines on every graph, and without other lines of the labels ``away``."""
    drawing = copy.deepcopy(body)
    for graph in graphs(drawing):
        annotations = graph["properties"].get("annotations") or {}
        own = [one for one in annotations.get("vertical") or [] if _label(one) not in away]
        vertical = own + [dict(line) for line in wanted]
        annotations = {name: value for name, value in annotations.items() if name != "vertical"}
        if vertical:
            annotations["vertical"] = vertical
        if annotations or "annotations" in graph["properties"]:
            graph["properties"]["annotations"] = annotations
    return drawing


def in_order(annotations) -> list[Annotation]:
    """By time, then by label."""
    return sorted(annotations, key=lambda line: (moment(line.get("value")), line["label"]))


def moment(value: Any) -> datetime:
    """When an annotation is: ISO 8601, UTC where it has no offset. ValueError or TypeError where it is no time."""
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _labelled(graph: dict[str, Any]) -> dict[str, Annotation]:
    """The graph's lines by label. Bands (pairs of lines) and lines without a label or a time are nobody's but its."""
    found = {}
    for line in (graph["properties"].get("annotations") or {}).get("vertical") or []:
        if _label(line) and _is_time(line.get("value")):
            found[_label(line)] = line
    return found


def _label(line: Any) -> str | None:
    label = line.get("label") if isinstance(line, dict) else None
    return label if isinstance(label, str) else None


def _is_time(value: Any) -> bool:
    try:
        return bool(moment(value))
    except (TypeError, ValueError):
        return False
