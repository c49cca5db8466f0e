# SPDX-License-Identifier: GPL-3.0-or-later
"""Code coverage of the formats that CodeBuild knows, by file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from local_region.engine.build_report import Coverage, Unreadable, number, root, total

OF_CONDITIONS = re.compile(r"\((\d+)/(\d+)\)")


def cobertura(content: bytes) -> Iterator[Coverage]:
    """Cobertura's XML, as coverage.py writes it: lines of classes, branches as "50% (1/2)"."""
    for one in _required(root(content), "coverage").iter("class"):
        lines = one.findall("lines/line")
        hit = sum(number(line.get("hits")) > 0 for line in lines)
        taken = possible = 0
        for line in lines:
            if found := OF_CONDITIONS.search(line.get("condition-coverage", "")):
                taken, possible = taken + int(found[1]), possible + int(found[2])
        yield Coverage(one.get("filename", ""), hit, len(lines) - hit, taken, possible - taken)


def jacoco(content: bytes) -> Iterator[Coverage]:
    """JaCoCo's XML: counters of source files."""
    for package in _required(root(content), "report").iter("package"):
        for file in package.findall("sourcefile"):
            counters = {
                one.get("type"): (int(number(one.get("covered"))), int(number(one.get("missed"))))
                for one in file.findall("counter")
            }
            path = "/".join(part for part in (package.get("name"), file.get("name")) if part)
            yield Coverage(path, *counters.get("LINE", (0, 0)), *counters.get("BRANCH", (0, 0)))


def clover(content: bytes) -> Iterator[Coverage]:
    """Clover's XML: metrics of files; its elements are lines, methods and conditionals alike."""
    for file in _required(root(content), "coverage").iter("file"):
        metrics = file.find("metrics")
        if metrics is None:
            continue
        branches = int(number(metrics.get("conditionals")))
        taken = int(number(metrics.get("coveredconditionals")))
        lines = int(number(metrics.get("statements")))
        hit = int(number(metrics.get("coveredstatements")))
        yield Coverage(file.get("path") or file.get("name", ""), hit, lines - hit, taken, branches - taken)


def simplecov(content: bytes) -> Iterator[Coverage]:
    """SimpleCov's JSON (the result set): hits by line, null for lines without code."""
    try:
        results = json.loads(content)
        for run in results.values():
            for path, covered in run["coverage"].items():
                lines = covered["lines"] if isinstance(covered, dict) else covered
                hits = [line for line in lines if line is not None]
                hit = sum(line > 0 for line in hits)
                yield Coverage(path, hit, len(hits) - hit)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise Unreadable(f"It is not a SimpleCov result set: {error!r}.") from None


def by_file(coverages: Iterator[Coverage]) -> list[Coverage]:
    """One of each file: classes and runs of the same file added up."""
    found: dict[str, list[Coverage]] = {}
    for one in coverages:
        found.setdefault(one.path, []).append(one)
    summed = [(path, total(parts)) for path, parts in found.items()]
    return [
        Coverage(path, one.lines_covered, one.lines_missed, one.branches_covered, one.branches_missed)
        for path, one in summed
    ]


def _required(top: Element, tag: str) -> Element:
    if top.tag != tag:
        raise Unreadable(f"The report begins with {tag}, not with {top.tag}.")
    return top


COVERAGE_FORMATS: dict[str, Callable[[bytes], Iterator[Coverage]]] = {
    "CLOVERXML": clover,
    "COBERTURAXML": cobertura,
    "JACOCOXML": jacoco,
    "SIMPLECOV": simplecov,
}
