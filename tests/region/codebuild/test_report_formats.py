# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of test and coverage tools, read."""

import pytest

from local_region.engine.build_report import Case, Coverage, Unreadable, counts, total
from local_region.engine.build_report_coverage import COVERAGE_FORMATS, by_file
from local_region.engine.build_report_tests import TEST_FORMATS

# Each file has a case that went well, one that failed ("no") and one that was skipped, as far as the format can say so.
TESTS = {
    "JUNITXML": """<?xml version="1.0"?><testsuites><testsuite name="s">
        <testcase classname="c" name="good" time="1.5"/>
        <testcase classname="c" name="bad" time="0.5"><failure message="no">trace</failure></testcase>
        <testcase classname="c" name="left"><skipped message="later"/></testcase></testsuite></testsuites>""",
    "NUNITXML": """<test-results><test-suite><results>
        <test-case name="c.good" executed="True" result="Success" time="1.5"/>
        <test-case name="c.bad" executed="True" result="Failure" time="0.5"><failure><message>no</message></failure>
        </test-case>
        <test-case name="c.left" executed="False" result="Ignored"><reason><message>later</message></reason></test-case>
        </results></test-suite></test-results>""",
    "NUNIT3XML": """<test-run><test-suite>
        <test-case name="good" classname="c" result="Passed" duration="1.5"/>
        <test-case name="bad" classname="c" result="Failed" duration="0.5"><failure><message>no</message></failure>
        </test-case>
        <test-case name="left" classname="c" result="Skipped"><reason><message>later</message></reason></test-case>
        </test-suite></test-run>""",
    "TESTNGXML": """<testng-results><suite name="s"><test><class name="c">
        <test-method name="setUp" is-config="true" status="PASS" duration-ms="9"/>
        <test-method name="good" status="PASS" duration-ms="1500"/>
        <test-method name="bad" status="FAIL" duration-ms="500"><exception><message>no</message></exception>
        </test-method>
        <test-method name="left" status="SKIP" duration-ms="0"><exception><message>later</message></exception>
        </test-method>
        </class></test></suite></testng-results>""",
    "VISUALSTUDIOTRX": """<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><TestDefinitions>
        <UnitTest id="1"><TestMethod className="c"/></UnitTest><UnitTest id="2"><TestMethod className="c"/></UnitTest>
        <UnitTest id="3"><TestMethod className="c"/></UnitTest></TestDefinitions><Results>
        <UnitTestResult testId="1" testName="good" outcome="Passed" duration="00:00:01.5"/>
        <UnitTestResult testId="2" testName="bad" outcome="Failed" duration="00:00:00.5"><Output><ErrorInfo>
        <Message>no</Message></ErrorInfo></Output></UnitTestResult>
        <UnitTestResult testId="3" testName="left" outcome="NotExecuted"><Output><ErrorInfo><Message>later</Message>
        </ErrorInfo></Output></UnitTestResult></Results></TestRun>""",
    "CUCUMBERJSON": """[{"name": "c", "elements": [
        {"name": "a background", "type": "background", "steps": []},
        {"name": "good", "steps": [{"result": {"status": "passed", "duration": 1500000000}}]},
        {"name": "bad", "steps": [{"result": {"status": "failed", "duration": 500000000, "error_message": "no"}},
                                  {"result": {"status": "skipped"}}]},
        {"name": "left", "steps": [{"result": {"status": "skipped", "error_message": "later"}}]}]}]""",
}


@pytest.mark.parametrize("name", TESTS)
def test_cases_are_read_with_their_statuses_times_and_messages(name):
    cases = list(TEST_FORMATS[name](TESTS[name].encode()))
    assert [(one.name, one.prefix, one.status, one.seconds, one.message) for one in cases] == [
        ("good", "c", "SUCCEEDED", 1.5, ""),
        ("bad", "c", "FAILED", 0.5, "no"),
        ("left", "c", "SKIPPED", 0.0, "later"),
    ]


def test_every_format_of_tests_has_a_file_here():
    assert set(TESTS) == set(TEST_FORMATS)


@pytest.mark.parametrize(
    ("file", "suites"),
    [
        ('<testsuite name="a"><testcase name="t"/></testsuite>', ["a"]),
        (
            '<testsuites><testsuite name="a"><testsuite name="b"><testcase name="t"/></testsuite></testsuite>'
            "</testsuites>",
            ["b"],
        ),
        ('<testsuites><testcase name="t"/></testsuites>', [""]),
        ('<testsuite name="a"><testcase name="t"><error>E</error></testcase></testsuite>', ["a"]),
    ],
)
def test_junit_suites_may_be_nested_or_left_out(file, suites):
    assert [one.suite for one in TEST_FORMATS["JUNITXML"](file.encode())] == suites


COVERAGE = {
    "COBERTURAXML": """<coverage><packages><package><classes><class filename="a.py"><lines>
        <line number="1" hits="2"/><line number="2" hits="1" branch="true" condition-coverage="50% (1/2)"/>
        <line number="3" hits="0"/></lines></class></classes></package></packages></coverage>""",
    "JACOCOXML": """<report><package name=""><sourcefile name="a.py"><counter type="LINE" missed="1" covered="2"/>
        <counter type="BRANCH" missed="1" covered="1"/></sourcefile></package></report>""",
    "CLOVERXML": """<coverage><project><file name="a.py"><metrics statements="3" coveredstatements="2"
        conditionals="2" coveredconditionals="1"/></file></project></coverage>""",
}


@pytest.mark.parametrize("name", COVERAGE)
def test_coverage_is_read_by_file(name):
    assert list(COVERAGE_FORMATS[name](COVERAGE[name].encode())) == [Coverage("a.py", 2, 1, 1, 1)]


@pytest.mark.parametrize("lines", ["[1, null, 0, 3]", '{"lines": [1, null, 0, 3]}'])
def test_simplecov_has_lines_alone(lines):
    content = f'{{"RSpec": {{"coverage": {{"a.rb": {lines}}}}}}}'.encode()
    assert list(COVERAGE_FORMATS["SIMPLECOV"](content)) == [Coverage("a.rb", 2, 1)]


def test_classes_of_a_file_are_added_up():
    found = by_file(iter([Coverage("a", 1, 1), Coverage("b", 3, 0), Coverage("a", 1, 1, 2, 0)]))
    assert found == [Coverage("a", 2, 2, 2, 0), Coverage("b", 3, 0)]
    assert (found[0].line_percentage, total(found).line_percentage) == (50.0, 71.43)


def test_what_has_nothing_to_cover_is_covered():
    assert Coverage("empty").line_percentage == 100.0


@pytest.mark.parametrize("name", [*TEST_FORMATS, *COVERAGE_FORMATS])
@pytest.mark.parametrize("content", [b"", b"<html/>", b"[1, 2]", b"\x00\xff"])
def test_a_file_of_another_kind_is_unreadable(name, content):
    with pytest.raises(Unreadable):
        list((TEST_FORMATS | COVERAGE_FORMATS)[name](content))


def test_all_statuses_are_counted():
    found = counts([Case("a", "SUCCEEDED"), Case("b", "FAILED"), Case("c", "SUCCEEDED")])
    assert found == {"SUCCEEDED": 2, "FAILED": 1, "ERROR": 0, "SKIPPED": 0, "UNKNOWN": 0}
