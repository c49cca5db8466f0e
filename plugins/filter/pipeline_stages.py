# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The stages of a pipeline over environments."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pipeline_stages
version_added: "0.1.0"
short_description: The stages of a pipeline over environments
description:
  - C(Source), C(Build), and a stage for each environment, called after it with a capital first letter. Before an
    environment that needs it comes a stage C(Approval), or C(Approval-ENVIRONMENT) where there are several.
  - The variables of the source are in the namespace C(SourceVariables), those of the build in C(BuildVariables).
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: The environments, which are CodeDeploy deployment groups, in the order of their turns.
    type: list
    elements: str
    required: true
  places:
    description:
      - Where the environments are, as P(convoy.delivery.delivery_places#filter) says it. To one in another region than
        O(home) is deployed there, to one in another account with its C(action_role_arn), which the pipeline assumes.
    type: list
    elements: dict
    default: []
  home:
    description: Where the pipeline is, as P(convoy.delivery.delivery_places#filter) says it. Goes with O(places).
    type: dict
  source:
    description: C(provider) and C(configuration) of the source action, as the role source sets them.
    type: dict
    required: true
  build_project:
    description: CodeBuild project that makes the bundle.
    type: str
    required: true
  application:
    description: CodeDeploy application.
    type: str
    required: true
  approve_before:
    description: Environments that a release needs an approval for.
    type: list
    elements: str
    default: []
  approval:
    description: C(message), C(topic_arn) and C(timeout_minutes) of the approvals; an empty one is left out.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Keep the pipeline
  convoy.delivery.codepipeline:
    name: storefront
    stages: >-
      {{ ['staging', 'production'] | convoy.delivery.pipeline_stages(
           source={'provider': 'CodeCommit', 'configuration': {'RepositoryName': 'storefront', 'BranchName': 'main'}},
           build_project='storefront', application='storefront', approve_before=['production']) }}
"""

RETURN = r"""
_value:
  description: C(stages) as M(convoy.delivery.codepipeline) takes them.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError

SOURCE = "Source"
BUNDLE = "Bundle"


def pipeline_stages(
    environments, source, build_project, application, approve_before=(), approval=None, places=(), home=None
):
    """See DOCUMENTATION."""
    unknown = [name for name in approve_before if name not in environments]
    if unknown:
        raise AnsibleFilterError(
            f"approve_before: {unknown[0]} is not among the environments {', '.join(environments)}. "
            "Name some of those, or leave it out."
        )
    stages = [_stage("Source", _source(source)), _stage("Build", _build(build_project))]
    for name in environments:
        if name in approve_before:
            stages.append(_stage(_approval_stage(name, approve_before), _approval(name, approval or {})))
        stages.append(_stage(_titled(name), _deploy(application, name, _elsewhere(name, places, home))))
    return stages


def _stage(name, action):
    return {"name": name, "actions": [action]}


def _source(source):
    return {
        **_action("Source", "Source", source["provider"]),
        "configuration": source["configuration"],
        "output_artifacts": [{"name": SOURCE}],
        "namespace": "SourceVariables",
    }


def _build(project):
    return {
        **_action("Build", "Build", "CodeBuild"),
        "configuration": {"ProjectName": project},
        "input_artifacts": [{"name": SOURCE}],
        "output_artifacts": [{"name": BUNDLE}],
        "namespace": "BuildVariables",
    }


def _approval(environment, approval):
    configuration = {"CustomData": approval.get("message"), "NotificationArn": approval.get("topic_arn")}
    action = {
        **_action("Approve", "Approval", "Manual"),
        "configuration": {name: text for name, text in configuration.items() if text},
    }
    if approval.get("timeout_minutes"):
        action["timeout_in_minutes"] = int(approval["timeout_minutes"])
    return action


def _deploy(application, environment, place):
    return {
        **_action("Deploy", "Deploy", "CodeDeploy"),
        "configuration": {"ApplicationName": application, "DeploymentGroupName": environment},
        "input_artifacts": [{"name": BUNDLE}],
        **place,
    }


def _elsewhere(environment, places, home):
    """C(region) and C(role_arn) of an action that is not to act in the pipeline's own region and account."""
    place = next((one for one in places if one["environment"] == environment), home)
    elsewhere = {}
    if place and place["region"] != home["region"]:
        elsewhere["region"] = place["region"]
    if place and place["account_id"] != home["account_id"]:
        elsewhere["role_arn"] = place["action_role_arn"]
    return elsewhere


def _action(name, category, provider):
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "action_type_id": kind, "run_order": 1}


def _approval_stage(environment, approve_before):
    return "Approval" if len(approve_before) == 1 else f"Approval-{_titled(environment)}"


def _titled(name):
    return name[:1].upper() + name[1:]


class FilterModule:
    """The collection's filters."""

    def filters(self):
        return {"pipeline_stages": pipeline_stages}
