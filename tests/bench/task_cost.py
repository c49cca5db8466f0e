#!/usr/bin/env python
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task of ours costs inside the warm controller, as ratios, all measured in one interleaved run.

    .venv/bin/python tests/bench/task_cost.py [--rounds 15] [--endpoint http://127.0.0.1:PORT]

Without an endpoint an in-process moto API is started. Each round runs the same no-op task warm and as a module, then
amazon.aws.s3_bucket_info and debug, so that a busy machine slows all alike. Medians; the first round is left out.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GOAL = 0.15

CONNECTION = {"region": "eu-central-1", "access_key": "test", "secret_key": "test"}
APPLICATION = {"application_name": "bench", "compute_platform": "Server"}
OURS_WARM = "ours, in the controller"
OURS_MODULE = "ours, as a module"
AMAZON = "amazon.aws.s3_bucket_info"
NOTHING = "debug"


def playbook(rounds, endpoint):
    """The interleaved tasks, as Ansible's data. The application is made first, so every measured task is a no-op."""
    ours = {"convoy.delivery.codedeploy_application": APPLICATION}
    one_round = [
        {"name": OURS_WARM, **ours},
        {"name": OURS_MODULE, **ours, "vars": {"convoy_warm": False}},
        {"name": AMAZON, "amazon.aws.s3_bucket_info": {}},
        {"name": NOTHING, "ansible.builtin.debug": {"msg": "nothing"}},
    ]
    return [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": {"group/convoy.delivery.aws": {**CONNECTION, "endpoint_url": endpoint}},
            "tasks": [{"name": "prepare", **ours}] + one_round * (rounds + 1),
        }
    ]


@contextlib.contextmanager
def api(endpoint):
    """The endpoint that was given, or an in-process moto."""
    if endpoint:
        yield endpoint
        return
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells every request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    finally:
        server.stop()


def measure(rounds, endpoint):
    """{task name: [seconds, ...]} without the first round."""
    with tempfile.TemporaryDirectory() as directory:
        seconds_file = pathlib.Path(directory, "seconds.jsonl")
        play = pathlib.Path(directory, "play.json")
        play.write_text(json.dumps(playbook(rounds, endpoint)), encoding="utf-8")
        environment = {
            **os.environ,
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "task_seconds",
            "TASK_SECONDS_FILE": str(seconds_file),
        }
        inventory = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
        command = [sys.executable, "-m", "ansible", "playbook", *inventory, str(play)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"The benchmark's playbook failed:\n{done.stdout}\n{done.stderr}")
        lines = [json.loads(line) for line in seconds_file.read_text(encoding="utf-8").splitlines()]
    found = {}
    for line in lines:
        found.setdefault(line["task"], []).append(line["seconds"])
    return {name: seconds[1:] for name, seconds in found.items() if name != "prepare"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--endpoint", help="an API to ask; without it moto is started")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file too")
    arguments = parser.parse_args()
    with api(arguments.endpoint) as endpoint:
        measured = measure(arguments.rounds, endpoint)
    medians = {name: statistics.median(seconds) for name, seconds in measured.items()}
    base = medians[OURS_MODULE]
    ratios = {name: medians[name] / base for name in medians}
    print(f"{'task':<28}{'median':>10}{'ratio to ours as a module':>30}")
    for name, median in medians.items():
        print(f"{name:<28}{median * 1000:>7.0f} ms{ratios[name]:>30.2f}")
    print(f"goal for {OURS_WARM}: at most {GOAL}: {'met' if ratios[OURS_WARM] <= GOAL else 'missed'}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"rounds": arguments.rounds, "seconds": medians, "ratios": ratios}))


if __name__ == "__main__":
    main()
