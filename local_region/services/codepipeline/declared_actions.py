# SPDX-License-Identifier: GPL-3.0-or-later
"""Is an ActionDeclaration one that its provider takes?"""

from __future__ import annotations

from local_region.engine.pipeline_variables import references
from local_region.services.codepipeline.actions.performer import Info, Performer, Type, bad_action

# User guide, "Action structure requirements": which actions act in the pipeline's region only.
AT_HOME_OWNERS = ("ThirdParty", "Custom")


def check(action: Info, stage: str, region: str, performer: Performer) -> None:
    """Raises InvalidActionDeclarationException for the first thing that is wrong."""
    kind = performer.type
    _check_counts(action, kind)
    check_configuration(f"action '{action['name']}'", action["configuration"], kind)
    elsewhere = action.get("region", region) != region
    if elsewhere and (kind.category == "Source" or kind.owner in AT_HOME_OWNERS):
        raise bad_action(f"The action {action['name']} in stage {stage} cannot be in another region than the pipeline.")
    if kind.category == "Source" and any(list(references(text)) for text in action["configuration"].values()):
        raise bad_action(f"The source action {action['name']} cannot refer to variables: nothing has run before it.")
    if not any(list(references(text)) for text in action["configuration"].values()):
        performer.check(action)


def check_configuration(what: str, configuration: Info, kind: Type) -> None:
    """Required keys are there, and no unknown ones."""
    known = {one.name for one in kind.properties}
    missing = [one.name for one in kind.properties if one.required and one.name not in configuration]
    if missing:
        raise bad_action(f"Action configuration for {what} is missing required configuration '{missing[0]}'")
    unknown = [name for name in configuration if name not in known]
    if unknown and not kind.open_properties:
        raise bad_action(f"Action configuration for {what} contains unknown configuration '{unknown[0]}'")


def _check_counts(action: Info, kind: Type) -> None:
    for member, what, (least, most) in (
        ("inputArtifacts", "input", kind.inputs),
        ("outputArtifacts", "output", kind.outputs),
    ):
        count = len(action[member])
        if not least <= count <= most:
            raise bad_action(
                f"Action '{action['name']}' has {count} {what} artifacts; an action of {kind.provider} has "
                + (f"{least}." if least == most else f"{least} to {most}.")
            )
