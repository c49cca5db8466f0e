# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodePipeline's pipelines, brought to what a task declares."""

from __future__ import annotations

from ..engine.resource import Resource
from ..engine.tags import check_tags
from ..engine.wait import retry_while
from .checks import check_given, check_whole
from .common import Tags, codepipeline, tag_list
from .declaration import declared
from .declaration_compare import merged_stages, same
from .declaration_diff import lines
from .declaration_secrets import Secrets, asks_for_custom_types
from .declaration_triggers import kept_triggers

ABSENT = ("PipelineNotFoundException",)

# One artifact store, or one for each region: who asks for one gives the other up.
RIVALS = {"artifact_store": "artifact_stores", "artifact_stores": "artifact_store"}


class Pipeline(Resource):
    noun = "pipeline"
    key = ("name",)
    settings = (
        "role_arn",
        "pipeline_type",
        "execution_mode",
        "artifact_store",
        "artifact_stores",
        "variables",
        "triggers",
        "stages",
    )

    def __init__(self, context):
        super().__init__(context)
        self.client = codepipeline(context)
        self.secrets = Secrets(context.secret)
        self._rewrites_secrets = False

    # ---- what the task wants --------------------------------------------------------------------------------------

    def wanted(self):
        wanted = declared(super().wanted())
        self.secrets.hide(wanted.get("stages", []))
        return wanted

    def check(self, wanted):
        check_tags(wanted.get("tags"))
        check_given(wanted)

    def complete(self, current, wanted):
        there = (current or {}).get("stages", [])
        wanted = self._with_what_follows(current or {}, wanted)
        self._rewrites_secrets = bool(current and self.secrets) and self.options["update_secret"] == "always"
        if self._rewrites_secrets:
            self.context.progress.say(wanted["name"], "gets its secrets again, as update_secret=always says")
        after = self.after(current, wanted)
        check_whole(after, self.client.region)
        self.secrets.check(after["stages"], there, self.client.region)
        return wanted

    def _with_what_follows(self, current, wanted):
        """The other kind of artifact store given up, secrets put aside, what AWS has filled in taken over."""
        given_up = {rival: {} for option, rival in RIVALS.items() if option in wanted and current.get(rival)}
        wanted = {**wanted, **given_up}
        if "stages" not in wanted:
            return wanted
        there = current.get("stages", [])
        custom = self._custom_secrets() if asks_for_custom_types(wanted["stages"], there) else {}
        taken = self.secrets.taken(wanted["stages"], there, custom)
        wanted["stages"] = merged_stages(there, taken, self.client.region)
        if "triggers" not in wanted and current.get("triggers"):
            wanted["triggers"] = kept_triggers(current["triggers"], there, wanted["stages"])
        return wanted

    def defaults(self, wanted):
        """Source: API reference of PipelineDeclaration."""
        return {"pipeline_type": "V1", "execution_mode": "SUPERSEDED"}

    def after(self, current, wanted):
        if current is None:
            return {**self.defaults(wanted), **wanted, "version": 1}
        kept = {
            name: current[name] if name in current and self._means_the_same(name, current[name], value) else value
            for name, value in wanted.items()
        }
        after = {**current, **kept}
        if any(not self.same(name, current.get(name), after.get(name)) for name in self.settings):
            after["version"] = current["version"] + 1
            after.pop("updated", None)
        return after

    def same(self, setting, one, other):
        if setting == "stages" and self._rewrites_secrets:
            return False
        return self._means_the_same(setting, one, other)

    def managed(self, state):
        version = {"version": state["version"]} if "version" in state else {}
        return {**lines(super().managed(state)), **version}

    def _means_the_same(self, setting, one, other):
        return same(setting, one, other, self.client.region)

    def _custom_secrets(self):
        """C({(category, provider, version): secret keys}) of the account's custom action types."""
        types = self.client.pages(
            "list_action_types", "action_types", doing="list the custom action types", action_owner_filter="Custom"
        )
        return {
            (one["id"]["category"], one["id"]["provider"], one["id"]["version"]): {
                known["name"] for known in one.get("action_configuration_properties") or [] if known.get("secret")
            }
            for one in types
        }

    # ---- what is there --------------------------------------------------------------------------------------------

    def find(self, wanted):
        return read_pipeline(self.client, wanted["name"])

    def create(self, wanted):
        tags = {"tags": tag_list(wanted["tags"])} if wanted.get("tags") else {}
        self._once_the_role_is_seen(
            lambda: self.client.call(
                "create_pipeline", doing=f"create {self.name_of(wanted)}", pipeline=self._declaration(wanted), **tags
            )
        )

    def update(self, current, changes):
        """UpdatePipeline takes the whole declaration and counts the version up."""
        pipeline = self._declaration({**current, **changes})
        self._once_the_role_is_seen(
            lambda: self.client.call("update_pipeline", doing=f"change {self.name_of(current)}", pipeline=pipeline)
        )

    def delete(self, current):
        self.client.call("delete_pipeline", doing=f"delete {self.name_of(current)}", name=current["name"])

    def read_tags(self, current):
        return Tags(self.context).read(current["pipeline_arn"])

    def write_tags(self, current, to_set, to_unset):
        Tags(self.context).write(current["pipeline_arn"], to_set, to_unset)

    def _declaration(self, state):
        """The state as a request, without what is empty."""
        pipeline = {name: state[name] for name in (*self.key, *self.settings) if state.get(name)}
        return {**pipeline, "stages": self.secrets.restored(state["stages"])}

    def _once_the_role_is_seen(self, attempt):
        """IAM needs some seconds until other services see a new role, and CodePipeline refuses it until then."""
        role = self.options.get("role_arn") or "the pipeline's role"
        return retry_while(
            attempt,
            passing=_role_is_not_seen,
            timeout=self.options["role_timeout"],
            on_wait=lambda _error: self.context.progress.say(
                role, "cannot be assumed yet, waiting for IAM to make it known"
            ),
            clock=self.context.clock,
        )


def read_pipeline(client, name, version=None):
    """A pipeline in the form of the options, with its ARN, version and times; None where there is none."""
    answer = client.call(
        "get_pipeline",
        doing=f"read pipeline {name}",
        absent=ABSENT,
        name=name,
        **({"version": version} if version else {}),
    )
    if answer is None:
        return None
    return {**declared(answer["pipeline"]), **answer.get("metadata", {})}


def _role_is_not_seen(error):
    """CodePipeline has no error code of its own for it."""
    return getattr(error, "code", None) == "InvalidStructureException" and "AssumeRole" in str(error)
