# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the API that more than one resource raises."""

from __future__ import annotations

from local_region.protocol import ServiceError


def invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInputException", message)


def not_found(message: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", message)


def exists(what: str, arn: str) -> ServiceError:
    return ServiceError("ResourceAlreadyExistsException", f"{what} already exists: {arn}")


def too_many(message: str) -> ServiceError:
    return ServiceError("AccountLimitExceededException", message)
