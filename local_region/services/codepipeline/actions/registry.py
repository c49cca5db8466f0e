# SPDX-License-Identifier: GPL-3.0-or-later
"""What the region can perform."""

from __future__ import annotations

from collections.abc import Iterable

from local_region.services.codepipeline.actions.performer import Info, Performer

Key = tuple[str, str, str, str]


def key_of(type_id: Info) -> Key:
    """The (category, owner, provider, version) of an ActionTypeId, or a RuleTypeId with its defaults."""
    return type_id["category"], type_id.get("owner", "AWS"), type_id["provider"], type_id.get("version", "1")


class Registry:
    """Performers by the type of what they perform. One that is added again takes the place of the first."""

    def __init__(self, performers: Iterable[Performer] = ()):
        self._performers: dict[Key, Performer] = {}
        for performer in performers:
            self.add(performer)

    def add(self, performer: Performer) -> None:
        self._performers[key_of(performer.type.id)] = performer

    def find(self, type_id: Info) -> Performer | None:
        return self._performers.get(key_of(type_id))

    def all(self) -> list[Performer]:
        return [self._performers[key] for key in sorted(self._performers)]
