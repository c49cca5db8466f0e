# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests and coverage tools leave behind, read as CodeBuild reads it.

Source: CodeBuild user guide, "Test reports": the formats, and the statuses of test cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

STATUSES = ("SUCCEEDED", "FAILED", "ERROR", "SKIPPED", "UNKNOWN")


class Unreadable(Exception):
    """A file is not of the format. The message is a sentence."""


@dataclass(frozen=True)
class Case:
    """A test case. `prefix` is what its name belongs to (a class, a feature); `seconds` is how long it took."""

    name: str
    status: str
    prefix: str = ""
    suite: str = ""
    seconds: float = 0.0
    message: str = ""
    path: str = ""

    @property
    def nanoseconds(self) -> int:
        return round(self.seconds * 1e9)


@dataclass(frozen=True)
class Coverage:
    """How far the lines and branches of a file are covered."""

    path: str
    lines_covered: int = 0
    lines_missed: int = 0
    branches_covered: int = 0
    branches_missed: int = 0

    @property
    def line_percentage(self) -> float:
        return percentage(self.lines_covered, self.lines_missed)

    @property
    def branch_percentage(self) -> float:
        return percentage(self.branches_covered, self.branches_missed)


def percentage(covered: int, missed: int) -> float:
    """Nothing to cover is covered wholly."""
    return round(100.0 * covered / (covered + missed), 2) if covered + missed else 100.0


def total(coverages: Iterable[Coverage]) -> Coverage:
    """All files together."""
    parts = list(coverages)
    members = ("lines_covered", "lines_missed", "branches_covered", "branches_missed")
    return Coverage("", *(sum(getattr(one, member) for one in parts) for member in members))


def counts(cases: Iterable[Case]) -> dict[str, int]:
    """How many cases have each status, with the zeros."""
    found = [case.status for case in cases]
    return {status: found.count(status) for status in STATUSES}


def root(content: bytes) -> ElementTree.Element:
    """The root of an XML file, its elements' names without namespaces. Raises Unreadable.

    Entities are not expanded without bound: expat limits that by itself.
    """
    try:
        found = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise Unreadable(f"It is not XML: {error}.") from None
    for element in found.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return found


def number(text: str | None) -> float:
    """A number of seconds or a count as tools write them ("1,234.5"); what is none is 0."""
    try:
        return float((text or "0").replace(",", ""))
    except ValueError:
        return 0.0
