# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CodePipeline would refuse in a declaration, or fail on later, said in one sentence before anything is sent.

Pure functions over a declaration in the form of C(declaration.declared). Each raises Failure for the first thing that
is wrong, naming stage, action, option, value and remedy. Values of configurations are never told: they may be secret.

Sources, where a function names no other: the service's model (patterns and lengths); user guide, "CodePipeline
pipeline structure reference" and "Quotas in AWS CodePipeline".
"""

from __future__ import annotations

import re

from ..engine.errors import Failure
from .checks_artifacts import check_artifacts
from .checks_conditions import check_conditions
from .checks_stages import check_stages
from .checks_triggers import check_triggers
from .checks_types import check_type
from .checks_variables import check_variables
from .common import check_name
from .declaration import actions, rules

_ROLE_ARN = re.compile(r"arn:aws(-\w+)*:iam::\d{12}:role/.*")
_BUCKET = re.compile(r"[a-zA-Z0-9.-]{3,63}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")


def check_given(wanted):
    """What is wrong in the task's own options, whatever is there already."""
    check_name("name", wanted["name"])
    check_role("role_arn", wanted.get("role_arn"))
    if wanted.get("artifact_store") and wanted.get("artifact_stores"):
        raise Failure(
            "artifact_store and artifact_stores exclude each other: give artifact_stores when actions are in several "
            "regions, artifact_store otherwise."
        )
    _check_store("artifact_store", wanted.get("artifact_store"))
    for region, store in (wanted.get("artifact_stores") or {}).items():
        if not _REGION.fullmatch(region):
            raise Failure(f"artifact_stores: {region!r} is not a region. Use names such as eu-central-1 as its keys.")
        _check_store(f"artifact_stores.{region}", store)
    if "stages" not in wanted:
        return
    for stage, action in actions(wanted["stages"]):
        check_role(f"stage {stage['name']}, action {action['name']}: role_arn", action.get("role_arn"))
    for stage in wanted["stages"]:
        for kind, _condition, rule in rules(stage):
            check_role(f"stage {stage['name']}, {kind} rule {rule['name']}: role_arn", rule.get("role_arn"))
    check_stages(wanted["stages"])
    check_artifacts(wanted["stages"])


def check_whole(pipeline, home):
    """What does not go together in the pipeline as it would be.

    :arg home: the region of the pipeline.
    """
    missing = [name for name in ("role_arn", "stages") if not pipeline.get(name)]
    if not (pipeline.get("artifact_store") or pipeline.get("artifact_stores")):
        missing.append("artifact_store")
    if missing:
        raise Failure(
            f"{', '.join(missing)}: required to create pipeline {pipeline['name']}, which does not exist yet. "
            "Give the option, or correct name."
        )
    check_type(pipeline)
    _check_regions(pipeline, home)
    check_conditions(pipeline)
    check_variables(pipeline)
    check_triggers(pipeline)


def check_role(option, arn):
    """Refuse what is not the ARN of a role."""
    if arn is not None and not _ROLE_ARN.fullmatch(arn):
        raise Failure(f"{option}: {arn!r} is not the ARN of a role (arn:aws:iam::123456789012:role/NAME). Correct it.")


def _check_store(option, store):
    """The stores of artifact_stores are a free-form map to Ansible, which checks nothing in them."""
    if store is None:
        return
    if not isinstance(store, dict):
        raise Failure(f"{option}: {store!r} is not an artifact store. Give location, and encryption_key if you like.")
    _check_members(option, store, ("type", "location", "encryption_key"))
    location = store.get("location")
    if not isinstance(location, str) or not _BUCKET.fullmatch(location):
        raise Failure(f"{option}.location: {location!r} is not the name of a bucket. Give the name alone, no folder.")
    if store["type"] != "S3":
        raise Failure(f"{option}.type: {store['type']!r} is not possible. Use S3, or leave it out.")
    if "encryption_key" not in store:
        return
    key = store["encryption_key"]
    if not isinstance(key, dict) or not key.get("id"):
        raise Failure(f"{option}.encryption_key: {key!r} has no id. Give the id, the ARN or the alias of the KMS key.")
    _check_members(f"{option}.encryption_key", key, ("id", "type"))
    if key["type"] != "KMS":
        raise Failure(f"{option}.encryption_key.type: {key['type']!r} is not possible. Use KMS, or leave it out.")


def _check_members(option, given, known):
    unknown = [name for name in given if name not in known]
    if unknown:
        raise Failure(f"{option}: {unknown[0]} is not known. It has {', '.join(known)}.")


def _check_regions(pipeline, home):
    """An artifact store in each region where an action acts; source, third-party and custom actions act at home.

    Source: user guide, "Add a cross-Region action in CodePipeline".
    """
    stores = pipeline.get("artifact_stores") or {}
    for stage, action in actions(pipeline["stages"]):
        region = action.get("region") or home
        if region == home:
            continue
        where = f"stage {stage['name']}, action {action['name']}: region {region}"
        type_id = action["action_type_id"]
        if type_id["category"] == "Source" or type_id["owner"] in ("ThirdParty", "Custom"):
            raise Failure(f"{where}: source, third-party and custom actions act in {home}, the pipeline's region only.")
        if not stores:
            raise Failure(
                f"{where} is another than the pipeline's, {home}. Give artifact_stores, with a bucket for each of the "
                "two, in the place of artifact_store."
            )
        if region not in stores:
            raise Failure(f"{where} has no artifact store. Add {region} to artifact_stores, or correct the region.")
    if stores and home not in stores:
        raise Failure(f"artifact_stores: has none for {home}, the pipeline's region. Add one.")
