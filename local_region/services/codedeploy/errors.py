# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeDeploy's errors that more than one resource raises, worded as AWS words them."""

from __future__ import annotations

from local_region.protocol import NotImplementedInLocalRegion, ServiceError


def no_application(name: str) -> ServiceError:
    return ServiceError("ApplicationDoesNotExistException", f"No application found for name: {name}")


def no_group(name: str) -> ServiceError:
    return ServiceError("DeploymentGroupDoesNotExistException", f"No Deployment Group found for name: {name}")


def no_config(name: str) -> ServiceError:
    return ServiceError("DeploymentConfigDoesNotExistException", f"No Deployment Configuration found for name: {name}")


def no_deployment(deployment_id: str) -> ServiceError:
    return ServiceError("DeploymentDoesNotExistException", f"The deployment {deployment_id} could not be found")


def no_auto_scaling_groups(names: list[str]) -> ServiceError:
    return ServiceError("InvalidAutoScalingGroupException", f"No Auto Scaling group found for name: {', '.join(names)}")


def not_built(what: str) -> NotImplementedInLocalRegion:
    """`what` is the subject of the sentence: "Blue/green deployments"."""
    return NotImplementedInLocalRegion(
        f"{what} are not implemented in the local region. See docs/local-region.md for what it does."
    )


def check_batch(names: list, most: int, what: str, code: str = "BatchLimitExceededException") -> None:
    """Refuses a batch that is larger than the operation allows."""
    if len(names) > most:
        raise ServiceError(code, f"{len(names)} {what} were given; {most} is the most for one call.")
