# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of an AppSpec file before anything is uploaded.

Each finding is a Problem: the place in the file and one sentence. An ``error`` would make the deployment fail on the
host; a ``warning`` is something the agent accepts silently and hardly anybody means. Rules: the AppSpec reference of
the CodeDeploy user guide, and what the agent does with the file (aws/aws-codedeploy-agent 1.8, Install and hooks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.bundle import Entry

try:
    import yaml
except ImportError:  # reported by parse(), in words
    yaml = None

APPSPEC = "appspec.yml"
APPSPEC_LIMIT = 1 << 20


@dataclass(frozen=True)
class Problem:
    """One finding. ``str(problem)`` is the sentence for people."""

    place: str
    sentence: str
    severity: str = "error"  # or "warning"

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class AppSpecError(ValueError):
    """The AppSpec file cannot be read as one; ``problems`` says why, one Problem for each reason."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = list(problems)
        super().__init__(" ".join(str(problem) for problem in problems))


class WrittenNumber(int):
    """A whole number of a YAML file that remembers how it was written (``0644`` is read as 420)."""

    written: str


def check_bundle(entries: Sequence[Entry]) -> list[Problem]:
    """All problems of a server bundle: of its AppSpec file, and of what that file says about the other entries.

    ``entries`` as given by ``scan_directory`` or ``scan_archive``. Empty list: nothing was found.
    """
    from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import appspec_server

    by_path = {entry.path: entry for entry in entries}
    found = by_path.get(APPSPEC)
    if found is None:
        return [Problem(APPSPEC, _where_it_may_be(by_path))]
    if found.kind != "file":
        return [Problem(APPSPEC, f"is a {found.kind}, not a file.")]
    if found.size > APPSPEC_LIMIT:
        return [Problem(APPSPEC, f"has {found.size} bytes; that is not an AppSpec file.")]
    try:
        document = parse(found.read(APPSPEC_LIMIT), APPSPEC)
    except AppSpecError as error:
        return error.problems
    return appspec_server.check(document, by_path, APPSPEC)


def check_document(content: bytes | str, name: str) -> list[Problem]:
    """All problems of an AppSpec file that is a revision by itself (Lambda and ECS; YAML or JSON)."""
    from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import appspec_functions

    try:
        return appspec_functions.check(parse(content, name), name)
    except AppSpecError as error:
        return error.problems


def parse(content: bytes | str, name: str) -> dict[str, Any]:
    """The mapping written in an AppSpec file (YAML; JSON is YAML).

    Whole numbers come as WrittenNumber. Raises AppSpecError: not YAML, not a mapping, a key given twice (of which
    YAML readers silently keep the last).
    """
    if yaml is None:
        raise AppSpecError([Problem(name, "cannot be checked: the Python library PyYAML is not installed.")])
    doubled: list[Problem] = []
    try:
        document = yaml.load(content, Loader=_loader(name, doubled))  # a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AppSpecError([Problem(name, f"is not valid YAML ({_yaml_reason(error)}).")]) from error
    if doubled:
        raise AppSpecError(doubled)
    if not isinstance(document, dict):
        kind = "is empty" if document is None else f"holds a {type_name(document)}"
        raise AppSpecError([Problem(name, f"{kind}; an AppSpec file is a mapping that starts with 'version: 0.0'.")])
    return document


def type_name(value: Any) -> str:
    """The word that a user of YAML has for a value's type."""
    names = {dict: "mapping", list: "list", str: "text", bool: "true/false value", int: "number", float: "number"}
    for python_type in (bool, int, float, str, list, dict):
        if isinstance(value, python_type):
            return names[python_type]
    return "null" if value is None else type(value).__name__


def check_version(document: dict[str, Any], name: str) -> list[Problem]:
    """The version must be there and be 0.0, the only one there is."""
    if "version" not in document:
        return [Problem(f"{name}: version", "is missing. Write 'version: 0.0' in the first line.")]
    version = document["version"]
    if isinstance(version, bool) or version not in (0.0, "0.0"):
        return [Problem(f"{name}: version", f"is {version}; the only valid version is 0.0.")]
    return []


def check_keys(mapping: dict[str, Any], allowed: Sequence[str], place: str) -> list[Problem]:
    """One problem for each key that means nothing to CodeDeploy."""
    return [
        Problem(
            f"{place}.{key}" if place.count(":") else f"{place}: {key}", f"is unknown. Known: {', '.join(allowed)}."
        )
        for key in mapping
        if key not in allowed
    ]


def _where_it_may_be(by_path: dict[str, Entry]) -> str:
    if "appspec.yaml" in by_path:
        return "is missing: the bundle has appspec.yaml, in which the agent finds no hooks. Rename it to appspec.yml."
    deeper = sorted(path for path in by_path if path.endswith("/" + APPSPEC))
    if deeper:
        return f"is not at the top of the bundle: it is in {deeper[0]}. Bundle the directory that holds it."
    return "is not in the bundle. Put it at the top of the directory that is bundled."


def _yaml_reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {reason}" if mark else reason


def _loader(name: str, doubled: list[Problem]):
    class Loader(yaml.SafeLoader):
        """SafeLoader that notices keys given twice and keeps how whole numbers were written."""

        def construct_mapping(self, node, deep=False):
            seen = set()
            for key_node, _value in node.value:
                key = getattr(key_node, "value", None)
                if isinstance(key, str) and key in seen and key != "<<":
                    sentence = f"{key} is given twice (again in line {key_node.start_mark.line + 1}). Join the two."
                    doubled.append(Problem(name, sentence))
                seen.add(key if isinstance(key, str) else None)
            return super().construct_mapping(node, deep)

        def construct_whole_number(self, node):
            number = WrittenNumber(self.construct_yaml_int(node))
            number.written = node.value
            return number

    Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_whole_number)
    return Loader
