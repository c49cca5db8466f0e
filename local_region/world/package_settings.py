# SPDX-License-Identifier: GPL-3.0-or-later
"""How this machine gets packages and whom it trusts, for builds: pip's settings and certificates.

A build on AWS reaches the package indexes that its image and variables name; here it reaches those of the machine,
whether they are on the internet or in a directory.
"""

from __future__ import annotations

import ast
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

log = logging.getLogger("local_region.builds")

# Of pip's options those that say where packages come from. Its proxy is the region's own.
_OPTIONS = (
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "prefer-binary", "cert"),
    *("default-timeout", "timeout", "retries", "disable-pip-version-check"),
)
_CERTIFICATES = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS"),
    *("AWS_CA_BUNDLE", "PIP_CERT"),
)
# The name that a static index has by convention (PEP 503); its files lie beside it.
_INDEX = "simple"


@dataclass(frozen=True)
class PackageSettings:
    """`environment` of builds; `shown` are directories that they see, read-only, at the same place; `files` are copied
    to the same place; `secrets` are passwords in it."""

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    shown: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default_factory=frozenset, repr=False)

    def plus(self, variables: Mapping[str, str], secrets: Iterable[str] = ()) -> PackageSettings:
        """The same with more variables; passwords in URLs among them are secret, too."""
        more = passwords_in(variables.values()).union(secrets)
        return replace(self, environment={**self.environment, **variables}, secrets=self.secrets | more)


def of_machine(environment: Mapping[str, str] = os.environ) -> PackageSettings:
    """The settings of this process: pip's configuration files and variables, and certificates' variables."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], env=dict(environment), capture_output=True, text=True
    )
    if listed.returncode != 0:
        log.warning("pip's settings are unknown to builds: %s", listed.stderr.strip())
    return settings(parse(listed.stdout), environment)


def parse(listed: str) -> dict[str, str]:
    """Option -> value of what ``pip config list`` prints; variables of the environment come before files."""
    found: dict[str, dict[str, str]] = {"global": {}, ":env:": {}}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in found and value:
            found[section][option] = str(ast.literal_eval(value))
    return {name: value for name, value in (found["global"] | found[":env:"]).items() if name in _OPTIONS}


def settings(options: Mapping[str, str], environment: Mapping[str, str]) -> PackageSettings:
    """What builds get, from pip's options and the variables of the machine."""
    variables = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in options.items()}
    certificates = {name: environment[name] for name in _CERTIFICATES if environment.get(name)} | variables
    files = {path: text for name in _CERTIFICATES if (text := _text(path := certificates.get(name, "")))}
    kept = {name: value for name, value in certificates.items() if name not in _CERTIFICATES or value in files}
    words = [word for value in options.values() for word in value.split()]
    directories = {str(directory): str(directory.resolve()) for directory in _directories(words)}
    return PackageSettings(kept, directories, files, passwords_in(words))


def passwords_in(words: Iterable[str]) -> frozenset[str]:
    """The passwords in URLs, as they are written there and as they are."""
    written = {urlsplit(word).password for word in words if "://" in word} - {None}
    return frozenset(written | {unquote(one) for one in written})


def _text(path: str) -> str:
    try:
        return Path(path).read_text() if path else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _directories(words: Iterable[str]) -> Iterable[Path]:
    """The directories of this machine in which packages are, with the files of a static index."""
    for word in words:
        path = Path(unquote(urlsplit(word).path)) if word.startswith("file://") else Path(word)
        if path.is_absolute() and path.is_dir():
            yield path.parent if path.name == _INDEX and path.parent != Path("/") else path
