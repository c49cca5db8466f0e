# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's variables: what a user may set is specified, documented and called after the role."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROLES = sorted((Path(__file__).resolve().parents[3] / "roles").iterdir())
roles = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def entry_points(role: Path) -> dict:
    return yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]


def options(role: Path) -> set[str]:
    return {name for entry in entry_points(role).values() for name in entry["options"]}


@roles
def test_every_default_is_an_option_and_begins_with_the_roles_name(role):
    defaults = set(yaml.safe_load((role / "defaults" / "main.yml").read_text()))

    assert defaults <= options(role)
    assert all(name.startswith(f"{role.name}_") for name in defaults)


@roles
def test_the_readme_explains_every_option(role):
    readme = (role / "README.md").read_text()

    assert [name for name in sorted(options(role)) if f"`{name}`" not in readme] == []


@roles
def test_every_entry_point_has_its_tasks(role):
    assert [name for name in entry_points(role) if not (role / "tasks" / f"{name}.yml").exists()] == []


@roles
def test_an_option_that_is_not_required_has_a_default_of_the_same_value(role):
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text())
    for name, option in entry_points(role)["main"]["options"].items():
        if option.get("default") is not None and not isinstance(option["default"], str):
            assert defaults[name] == option["default"] or "{{" in str(defaults[name]), name
