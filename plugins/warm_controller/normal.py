# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The action C(normal) while the callback C(convoy.delivery.warm_controller) is enabled.

It is not in plugins/action, so that installing the collection changes nothing: the callback adds this directory to the
places where ansible looks for C(ansible.legacy.normal).
"""

from __future__ import annotations

from ansible_collections.convoy.delivery.plugins.plugin_utils import warm_official
from ansible_collections.convoy.delivery.plugins.plugin_utils.warm_execution import WarmExecution


class ActionModule(WarmExecution):
    def module(self):
        return warm_official.module_of(self._task)
