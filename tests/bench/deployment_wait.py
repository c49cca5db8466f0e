#!/usr/bin/env python
# SPDX-License-Identifier: GPL-3.0-or-later
"""How soon the end of a deployment is noticed, and for how many requests, beside the AWS CLI's waiter.

    .venv/bin/python tests/bench/deployment_wait.py [--seconds 60]

The region's API in this process and agents that are scripted: four hosts, one at a time, each event as long as the
others, give or take a tenth. The same deployment is followed three ways, at the same time and each on its own
deployment group: by codedeploy_deployment that knows nothing of earlier ones, by codedeploy_deployment after a former
deployment, and by `aws deploy wait deployment-successful`, which asks every 15 s. A poll every 5 s of the status alone
would make seconds / 5 requests. Goals: the end is noticed within 1 s, for fewer requests than that.

The module's requests are all that it makes from the moment that the deployment is created: those for the hosts, their
events and zones too, which neither the CLI nor the poll tells of.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.follow import Started, follow
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.pace import Former
from ansible_collections.convoy.delivery.plugins.module_utils.engine import naming
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress
from ansible_collections.convoy.delivery.plugins.module_utils.engine.wait import Clock

from tests.conftest import open_api
from tests.integration.deployments.conftest import GROUP, Shop
from tests.running_region import ACCESS_KEY, SECRET_KEY

HOSTS, EVENTS = 4, 7
GOAL_SECONDS = 1.0
POLL_SECONDS = 5
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "bundles", "key": "shop.zip", "bundleType": "zip"}}


class Counted:
    """A boto3 client in option names, as the engine's Client, with its requests counted in a list."""

    def __init__(self, client, requests: list[str]):
        self._client, self._requests = client, requests

    def call(self, operation, doing=None, absent=(), **options):
        model = self._client.meta.service_model
        model = model.operation_model(self._client.meta.method_to_api_mapping[operation])
        self._requests.append(operation)
        try:
            answer = getattr(self._client, operation)(**naming.to_api(model.input_shape, options))
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in absent:
                return None
            raise
        return naming.from_api(model.output_shape, answer)

    def pages(self, operation, entries, doing=None, absent=(), **options):
        return (self.call(operation, absent=absent, **options) or {}).get(entries) or []

    def batches(self, operation, ids, entries, size, doing=None, **options):
        option, values = ids
        chunks = [values[start : start + size] for start in range(0, len(values), size)]
        return [entry for chunk in chunks for entry in self.call(operation, **options, **{option: chunk})[entries]]


def script(chance: random.Random, seconds: float):
    """Agents that take their time over each event, the whole deployment as many seconds."""
    each = seconds / (HOSTS * EVENTS)
    return lambda instance, event: time.sleep(each * chance.uniform(0.9, 1.1))


def ended(shop: Shop, deployment_id: str) -> float:
    """When CodeDeploy says that the deployment ended, in seconds since 1970."""
    return shop.codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]["completeTime"].timestamp()


def start(shop: Shop) -> str:
    answer = shop.codedeploy.create_deployment(
        applicationName=shop.application, deploymentGroupName=GROUP, revision=REVISION
    )
    return answer["deploymentId"]


def by_the_module(shop: Shop, former: Former | None):
    """(seconds after the end, requests): followed as codedeploy_deployment follows what it started."""
    requests: list[str] = []
    context = SimpleNamespace(
        client=lambda service, remedies=None: Counted(shop.api.client(service), requests),
        clock=Clock(),
        progress=Progress(),
    )
    asked = context.clock.now()
    deployment_id = start(shop)
    first = context.client("codedeploy").call("get_deployment", deployment_id=deployment_id)["deployment_info"]
    follow(context, deployment_id, 600, started=Started(first, asked, former))
    return time.time() - ended(shop, deployment_id), len(requests)


def by_the_cli(shop: Shop):
    """(seconds after the end, requests): the requests are one for each 15 s that the waiter asked."""
    settings = {
        "AWS_ENDPOINT_URL": shop.api.url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
    }
    aws = pathlib.Path(sys.executable).with_name("aws")
    began = time.time()
    deployment_id = start(shop)
    command = [aws, "deploy", "wait", "deployment-successful", "--deployment-id", deployment_id]
    subprocess.run(command, env=os.environ | settings, check=True)
    return time.time() - ended(shop, deployment_id), int((time.time() - began) // 15) + 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the deployment takes")
    options = parser.parse_args()
    ways = {
        "codedeploy_deployment, the first of its group": lambda shop: by_the_module(shop, None),
        "codedeploy_deployment, after a former one": lambda shop: by_the_module(shop, Former(options.seconds, HOSTS)),
        "aws deploy wait deployment-successful": by_the_cli,
    }
    results = {}
    with open_api(threads=64) as api, contextlib.ExitStack() as stack:
        threads = []
        for number, (name, way) in enumerate(ways.items()):
            shop = Shop(api, hosts=HOSTS)
            stack.callback(shop.agents.stop)
            shop.agents.script = script(random.Random(number), options.seconds)
            threads.append(threading.Thread(target=lambda n=name, w=way, s=shop: results.update({n: w(s)})))
            threads[-1].start()
        for thread in threads:
            thread.join()
        logging.getLogger("waitress").disabled = True  # agents poll on while the API closes
    polls = options.seconds / POLL_SECONDS
    good = True
    for name, (late, requests) in results.items():
        print(f"{name:48}  {late:5.2f} s after the end  {requests:3} requests")
        if not name.startswith("aws"):
            good &= late <= GOAL_SECONDS and requests < polls
    print("the AWS CLI asks every 15 s: by chance it is up to 15 s late, 7.5 s on average")
    print(f"goals: within {GOAL_SECONDS:.0f} s, fewer than {polls:.0f} requests (a poll every {POLL_SECONDS} s)")
    return 0 if good and len(results) == len(ways) else 1


if __name__ == "__main__":
    sys.exit(main())
