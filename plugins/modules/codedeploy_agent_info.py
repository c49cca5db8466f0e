#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_agent_info
version_added: "0.1.0"
short_description: Ask a host what CodeDeploy agent it has, and whether the agent hears from CodeDeploy
description:
  - Reads on the host itself, which may be an EC2 instance or a server of your own, what the agent has left there. AWS's
    API tells nothing of agents.
  - Changes nothing and reads no credentials.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  log_file:
    description:
      - The agent's log.
    type: path
    default: /var/log/aws/codedeploy-agent/codedeploy-agent.log
  log_offset:
    description:
      - Heed only what the log says after this byte, such as RV(codedeploy_agent.log_size) from before a restart.
    type: int
    default: 0
  version_file:
    description:
      - Where the agent says which version it is.
    type: path
    default: /opt/codedeploy-agent/.version
attributes:
  check_mode:
    support: full
    description: It only reads.
  diff_mode:
    support: none
    description: It only reads.
seealso:
  - module: convoy.delivery.codedeploy_on_premises_instance
"""

EXAMPLES = r"""
- name: Look at the agent
  convoy.delivery.codedeploy_agent_info:
  register: found

- name: Refuse one that hears nothing
  ansible.builtin.fail:
    msg: "{{ found.codedeploy_agent.error }}"
  when: found.codedeploy_agent.polling == 'failing'
"""

RETURN = r"""
codedeploy_agent:
  description: What was found.
  returned: always
  type: dict
  contains:
    installed:
      description: Whether an agent is there.
      type: bool
      sample: true
    version:
      description: Its version, with 1.8 also its build; empty where it does not say.
      type: str
      sample: 1.8.1-49
    polling:
      description:
        - V(working) when the log tells of an answer of the service, V(failing) when its last word is an error not older
          than two minutes, as an agent that fails says so at least that often.
        - V(unknown) otherwise. An agent of version 2 is silent while all is well.
      type: str
      sample: working
    error:
      description: The log's line, with V(failing).
      type: str
      sample: ""
    log_size:
      description: Bytes in the log.
      type: int
      sample: 20480
"""

import os
import re
import time

from ansible.module_utils.basic import AnsibleModule

OPTIONS = dict(
    log_file=dict(type="path", default="/var/log/aws/codedeploy-agent/codedeploy-agent.log"),
    log_offset=dict(type="int", default=0),
    version_file=dict(type="path", default="/opt/codedeploy-agent/.version"),
)
FRESH = 120  # seconds; an agent that fails tries again after 90 at the latest
TAIL = 64 * 1024  # bytes of the log that are looked at
_VERSION = re.compile(r"\d+(?:\.\d+)+(?:-\d+)?")
_LEVEL = re.compile(r"\b(DEBUG|INFO|WARN|ERROR|FATAL)\b")
# Version 1 logs each answer to a poll by the operation's Ruby name.
_ANSWERED = re.compile(r"poll_host_command|PollHostCommand: the service answers")


def version_in(text):
    """1.8.1-49 of C(agent_version: OFFICIAL_1.8.1-49_rpm), 2.1.0 of C(agent_version: 2.1.0); empty if there is none."""
    found = _VERSION.search(text)
    return found.group() if found else ""


def polling(lines, age):
    """How asking for commands goes, and the line that says so when it fails.

    :arg lines: of the log, the newest last; lines without a level (a backtrace) belong to the one before.
    :arg age: seconds since the log was written to.
    """
    spoken = [(found.group(), line) for line in lines if (found := _LEVEL.search(line))]
    if not spoken:
        return "unknown", ""
    level, line = spoken[-1]
    if level in ("ERROR", "FATAL") and age <= FRESH:
        return "failing", line.strip()
    return ("working" if any(_ANSWERED.search(line) for _level, line in spoken) else "unknown"), ""


def look(version_file, log_file, log_offset):
    """What RETURN describes."""
    version = _read(version_file)
    size, age, tail = _log(log_file, log_offset)
    state, error = polling(tail.splitlines(), age)
    return dict(
        installed=version is not None, version=version_in(version or ""), polling=state, error=error, log_size=size
    )


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _log(path, offset):
    """The log's size, the seconds since it was written to, and its last part after the offset."""
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            if offset > found.st_size:  # it is another one by now, as it has been rotated
                offset = 0
            file.seek(max(offset, found.st_size - TAIL))
            return found.st_size, time.time() - found.st_mtime, file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return 0, 0.0, ""


def main():
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    try:
        found = look(module.params["version_file"], module.params["log_file"], module.params["log_offset"])
    except OSError as error:
        module.fail_json(msg=f"The agent cannot be looked at: {error}. Become root on the host.")
    module.exit_json(changed=False, codedeploy_agent=found)


if __name__ == "__main__":
    main()
