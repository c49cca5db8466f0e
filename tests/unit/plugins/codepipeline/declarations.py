# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines in the options of convoy.delivery.codepipeline, in few words."""

from __future__ import annotations

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline import checks
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.declaration import declared

HOME = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/codepipeline"


def action(name, kind, order=1, inputs=(), outputs=(), **more):
    """An action; C(kind) is "Build CodeBuild" or, with an owner other than AWS, "Test Custom Probe"."""
    category, *owner, provider = kind.split()
    return {
        "name": name,
        "action_type_id": {"category": category, "owner": (owner or ["AWS"])[0], "provider": provider},
        "run_order": order,
        "input_artifacts": [{"name": one} for one in inputs],
        "output_artifacts": [{"name": one} for one in outputs],
        **more,
    }


def source(name="Bundle", outputs=("App",), **more):
    configuration = {"S3Bucket": "sources", "S3ObjectKey": "app.zip"}
    return action(name, "Source S3", outputs=outputs, **{"configuration": configuration, **more})


def connected(name="GitHub", outputs=("App",), **more):
    configuration = {"ConnectionArn": "arn:aws:x", "FullRepositoryId": "shop/web", "BranchName": "main"}
    return action(name, "Source CodeStarSourceConnection", outputs=outputs, configuration=configuration, **more)


def build(name="Compile", inputs=("App",), outputs=("Built",), **more):
    configuration = {"ProjectName": "shop", **more.pop("configuration", {})}
    return action(name, "Build CodeBuild", inputs=inputs, outputs=outputs, configuration=configuration, **more)


def deploy(name="Deploy", inputs=("App",), **more):
    configuration = {"ApplicationName": "shop", "DeploymentGroupName": "production"}
    return action(name, "Deploy CodeDeploy", inputs=inputs, configuration=configuration, **more)


def approve(name="Approve", **more):
    return action(name, "Approval Manual", **more)


def stage(name, *actions, **more):
    return {"name": name, "actions": list(actions), **more}


def condition(result, *rules):
    return {"conditions": [{"result": result, "rules": list(rules)}]}


def rule(name="Quiet", provider="CloudWatchAlarm", **more):
    configuration = {"AlarmName": "errors"} if provider == "CloudWatchAlarm" else {}
    return {"name": name, "rule_type_id": {"provider": provider}, "configuration": configuration, **more}


def pipeline(*stages, **more):
    """A pipeline of these stages behind a source; with C(stages=) of those alone."""
    given = {
        "name": "shop",
        "role_arn": ROLE,
        "pipeline_type": "V2",
        "artifact_store": {"location": "artifacts"},
        "stages": [stage("Source", source()), *(stages or [stage("Production", deploy())])],
    }
    return {**given, **more}


def check(options):
    """What the module does with the options of a pipeline that is not there yet."""
    form = declared(options)
    checks.check_given(form)
    checks.check_whole({"pipeline_type": "V1", "execution_mode": "SUPERSEDED", **form}, HOME)
