# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An archive that somebody else made, taken as it is: its type, its entries, and what is wrong with it."""

from __future__ import annotations

import io
import posixpath
import stat
import tarfile
import zipfile
from collections.abc import Iterator

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.bundle import (
    BundleError,
    Entry,
    check_link,
)

APPSPEC_LIMIT = 1 << 20


def bundle_type_of(path: str) -> str | None:
    """zip, tgz or tar, from the file's content; None when it is none of them."""
    with open(path, "rb") as stream:
        start = stream.read(4)
    if start[:2] == b"\x1f\x8b":
        return "tgz"
    if start == b"PK\x03\x04" or (start == b"PK\x05\x06"):
        return "zip"
    try:
        tarfile.open(path, "r:").close()
    except (tarfile.TarError, EOFError):
        return None
    return "tar"


def scan_archive(path: str, bundle_type: str) -> list[Entry]:
    """The entries of an archive, sorted by path, as the agent on a host will find them.

    A single top directory with an AppSpec file in it is stripped, as the agent does. Raises BundleError for an
    archive that cannot be read and for an entry that would leave the directory it is unpacked in. Only the content
    of AppSpec files is kept; a file's ``open`` is None otherwise.
    """
    try:
        listed = list(_zip_entries(path) if bundle_type == "zip" else _tar_entries(path, bundle_type))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise BundleError(f"{path}: cannot be read as a {bundle_type} archive ({error}).") from error
    entries = {}
    for entry in listed:
        if entry.kind != "directory" and entry.path in entries:
            raise BundleError(f"{path}: holds {entry.path} twice. Make the archive again, with each file once.")
        if entry.path:
            entries[entry.path] = entry
    if not entries:
        raise BundleError(f"{path}: the archive is empty.")
    return sorted(_strip_single_top_directory(_with_parents(entries)).values(), key=lambda entry: entry.path)


def _tar_entries(path: str, bundle_type: str) -> Iterator[Entry]:
    with tarfile.open(path, "r:gz" if bundle_type == "tgz" else "r:") as archive:
        for member in archive:
            name = _inside(path, member.name)
            if member.isdir():
                yield Entry(name, "directory")
            elif member.issym():
                check_link(name, member.linkname)
                yield Entry(name, "link", target=member.linkname)
            elif member.islnk():
                _inside(path, member.linkname)
                yield Entry(name, "file", size=member.size)
            elif member.isfile():
                stream = _keep(archive.extractfile(member)) if _is_appspec(name) else None
                yield Entry(name, "file", size=member.size, executable=bool(member.mode & 0o100), open=stream)
            else:
                raise BundleError(f"{path}: {name} is a device or pipe, which cannot be part of a revision.")


def _zip_entries(path: str) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = _inside(path, member.filename)
            mode = member.external_attr >> 16 if member.create_system == 3 else 0
            if member.is_dir():
                yield Entry(name, "directory")
            elif stat.S_ISLNK(mode):
                target = archive.read(member).decode("utf-8", "surrogateescape")
                check_link(name, target)
                yield Entry(name, "link", target=target)
            else:
                stream = _keep(archive.open(member)) if _is_appspec(name) else None
                yield Entry(name, "file", size=member.file_size, executable=bool(mode & 0o100), open=stream)


def _inside(archive: str, name: str) -> str:
    """The entry's path, normalised; BundleError when it is absolute or climbs out."""
    path = name.replace("\\", "/")
    if path.startswith("/") or (len(path) > 1 and path[1] == ":"):
        raise BundleError(
            f"{archive}: the entry {name} has an absolute path. Make the archive from inside the directory, "
            "with relative paths."
        )
    path = posixpath.normpath(path)
    if path == ".." or path.startswith("../"):
        raise BundleError(f"{archive}: the entry {name} climbs out of the bundle. Make the archive without '..'.")
    return "" if path == "." else path


def _is_appspec(path: str) -> bool:
    return posixpath.basename(path) in ("appspec.yml", "appspec.yaml")


def _keep(stream):
    """A function that opens the same bytes again, once the archive is closed."""

    with stream:
        content = stream.read(APPSPEC_LIMIT)
    return lambda: io.BytesIO(content)


def _with_parents(entries: dict[str, Entry]) -> dict[str, Entry]:
    """Directories that an archive implies, but does not list."""
    complete = dict(entries)
    for path in entries:
        parent = posixpath.dirname(path)
        while parent and parent not in complete:
            complete[parent] = Entry(parent, "directory")
            parent = posixpath.dirname(parent)
    return complete


def _strip_single_top_directory(entries: dict[str, Entry]) -> dict[str, Entry]:
    tops = {path.partition("/")[0] for path in entries}
    if len(tops) != 1:
        return entries
    top = tops.pop()
    if entries[top].kind != "directory" or not ({f"{top}/appspec.yml", f"{top}/appspec.yaml"} & set(entries)):
        return entries
    return {
        path[len(top) + 1 :]: Entry(path[len(top) + 1 :], e.kind, e.size, e.executable, e.target, e.open)
        for path, e in entries.items()
        if path != top
    }
