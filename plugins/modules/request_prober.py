#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: request_prober
version_added: "0.1.0"
short_description: Ask an application at a fixed rate while it is released, and account for every request
description:
  - Starts a process that asks for O(url) at a fixed rate and writes down every request, stops it, and says what it
    measured - how many requests were lost, how long answers took, and which version answered when.
  - The process goes on while other tasks run, and after the play. It ends when it is stopped, after O(duration), or
    when its directory is removed.
  - Requests leave by the clock, whether earlier ones have been answered or not. One that leaves late or cannot be sent
    in time is counted as such.
notes:
  - A request is lost when no answer comes within O(timeout), or when the answer is a 5xx without O(version_header),
    that is, from something before the application. A 5xx with the header is the application's own answer and is counted
    apart. Without O(version_header) every 5xx is lost.
  - Connections are kept and used again, as browsers do. One that the server closed while it rested is opened anew, and
    no request is lost by that.
  - The prober runs on the host that runs this module. Start it where the users are, or on C(localhost).
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  name:
    description:
      - The prober's name. Probers with different names run side by side.
    type: str
    default: prober
  directory:
    description:
      - Where probers keep their records, a directory for each name and in it one for each run.
    type: path
    required: true
  state:
    description:
      - V(started) starts the prober, or adopts the one that runs with the same settings.
      - V(stopped) stops it and returns the ledger. Stopped again it returns the same ledger.
      - V(measured) returns the ledger and leaves the prober alone.
    type: str
    choices: [started, stopped, measured]
    default: started
  url:
    description:
      - What is asked for, with GET. Required with O(state=started). Redirects are answers and are not followed.
    type: str
  rate:
    description:
      - Requests per second.
    type: float
    default: 100
  timeout:
    description:
      - Seconds after which a request without its whole answer is lost.
    type: float
    default: 5
  duration:
    description:
      - Seconds after which the prober ends by itself, should nobody stop it.
    type: float
    default: 3600
  version_header:
    description:
      - The header in which the application says its version. An empty string when it has none.
    type: str
    default: X-Version
  validate_certs:
    description:
      - Whether the certificate of an C(https) URL must be valid.
    type: bool
    default: true
  since:
    description:
      - Account for requests sent at this time or later, in ISO 8601 or seconds since the epoch. From the first on when
        not given.
    type: str
  until:
    description:
      - Account for requests sent before this time. To the last when not given.
    type: str
extends_documentation_fragment:
  - convoy.delivery.attributes
attributes:
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Requests are watched while the storefront is released
  block:
    - name: The prober asks 100 times a second
      convoy.delivery.request_prober:
        name: production
        directory: "{{ playbook_dir }}/.probers"
        url: http://storefront.example.com/version
      register: prober

    - name: Version 2.0 is deployed
      convoy.delivery.codedeploy_deployment:
        application_name: storefront
        deployment_group_name: production
        revision: "{{ storefront.revision }}"
  always:
    - name: The prober stops and says what it saw
      convoy.delivery.request_prober:
        name: production
        directory: "{{ playbook_dir }}/.probers"
        state: stopped
      register: watched

- name: No request was lost
  ansible.builtin.assert:
    that: watched.ledger.lost == 0
    fail_msg: "{{ watched.ledger.lost }} of {{ watched.ledger.requests }} requests were lost"

- name: What happened since the last step is counted while the prober goes on
  convoy.delivery.request_prober:
    name: production
    directory: "{{ playbook_dir }}/.probers"
    state: measured
    since: "{{ step_started }}"
  register: step
"""

RETURN = r"""
prober:
  description: The prober's last run. Missing when there never was one.
  returned: when there is one
  type: dict
  contains:
    running:
      description: Whether it runs now.
      type: bool
    pid:
      description: Its process id, none when it does not run.
      type: int
    started:
      description: When it started.
      type: str
      sample: "2026-11-21T10:15:00.123+00:00"
    ended:
      description: When it ended; none while it runs, and when it was killed.
      type: str
    why_ended:
      description: V(stopped), V(duration) when its time was over, V(died) when it was killed; none while it runs.
      type: str
    record:
      description: The file with one JSON line per request.
      type: str
    url:
      description: What it asks for.
      type: str
    rate:
      description: Requests per second that it means to send.
      type: float
    timeout:
      description: Seconds that an answer may take.
      type: float
    duration:
      description: Seconds after which it ends by itself.
      type: float
    version_header:
      description: The header with the application's version.
      type: str
    validate_certs:
      description: Whether certificates must be valid.
      type: bool
