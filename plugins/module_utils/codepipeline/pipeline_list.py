# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The pipelines of an account, each in the form that C(convoy.delivery.codepipeline) takes."""

from __future__ import annotations

from ..engine.errors import Failure
from .common import Tags, check_name, codepipeline
from .pipeline import read_pipeline

MOST_EXECUTIONS = 100  # on a page of ListPipelineExecutions


def list_pipelines(context, names=None, version=None, with_state=False, executions=0):
    """The pipelines of these names (all when None) by name; unknown ones are left out.

    :arg version: an older version of the declaration, of one pipeline.
    :arg with_state: tell under C(state) where each stage and action stands.
    :arg executions: tell under C(executions) about so many, the newest first.
    """
    _check(names, version, executions)
    client = codepipeline(context)
    if names is None:
        names = [one["name"] for one in client.pages("list_pipelines", "pipelines", doing="list the pipelines")]
    found = [read_pipeline(client, name, version) for name in sorted(set(names))]
    return [_with_details(context, client, one, with_state, executions) for one in found if one]


def _check(names, version, executions):
    for name in names or []:
        check_name("pipeline_names", name)
    if version is not None and len(names or []) != 1:
        raise Failure("version: is that of one pipeline. Name the one in pipeline_names, or leave version out.")
    if not 0 <= executions <= MOST_EXECUTIONS:
        raise Failure(
            f"executions: {executions} is not possible. Use 0 to {MOST_EXECUTIONS}; for more there is "
            "convoy.delivery.codepipeline_execution_info."
        )


def _with_details(context, client, pipeline, with_state, executions):
    name = pipeline["name"]
    told = {**pipeline, "tags": Tags(context).read(pipeline["pipeline_arn"])}
    if with_state:
        told["state"] = client.call("get_pipeline_state", doing=f"read the state of {name}", name=name)
    if executions:
        answer = client.call(
            "list_pipeline_executions",
            doing=f"list the executions of {name}",
            pipeline_name=name,
            max_results=executions,
        )
        told["executions"] = answer.get("pipeline_execution_summaries") or []
    return told
