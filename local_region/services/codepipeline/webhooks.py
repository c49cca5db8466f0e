# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks: an HTTP request from outside starts a pipeline.

Source: user guide, "Webhooks"; WebhookDefinition and WebhookFilterRule of the API.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext import parse

from local_region.engine.pipeline_operations import Refused
from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codepipeline import errors
from local_region.services.codepipeline.actions.performer import Info
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.records import PipelineRecord, Store
from local_region.services.codepipeline.tagging import checked_tags, shown_tags

MOST_WEBHOOKS = 300
# Where the region's API takes the requests of webhooks.
PATH = "/_webhooks/codepipeline"


@dataclass(eq=False)
class Webhook:
    """A webhook. `definition` is its WebhookDefinition; `secret` is the part of its address that nobody guesses."""

    definition: Info
    arn: str
    tags: dict[str, str]
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    triggered: datetime | None = None


class WebhookRefused(Exception):
    """A request to a webhook that starts nothing. `status` is the HTTP status, the message one sentence."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


class Webhooks(Base):
    """PutWebhook and its relatives, and `webhook_called`, which the region's HTTP server calls.

    `address` is the address of the region's API, set when it serves.
    """

    address = "http://127.0.0.1"

    @operation
    def put_webhook(self, store: Store, params: dict) -> dict:
        definition = params["webhook"]
        name = definition["name"]
        if name not in store.webhooks and len(store.webhooks) >= MOST_WEBHOOKS:
            raise ServiceError("LimitExceededException", f"An account may have {MOST_WEBHOOKS} webhooks in a region.")
        _check_target(store.pipeline(definition["targetPipeline"]), definition)
        _check_authentication(definition)
        for one in definition["filters"]:
            _path(one["jsonPath"])
        tags = checked_tags(params.get("tags", []))
        arn = f"arn:aws:codepipeline:{store.region}:{store.account}:webhook:{name}"
        if name in store.webhooks:
            store.webhooks[name].definition = definition
            store.webhooks[name].tags.update(tags)
        else:
            store.webhooks[name] = Webhook(definition, arn, tags)
        return {"webhook": self._shown(store.webhooks[name])}

    @operation
    def list_webhooks(self, store: Store, params: dict) -> dict:
        found = [self._shown(one) for _, one in sorted(store.webhooks.items())]
        return paging.page(found, params, "webhooks", token="NextToken", limit="MaxResults")

    @operation
    def delete_webhook(self, store: Store, params: dict) -> None:
        store.webhooks.pop(params["name"], None)

    def webhook_called(self, secret: str, headers: Mapping[str, str], body: bytes, source_ip: str) -> str:
        """A request has come to a webhook's address. Returns the id of the execution that it starts.

        `headers` are by lower-case names. Raises WebhookRefused for one that is not authentic or passes no filter.
        Each delivery starts an execution: AWS does not look whether it has had the same before.
        """
        with self.lock:
            found = [
                (store, one)
                for store in self.stores.values()
                for one in store.webhooks.values()
                if hmac.compare_digest(one.secret, secret)
            ]
            if not found:
                raise WebhookRefused(404, "There is no such webhook.")
            store, webhook = found[0]
            _require_authentic(webhook.definition, headers, body, source_ip)
            pipeline = store.pipelines[webhook.definition["targetPipeline"]]
            _require_match(webhook.definition, _json(body), pipeline)
            webhook.triggered = self.clock.now()
            try:
                trigger = {"triggerType": "Webhook", "triggerDetail": webhook.arn}
                return self.start_execution(pipeline, trigger).id
            except Refused as refusal:  # as many executions as may be
                raise WebhookRefused(429, refusal.message) from None
            except ServiceError as error:  # a variable without a value
                raise WebhookRefused(400, error.message) from None

    def _shown(self, webhook: Webhook) -> Info:
        """ListWebhookItem. The secret token is not given back."""
        configuration = dict(webhook.definition["authenticationConfiguration"])
        if "SecretToken" in configuration:
            configuration["SecretToken"] = "****"
        shown = {
            "definition": webhook.definition | {"authenticationConfiguration": configuration},
            "url": f"{self.address}{PATH}?t={webhook.secret}",
            "arn": webhook.arn,
            "tags": shown_tags(webhook.tags),
        }
        return shown | ({"lastTriggered": webhook.triggered} if webhook.triggered else {})


def _check_target(pipeline: PipelineRecord, definition: Info) -> None:
    sources = [one["name"] for one in pipeline.declaration["stages"][0]["actions"]]
    if definition["targetAction"] not in sources:
        raise errors.invalid(f"targetAction must be a source action of {pipeline.name}: {', '.join(sources)}.")


def _check_authentication(definition: Info) -> None:
    given = definition["authenticationConfiguration"]
    needed = {"GITHUB_HMAC": "SecretToken", "IP": "AllowedIPRange"}.get(definition["authentication"])
    valid = set(given) == ({needed} if needed else set())
    if valid and needed == "AllowedIPRange":
        try:
            ipaddress.ip_network(given[needed], strict=False)
        except ValueError:
            valid = False
    if not valid:
        what = f"{needed} (a CIDR)" if needed == "AllowedIPRange" else needed
        raise ServiceError(
            "InvalidWebhookAuthenticationParametersException",
            f"With {definition['authentication']}, authenticationConfiguration has {what or 'no members'}.",
        )


def _path(text: str):
    try:
        return parse(text)
    except (JSONPathError, ValueError) as error:
        raise ServiceError("InvalidWebhookFilterPatternException", f"{text} is no JSON path: {error}") from None


def _json(body: bytes) -> object:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        raise WebhookRefused(400, "The request's body is not JSON.") from None


def _require_authentic(definition: Info, headers: Mapping[str, str], body: bytes, source_ip: str) -> None:
    given = definition["authenticationConfiguration"]
    if definition["authentication"] == "GITHUB_HMAC":
        key = given["SecretToken"].encode()
        sent = headers.get("x-hub-signature-256") or headers.get("x-hub-signature") or ""
        method = "sha256" if sent.startswith("sha256=") else "sha1"
        expected = f"{method}={hmac.new(key, body, getattr(hashlib, method)).hexdigest()}"
        if not hmac.compare_digest(sent.encode(), expected.encode()):
            raise WebhookRefused(403, "The request's signature (X-Hub-Signature-256) is missing or wrong.")
    elif definition["authentication"] == "IP":
        network = ipaddress.ip_network(given["AllowedIPRange"], strict=False)
        if ipaddress.ip_address(source_ip) not in network:
            raise WebhookRefused(403, "The request comes from an address that is not allowed.")


def _require_match(definition: Info, payload: object, pipeline: PipelineRecord) -> None:
    """Every filter must find a value; {Branch} in matchEquals is the source action's configuration of that name."""
    actions = pipeline.declaration["stages"][0]["actions"]
    target = next((one for one in actions if one["name"] == definition["targetAction"]), None)
    for one in definition["filters"]:
        found = [match.value for match in _path(one["jsonPath"]).find(payload)]
        wanted = one.get("matchEquals")
        for key, value in (target or {"configuration": {}})["configuration"].items():
            wanted = wanted.replace(f"{{{key}}}", value) if wanted else wanted
        if not found or (wanted is not None and wanted not in map(str, found)):
            raise WebhookRefused(400, f"The request does not pass the filter {one['jsonPath']}.")
