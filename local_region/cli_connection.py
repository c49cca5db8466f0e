# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m local_region connection: what one does on AWS in the console, with the provider's login."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from local_region.asking import OK, ask, running

TEXT = "List CodeConnections' connections, and complete them: a folder of Git repositories stands in for GitHub."


def add_arguments(connection: argparse.ArgumentParser) -> None:
    """The subcommands of `connection`."""
    verbs = connection.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def verb(name: str, run, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    complete = verb("complete", _complete, "Make a connection AVAILABLE: complete my-connection ~/repositories")
    complete.add_argument("connection", metavar="CONNECTION", help="its ARN, or its name")
    complete.add_argument(
        "folder", metavar="FOLDER", type=Path, help="where the repository OWNER/NAME is OWNER/NAME or OWNER/NAME.git"
    )
    verb("list", _list, "List the connections.").add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    _, arguments.info = running(arguments.state_dir)
    return arguments.run(arguments)


def _complete(arguments: argparse.Namespace) -> int:
    folder = str(arguments.folder.expanduser().absolute())
    done = ask(arguments.info, "connections/complete", {"connection": arguments.connection, "folder": folder})
    print(f"{done['name']} is {done['status']}. {_repositories(done)}")
    return OK


def _list(arguments: argparse.Namespace) -> int:
    connections = ask(arguments.info, "connections")["connections"]
    if arguments.json:
        print(json.dumps(connections, indent=2))
        return OK
    for one in connections:
        folder = f"  {one['folder']}" if one["folder"] else ""
        print(f"{one['name']}  {one['provider']}  {one['status']}  {one['arn']}{folder}")
    if not connections:
        print("There is no connection.")
    return OK


def _repositories(connection: dict) -> str:
    found = connection["repositories"]
    if not found:
        return f"There is no repository in {connection['folder']} yet; OWNER/NAME.git is where one belongs."
    return f"It leads to {', '.join(found)} in {connection['folder']}."
