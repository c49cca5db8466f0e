# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Source credentials: how CodeBuild gets at the repositories of one kind of server, for all projects of a region."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from ..engine.resource import Resource
from .common import codebuild

# Kinds whose credential is an ARN, which CodeBuild tells; a token it never tells.
BY_ARN = ("CODECONNECTIONS", "SECRETS_MANAGER")
IMPORTED, ANEW = "imported", "imported anew"

State = dict[str, Any]


class SourceCredential(Resource):
    noun = "source_credential"
    key = ("server_type",)
    # "token" is never the token, but whether one was imported: all that can be known of it.
    settings = ("auth_type", "resource", "token")

    def __init__(self, context):
        super().__init__(context)
        self.client = codebuild(context)
        self._token = IMPORTED

    def name_of(self, state: State) -> str:
        return f"the source credential for {state['server_type']}"

    def wanted(self) -> State:
        wanted = super().wanted()
        if wanted.pop("token", None) is not None:
            wanted["token"] = IMPORTED
        return wanted

    def check(self, wanted: State) -> None:
        if self.options["state"] == "absent":
            return
        kind, server = wanted.get("auth_type"), wanted["server_type"]
        if kind == "OAUTH":
            raise Failure("auth_type: OAUTH can be made in CodeBuild's console only. Use another, or make it there.")
        if (kind == "BASIC_AUTH") != bool(self.options.get("username")):
            raise Failure(
                "username is required for auth_type BASIC_AUTH."
                if kind == "BASIC_AUTH"
                else f"username does not go with auth_type {kind}. Leave it out."
            )
        if kind == "BASIC_AUTH" and server != "BITBUCKET":
            raise Failure(f"auth_type: BASIC_AUTH is for BITBUCKET, not for {server}. Use PERSONAL_ACCESS_TOKEN.")
        needed, other = ("resource", "token") if kind in BY_ARN else ("token", "resource")
        if kind and other in wanted:
            raise Failure(f"{other} does not go with auth_type {kind}. Give {needed}.")
        if not (wanted.get("resource") or "arn:").startswith("arn:"):
            raise Failure(f"resource: {wanted['resource']!r} is not an ARN.")

    def complete(self, current: State | None, wanted: State) -> State:
        kind = wanted.get("auth_type") or (current or {}).get("auth_type")
        needed = "resource" if kind in BY_ARN else "token"
        changes = current is None or (wanted.get("auth_type") or kind) != current.get("auth_type")
        if changes and needed not in wanted:
            raise Failure(f"{needed} is required to import {self.name_of(wanted)}.")
        if changes and current:
            return {**wanted, **({"token": ANEW} if needed == "token" else {})}
        if "token" in wanted and current and self.options["update_token"] == "always":
            return {**wanted, "token": ANEW}
        return wanted

    def after(self, current: State | None, wanted: State) -> State:
        after = super().after(current, wanted)
        return {**after, ("token" if after.get("auth_type") in BY_ARN else "resource"): None}

    def find(self, wanted: State) -> State | None:
        found = list_source_credentials(self.context)
        known = next((one for one in found if one.get("server_type") == wanted["server_type"]), None)
        return known and ({**known, "token": self._token} if known.get("auth_type") not in BY_ARN else known)

    def create(self, wanted: State) -> None:
        self._import(wanted, overwrite=False)

    def update(self, current: State, changes: State) -> None:
        self._import({**current, **changes}, overwrite=True)
        self._token = changes.get("token") or IMPORTED

    def delete(self, current: State) -> None:
        self.client.call("delete_source_credentials", doing=f"delete {self.name_of(current)}", arn=current["arn"])

    def _import(self, state: State, overwrite: bool) -> None:
        self.client.call(
            "import_source_credentials",
            doing=f"import {self.name_of(state)}",
            server_type=state["server_type"],
            auth_type=state["auth_type"],
            token=state["resource"] if state["auth_type"] in BY_ARN else self.options["token"],
            username=self.options.get("username"),
            should_overwrite=overwrite,
        )


def list_source_credentials(context) -> list[State]:
    """All source credentials of the region, by kind of server. None of them tells its token."""
    answer = codebuild(context).call("list_source_credentials", doing="list the source credentials")
    return sorted(answer.get("source_credentials_infos") or [], key=lambda one: one.get("server_type") or "")
