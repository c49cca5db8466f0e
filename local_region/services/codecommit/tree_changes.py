# SPDX-License-Identifier: GPL-3.0-or-later
"""What CreateCommit asks for, checked against what is there: which files a commit puts, changes and removes."""

from __future__ import annotations

from collections.abc import Iterable

from local_region.protocol import ServiceError
from local_region.services.codecommit.records import Info
from local_region.world.git import Repository
from local_region.world.git_commits import REMOVED, FileChange, write_blob
from local_region.world.git_objects import EXECUTABLE, FILE, SYMLINK, Entry

MODES = {"NORMAL": FILE, "EXECUTABLE": EXECUTABLE, "SYMLINK": SYMLINK}
# Source: user guide, "Quotas in AWS CodeCommit": what a file may have for the API.
MOST_BYTES = 6 * 1024**2
KEPT = ".gitkeep"


def shown_mode(mode: str) -> str:
    """FileModeTypeEnum."""
    return next((name for name, value in MODES.items() if value == mode), "NORMAL")


class TreeChanges:
    """Files that are there (`present`, by path) and what is to become of them. Raises CodeCommit's errors."""

    def __init__(self, git: Repository, present: Iterable[Entry]):
        self._git = git
        self.present = {one.path: one for one in present}
        self.put: dict[str, FileChange] = {}
        self.removed: dict[str, Entry] = {}

    def put_file(self, path: str, content: bytes, mode: str | None = None) -> FileChange:
        """Puts a file with a content; its mode stays as it is unless one is given."""
        if len(content) > MOST_BYTES:
            message = f"{path} has {len(content)} bytes; {MOST_BYTES} is the most"
            raise ServiceError("FileContentSizeLimitExceededException", message)
        before = self.present.get(path)
        wanted = MODES[mode] if mode else before.mode if before else FILE
        return self._put(FileChange(path, wanted, write_blob(self._git, content)))

    def copy_file(self, path: str, source: Info, mode: str | None = None) -> None:
        """Puts a file with the content of another one, which goes if it is moved."""
        found = self._required(source["filePath"])
        self._put(FileChange(path, MODES[mode] if mode else found.mode, found.id))
        if source.get("isMove"):
            self.remove(found.path)

    def set_mode(self, path: str, mode: str) -> None:
        self._put(FileChange(path, MODES[mode], self._required(path).id))

    def remove(self, path: str) -> Entry:
        found = self._required(path)
        self._require_first(path)
        self.removed[path] = found
        return found

    def keep_folders(self) -> None:
        """Leaves a file .gitkeep in folders that would otherwise go with their last file."""
        left = (self.present.keys() - self.removed.keys()) | self.put.keys()
        for path in list(self.removed):
            folder = path.rpartition("/")[0]
            if folder and not any(one.startswith(f"{folder}/") for one in left):
                self.put_file(f"{folder}/{KEPT}", b"")
                left.add(f"{folder}/{KEPT}")

    def changes(self) -> list[FileChange]:
        """What is to be written; raises NoChangeException where that is nothing."""
        differing = [one for one in self.put.values() if self.is_new(one)]
        if not differing and not self.removed:
            raise ServiceError("NoChangeException", "The commit would change nothing")
        return [FileChange(path, REMOVED) for path in self.removed] + differing

    def is_new(self, change: FileChange) -> bool:
        before = self.present.get(change.path)
        return before is None or (before.mode, before.id) != (change.mode, change.blob)

    def shown(self) -> Info:
        """filesAdded, filesUpdated and filesDeleted of the API."""
        files = {change.path: _shown(change.path, change.blob, change.mode) for change in self.put.values()}
        return {
            "filesAdded": [one for path, one in files.items() if path not in self.present],
            "filesUpdated": [one for path, one in files.items() if path in self.present],
            "filesDeleted": [_shown(path, one.id, one.mode) for path, one in self.removed.items()],
        }

    def _put(self, change: FileChange) -> FileChange:
        check_path(change.path)
        self._require_first(change.path)
        self._require_no_conflict(change.path)
        self.put[change.path] = change
        return change

    def _required(self, path: str) -> Entry:
        check_path(path)
        if path not in self.present:
            raise ServiceError("FileDoesNotExistException", f"The file {path} does not exist")
        return self.present[path]

    def _require_first(self, path: str) -> None:
        if path in self.put or path in self.removed:
            raise ServiceError("SamePathRequestException", f"{path} is asked for twice")

    def _require_no_conflict(self, path: str) -> None:
        """No file becomes a folder, no folder a file. Source: CreateCommit of the API, errors."""
        parts = path.split("/")
        above = {"/".join(parts[:count]) for count in range(1, len(parts))}
        there = (self.present.keys() - self.removed.keys()) | self.put.keys()
        if taken := above & there:
            message = f"{path} cannot be put: {taken.pop()} is a file"
            raise ServiceError("DirectoryNameConflictsWithFileNameException", message)
        if any(one.startswith(f"{path}/") for one in there):
            raise ServiceError("FileNameConflictsWithDirectoryNameException", f"{path} cannot be put: it is a folder")


def check_path(path: str) -> None:
    """Raises InvalidPathException for what is no path of a file in a repository."""
    parts = path.split("/")
    if "\0" in path or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise ServiceError("InvalidPathException", f"{path!r} is not the path of a file, such as folder/file.txt")


def _shown(path: str, blob: str, mode: str) -> Info:
    return {"absolutePath": path, "blobId": blob, "fileMode": shown_mode(mode)}