ledger:
  description: What was measured, between O(since) and O(until) when these are given.
  returned: with O(state=stopped) and O(state=measured), when there is a prober
  type: dict
  contains:
    requests:
      description: How many requests were sent.
      type: int
      sample: 3120
    lost:
      description: How many of them were lost.
      type: int
      sample: 0
    answered_with_error:
      description: How many the application itself answered with a 5xx.
      type: int
      sample: 0
    late:
      description: How many were sent 0.1 s or more behind schedule.
      type: int
    skipped:
      description: How many were due and could not be sent. They are not among the requests.
      type: int
    started:
      description: When the first was sent.
      type: str
      sample: "2026-11-21T10:15:00.123Z"
    ended:
      description: When the last was sent.
      type: str
    rate:
      description: Requests per second that were sent, from the first to the last.
      type: float
      sample: 100.0
    p50_ms:
      description: Half of the answers took no longer.
      type: float
    p99_ms:
      description: 99 % of the answers took no longer.
      type: float
    max_ms:
      description: The slowest answer.
      type: float
    by_version:
      description: Answers by the version that gave them; an empty name for answers without the header.
      type: dict
      sample: {"1.0": 1540, "2.0": 1580}
    by_status:
      description: Requests by the status of their answer.
      type: dict
      sample: {"200": 3120}
    first_seen:
      description: When each version answered first.
      type: dict
    last_seen:
      description: When each version answered last.
      type: dict
    losses:
      description: The first 20 lost requests.
      type: list
      elements: dict
      sample: [{"at": "2026-11-21T10:15:02.123Z", "reason": "HTTP 503", "address": "192.0.2.7"}]
    gaps:
      description: The first 20 stretches in which every request was lost, each until the next answer.
      type: list
      elements: dict
      sample: [{"at": "2026-11-21T10:15:02.123Z", "seconds": 0.42, "lost": 42}]
    longest_gap_seconds:
      description: How long the longest of all gaps was.
      type: float
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.convoy.delivery.plugins.module_utils.release import probing

OPTIONS = dict(
    name=dict(type="str", default="prober"),
    directory=dict(type="path", required=True),
    state=dict(choices=["started", "stopped", "measured"], default="started"),
    url=dict(type="str"),
    rate=dict(type="float", default=100),
    timeout=dict(type="float", default=5),
    duration=dict(type="float", default=3600),
    version_header=dict(type="str", default="X-Version"),
    validate_certs=dict(type="bool", default=True),
    since=dict(type="str"),
    until=dict(type="str"),
)


def run(module):
    """The result of the task; raises ProbingError."""
    name = module.params["name"]
    if not name or os.path.basename(name) != name or name in (".", ".."):
        raise probing.ProbingError(f"name={name} cannot be a directory's name: give a name without slashes.")
    directory = os.path.join(os.path.abspath(module.params["directory"]), name)
    steps = {"started": started, "stopped": stopped, "measured": measured}
    return steps[module.params["state"]](module, directory)


def started(module, directory):
    settings = {option: module.params[option] for option in probing.SETTINGS}
    probing.check_settings(settings)
    current = probing.latest(directory)
    if current and current.is_running():
        different = probing.differing(current, settings)
        if different:
            wishes = ", ".join(
                f"{option}={settings[option]}, not {current.settings.get(option)}" for option in different
            )
            raise probing.ProbingError(
                f"The prober {module.params['name']} runs with other settings (asked for {wishes}): stop it first."
            )
        return {"changed": False, "prober": current.describe()}
    if module.check_mode:
        return {"changed": True}
    return {"changed": True, "prober": probing.start(directory, settings).describe()}


def stopped(module, directory):
    current = probing.latest(directory)
    if current is None:
        return {"changed": False}
    running = current.is_running()
    if running and not module.check_mode:
        current.stop()
    return {"changed": running, **account(module, current)}


def measured(module, directory):
    current = probing.latest(directory)
    if current is None:
        raise probing.ProbingError(f"There is no prober {module.params['name']} in {directory}: start it first.")
    return {"changed": False, **account(module, current)}


def account(module, current):
    since = probing.epoch("since", module.params["since"])
    until = probing.epoch("until", module.params["until"])
    prober = current.describe()
    if prober["why_ended"] == "died":
        module.warn(
            f"The prober {module.params['name']} was killed; what came after its last request was not measured."
        )
    return {"prober": prober, "ledger": current.ledger(since, until)}


def main():
    module = AnsibleModule(
        argument_spec=OPTIONS, supports_check_mode=True, required_if=[("state", "started", ("url",))]
    )
    try:
        result = run(module)
    except probing.ProbingError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
