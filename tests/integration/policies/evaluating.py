# SPDX-License-Identifier: GPL-3.0-or-later
"""Would IAM allow it? Policies evaluated with @cloud-copilot/iam-simulate, a program of Node.js.

It knows every action of AWS with its resource types and condition keys, all condition operators, trust policies and
permissions boundaries, and refuses what IAM would refuse: an unknown action, a resource that the action does not have,
a policy that is none. moto's own evaluation ignores boundaries, and takes a condition that fails for a denial.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.running_region import ROOT

EVALUATOR = Path(__file__).parent / "evaluator"
ALLOWED = "Allowed"


class NoEvaluatorError(Exception):
    """Node.js or the evaluator cannot be had on this machine; its text says why."""


@dataclass(frozen=True)
class Call:
    """A request: what is done to which resource, in which context (condition keys with their values), and for what."""

    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)
    why: str = ""
    unlisted: bool = False
    """The list of AWS's resources and condition keys lacks it: its public parameters, which belong to no account, and
    keys with a name of their own in them (kms:EncryptionContext:...)."""
    owner: str = ""
    """The account of a resource of another account whose ARN names none (S3)."""

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}" + (f" with {dict(self.context)}" if self.context else "")


@dataclass(frozen=True)
class Identity:
    """Who asks: a role, or a service (codedeploy.amazonaws.com), with the policies that say what it may do."""

    principal: str
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    boundary: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Verdict:
    allowed: bool
    ignored: tuple[str, ...]
    """Condition keys of the context that this action does not know: a condition on one could never hold."""


class Evaluator:
    """A process of Node.js that evaluates for as long as it is open."""

    def __init__(self, folder: Path, node: str) -> None:
        program = [node, str(folder / "evaluate.mjs")]
        self._process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def decide(self, questions: Iterable[tuple[Identity, Call, Mapping[str, Any] | None]]) -> list[Verdict]:
        """Verdicts of (who, what, the resource's own policy or None), in their order.

        Raises ValueError for what IAM itself would refuse, for example an action that there is not.
        """
        asked = list(questions)
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([_simulation(*question) for question in asked]) + "\n")
        self._process.stdin.flush()
        answers = json.loads(self._process.stdout.readline())
        return [_verdict(answer, call) for answer, (_who, call, _policy) in zip(answers, asked, strict=True)]

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def _verdict(answer: Mapping[str, Any], call: Call) -> Verdict:
    if answer["errors"]:
        raise ValueError(f"{call}: {json.dumps(answer['errors'])}")
    return Verdict(answer["result"] == ALLOWED, tuple(answer["ignored"]))


def _simulation(identity: Identity, call: Call, resource_policy: Mapping[str, Any] | None) -> dict[str, Any]:
    simulation: dict[str, Any] = {
        "request": {
            "principal": identity.principal,
            "action": call.action,
            "resource": {"resource": call.resource, "accountId": _owner(call, identity)},
            "contextVariables": dict(call.context),
        },
        "identityPolicies": [{"name": name, "policy": policy} for name, policy in identity.policies.items()],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        "unlisted": call.unlisted,
    }
    if identity.boundary:
        simulation["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": identity.boundary}]
    if resource_policy or call.action.startswith("kms:"):
        simulation["resourcePolicy"] = resource_policy or _key_policy(call.resource)
    return simulation


def _key_policy(key: str) -> dict[str, Any]:
    """A key's policy as KMS makes it: the account decides by its roles' policies. Without one, nobody may use a key."""
    account = {"AWS": f"arn:aws:iam::{_account(key)}:root"}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}],
    }


def _owner(call: Call, identity: Identity) -> str:
    """The account of the resource: its own, where its ARN names one, or else the one of who asks."""
    return next(
        (one for one in (call.owner, _account(call.resource), _account(identity.principal)) if one), "123456789012"
    )


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def install() -> Evaluator:
    """The evaluator with the versions of package-lock.json, in .build. Raises NoEvaluatorError where that cannot be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise NoEvaluatorError("Policies are evaluated with Node.js 18 or later, and npm: neither may be missing.")
    major = int(re.findall(r"\d+", _run([node, "--version"]))[0])
    if major < 18:
        raise NoEvaluatorError(f"Policies are evaluated with Node.js 18 or later; this is {major}.")
    folder = ROOT / ".build" / "policy-evaluator"
    folder.parent.mkdir(exist_ok=True)
    # Several test processes may come at once: one installs, the others wait for it.
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(folder):
            _install(folder, npm)
    return Evaluator(folder, node)


def _install(folder: Path, npm: str) -> None:
    """Beside the folder first, so that one that was killed leaves none that looks whole."""
    fresh = folder.with_suffix(".fresh")
    for old in (fresh, folder):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(EVALUATOR, fresh)
    try:
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(fresh)])
    except subprocess.SubprocessError as error:
        shutil.rmtree(fresh)
        raise NoEvaluatorError(f"npm cannot install the evaluator of policies: {error}") from error
    fresh.rename(folder)


def _is_current(folder: Path) -> bool:
    return (folder / "node_modules").is_dir() and all(
        (folder / own.name).is_file() and (folder / own.name).read_bytes() == own.read_bytes()
        for own in EVALUATOR.iterdir()
    )


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
