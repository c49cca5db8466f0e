# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m local_region fault, as a user types it."""

import json

import pytest

from local_region.cli import main
from tests.running_region import boot, make_client


def fault(region, *argv: str, check: bool = True):
    return region.command("fault", *argv, check=check)


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    """A region of this file's own: it is reset."""
    running = boot(tmp_path_factory.mktemp("faults"), 10.0)
    yield running
    running.stop()


def test_every_fault_is_listed_with_what_it_does_and_how_it_is_cleared(region):
    kinds = json.loads(fault(region, "list", "--json").stdout)
    shown = fault(region, "list").stdout
    assert len(kinds) == 13
    for kind in kinds:
        assert f"{kind['name']}\n  {kind['text']}\n  cleared: {kind['undone']}\n" in shown
        for parameter in kind["parameters"]:
            assert f"    {parameter['name']:<13} {parameter['text']}" in shown


def test_a_fault_is_injected_shown_and_cleared(region):
    injected = fault(region, "inject", "api-failing", "service=sqs", "operation=List*", "--for", "600").stdout
    identifier, *described = injected.split()
    assert described[:3] == ["api-failing", "service=sqs", "operation=List*"]
    assert injected.endswith("for 600 more service seconds\n")
    assert fault(region, "active").stdout.startswith(f"{identifier}  api-failing service=sqs")
    (shown,) = region.status()["faults"]
    assert (shown["id"], shown["parameters"]["operation"]) == (identifier, "List*")
    assert f"active faults: {identifier} api-failing" in region.command("status").stdout
    assert fault(region, "clear", identifier).stdout == f"Cleared {identifier}.\n"
    assert fault(region, "active").stdout == "No fault is active.\n"


def test_clear_alone_clears_all_the_last_one_first(region):
    ids = [fault(region, "inject", "api-failing", f"service={name}").stdout.split()[0] for name in ("sqs", "sns")]
    assert fault(region, "clear").stdout == f"Cleared {ids[1]}, {ids[0]}.\n"
    assert fault(region, "clear", "all").stdout == "No fault is active.\n"


def test_a_reset_clears_every_fault(region):
    fault(region, "inject", "api-failing", "service=sqs")
    region.command("reset")
    assert region.status()["faults"] == []
    make_client(region.url, "sqs").list_queues()


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["inject", "disc-full"], "There is no fault 'disc-full'; there are agent-killed, agent-silent, "),
        (["inject", "disk-full"], "Fault disk-full needs instance=...: the id of an instance"),
        (["inject", "disk-full", "size=3"], "Fault disk-full has no parameter 'size'; it has instance, leave_mib."),
        (["inject", "disk-full", "instance=i-0", "leave_mib=-1"], "leave_mib is '-1'; give a whole number from 0 to"),
        (["inject", "disk-full", "instance=i-0", "leave_mib=1.5"], "leave_mib is '1.5'; give a whole number from 0"),
        (["inject", "disk-full", "instance="], "instance is ''; give a text that is not empty."),
        (["inject", "disk-full", "instance=i-0"], "no host runs for instance 'i-0'; give one of those that run: none."),
        (["inject", "api-slow", "service=s3", "delay_ms=nan"], "delay_ms is 'nan'; give a number from 0 to 600000."),
        (["inject", "bundle-corrupted", "bucket=b", "key=k", "how=x"], "how is 'x'; give one of flipped, truncated."),
        (["inject", "api-failing", "service=s3", "service=sns"], "Parameter service is given twice; give it once."),
        (["inject", "api-failing", "service=s3", "--for", "0"], "--for is 0; give a number of service seconds greater"),
        (["inject", "host-killed", "instance=i-0", "--for", "5"], "happens once and has no duration; leave --for away"),
        (["inject", "host-killed", "i-0"], "'i-0' is no parameter; write name=value, such as instance=i-0123"),
        (["inject", "api-failing", "service=s3", "--for", "ever"], "'ever' is no number of service seconds"),
        (["clear", "f-99"], "No fault 'f-99' is active; none is."),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_changes_nothing(region, capsys, argv, sentence):
    assert status_of(["fault", "--state-dir", str(region.state_dir), *argv]) == 2
    assert sentence in capsys.readouterr().err
    assert region.faults() == []


def status_of(argv: list[str]) -> int:
    """The exit status of the command, run in this process."""
    try:
        return main(argv)
    except SystemExit as ended:  # argparse's own way
        return ended.code
