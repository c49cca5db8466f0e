# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks of projects: create, update and delete them, and take GitHub's deliveries.

The region calls no GitHub: whoever stands in for it delivers to the webhook's payloadUrl, signed with its secret.
Pushes to what a connection leads to are noticed without a delivery (pushes.py).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping

from local_region.engine import build_webhook
from local_region.engine.build_webhook import Delivery
from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.services.codebuild import errors
from local_region.services.codebuild.base import operation
from local_region.services.codebuild.batches import Batches
from local_region.services.codebuild.git_sources import HOSTED, connection_of, credential_for
from local_region.services.codebuild.records import Info, Origin, ProjectRecord, Store, WebhookRecord
from local_region.services.codepipeline.webhooks import WebhookRefused

# Where the region's API takes the deliveries.
PATH = "/_webhooks/codebuild"
DELIVERING = ("GITHUB", "GITHUB_ENTERPRISE")
REFUSED_BUILD_TYPES = ("RUNNER_BUILDKITE_BUILD",)


class Webhooks(Batches):
    """CreateWebhook and its relatives, and `webhook_called`, which the region's HTTP server calls.

    `address` is the address of the region's API, set when it serves.
    """

    address = "http://127.0.0.1"

    @operation
    def create_webhook(self, store: Store, params: dict) -> dict:
        project = store.project(params["projectName"])
        source = project.info["source"]
        if project.webhook:
            raise errors.exists("Webhook", f"project {project.name}")
        connection = connection_of(store, source)
        if source["type"] not in (HOSTED if connection else DELIVERING):
            raise _unserved(source["type"])
        _require_served(params)
        if not (params.get("manualCreation") or credential_for(store, source) or connection):
            raise errors.not_found(f"Could not find access token for server type {source['type'].lower()}")
        _check(params)
        known = ("branchFilter", "filterGroups", "buildType", "manualCreation", "pullRequestBuildPolicy")
        repository = source["location"].removesuffix(".git").rstrip("/")
        info = {"buildType": "BUILD", "filterGroups": []} | {name: params[name] for name in known if name in params}
        info |= {"url": f"{repository}/hooks", "status": "ACTIVE", "lastModifiedSecret": self.clock.now()}
        project.webhook = WebhookRecord(info)
        project.info["webhook"] = self._shown(project)
        self.webhook_made(store, project)
        return {"webhook": self._shown(project) | {"secret": project.webhook.secret}}

    @operation
    def update_webhook(self, store: Store, params: dict) -> dict:
        project = _with_webhook(store, params["projectName"])
        _require_served(params)
        changed = dict(project.webhook.info)
        if "branchFilter" in params or "filterGroups" in params:  # one takes the place of the other
            changed.pop("branchFilter", None)
            changed["filterGroups"] = []
        names = ("branchFilter", "filterGroups", "buildType", "pullRequestBuildPolicy")
        changed |= {name: params[name] for name in names if name in params}
        _check(changed)
        secret = {}
        if params.get("rotateSecret"):
            project.webhook.secret = secrets.token_hex(20)
            changed["lastModifiedSecret"] = self.clock.now()
            secret = {"secret": project.webhook.secret}
        project.webhook.info = changed
        project.info["webhook"] = self._shown(project)
        return {"webhook": self._shown(project) | secret}

    @operation
    def delete_webhook(self, store: Store, params: dict) -> None:
        project = _with_webhook(store, params["projectName"])
        project.webhook = None
        del project.info["webhook"]

    def webhook_called(self, token: str, headers: Mapping[str, str], body: bytes, source_ip: str) -> str | None:
        """A delivery has come. Returns the id of the build (or batch) that it starts, None when no filter wants it.

        A delivery that comes again (the same X-GitHub-Delivery) starts nothing new: the id is the first one's. Raises
        WebhookRefused.
        """
        with self.lock:
            found = [
                (store, project)
                for store in self.stores.values()
                for project in store.projects.values()
                if project.webhook and hmac.compare_digest(project.webhook.token, token)
            ]
            if not found:
                raise WebhookRefused(404, "There is no such webhook.")
            store, project = found[0]
            _require_authentic(project.webhook.secret, headers, body)
            number = headers.get("x-github-delivery", "")
            if number and number in project.webhook.deliveries:
                return project.webhook.deliveries[number]
            started = self._deliver(store, project, headers, body)
            if number:
                project.webhook.remember(number, started)
            return started

    def _deliver(self, store: Store, project: ProjectRecord, headers: Mapping[str, str], body: bytes) -> str | None:
        try:
            delivery = build_webhook.read(headers.get("x-github-event", ""), json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WebhookRefused(400, f"The request is not one of GitHub's deliveries: {error!r}.") from None
        if delivery is None:
            return None
        try:
            return self.build_delivery(store, project, delivery, headers.get("user-agent") or "GitHub-Hookshot")
        except ServiceError as error:
            raise WebhookRefused(error.status if error.status != 400 else 429, error.message) from None

    def build_delivery(self, store: Store, project: ProjectRecord, delivery: Delivery, initiator: str) -> str | None:
        """Starts what the webhook builds, if a filter group wants the delivery. Returns its id. Raises ServiceError."""
        info = project.webhook.info
        if not build_webhook.wanted(delivery, info["filterGroups"], info.get("branchFilter")):
            return None
        asked = {"sourceVersion": delivery.version}
        if info["buildType"] == "BUILD_BATCH":
            return self.begin_batch(store, project, asked, initiator, variables=delivery.variables).id
        return self.begin_build(store, project, asked, Origin(initiator, variables=delivery.variables)).id

    def webhook_made(self, store: Store, project: ProjectRecord) -> None:
        """A project has a webhook from now on."""

    def _shown(self, project: ProjectRecord) -> Info:
        """Webhook of the API, without its secret."""
        return project.webhook.info | {"payloadUrl": f"{self.address}{PATH}?t={project.webhook.token}"}


def _with_webhook(store: Store, name: str) -> ProjectRecord:
    project = store.project(name)
    if project.webhook is None:
        raise errors.not_found(f"Project {project.name} does not have a webhook")
    return project


def _unserved(kind: str) -> ServiceError:
    if kind in ("BITBUCKET", "GITLAB", "GITLAB_SELF_MANAGED"):
        return NotImplementedInLocalRegion(f"The local region takes the deliveries of GitHub, not of {kind}.")
    return errors.invalid(f"Webhooks are not supported for source type {kind}")


def _require_served(params: dict) -> None:
    if "scopeConfiguration" in params:
        raise NotImplementedInLocalRegion("The local region has no webhooks of organizations (scopeConfiguration).")
    if params.get("buildType") in REFUSED_BUILD_TYPES:
        raise NotImplementedInLocalRegion(f"The local region runs no {params['buildType']}: use BUILD or BUILD_BATCH.")
    policy = params.get("pullRequestBuildPolicy", {}).get("requiresCommentApproval", "DISABLED")
    if policy != "DISABLED":
        raise NotImplementedInLocalRegion(
            f"The local region hears no comments of pull requests: requiresCommentApproval {policy} is not served."
        )


def _check(webhook: Info) -> None:
    try:
        build_webhook.check(webhook.get("filterGroups", []), webhook.get("branchFilter"))
    except build_webhook.BadFilter as problem:
        raise errors.invalid(str(problem)) from None


def _require_authentic(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    sent = headers.get("x-hub-signature-256") or headers.get("x-hub-signature") or ""
    method = "sha256" if sent.startswith("sha256=") else "sha1"
    expected = f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        raise WebhookRefused(403, "The request's signature (X-Hub-Signature-256) is missing or wrong.")
