# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from local_region.clock import Clock
from local_region.faults.interception import Interception
from local_region.moto_access import Moto
from local_region.refusal import Refused

if TYPE_CHECKING:
    from local_region.world.world import World

_REQUIRED = object()
_NUMBERS = {int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Parameter:
    """One setting of a fault. `least` and `most` bound a number; `choices` are all that a text may be."""

    name: str
    text: str
    type: type[str] | type[int] | type[float] = str
    default: Any = _REQUIRED
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        return self.default is _REQUIRED

    def value_of(self, given: object) -> Any:
        """The typed value of what a user gave, text or number. Raises ValueError with what would be right."""
        text = str(given)
        if self.type is str:
            if not text or (self.choices and text not in self.choices):
                raise ValueError(f"one of {', '.join(self.choices)}" if self.choices else "a text that is not empty")
            return text
        try:
            number = self.type(text)
        except ValueError:
            number = math.nan
        if not (self._least <= number <= self._most) or math.isinf(number):
            raise ValueError(f"{_NUMBERS[self.type]}{self._bounds}")
        return number

    @property
    def _least(self) -> float:
        return -math.inf if self.least is None else self.least

    @property
    def _most(self) -> float:
        return math.inf if self.most is None else self.most

    @property
    def _bounds(self) -> str:
        if self.least is not None and self.most is not None:
            return f" from {self.least:g} to {self.most:g}"
        return f" of at least {self.least:g}" if self.least is not None else ""


@dataclass(frozen=True)
class Site:
    """Where faults happen. `world` is None in a region that is the API alone."""

    clock: Clock
    moto: Moto
    interception: Interception
    world: World | None


class Fault(ABC):
    """A fault of one kind. `start` makes it happen, `undo` takes back exactly what `start` did.

    Kinds say of themselves, for users: `text`, what happens; `undone`, what clearing does. One that is not `lasting`
    happens once, and there is nothing to clear.
    """

    name: ClassVar[str]
    text: ClassVar[str]
    undone: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    lasting: ClassVar[bool] = True

    def __init__(self, site: Site, identifier: str, values: Mapping[str, Any]):
        self.site, self.id, self.values = site, identifier, dict(values)

    @abstractmethod
    def start(self) -> None:
        """Makes it happen. Raises `Refused`, and has then changed nothing."""

    def keep(self) -> None:  # noqa: B027  (most faults stay by themselves)
        """Called about once a real second while the fault is active: makes it so again where the region changed it."""

    def undo(self) -> None:  # noqa: B027  (a fault that happens once has nothing to undo)
        """Takes it back. May be called again when it raised."""

    def over(self) -> bool:
        """Whether it has ended by itself: its number of times is used up, or what it broke exists no more."""
        return False

    def touches(self) -> tuple[str, str] | None:
        """What only one fault at a time may have hold of, such as ("disk", "i-0123"); None when many may."""
        return None

    def details(self) -> dict[str, Any]:
        """What it has done so far, for the list of active faults."""
        return {}


def typed(kind: type[Fault], given: Mapping[str, object]) -> dict[str, Any]:
    """The values of all of a kind's parameters. Raises `Refused` for the first thing that is wrong."""
    known = {parameter.name: parameter for parameter in kind.parameters}
    for name in given:
        if name not in known:
            raise Refused(f"Fault {kind.name} has no parameter {name!r}; it has {', '.join(known)}.")
    values = {}
    for name, parameter in known.items():
        if name not in given:
            if parameter.required:
                raise Refused(f"Fault {kind.name} needs {name}=...: {parameter.text}.")
            values[name] = parameter.default
            continue
        try:
            values[name] = parameter.value_of(given[name])
        except ValueError as right:
            raise Refused(f"Fault {kind.name}: {name} is {given[name]!r}; give {right}.") from None
    return values
