# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m local_region: start, stop and look at a region on this machine."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from local_region import cli_connection, cli_faults, cli_on_premises
from local_region.asking import (
    BAD_INPUT,
    FAILED,
    NOT_RUNNING,
    OK,
    PATIENCE,
    Refused,
    ask,
    running,
    shown,
    wait_for_info,
)
from local_region.features import ROOT, MissingFeature, require
from local_region.nest import entering
from local_region.state import StateDir

DEFAULT_PORT = 4580
DEFAULT_STATE_DIR = ROOT / ".build" / "region"
# The supervisor stops a region and starts another; on a busy machine that takes as long as a start does.
RESET_PATIENCE = 150.0


def main(argv: list[str] | None = None) -> int:
    argv, command = _split(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(argv)
    arguments.argv = command
    try:
        return arguments.command(arguments)
    except (Refused, MissingFeature) as refusal:
        print(refusal, file=sys.stderr)
        return getattr(refusal, "status", BAD_INPUT)
    except KeyboardInterrupt:
        return 130


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    """The command line without, and what comes after, its first `--`: a command for a host, not options of ours."""
    end = argv.index("--") if "--" in argv else len(argv)
    return argv[:end], argv[end + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_region", description=__doc__)
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def verb(name: str, command, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        sub.add_argument("--state-dir", type=Path, default=DEFAULT_STATE_DIR, help="default: .build/region")
        return sub

    start = verb("start", _start, "Start the region; does nothing when it runs.")
    start.add_argument("--port", type=_port, help=f"on 127.0.0.1; 0 takes a free one (default: {DEFAULT_PORT})")
    start.add_argument(
        "--time-scale", type=_scale, metavar="X",
        help="divides the durations that AWS services wait: 10 makes a 30 s drain last 3 s (default: 1)",
    )  # fmt: skip
    start.add_argument("--foreground", action="store_true", help="stay in the foreground, log to standard error")
    status = verb("status", _status, f"Say what runs; exit status {NOT_RUNNING} when nothing does.")
    status.add_argument("--json", action="store_true", help="as JSON, with counts of calls, hosts and so on")
    verb("stop", _stop, "Stop the region and everything in it; does nothing when it is stopped.")
    verb("reset", _reset, "Empty the region: same port, nothing in it.")
    inventory = verb("inventory", _inventory, "List every resource that a user has created.")
    inventory.add_argument("--json", action="store_true", help="as JSON")
    execute = verb("exec", _exec, "Run a command on a host, or a shell: exec i-0123 -- systemctl status web")
    execute.add_argument("instance", metavar="INSTANCE", help="the instance id, or an on-premises host's name")
    logs = verb("log", _log, "Print the region's log.")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as it grows")
    cli_connection.add_arguments(verb("connection", cli_connection.run, cli_connection.TEXT))
    cli_faults.add_arguments(verb("fault", cli_faults.run, cli_faults.TEXT))
    cli_on_premises.add_arguments(verb("on-premises", cli_on_premises.run, cli_on_premises.TEXT))
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 1 to 65535, or 0 for a free one")
    return int(text)


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0 < scale < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time scale; give a number greater than 0, such as 10")
    return scale


# --- start -----------------------------------------------------------------------------------------------------------


def _start(arguments: argparse.Namespace) -> int:
    state = StateDir(arguments.state_dir)
    require()
    try:
        state.create()
    except OSError as error:
        raise Refused(f"--state-dir {state.path} cannot be made: {error.strerror}.") from None
    lock = state.lock()
    if lock is None:
        return _already_running(state, arguments)
    if state.clean_leftovers():
        print("Cleared what a killed region left behind.")
    api = _bind(DEFAULT_PORT if arguments.port is None else arguments.port)
    state.rotate_log()
    scale = arguments.time_scale or 1.0
    if arguments.foreground:
        return _supervise_here(state, api, scale)
    print(f"Starting the local region (state and log in {shown(state.path)}) ...", flush=True)
    return _supervise_detached(state, lock, api, scale)


def _already_running(state: StateDir, arguments: argparse.Namespace) -> int:
    info = wait_for_info(state)
    for option, wanted, key in (
        ("--port", arguments.port or None, "port"),
        ("--time-scale", arguments.time_scale, "time_scale"),
    ):
        if wanted is not None and wanted != info[key]:
            raise Refused(
                f"The local region already runs at {info['url']} with {option} {info[key]:g}, not {wanted:g}: "
                "stop it first (python -m local_region stop), or start another one with its own --state-dir."
            )
    print(f"The local region already runs at {info['url']} (pid {info['pid']}).")
    return OK


def _bind(port: int):
    from local_region.http_server import listening_socket

    try:
        return listening_socket("127.0.0.1", port)
    except PermissionError:
        raise Refused(f"--port {port} is reserved for root here: choose one above 1023, or 0 for a free one.") from None
    except OSError as error:
        raise Refused(
            f"--port {port} on 127.0.0.1 cannot be used ({error.strerror}): choose another one, or 0 for a free one."
        ) from None


def _supervise_here(state: StateDir, api, scale: float) -> int:
    from local_region.logs import configure
    from local_region.supervisor import Supervisor

    configure()
    return Supervisor(state, api, scale, ready=lambda said: None).run()


def _supervise_detached(state: StateDir, lock: int, api, scale: float) -> int:
    """Starts the supervisor in a session of its own and waits until it says `ready`, or why not."""
    began = time.monotonic()
    heard, ready = os.pipe()
    arguments = {"state_dir": str(state.path), "time_scale": scale, "api_fd": api.fileno(), "ready_fd": ready}
    with state.log_file.open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "local_region.supervisor_process", json.dumps(arguments)],
            pass_fds=(lock, api.fileno(), ready),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=ROOT,
        )  # fmt: skip
    os.close(ready)
    with os.fdopen(heard) as pipe:
        said = pipe.read().strip()
    if said != "ready":
        raise Refused(f"The local region did not start. {said or 'Its supervisor died.'} See {state.log_file}.", FAILED)
    url = "http://{}:{}".format(*api.getsockname())
    print(f"The local region answers at {url} after {time.monotonic() - began:.1f} s.")
    return OK


# --- stop, reset -----------------------------------------------------------------------------------------------------


def _stop(arguments: argparse.Namespace) -> int:
    state = StateDir(arguments.state_dir)
    if not state.is_running():
        cleared = _clear_leftovers(state)
        print("The local region is not running" + ("; cleared what a killed one left behind." if cleared else "."))
        return OK
    info = wait_for_info(state)
    os.kill(info["pid"], signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while state.is_running():
        if time.monotonic() > deadline:
            os.kill(info["pid"], signal.SIGKILL)
            deadline = math.inf
        time.sleep(0.05)
    _clear_leftovers(state)
    print("The local region is stopped.")
    return OK


def _clear_leftovers(state: StateDir) -> bool:
    if not state.path.is_dir() or (lock := state.lock()) is None:
        return False
    try:
        return state.clean_leftovers()
    finally:
        os.close(lock)


def _reset(arguments: argparse.Namespace) -> int:
    state, info = running(arguments.state_dir)
    os.kill(info["pid"], signal.SIGHUP)
    deadline = time.monotonic() + RESET_PATIENCE
    while (now := state.info()) is None or now["starts"] <= info["starts"]:
        if not state.is_running() or time.monotonic() > deadline:
            raise Refused(f"The local region did not come back: see {state.log_file}.", FAILED)
        time.sleep(0.05)
    print(f"The local region at {info['url']} is empty.")
    return OK


# --- looking ---------------------------------------------------------------------------------------------------------


def _status(arguments: argparse.Namespace) -> int:
    state = StateDir(arguments.state_dir)
    if not state.is_running():
        print(json.dumps({"running": False}) if arguments.json else "The local region is not running.")
        return NOT_RUNNING
    info = wait_for_info(state)
    inside = ask(info, "status")
    report = {"running": True, **{key: info[key] for key in ("url", "port", "pid", "time_scale")}, **inside}
    if arguments.json:
        print(json.dumps(report, indent=2))
        return OK
    print(f"The local region runs at {info['url']} (pid {info['pid']}, time scale {info['time_scale']:g}).")
    for name in ("hosts", "load_balancers"):
        print(f"  {name.replace('_', ' ')}: {len(inside.get(name, []))}")
    if inside["faults"]:
        print(f"  active faults: {', '.join(fault['id'] + ' ' + fault['name'] for fault in inside['faults'])}")
    print(f"  calls: {inside['calls']['total']}, of them writes: {inside['calls']['writes']}")
    return OK


def _inventory(arguments: argparse.Namespace) -> int:
    _, info = running(arguments.state_dir)
    found = ask(info, "inventory")
    if arguments.json:
        print(json.dumps(found, indent=2))
        return OK
    for kind, names in found.items():
        print(f"{kind}: {', '.join(names)}")
    if not found:
        print("The local region is empty.")
    return OK


def _exec(arguments: argparse.Namespace) -> int:
    _, info = running(arguments.state_dir)
    hosts = {host["instance_id"]: host for host in ask(info, "status").get("hosts", [])}
    if arguments.instance not in hosts:
        raise Refused(
            f"No host runs for instance {arguments.instance!r}; there are {', '.join(sorted(hosts)) or 'none'}."
        )
    enter = hosts[arguments.instance]["enter"]
    if enter is None:
        raise Refused(f"The host of {arguments.instance} is {hosts[arguments.instance]['state']}, not running.", FAILED)
    terminal = [f"TERM={os.environ['TERM']}"] if "TERM" in os.environ else []
    outer = entering(info["processes"][-1]["pid"], [*enter, *terminal, *(arguments.argv or ["/bin/bash", "-l"])])
    os.execvp(outer[0], outer)


def _log(arguments: argparse.Namespace) -> int:
    state = StateDir(arguments.state_dir)
    if not state.log_file.exists():
        raise Refused(f"There is no log in {shown(state.path)}: no region was started there.", NOT_RUNNING)
    command = ["tail", "-n", "+1", *(["-F"] if arguments.follow else []), str(state.log_file)]
    sys.stdout.flush()
    os.execvp(command[0], command)
