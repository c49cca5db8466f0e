# SPDX-License-Identifier: GPL-3.0-or-later
"""The shop's pages: a request in, an answer out; no sockets."""

from __future__ import annotations

import html
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

from storefront.catalogue import Catalogue, CatalogueError

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"


def as_json(status: int, data: object) -> Answer:
    return Answer(status, json.dumps(data).encode() + b"\n")


class Shop:
    """One version of the shop with its settings ``{port, catalogue, offers}``: offers, skus, may be left out."""

    def __init__(self, version: str, settings: dict, home: Path = Path(__file__).parent):
        self.version = version
        self._catalogue: Catalogue | None = None
        self._problem = ""
        self._offers = settings.get("offers", [])
        self._visits = itertools.count()
        try:
            self._catalogue = Catalogue(home / settings["catalogue"])
        except CatalogueError as error:
            self._problem = str(error)

    def answer(self, method: str, path: str, body: bytes = b"") -> Answer:
        try:
            return self._page(method, path.partition("?")[0], body)
        except Exception as error:  # one page's mistake: the others go on
            return as_json(500, {"error": f"{type(error).__name__}: {error}"})

    def _page(self, method: str, path: str, body: bytes) -> Answer:
        if path == "/health":
            return self._health()
        if path == "/version":
            return as_json(200, {"version": self.version})
        if path.startswith("/static/"):
            return self._static(path.removeprefix("/static/"))
        if self._catalogue is None:
            return as_json(503, {"error": self._problem})
        if path == "/":
            return self._front_page(self._catalogue)
        if path == "/products":
            return as_json(200, [vars(product) for product in self._catalogue.all()])
        if path.startswith("/products/"):
            product = self._catalogue.find(path.removeprefix("/products/"))
            return as_json(200, vars(product)) if product else as_json(404, {"error": "no such product"})
        if path == "/quote" and method == "POST":
            return self._quote(self._catalogue, body)
        return as_json(404, {"error": "no such page"})

    def _health(self) -> Answer:
        if self._catalogue is None:
            return as_json(503, {"status": "failing", "version": self.version, "reason": self._problem})
        return as_json(200, {"status": "ok", "version": self.version})

    def _front_page(self, catalogue: Catalogue) -> Answer:
        rows = "".join(
            f"<li>{html.escape(product.name)} <b>{product.price_cents / 100:.2f}</b></li>"
            for product in catalogue.all()
        )
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Storefront</title>'
            '<link rel="stylesheet" href="/static/shop.css">'
            f"<h1>Storefront {html.escape(self.version)}</h1>{self._offer(catalogue)}<ul>{rows}</ul></html>"
        )
        return Answer(200, page.encode(), "text/html; charset=utf-8")

    def _offer(self, catalogue: Catalogue) -> str:
        """The offer for this visit; they take turns."""
        if not self._offers:
            return ""
        product = catalogue.find(self._offers[next(self._visits) % len(self._offers)])
        return f"<p>Today: {html.escape(product.name)}</p>"

    def _static(self, name: str) -> Answer:
        file = STATIC / name
        if "/" in name or name.startswith(".") or not file.is_file():
            return as_json(404, {"error": "no such page"})
        kind = {".css": "text/css", ".html": "text/html; charset=utf-8"}.get(file.suffix, "application/octet-stream")
        return Answer(200, file.read_bytes(), kind)

    @staticmethod
    def _quote(catalogue: Catalogue, body: bytes) -> Answer:
        try:
            items = {str(sku): int(count) for sku, count in json.loads(body)["items"].items()}
            return as_json(200, {"total_cents": catalogue.price(items)})
        except KeyError as error:
            return as_json(422, {"error": f"{error.args[0]} is not sold here"})
        except (ValueError, TypeError, AttributeError) as error:
            return as_json(400, {"error": f"not an order: {error}"})
