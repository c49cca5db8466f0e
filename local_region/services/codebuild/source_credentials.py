# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials for repositories outside: import, list and delete. Tokens are kept and never shown."""

from __future__ import annotations

from local_region.services.codebuild import errors
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.records import CredentialRecord, Store

# Kinds of credentials whose token is the ARN of a connection or a secret.
BY_ARN = ("CODECONNECTIONS", "SECRETS_MANAGER")


class SourceCredentials(Base):
    """ImportSourceCredentials and its relatives: one for each server type."""

    @operation
    def import_source_credentials(self, store: Store, params: dict) -> dict:
        server, auth = params["serverType"], params["authType"]
        if auth == "OAUTH":
            raise errors.invalid("Invalid auth type: OAUTH is supported by the CodeBuild console only")
        if auth == "BASIC_AUTH" and (server != "BITBUCKET" or "username" not in params):
            raise errors.invalid("Invalid auth type: BASIC_AUTH is for BITBUCKET, with a username and an app password")
        if auth in BY_ARN and not params["token"].startswith("arn:"):
            raise errors.invalid(f"Invalid token: with {auth} it is the ARN of a connection or a secret")
        arn = store.arn(f"token/{server.lower()}")
        if server in store.credentials and not params.get("shouldOverwrite", True):
            raise errors.exists("Source credentials", arn)
        info = {"arn": arn, "serverType": server, "authType": auth}
        if auth in BY_ARN:
            info["resource"] = params["token"]
        store.credentials[server] = CredentialRecord(info, params["token"], params.get("username"))
        return {"arn": arn}

    @operation
    def list_source_credentials(self, store: Store, params: dict) -> dict:
        return {"sourceCredentialsInfos": [one.info for _, one in sorted(store.credentials.items())]}

    @operation
    def delete_source_credentials(self, store: Store, params: dict) -> dict:
        server = next((name for name, one in store.credentials.items() if one.info["arn"] == params["arn"]), None)
        if server is None:
            raise errors.not_found(f"Source credentials {params['arn']} do not exist")
        del store.credentials[server]
        return {"arn": params["arn"]}
