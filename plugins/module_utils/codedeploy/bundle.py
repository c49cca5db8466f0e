# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A revision's bundle: the directory that becomes one archive, the same archive for the same content.

Two runs over equal trees, on any machine, give equal digests and (with one version of zlib) equal bytes: entries are
sorted, owners and modes are normalised (the executable bit is kept), and times depend on the content alone.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import io
import os
import posixpath
import stat
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

BUNDLE_TYPES = ("tgz", "tar", "zip")
NEVER_PART_OF_A_REVISION = (".git", ".hg", ".svn", ".DS_Store", "__pycache__", "*.pyc")
CHUNK = 1 << 20
_YEAR_2000 = 946684800
_TWENTY_YEARS = 630720000


class BundleError(ValueError):
    """The bundle cannot become a revision; the message says which entry, why, and what to do."""


@dataclass(frozen=True)
class Entry:
    """One file, directory or symbolic link of a bundle.

    ``path`` is relative to the bundle's root, with forward slashes and no ``.`` or ``..``. ``open`` gives the
    content of a file as a binary stream; ``target`` is where a link points, as written in it.
    """

    path: str
    kind: str  # "file" | "directory" | "link"
    size: int = 0
    executable: bool = False
    target: str = ""
    open: Callable[[], BinaryIO] | None = None

    def read(self, limit: int) -> bytes:
        """The first ``limit`` bytes of a file."""
        with self.open() as stream:
            return stream.read(limit)


def scan_directory(root: str, exclude: Iterable[str] = NEVER_PART_OF_A_REVISION) -> list[Entry]:
    """The entries of the bundle made from the directory ``root``, sorted by path.

    Raises BundleError for what cannot be part of a revision: a link that leaves the directory, a socket, pipe or
    device, a name that is not UTF-8, a file that cannot be read.
    """
    patterns = tuple(exclude)
    entries = []
    for directory, directory_names, file_names in os.walk(root, onerror=_refuse_unreadable):
        below = os.path.relpath(directory, root)
        below = "" if below == "." else below.replace(os.sep, "/") + "/"
        links = [name for name in directory_names if os.path.islink(os.path.join(directory, name))]
        directory_names[:] = [
            name for name in directory_names if name not in links and not excluded(below + name, patterns)
        ]
        wanted = [name for name in links + file_names if not excluded(below + name, patterns)]
        entries += [Entry(below + _utf8(name), "directory") for name in directory_names]
        entries += [_entry(os.path.join(directory, name), below + _utf8(name)) for name in wanted]
    if not any(entry.kind == "file" for entry in entries):
        raise BundleError(f"{root}: there is no file to bundle. Give the directory that holds appspec.yml.")
    return sorted(entries, key=lambda entry: entry.path)


def excluded(path: str, patterns: Sequence[str]) -> bool:
    """Whether ``path`` is left out of the bundle.

    A pattern without a slash is compared with the last name of the path; one with a slash, with the whole path from
    the bundle's root. ``*`` also crosses slashes. What is inside an excluded directory is never looked at.
    """
    name = posixpath.basename(path)
    for pattern in patterns:
        from_root = pattern.strip("/")
        if fnmatch.fnmatchcase(path, from_root) or ("/" not in from_root and fnmatch.fnmatchcase(name, from_root)):
            return True
    return False


def check_link(path: str, target: str) -> None:
    """Refuse a symbolic link that would point outside the unpacked bundle."""
    if posixpath.isabs(target) or (len(target) > 1 and target[1] == ":"):
        raise BundleError(
            f"{path}: is a link to {target}, which is outside the bundle. Use a relative link to a file of the "
            "bundle, or make the link in a hook script."
        )
    landing = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if landing == ".." or landing.startswith("../"):
        raise BundleError(f"{path}: is a link to {target}, which leaves the bundle. Link to a file of the bundle.")


