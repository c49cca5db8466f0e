# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Secret values in the configurations of actions, such as GitHub's OAuthToken.

CodePipeline shows C(****) in their place, so a task's secret cannot be compared with the one that is there. In the
states that are compared, predicted and returned it is C(****) too; the values themselves wait here until they are sent.
"""

from __future__ import annotations

import re

from ..engine.errors import Failure
from .common import MASK
from .declaration import SECRETS, actions, masked_keys, places, provider, with_configuration
from .declaration_compare import same_action

# In actions that are not AWS's own, a key that ends like this is taken for a secret as far as output goes, even before
# CodePipeline has told which keys are.
_LOOKS_SECRET = re.compile(r"(secret|token|password|passwd|credentials?|api_?key|private_?key)$", re.IGNORECASE)


class Secrets:
    """The secret values of a task.

    :arg hide: called with each value that nobody may see (C(context.secret)).
    """

    def __init__(self, hide):
        self._hide = hide
        self._values = {}  # (stage, action, key): value

    def __bool__(self):
        return bool(self._values)

    def hide(self, stages):
        """Keep what is secret, or looks so, out of what is shown. For the stages as the task gives them."""
        for _stage, action in actions(stages):
            known = SECRETS.get(provider(action), ())
            for key, value in (action.get("configuration") or {}).items():
                foreign = action["action_type_id"]["owner"] != "AWS"
                if value != MASK and (key in known or (foreign and _LOOKS_SECRET.search(key))):
                    self._hide(value)

    def taken(self, stages, current, custom):
        """The stages with C(****) in the place of each secret; the values are kept here.

        :arg current: the stages that are there, or an empty list: what is masked in them is secret.
        :arg custom: C({(category, provider, version): secret keys}) of custom action types.
        """
        there, given = places(current), places(stages)

        def mask(place, key, value):
            action = given[place]
            secret = key in SECRETS.get(provider(action), ()) or key in custom.get(custom_key(action), ())
            if not secret and (place not in there or key not in masked_keys(there[place])):
                return value
            if value != MASK:
                self._hide(value)
                self._values[(*place, key)] = value
            return MASK

        return with_configuration(stages, mask)

    def restored(self, stages):
        """The stages as they are sent: with the values, where the task has given them."""
        return with_configuration(stages, lambda place, key, value: self._values.get((*place, key), value))

    def check(self, stages, current, home):
        """Refuse a C(****) that CodePipeline would take for the secret itself.

        It keeps a secret that is given as C(****) only while nothing else of the action changes (API reference,
        ActionConfigurationProperty).
        """
        there = places(current)
        for place, action in places(stages).items():
            for key in sorted(masked_keys(action)):
                if (*place, key) in self._values:
                    continue
                where = f"stage {place[0]}, action {place[1]}: configuration.{key}"
                if place not in there or key not in masked_keys(there[place]):
                    raise Failure(f"{where} is {MASK}, which only stands for a value. Give the value.")
                if not same_action(action, there[place], home):
                    raise Failure(
                        f"{where} is secret, and CodePipeline keeps it only while nothing else of the action changes. "
                        "Give the value with the change."
                    )


def custom_key(action):
    """What tells one custom action type from another, None for an action of another owner."""
    type_id = action["action_type_id"]
    if type_id["owner"] != "Custom":
        return None
    return type_id["category"], type_id["provider"], type_id["version"]


def asks_for_custom_types(stages, current):
    """Must CodePipeline be asked what is secret in these stages?

    Not where each configuration key of a custom action is there already: whether it is masked tells.
    """
    there = places(current)
    for place, action in places(stages).items():
        if custom_key(action) and set(action.get("configuration") or {}) - set(
            (there.get(place) or {}).get("configuration") or {}
        ):
            return True
    return False
