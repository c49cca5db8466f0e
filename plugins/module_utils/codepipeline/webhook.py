# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodePipeline's webhooks: an HTTP request from outside starts a pipeline."""

from __future__ import annotations

import ipaddress

from ..engine.errors import Failure
from ..engine.resource import Resource
from ..engine.tags import check_tags
from .common import MASK, Tags, check_name, codepipeline, tag_list, tag_map

MOST_FILTERS = 5

# What goes with each kind of authentication. Source: API reference of WebhookDefinition.
PARAMETERS = {"GITHUB_HMAC": "secret_token", "IP": "allowed_ip_range", "UNAUTHENTICATED": None}


class Webhook(Resource):
    noun = "webhook"
    key = ("name",)
    settings = ("target_pipeline", "target_action", "filters", "authentication", "authentication_configuration")
    unordered = ("filters",)
    whole = ("tags", "authentication_configuration")

    def __init__(self, context):
        super().__init__(context)
        self.client = codepipeline(context)
        given = (self.options.get("authentication_configuration") or {}).get("secret_token")
        self._secret = None if given == MASK else given
        self._rewrites_secret = False

    def wanted(self):
        wanted = super().wanted()
        if self._secret:  # as CodePipeline shows it
            wanted["authentication_configuration"]["secret_token"] = MASK
        return wanted

    def check(self, wanted):
        for option in ("name", "target_pipeline", "target_action"):
            check_name(option, wanted.get(option))
        check_tags(wanted.get("tags"))
        _check_filters(wanted.get("filters") or [])
        _check_authentication(wanted)

    def complete(self, current, wanted):
        kind, before = wanted.get("authentication"), (current or {}).get("authentication")
        if kind and kind != before and "authentication_configuration" not in wanted:
            wanted = {**wanted, "authentication_configuration": {}}
        self._rewrites_secret = bool(current and self._secret) and self.options["update_secret"] == "always"
        if self._rewrites_secret:
            self.context.progress.say(wanted["name"], "gets its secret again, as update_secret=always says")
        after = self.after(current, wanted)
        missing = [name for name in self.settings[:3] if not after.get(name)]
        if missing:
            raise Failure(
                f"{', '.join(missing)}: required to create {self.name_of(wanted)}, which does not exist yet. Give the "
                "option, or correct name."
            )
        _check_parameters(after)
        if not self._secret and after["authentication"] == "GITHUB_HMAC" and self._differs(current, after):
            raise Failure(
                f"authentication_configuration.secret_token: {self.name_of(after)} is to be written, and "
                "CodePipeline takes it only as a whole, with its secret. Give the secret too."
            )
        return wanted

    def defaults(self, wanted):
        return {"authentication": "UNAUTHENTICATED", "authentication_configuration": {}}

    def same(self, setting, one, other):
        if setting == "authentication_configuration" and self._rewrites_secret:
            return False
        return super().same(setting, one, other)

    def find(self, wanted):
        listed = self.client.pages("list_webhooks", "webhooks", doing=f"read {self.name_of(wanted)}")
        return next((as_options(one) for one in listed if one["definition"]["name"] == wanted["name"]), None)

    def create(self, wanted):
        tags = {"tags": tag_list(wanted["tags"])} if wanted.get("tags") else {}
        self._put(self.after(None, wanted), "create", **tags)
        if self.options["register_with_third_party"]:
            self._register(wanted)

    def update(self, current, changes):
        """PutWebhook takes the whole definition; the webhook keeps its address."""
        self._put({**current, **changes}, "change")

    def delete(self, current):
        if self.options["register_with_third_party"]:
            self._third_party("deregister_webhook_with_third_party", "deregister", current)
        self.client.call("delete_webhook", doing=f"delete {self.name_of(current)}", name=current["name"])

    def read_tags(self, current):
        return current["tags"]

    def write_tags(self, current, to_set, to_unset):
        Tags(self.context).write(current["arn"], to_set, to_unset)

    def _differs(self, current, after):
        return any(not self.same(name, (current or {}).get(name), after.get(name)) for name in self.settings)

    def _put(self, state, doing, **more):
        definition = {name: state[name] for name in (*self.key, *self.settings) if name in state}
        parameters = dict(definition["authentication_configuration"])
        if "secret_token" in parameters:
            parameters["secret_token"] = self._secret
        definition["authentication_configuration"] = parameters
        self.client.call("put_webhook", doing=f"{doing} {self.name_of(state)}", webhook=definition, **more)

    def _register(self, state):
        """Nobody can tell later whether it was done: a webhook that cannot be registered is not left behind."""
        try:
            self._third_party("register_webhook_with_third_party", "register", state)
        except Failure:
            self.client.call("delete_webhook", doing=f"delete {self.name_of(state)} again", name=state["name"])
            raise

    def _third_party(self, operation, doing, state):
        self.client.call(
            operation, doing=f"{doing} {self.name_of(state)} with its source's provider", webhook_name=state["name"]
        )


def as_options(listed):
    """A webhook as ListWebhooks tells it, in the form of the options."""
    more = {name: value for name, value in listed.items() if name != "definition"}
    webhook = {"authentication_configuration": {}, **listed["definition"], **more, "tags": tag_map(listed.get("tags"))}
    if webhook["authentication"] == "GITHUB_HMAC":
        webhook["authentication_configuration"] = {"secret_token": MASK}
    return webhook


def list_webhooks(context, names=None, target_pipeline=None):
    """The webhooks of these names (all when None) that start that pipeline, by name. Unknown names are left out."""
    for name in names or []:
        check_name("webhook_names", name)
    check_name("target_pipeline", target_pipeline)
    listed = codepipeline(context).pages("list_webhooks", "webhooks", doing="list the webhooks")
    found = [as_options(one) for one in listed]
    return sorted(
        (
            one
            for one in found
            if (names is None or one["name"] in names) and target_pipeline in (None, one["target_pipeline"])
        ),
        key=lambda one: one["name"],
    )


def _check_filters(filters):
    if len(filters) > MOST_FILTERS:
        raise Failure(f"filters: {len(filters)} were given, a webhook has at most {MOST_FILTERS}.")
    for one in filters:
        path = one["json_path"]
        if not path.startswith("$") or len(path) > 150:
            raise Failure(f"filters: json_path {path!r} is none. Use one of 1 to 150 characters such as $.ref.")
        equals = one.get("match_equals")
        if equals is not None and not 1 <= len(equals) <= 150:
            raise Failure(f"filters: match_equals of {path} has {len(equals)} characters. Use 1 to 150.")


def _check_authentication(wanted):
    """The values by themselves. What goes with which kind is checked when it is known what is there."""
    parameters = wanted.get("authentication_configuration") or {}
    if "authentication" in wanted and "authentication_configuration" in wanted:
        _check_parameters(wanted)
    allowed = parameters.get("allowed_ip_range")
    if allowed is not None:
        try:
            ipaddress.ip_network(allowed, strict=False)
        except ValueError:
            raise Failure(
                f"authentication_configuration.allowed_ip_range: {allowed!r} is no range of addresses. Use one such as "
                "192.0.2.0/24."
            ) from None


def _check_parameters(webhook):
    kind = webhook["authentication"]
    needed, given = PARAMETERS[kind], webhook.get("authentication_configuration") or {}
    if needed and needed not in given:
        raise Failure(f"authentication_configuration: {kind} needs {needed}. Give it, or use another authentication.")
    unfitting = [name for name in given if name != needed]
    if unfitting:
        raise Failure(
            f"authentication_configuration: {unfitting[0]} does not go with {kind}. Leave it out, or use another "
            "authentication."
        )
