# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run tells the user."""

from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.convoy.delivery.plugins.module_utils.engine import module as engine


def test_a_warning_shows_no_secret(monkeypatch):
    shown = []
    monkeypatch.setattr(engine, "warn", shown.append)
    context = engine.Context(SimpleNamespace(params={}, check_mode=False, no_log_values={"hunter2"}))
    context.warn("the proxy http://user:hunter2@proxy did not answer")
    assert shown == ["the proxy http://user:********@proxy did not answer"]