def content_digest(entries: Sequence[Entry]) -> str:
    """SHA-256 (hex) over the paths, kinds, executable bits, link targets and contents of a bundle.

    It depends on nothing else (no times, owners, compression), so it names the content on every machine, and it is
    known before the archive is made.
    """
    digest = hashlib.sha256()
    for entry in entries:
        body = file_digest(entry).hex() if entry.kind == "file" else entry.target
        for field in (entry.path, entry.kind, "x" if entry.executable else "-", body):
            digest.update(field.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def file_digest(entry: Entry) -> bytes:
    """SHA-256 of a file's content, read in chunks."""
    with entry.open() as stream:
        return stream_digest(stream)


def stream_digest(stream: BinaryIO) -> bytes:
    """SHA-256 of what is left of a stream, read in chunks."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.digest()


def write_bundle(entries: Sequence[Entry], bundle_type: str, output: BinaryIO) -> None:
    """Write the archive of ``entries`` as ``bundle_type`` (one of BUNDLE_TYPES) to ``output``, streaming."""
    if bundle_type == "zip":
        _write_zip(entries, output)
    elif bundle_type == "tar":
        _write_tar(entries, output)
    else:
        # The header of gzip would carry a file name and the time of day.
        with gzip.GzipFile(filename="", mode="wb", fileobj=output, compresslevel=6, mtime=0) as compressed:
            _write_tar(entries, compressed)


def modification_time(digest: bytes) -> int:
    """The time (Unix seconds, even, in 2000-2019) given to a file with this SHA-256.

    One fixed time for all files would be reproducible too, but tools that compare times and sizes would take a
    changed file of the same length for the old one: Python's compiled files and the ETag of web servers do.
    """
    return _YEAR_2000 + int.from_bytes(digest[:6], "big") % (_TWENTY_YEARS // 2) * 2


def _entry(path: str, name: str) -> Entry:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        target = os.readlink(path).replace(os.sep, "/")
        check_link(name, target)
        return Entry(name, "link", target=target)
    if not stat.S_ISREG(status.st_mode):
        raise BundleError(
            f"{name}: is neither a file, a directory nor a link, so it cannot be part of a revision. "
            "Remove it or add it to exclude."
        )
    if not os.access(path, os.R_OK):
        raise BundleError(f"{name}: cannot be read. Make it readable or add it to exclude.")
    executable = bool(status.st_mode & stat.S_IXUSR)
    return Entry(name, "file", size=status.st_size, executable=executable, open=lambda: open(path, "rb"))


def _utf8(name: str) -> str:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "backslashreplace").decode()
        raise BundleError(f"{shown}: the file's name is not UTF-8. Rename it or add it to exclude.") from None
    return name


def _refuse_unreadable(error: OSError) -> None:
    raise BundleError(f"{error.filename}: cannot be read ({error.strerror}).")


def _mode(entry: Entry) -> int:
    return 0o755 if entry.executable or entry.kind == "directory" else 0o644


def _write_tar(entries: Sequence[Entry], output: BinaryIO) -> None:
    with tarfile.open(fileobj=output, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            member = tarfile.TarInfo(entry.path)
            member.mode = _mode(entry)
            member.mtime = _YEAR_2000
            if entry.kind == "directory":
                member.type = tarfile.DIRTYPE
                archive.addfile(member)
            elif entry.kind == "link":
                member.type, member.linkname = tarfile.SYMTYPE, entry.target
                archive.addfile(member)
            else:
                member.size = entry.size
                member.mtime = modification_time(file_digest(entry))
                with entry.open() as content:
                    archive.addfile(member, content)


def _write_zip(entries: Sequence[Entry], output: BinaryIO) -> None:
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for entry in entries:
            if entry.kind == "file":
                with entry.open() as content:
                    seconds = modification_time(file_digest(entry))
                    _add_to_zip(archive, entry.path, seconds, stat.S_IFREG | _mode(entry), content, entry.size)
            elif entry.kind == "directory":
                _add_to_zip(archive, entry.path + "/", _YEAR_2000, stat.S_IFDIR | 0o755)
            else:
                target = io.BytesIO(entry.target.encode())
                _add_to_zip(archive, entry.path, _YEAR_2000, stat.S_IFLNK | 0o777, target)


def _add_to_zip(
    archive: zipfile.ZipFile, name: str, seconds: int, mode: int, content: BinaryIO | None = None, size: int = 0
) -> None:
    member = zipfile.ZipInfo(name, time.gmtime(seconds)[:6])
    member.create_system = 3  # Unix: the upper half of external_attr is a mode
    member.external_attr = mode << 16
    if content is None:
        archive.writestr(member, b"")
        return
    member.compress_type = zipfile.ZIP_DEFLATED
    member.file_size = size
    with archive.open(member, "w") as stream:
        while chunk := content.read(CHUNK):
            stream.write(chunk)
