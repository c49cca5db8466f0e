# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m local_region on-premises: servers of your own, to be registered with CodeDeploy."""

from __future__ import annotations

import argparse
import json

from local_region.asking import OK, ask, running

TEXT = "Add and remove servers that are no EC2 instances: bare hosts on which nothing of AWS is installed."


def add_arguments(on_premises: argparse.ArgumentParser) -> None:
    """The subcommands of `on-premises`."""
    verbs = on_premises.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def verb(name: str, run, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    add = verb("add", _add, "Boot a host, or one that lost power again; does nothing to one that runs.")
    add.add_argument("name", metavar="NAME", help="the host's name, such as rack-7")
    add.add_argument("--zone", default="", help="where it stands, for people: shown in lists and nowhere else")
    remove = verb("remove", _remove, "Take a host away with everything on it.")
    remove.add_argument("name", metavar="NAME")
    verb("list", _list, "List these hosts.").add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    _, arguments.info = running(arguments.state_dir)
    return arguments.run(arguments)


def _add(arguments: argparse.Namespace) -> int:
    host = ask(arguments.info, "on-premises/add", {"name": arguments.name, "zone": arguments.zone})
    print(f"{host['name']} runs at {host['private_ip']}.")
    return OK


def _remove(arguments: argparse.Namespace) -> int:
    ask(arguments.info, "on-premises/remove", {"name": arguments.name})
    print(f"{arguments.name} is gone.")
    return OK


def _list(arguments: argparse.Namespace) -> int:
    hosts = ask(arguments.info, "on-premises")["hosts"]
    if arguments.json:
        print(json.dumps(hosts, indent=2))
        return OK
    for host in hosts:
        print(f"{host['name']}  {host['private_ip']}  {host['state']}" + (f"  {host['zone']}" if host["zone"] else ""))
    if not hosts:
        print("There is no on-premises host.")
    return OK
