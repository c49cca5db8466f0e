# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The buildspec of a project or a build: a path in the source, the ARN of an S3 object, YAML text, or a dict of it.

CodeBuild keeps text. A dict is written as YAML and compared by content, so that neither the order of its keys nor how
somebody laid the text out makes a difference.
"""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure

try:
    import yaml
except ImportError:  # reported by text_of(), in words
    yaml = None

VERSIONS = (0.1, 0.2)


def is_path(buildspec: str) -> bool:
    """Whether a text names a file (in the source, or by its ARN in S3) rather than being a buildspec itself."""
    return "\n" not in buildspec.strip() and not buildspec.strip().startswith(("version:", "{"))


def check_buildspec(option: str, buildspec: Any) -> None:
    """Refuse a value that can't be a buildspec: another type, YAML that isn't, no version, no phases or batch."""
    if buildspec is None or buildspec == "":
        return
    if not isinstance(buildspec, (str, dict)):
        raise Failure(
            f"{option}: {type(buildspec).__name__} is no buildspec. Give its path in the source, its text, or a dict."
        )
    if isinstance(buildspec, str) and is_path(buildspec):
        return
    content = buildspec if isinstance(buildspec, dict) else _parsed(option, buildspec)
    if not isinstance(content, dict) or "version" not in content:
        raise Failure(f"{option}: the buildspec has no version. Begin it with version: 0.2")
    if str(content["version"]) not in {str(version) for version in VERSIONS}:
        raise Failure(f"{option}: version {content['version']!r} is not one of a buildspec. Use 0.2.")
    if "phases" not in content and "batch" not in content:
        raise Failure(f"{option}: the buildspec has neither phases nor a batch, so that there is nothing to do.")


def text_of(buildspec: str | dict | None, current: str | None = None) -> str | None:
    """The text for CodeBuild. Where the present text has the content of the wanted dict already, that is kept."""
    if not isinstance(buildspec, dict):
        return buildspec
    if yaml is None:
        raise Failure("source.buildspec: a dict is written as YAML, which needs PyYAML (pip install pyyaml).")
    if current and not is_path(current) and _content(current) == _content(_dumped(buildspec)):
        return current
    return _dumped(buildspec)


def _dumped(buildspec: dict) -> str:
    return yaml.dump(buildspec, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=10_000)


def _dumper():
    """A safe dumper that writes text of several lines as a block, as people do."""

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data):
            return True

    def text(dumper, data):
        plain = str(data)  # Ansible's own kinds of text are written as text
        return dumper.represent_scalar("tag:yaml.org,2002:str", plain, style="|" if "\n" in plain else None)

    def mapping(dumper, data):
        return dumper.represent_mapping("tag:yaml.org,2002:map", data.items())

    Dumper.add_representer(str, text)
    Dumper.add_multi_representer(str, text)
    Dumper.add_multi_representer(dict, mapping)
    Dumper.add_multi_representer(list, yaml.SafeDumper.represent_list)
    return Dumper


def _parsed(option: str, text: str) -> Any:
    if yaml is None:
        return {"version": VERSIONS[-1], "phases": {}}  # CodeBuild checks it when it builds
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f", line {place.line + 1}" if place else ""
        raise Failure(f"{option}: the buildspec is not YAML{line} ({getattr(error, 'problem', error)}).") from error


def _content(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None
