# SPDX-License-Identifier: GPL-3.0-or-later
"""The buildspec that says what a batch consists of: written out in the project, or a file of the source."""

from __future__ import annotations

import io
import zipfile

from local_region.services.codebuild import git_sources, orders, sources
from local_region.services.codebuild.batch_records import BatchRecord
from local_region.services.codebuild.builder import Source
from local_region.services.codebuild.records import Store
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codebuild.unready import Unready

PHASE = "DOWNLOAD_BATCHSPEC"


def read(store: Store, batch: BatchRecord, surroundings: Surroundings) -> tuple[str, str]:
    """The buildspec's text, and the source's version. Raises Unready."""
    text, path = orders.buildspec(store, batch.settings["source"].get("buildspec"), surroundings)
    source = sources.primary(store, batch, surroundings)
    return (text if text is not None else _file(store, batch, source, path, surroundings)), source.subject


def _file(store: Store, batch: BatchRecord, source: Source, path: str, surroundings: Surroundings) -> str:
    try:
        if source.archive is not None:
            with zipfile.ZipFile(io.BytesIO(source.archive)) as archive:
                return archive.read(path).decode()
        if git_sources.is_git(batch.settings["source"]):
            found = git_sources.repository(store, batch.settings["source"], surroundings)
            return found.file(source.commit, path).decode()
    except (KeyError, LookupError):
        raise Unready(PHASE, "YAML_FILE_ERROR", f"YAML file does not exist: {path}") from None
    raise Unready(
        PHASE,
        "YAML_FILE_ERROR",
        f"The buildspec {path} of a batch can't be read from a clone: give the source as a zip (CODE_ZIP).",
    )
