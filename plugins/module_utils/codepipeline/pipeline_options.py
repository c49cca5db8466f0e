# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of convoy.delivery.codepipeline: PipelineDeclaration of the API in option names."""

from __future__ import annotations

CATEGORIES = ["Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"]
RESULTS = ["ROLLBACK", "FAIL", "RETRY", "SKIP"]


def _structure(**options):
    return dict(type="dict", options=options)


def _structures(**options):
    return dict(type="list", elements="dict", options=options)


STRINGS = dict(type="list", elements="str")

STORE = _structure(
    type=dict(choices=["S3"], default="S3"),
    location=dict(required=True),
    # The key's name, not the key.
    encryption_key=dict(no_log=False, **_structure(id=dict(required=True), type=dict(choices=["KMS"], default="KMS"))),
)
ACTION_TYPE = dict(
    required=True,
    **_structure(
        category=dict(required=True, choices=CATEGORIES),
        owner=dict(choices=["AWS", "ThirdParty", "Custom"], default="AWS"),
        provider=dict(required=True),
        version=dict(default="1"),
    ),
)
RULE_TYPE = dict(
    required=True,
    **_structure(
        category=dict(choices=["Rule"], default="Rule"),
        owner=dict(choices=["AWS"], default="AWS"),
        provider=dict(required=True),
        version=dict(default="1"),
    ),
)
INPUTS = _structures(name=dict(required=True))
ACTIONS = _structures(
    name=dict(required=True),
    action_type_id=ACTION_TYPE,
    run_order=dict(type="int"),
    configuration=dict(type="dict"),
    commands=STRINGS,
    input_artifacts=INPUTS,
    output_artifacts=_structures(name=dict(required=True), files=STRINGS),
    output_variables=STRINGS,
    environment_variables=_structures(
        name=dict(required=True),
        value=dict(required=True),
        type=dict(choices=["PLAINTEXT", "SECRETS_MANAGER"], default="PLAINTEXT"),
    ),
    namespace=dict(type="str"),
    region=dict(type="str"),
    role_arn=dict(type="str"),
    timeout_in_minutes=dict(type="int"),
)
RULES = _structures(
    name=dict(required=True),
    rule_type_id=RULE_TYPE,
    configuration=dict(type="dict"),
    commands=STRINGS,
    input_artifacts=INPUTS,
    region=dict(type="str"),
    role_arn=dict(type="str"),
    timeout_in_minutes=dict(type="int"),
)
CONDITIONS = _structures(result=dict(choices=RESULTS), rules=RULES)
STAGES = _structures(
    name=dict(required=True),
    actions=dict(required=True, **ACTIONS),
    before_entry=_structure(conditions=dict(required=True, **CONDITIONS)),
    on_success=_structure(conditions=dict(required=True, **CONDITIONS)),
    on_failure=_structure(
        result=dict(choices=RESULTS),
        retry_configuration=_structure(retry_mode=dict(choices=["FAILED_ACTIONS", "ALL_ACTIONS"])),
        conditions=CONDITIONS,
    ),
)
CRITERIA = _structure(includes=STRINGS, excludes=STRINGS)
TRIGGERS = _structures(
    provider_type=dict(choices=["CodeStarSourceConnection"], default="CodeStarSourceConnection"),
    git_configuration=dict(
        required=True,
        **_structure(
            source_action_name=dict(required=True),
            push=_structures(tags=CRITERIA, branches=CRITERIA, file_paths=CRITERIA),
            pull_request=_structures(
                events=dict(type="list", elements="str", choices=["OPEN", "UPDATED", "CLOSED"]),
                branches=CRITERIA,
                file_paths=CRITERIA,
            ),
        ),
    ),
)
VARIABLES = _structures(name=dict(required=True), default_value=dict(type="str"), description=dict(type="str"))

PIPELINE_OPTIONS = dict(
    name=dict(required=True),
    role_arn=dict(type="str"),
    pipeline_type=dict(choices=["V1", "V2"]),
    execution_mode=dict(choices=["QUEUED", "SUPERSEDED", "PARALLEL"]),
    artifact_store=STORE,
    artifact_stores=dict(type="dict"),
    variables=VARIABLES,
    triggers=TRIGGERS,
    stages=STAGES,
)
