# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)


class ModuleDocFragment:
    """What every module of this collection supports, and where it runs."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
  action:
    description:
      - Indicates this has a corresponding action plugin so some parts of the options can
        be executed on the controller.
    support: full
    details:
      - On the controller itself (a local connection, no become, the controller's own Python, not asynchronous) the task
        runs inside the warm controller process, many times faster than a module and with the same result.
        Everywhere else it runs as an ordinary module.
      - Set the variable C(convoy_warm=false), or the environment variable E(CONVOY_WARM=false), to run it as a module
        always.
"""

    # For the *_info modules, which never change anything.
    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details:
      - This module does not modify anything.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: N/A
    details:
      - This module does not modify anything.
  action:
    description:
      - Indicates this has a corresponding action plugin so some parts of the options can
        be executed on the controller.
    support: full
    details:
      - On the controller itself (a local connection, no become, the controller's own Python, not asynchronous) the task
        runs inside the warm controller process, many times faster than a module and with the same result.
        Everywhere else it runs as an ordinary module.
"""
