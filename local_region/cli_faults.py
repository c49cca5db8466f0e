# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m local_region fault: break something in the running region, and make it whole again."""

from __future__ import annotations

import argparse
import json

from local_region.asking import OK, Refused, ask, running

TEXT = "Inject faults into the running region, list them, clear them."
_INJECT = "Inject a fault: inject agent-killed instance=i-0123 --for 60"


def add_arguments(fault: argparse.ArgumentParser) -> None:
    """The subcommands of `fault`."""
    verbs = fault.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def verb(name: str, run, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    for name, run, text in (
        ("list", _list, "List the faults that there are, with their parameters."),
        ("active", _active, "List the faults that are active, with the time that they still last."),
    ):
        verb(name, run, text).add_argument("--json", action="store_true", help="as JSON")
    inject = verb("inject", _inject, _INJECT)
    inject.add_argument("name", metavar="NAME", help="see `fault list`")
    inject.add_argument("parameters", metavar="KEY=VALUE", nargs="*", type=_assignment)
    inject.add_argument(
        "--for", dest="seconds", type=_seconds, metavar="SECONDS",
        help="clear it after so many service seconds: a time scale of 10 makes 60 last 6 (default: when it is cleared)",
    )  # fmt: skip
    clear = verb("clear", _clear, "Clear a fault, or all of them.")
    clear.add_argument("fault", metavar="ID|all", nargs="?", default="all", help="default: all")


def run(arguments: argparse.Namespace) -> int:
    _, arguments.info = running(arguments.state_dir)
    return arguments.run(arguments)


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no parameter; write name=value, such as instance=i-0123")
    return name, value


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of service seconds; write one, such as 60") from None


def _list(arguments: argparse.Namespace) -> int:
    kinds = ask(arguments.info, "faults")["kinds"]
    if arguments.json:
        print(json.dumps(kinds, indent=2))
        return OK
    for kind in kinds:
        print(f"{kind['name']}\n  {kind['text']}\n  cleared: {kind['undone']}")
        for parameter in kind["parameters"]:
            default = "" if parameter["required"] else f" (default: {parameter['default']})"
            print(f"    {parameter['name']:<13} {parameter['text']}{default}")
    return OK


def _active(arguments: argparse.Namespace) -> int:
    faults = ask(arguments.info, "faults")["active"]
    if arguments.json:
        print(json.dumps(faults, indent=2))
        return OK
    for fault in faults:
        print(f"{fault['id']}  {_described(fault)}  {_lasting(fault)}")
    if not faults:
        print("No fault is active.")
    return OK


def _inject(arguments: argparse.Namespace) -> int:
    given = dict(arguments.parameters)
    if len(given) < len(arguments.parameters):
        names = [name for name, _ in arguments.parameters]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"Parameter {twice} is given twice; give it once.")
    asked = {"name": arguments.name, "given": given, "seconds": arguments.seconds}
    fault = ask(arguments.info, "faults/inject", asked)
    print(f"{fault['id']}  {_described(fault)}  {_lasting(fault) if fault['lasting'] else 'has happened'}")
    return OK


def _clear(arguments: argparse.Namespace) -> int:
    cleared = ask(arguments.info, "faults/clear", {"identifier": arguments.fault})["cleared"]
    print(f"Cleared {', '.join(cleared)}." if cleared else "No fault is active.")
    return OK


def _described(fault: dict) -> str:
    return " ".join([fault["name"], *(f"{name}={value}" for name, value in fault["parameters"].items())])


def _lasting(fault: dict) -> str:
    remaining = fault["remaining"]
    return "until it is cleared" if remaining is None else f"for {remaining:.0f} more service seconds"
