# SPDX-License-Identifier: GPL-3.0-or-later
"""What moto would answer with a made-up success, and the region therefore refuses."""

from __future__ import annotations

from local_region.calls import Operation

# moto's versions of these say that a build has succeeded and a deployment exists when nothing has happened, or tell of
# traces what they guess. What the region has of them is its own service, and never gets here.
_MADE_UP_SERVICES = (
    "codedeploy",
    "codebuild",
    "codepipeline",
    "codecommit",
    "codeconnections",
    "codestar-connections",
    "xray",
)
_MADE_UP_OPERATIONS = {
    "ssm:SendCommand": "no SSM agent runs on its hosts; moto would report success for a command that nobody ran",
    "lambda:Invoke": "it runs no functions",
}


def refused(operation: Operation, path: str) -> str | None:
    """One sentence on why moto must not answer this request; None when it may."""
    if path.startswith("/moto-api"):
        return "The local region does not serve moto's control API: it would empty the region under its hosts' feet."
    if path.startswith(("/latest/meta-data", "/latest/api")):
        return "Instance metadata is served to hosts at 169.254.169.254, not at the region's API."
    if operation.service in _MADE_UP_SERVICES:
        return f"The local region does not implement {operation}."
    if str(operation) in _MADE_UP_OPERATIONS:
        return f"The local region does not implement {operation}: {_MADE_UP_OPERATIONS[str(operation)]}."
    return None
