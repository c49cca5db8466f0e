# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shop sells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


class CatalogueError(Exception):
    """The catalogue can't be read; says which file and why."""


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price_cents: int


class Catalogue:
    """The products of one catalogue file: a JSON list of {sku, name, price_cents}."""

    def __init__(self, path: Path):
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
            self._products = {row["sku"]: Product(row["sku"], row["name"], int(row["price_cents"])) for row in rows}
        except FileNotFoundError:
            raise CatalogueError(f"catalogue {path.name} is not there") from None
        except (ValueError, KeyError, TypeError) as error:
            raise CatalogueError(f"catalogue {path.name} can't be read: {error!r}") from error
        if not self._products:
            raise CatalogueError(f"catalogue {path.name} has no products")

    def all(self) -> list[Product]:
        return sorted(self._products.values(), key=lambda product: product.name)

    def find(self, sku: str) -> Product | None:
        return self._products.get(sku)

    def price(self, items: dict[str, int]) -> int:
        """The price in cents of ``{sku: count}``. KeyError for what isn't sold, ValueError for a count below one."""
        total = 0
        for sku, count in items.items():
            if count < 1:
                raise ValueError(f"{sku}: a count is 1 or more, not {count}")
            total += self._products[sku].price_cents * count
        return total
