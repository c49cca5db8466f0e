# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of parameters, flags and secrets before anything is written."""

import pytest
from ansible_collections.convoy.delivery.plugins.filter.parameter_mistakes import parameter_mistakes

SECRET = "hunter2"


def mistakes(values=(), flags=(), secrets=()):
    return parameter_mistakes(dict(values), dict(flags), dict(secrets))


def test_nothing_is_wrong_with_values_that_fit():
    values = {
        "database/host": {"value": "db.internal"},
        "zones": {"type": "StringList", "value": ["a", "b"]},
        "key": {"type": "SecureString", "value": SECRET, "description": "of the payment service"},
    }
    secrets = {"database/password": {"generate": True, "length": 40}, "token": {"value": SECRET}}
    assert mistakes(values, {"new_checkout": True}, secrets) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"values": {"a b": {"value": "x"}}}, "The parameter 'a b' has a name that AWS does not take."),
        ({"flags": {"new/checkout": True}}, "The flag 'new/checkout' has a name that AWS does not take."),
        ({"values": {"a": SECRET}}, "The parameter a is not a mapping."),
        ({"values": {"a": {"value": 5}}}, "The parameter a has a value that is not text."),
        ({"values": {"a": {"value": ""}}}, "The parameter a has 0 bytes."),
        ({"values": {"a": {"value": "x" * 4097}}}, "The parameter a has 4097 bytes."),
        ({"values": {"a": {"value": SECRET, "type": "Secret"}}}, "The parameter a has the type Secret."),
        ({"values": {"a": {"value": SECRET, "tipe": "String"}}}, "The parameter a has tipe, which is not known."),
        ({"secrets": {"a": {}}}, "The secret a has neither a value nor generate."),
        ({"secrets": {"a": {"value": SECRET, "generate": True}}}, "The secret a has a value and generate."),
    ],
)
def test_a_mistake_is_told_in_a_sentence_that_does_not_tell_the_value(given, sentence):
    told = mistakes(**given)
    assert any(one.startswith(sentence) for one in told), told
    assert not any(SECRET in one for one in told)
