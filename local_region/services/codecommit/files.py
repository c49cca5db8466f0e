# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders as they are in a commit."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services.codecommit.base import Base, on_repository
from local_region.services.codecommit.commits import resolved
from local_region.services.codecommit.records import Info, RepositoryRecord
from local_region.services.codecommit.tree_changes import MOST_BYTES, shown_mode
from local_region.world.git_objects import FOLDER, SUBMODULE, SYMLINK, Entry, entries, entry, read_blob


class Files(Base):
    """GetFile, GetFolder, GetBlob."""

    @on_repository
    def get_file(self, repository: RepositoryRecord, params: dict) -> dict:
        commit_id, path = resolved(repository, params.get("commitSpecifier")), params["filePath"].strip("/")
        found = entry(repository.git, commit_id, path)
        if found is None or found.mode in (FOLDER, SUBMODULE):
            raise no_file(path)
        content = read_blob(repository.git, found.id)
        if len(content) > MOST_BYTES:
            raise ServiceError("FileTooLargeException", f"{path} is larger than {MOST_BYTES} bytes: clone it instead")
        return {
            "commitId": commit_id,
            "blobId": found.id,
            "filePath": path,
            "fileMode": shown_mode(found.mode),
            "fileSize": len(content),
            "fileContent": content,
        }

    @on_repository
    def get_folder(self, repository: RepositoryRecord, params: dict) -> dict:
        commit_id, path = resolved(repository, params.get("commitSpecifier")), params["folderPath"].strip("/")
        folder = entry(repository.git, commit_id, path)
        if folder is None or folder.mode != FOLDER:
            raise ServiceError("FolderDoesNotExistException", f"The folder {path} does not exist in {commit_id}")
        found = entries(repository.git, commit_id, path)
        return {
            "commitId": commit_id,
            "folderPath": path,
            "treeId": folder.id,
            "subFolders": [_shown(one, "treeId") for one in found if one.mode == FOLDER],
            "files": [_shown_file(one) for one in found if one.mode not in (FOLDER, SUBMODULE, SYMLINK)],
            "symbolicLinks": [_shown_file(one) for one in found if one.mode == SYMLINK],
            "subModules": [_shown(one, "commitId") for one in found if one.mode == SUBMODULE],
        }

    @on_repository
    def get_blob(self, repository: RepositoryRecord, params: dict) -> dict:
        blob_id = params["blobId"]
        if repository.git.resolve(blob_id, "blob") != blob_id:
            raise ServiceError("BlobIdDoesNotExistException", f"The blob {blob_id} does not exist")
        return {"content": read_blob(repository.git, blob_id)}


def no_file(path: str) -> ServiceError:
    return ServiceError("FileDoesNotExistException", f"The file {path} does not exist")


def _shown(one: Entry, id_member: str) -> Info:
    return {id_member: one.id, "absolutePath": one.path, "relativePath": one.path.rpartition("/")[2]}


def _shown_file(one: Entry) -> Info:
    return _shown(one, "blobId") | {"fileMode": shown_mode(one.mode)}
