# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of composite alarms: from a structure to CloudWatch's expression."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.cloudwatch import alarm_rule
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure

WORDS = [
    ({"any": ["a", "b"]}, 'ALARM("a") OR ALARM("b")'),
    ({"all": ["a", "b", "c"]}, 'ALARM("a") AND ALARM("b") AND ALARM("c")'),
    ({"any": ["a", {"all": ["b", "c"]}]}, 'ALARM("a") OR (ALARM("b") AND ALARM("c"))'),
    ({"all": [{"any": ["a", "b"]}, {"not": "c"}]}, '(ALARM("a") OR ALARM("b")) AND NOT ALARM("c")'),
    ({"not": {"any": ["a", "b"]}}, 'NOT (ALARM("a") OR ALARM("b"))'),
    ({"not": {"not": "a"}}, 'NOT NOT ALARM("a")'),
    ({"any": ["a"]}, 'ALARM("a")'),
    ({"all": [{"any": [{"all": ["a", "b"]}]}, "c"]}, '(ALARM("a") AND ALARM("b")) AND ALARM("c")'),
    ({"ok": "a"}, 'OK("a")'),
    ({"any": [{"insufficient_data": "a"}, {"alarm": "b"}]}, 'INSUFFICIENT_DATA("a") OR ALARM("b")'),
    ({"alarm": 'a "quoted" \\ name'}, 'ALARM("a \\"quoted\\" \\\\ name")'),
    ("  ALARM(a)\n  OR OK( b )\n", "ALARM(a) OR OK( b )"),
    ('ALARM("two  spaces")  OR  TRUE', 'ALARM("two  spaces") OR TRUE'),
]


@pytest.mark.parametrize(("rule", "text"), WORDS, ids=[text for _rule, text in WORDS])
def test_a_rule_in_the_words_of_cloudwatch(rule, text):
    assert alarm_rule.expression(rule) == text


@pytest.mark.parametrize("rule", [rule for rule, _text in WORDS], ids=str)
def test_the_local_region_reads_what_is_written(rule):
    from local_region.engine.alarm_rule import Rule

    assert isinstance(Rule(alarm_rule.expression(rule)), Rule)


def truth(rule, ringing):
    """What a structure means, by its definition."""
    if isinstance(rule, str):
        return rule in ringing
    ((key, value),) = rule.items()
    if key == "not":
        return not truth(value, ringing)
    return {"any": any, "all": all}[key](truth(one, ringing) for one in value)


@pytest.mark.parametrize("ringing", [set(), {"a"}, {"b"}, {"c"}, {"a", "b"}, {"a", "c"}, {"b", "c"}, {"a", "b", "c"}])
@pytest.mark.parametrize("rule", [rule for rule, text in WORDS[:8]], ids=str)
def test_the_expression_means_what_the_structure_says(rule, ringing):
    from local_region.engine.alarm_rule import Rule

    assert Rule(alarm_rule.expression(rule)).holds(lambda one: one.alarm in ringing) == truth(rule, ringing)


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"any": []}, "alarm_rule.any: []"),
        ({"all": "a"}, "alarm_rule.all: 'a' is not a list"),
        ({"any": ["a", {"all": ["b", 3]}]}, "alarm_rule.any[1].all[1]: 3"),
        ({"any": ["a"], "all": ["b"]}, "alarm_rule: {'any': ['a'], 'all': ['b']}"),
        ({"not": ["a"]}, "alarm_rule.not: ['a']"),
        ({"ok": ""}, "alarm_rule.ok: ''"),
        (["a", "b"], "alarm_rule: ['a', 'b']"),
        ("", "alarm_rule: it is empty"),
        ({"any": [f"alarm-{n:04}" for n in range(1000)]}, "alarm_rule: the expression has 2"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(rule, place):
    with pytest.raises(Failure) as refused:
        alarm_rule.expression(rule)
    assert str(refused.value).startswith(place)


def test_only_white_space_between_the_words_does_not_matter():
    assert alarm_rule.same('ALARM("a b") OR OK(c)', 'ALARM( "a b" )\nOR OK(c)')
    assert not alarm_rule.same('ALARM("a b")', 'ALARM("a  b")')
    assert not alarm_rule.same("ALARM(a) OR OK(b)", "ALARM(a) AND OK(b)")
    assert not alarm_rule.same(None, "ALARM(a)")
