# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Triggers that a task does not name.

CodePipeline makes one by itself for a source by connection that has none, for pushes to its branch, unless the source
says C(DetectChanges: false). It is left alone like anything that is not given; but UpdatePipeline takes whole
declarations, so one that belongs to a source that is gone, or to its former branch, must not be sent back.
"""

from __future__ import annotations

from .checks_triggers import CONNECTION
from .declaration import actions, provider


def kept_triggers(triggers, before, after):
    """Those of the triggers that still make sense.

    :arg before: the stages that are there.
    :arg after: the stages as they will be.
    """
    old, new = _branches(before), _branches(after)

    def makes_sense(trigger):
        git = trigger["git_configuration"]
        source = git["source_action_name"]
        moved = source in new and old.get(source) != new[source]
        return source in new and not (moved and _is_made_by_itself(git, old.get(source)))

    return [trigger for trigger in triggers if makes_sense(trigger)]


def _branches(stages):
    """C({source action: its branch}) of the sources by connection."""
    return {
        action["name"]: action.get("configuration", {}).get("BranchName")
        for _stage, action in actions(stages[:1])
        if provider(action)[1] == CONNECTION
    }


def _is_made_by_itself(git, branch):
    """Is it for pushes to this branch and for nothing else?"""
    return git.get("push") == [{"branches": {"includes": [branch]}}] and not git.get("pull_request")
