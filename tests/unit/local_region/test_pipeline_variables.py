# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in configurations."""

import pytest

from local_region.engine.pipeline_variables import Unresolved, references, resolve, size

KNOWN = {
    "codepipeline": {"PipelineExecutionId": "e-1"},
    "Build": {"VERSION": "2.0"},
    "variables": {"a": "#{Build.VERSION}"},
}


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("plain", "plain"),
        ("#{Build.VERSION}", "2.0"),
        ("storefront-#{Build.VERSION}-#{codepipeline.PipelineExecutionId}", "storefront-2.0-e-1"),
        ("#{variables.a}", "#{Build.VERSION}"),  # a value is text, not a template
        ("${Build.VERSION}", "${Build.VERSION}"),
    ],
)
def test_references_are_replaced_by_their_values(text, resolved):
    assert resolve(text, KNOWN) == resolved


@pytest.mark.parametrize("text", ["#{Build.NOTHING}", "#{Nobody.VERSION}", "#{Build}"])
def test_a_reference_that_leads_nowhere_is_named(text):
    with pytest.raises(Unresolved) as unresolved:
        resolve(f"v #{{Build.VERSION}} {text}", KNOWN)
    assert unresolved.value.reference == text


def test_references_of_a_text_are_found_with_namespace_and_key():
    assert list(references("#{a.b} #{c}")) == [("#{a.b}", "a", "b"), ("#{c}", "c", "")]


def test_the_size_of_variables_counts_bytes():
    assert size({"key": "ü"}) == 5
