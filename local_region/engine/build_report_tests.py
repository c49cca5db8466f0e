# SPDX-License-Identifier: GPL-3.0-or-later
"""Test cases of the formats that CodeBuild knows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from local_region.engine.build_report import Case, Unreadable, number, root


def junit(content: bytes) -> Iterator[Case]:
    """JUnit's XML, as pytest and most others write it: testsuites of testsuites of testcases."""
    top = root(content)
    if top.tag not in ("testsuites", "testsuite"):
        raise Unreadable(f"A JUnit report begins with testsuites or testsuite, not with {top.tag}.")
    suites = [top, *top.iter("testsuite")] if top.tag == "testsuites" else list(top.iter("testsuite"))
    for suite in suites:
        for case in suite.findall("testcase"):
            status, message = _junit_outcome(case)
            seconds = number(case.get("time"))
            yield Case(case.get("name", ""), status, case.get("classname", ""), suite.get("name", ""), seconds, message)


def _junit_outcome(case: Element) -> tuple[str, str]:
    for tag, status in (("error", "ERROR"), ("failure", "FAILED"), ("skipped", "SKIPPED")):
        found = case.find(tag)
        if found is not None:
            return status, _said(found.get("message"), found.text)
    return "SUCCEEDED", ""


def nunit(content: bytes) -> Iterator[Case]:
    """NUnit 2: test-case elements with result and success."""
    results = {"Success": "SUCCEEDED", "Failure": "FAILED", "Error": "ERROR"}
    for case in _required(root(content), "test-results").iter("test-case"):
        status = results.get(case.get("result", ""), "SKIPPED" if case.get("executed") == "False" else "UNKNOWN")
        message = _said(case.findtext("failure/message"), case.findtext("reason/message"))
        prefix, _, name = case.get("name", "").rpartition(".")
        yield Case(name, status, prefix, seconds=number(case.get("time")), message=message)


def nunit3(content: bytes) -> Iterator[Case]:
    """NUnit 3: test-case elements below test-run."""
    results = {"Passed": "SUCCEEDED", "Failed": "FAILED", "Skipped": "SKIPPED", "Inconclusive": "UNKNOWN"}
    for case in _required(root(content), "test-run").iter("test-case"):
        status = results.get(case.get("result", ""), "UNKNOWN")
        if case.get("label") == "Error":
            status = "ERROR"
        message = _said(case.findtext("failure/message"), case.findtext("reason/message"))
        seconds = number(case.get("duration"))
        yield Case(case.get("name", ""), status, case.get("classname", ""), seconds=seconds, message=message)


def testng(content: bytes) -> Iterator[Case]:
    """TestNG's own XML: test-methods of classes; those that configure are no test cases."""
    results = {"PASS": "SUCCEEDED", "FAIL": "FAILED", "SKIP": "SKIPPED"}
    for suite in _required(root(content), "testng-results").iter("suite"):
        for group in suite.iter("class"):
            for method in group.findall("test-method"):
                if method.get("is-config") == "true":
                    continue
                yield Case(
                    method.get("name", ""),
                    results.get(method.get("status", ""), "UNKNOWN"),
                    group.get("name", ""),
                    suite.get("name", ""),
                    number(method.get("duration-ms")) / 1000,
                    _said(method.findtext("exception/message")),
                )


def trx(content: bytes) -> Iterator[Case]:
    """Visual Studio's TRX."""
    results = {"Passed": "SUCCEEDED", "Failed": "FAILED", "Error": "ERROR", "NotExecuted": "SKIPPED"}
    top = _required(root(content), "TestRun")
    classes = {
        test.get("id"): method.get("className", "")
        for test in top.iter("UnitTest")
        for method in test.iter("TestMethod")
    }
    for result in top.iter("UnitTestResult"):
        yield Case(
            result.get("testName", ""),
            results.get(result.get("outcome", ""), "UNKNOWN"),
            classes.get(result.get("testId"), ""),
            seconds=_clock_time(result.get("duration", "")),
            message=_said(result.findtext("Output/ErrorInfo/Message")),
        )


def cucumber(content: bytes) -> Iterator[Case]:
    """Cucumber's JSON: a scenario is a case, with the worst of its steps' results."""
    try:
        features = json.loads(content)
        for feature in features:
            for scenario in feature.get("elements", []):
                if scenario.get("type", "scenario") == "scenario":
                    yield _scenario(feature, scenario)
    except (ValueError, AttributeError, TypeError) as error:
        raise Unreadable(f"It is not a Cucumber report: {error}.") from None


def _scenario(feature: dict, scenario: dict) -> Case:
    steps = [*scenario.get("before", []), *scenario.get("steps", []), *scenario.get("after", [])]
    results = [step.get("result", {}) for step in steps]
    found = {result.get("status", "undefined") for result in results}
    status = "SUCCEEDED"
    for said, meant in (("failed", "FAILED"), ("undefined", "UNKNOWN"), ("pending", "SKIPPED"), ("skipped", "SKIPPED")):
        if said in found:
            status = meant
            break
    seconds = sum(result.get("duration", 0) for result in results) / 1e9
    message = next((result["error_message"] for result in results if "error_message" in result), "")
    return Case(scenario.get("name", ""), status, feature.get("name", ""), feature.get("uri", ""), seconds, message)


def _required(top: Element, tag: str) -> Element:
    if top.tag != tag:
        raise Unreadable(f"The report begins with {tag}, not with {top.tag}.")
    return top


def _said(*texts: str | None) -> str:
    return next((text.strip() for text in texts if text and text.strip()), "")


def _clock_time(text: str) -> float:
    """Seconds of 00:00:01.2345."""
    found = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", text)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


TEST_FORMATS: dict[str, Callable[[bytes], Iterator[Case]]] = {
    "CUCUMBERJSON": cucumber,
    "JUNITXML": junit,
    "NUNITXML": nunit,
    "NUNIT3XML": nunit3,
    "TESTNGXML": testng,
    "VISUALSTUDIOTRX": trx,
}
