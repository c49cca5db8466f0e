# SPDX-License-Identifier: GPL-3.0-or-later
"""The shop answers as its customers, its load balancer and its release expect."""

import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
sys.path.insert(0, str(HOME))

from storefront.shop import Shop

SETTINGS = json.loads((HOME / "settings.json").read_text())


@pytest.fixture
def shop():
    return Shop("9.9", SETTINGS)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "part"),
    [
        ("GET", "/health", b"", 200, b'"status": "ok"'),
        ("GET", "/version", b"", 200, b'"version": "9.9"'),
        ("GET", "/", b"", 200, b"Storefront 9.9"),
        ("GET", "/?utm=x", b"", 200, b"Storefront 9.9"),
        ("GET", "/static/shop.css", b"", 200, b"font-family"),
        ("GET", "/static/../shop.py", b"", 404, b"no such page"),
        ("GET", "/products/rope", b"", 200, b"1850"),
        ("GET", "/products/yacht", b"", 404, b"no such product"),
        ("POST", "/quote", b'{"items": {"rope": 2, "compass": 1}}', 200, b"6400"),
        ("POST", "/quote", b'{"items": {"yacht": 1}}', 422, b"yacht is not sold here"),
        ("POST", "/quote", b'{"items": {"rope": 0}}', 400, b"1 or more"),
        ("POST", "/quote", b"nonsense", 400, b"not an order"),
        ("GET", "/nowhere", b"", 404, b"no such page"),
    ],
)
def test_pages(shop, method, path, body, status, part):
    answer = shop.answer(method, path, body)
    assert (answer.status, part in answer.body) == (status, True), answer


def test_a_missing_catalogue_makes_it_unhealthy_and_says_why():
    ill = Shop("9.9", {"catalogue": "catalogue-v3.json"})
    assert ill.answer("GET", "/health").status == 503
    assert b"catalogue-v3.json is not there" in ill.answer("GET", "/health").body
    assert ill.answer("GET", "/").status == 503


def test_offers_take_turns_and_one_that_is_not_sold_is_an_error_of_that_visit_only():
    broken = Shop("9.9", SETTINGS | {"offers": ["rope", "tent"]})
    answers = [broken.answer("GET", "/") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 500, 200, 500]
    assert b"Today: Rope" in answers[0].body
    assert broken.answer("GET", "/health").status == 200


def test_it_serves_its_version_over_http_and_ends_on_sigterm(tmp_path):
    shutil.copy(HOME / "VERSION", tmp_path)
    (tmp_path / "settings.json").write_text(json.dumps(SETTINGS | {"port": 0}))
    command = [sys.executable, "-m", "storefront", str(tmp_path)]
    with subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True) as server:
        port = server.stdout.readline().rsplit(maxsplit=1)[-1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/version", timeout=5) as answer:
            assert json.load(answer)["version"] == answer.headers["X-Version"] == (HOME / "VERSION").read_text().strip()
        server.terminate()
        assert server.wait(timeout=5) == 0
