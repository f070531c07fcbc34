"""Folders: reading the files of one as a tree, and writing files of a tree into one."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitops_action.adapters.git_objects import decode_path, problem, too_large, unreadable
from gitops_action.adapters.remembered import Remembered
from gitops_action.errors import GitOpsError, UsageError
from gitops_action.repository.paths import Links, Refusal, folders_of
from gitops_action.repository.tree import MAX_FILE_BYTES, Entry, EntryKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from gitops_action.model import Finding
    from gitops_action.repository.tree import Tree

# Writing fails in these ways because of the names in the tree; everything else is the machine's fault.
_NAME_ERRORS: Final = frozenset(
    {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ENOENT}
)
# Not blocking: what looks like a file can be a pipe that nobody writes to.
_READING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# Almost all files are read whole at once, without asking for their size first.
_USUAL: Final = 2**16
_BLOCK: Final = 2**20


class DirectoryTree:
    """The files under a folder, without Git's own. Links are not followed. Fulfils `repository.tree.Tree`."""

    def __init__(self, root: Path, *, only: Collection[str] | None = None, max_bytes: int = MAX_FILE_BYTES) -> None:
        """Look at `root`, at the paths `only` if given; files over `max_bytes` will be findings.

        Raises UsageError if it is no folder.
        """
        if not root.is_dir():
            raise UsageError(f"{root} is not a folder")
        self._root = root
        self._start = posixpath.join(os.fsencode(root), b"")
        self._only = only
        self._folders = None if only is None else folders_of(only)
        self._max_bytes = max_bytes
        self._refused: dict[str, Finding] = {}
        self._problems: list[Finding] = []
        self._remembered = Remembered()

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._root)

    @property
    def problems(self) -> Sequence[Finding]:
        """The folders that could not be listed."""
        return self._problems if self.entries is not None else ()

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Every file and link, sorted; what is neither comes as a file that cannot be read."""
        found: dict[str, Entry] = {}
        folders = [b""]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(self._start + folder) as listing:
                    items = list(listing)
            except OSError as error:
                self._problems.append(unreadable(decode_path(folder) or ".", error.strerror or "the folder is closed"))
                continue
            start = folder and folder + b"/"
            for item in items:
                if item.name == b".git":
                    continue
                raw = start + item.name
                path = decode_path(raw)
                if item.is_dir(follow_symlinks=False):
                    if self._folders is None or path in self._folders:
                        folders.append(raw)
                elif self._only is None or path in self._only:
                    kind = EntryKind.SYMLINK if item.is_symlink() else EntryKind.FILE
                    if "\\" in path and path.encode() != raw:
                        message = "the file's name is not UTF-8, so its content was not read"
                        self._refused[path] = problem("path-not-utf8", path, message)
                    elif kind is EntryKind.FILE and not item.is_file(follow_symlinks=False):
                        self._refused[path] = unreadable(path, "it is neither a file nor a link")
                    # A size would cost a system call for each file; it is seen when one is read.
                    found[path] = Entry(path, kind, -1)
        return {path: found[path] for path in sorted(found)}

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield the content of each file in the order asked for, as `Tree.read` says."""
        for path in paths:
            content = self._remembered.get(path)
            yield path, self._read(path) if content is None else content

    def _read(self, path: str) -> bytes | Finding:
        entry = self.entries.get(path)
        if entry is None:
            return unreadable(path, f"there is no such file in {self.name}")
        if path in self._refused:
            return self._refused[path]
        full = self._start + path.encode()
        try:
            if entry.kind is EntryKind.SYMLINK:
                return os.readlink(full)  # noqa: PTH115 - Path has no bytes
            descriptor = os.open(full, _READING)
            try:
                content = os.read(descriptor, _USUAL)
                size = len(content)
                if size == _USUAL:
                    content, size = _whole(descriptor, content, self._max_bytes)
            finally:
                os.close(descriptor)
        except OSError as error:
            return unreadable(path, error.strerror or str(error))
        if size > self._max_bytes:
            return problem("file-too-large", path, f"not read: {too_large(size, self._max_bytes)}")
        self._remembered.put(path, content)
        return content


def _whole(descriptor: int, begun: bytes, most: int) -> tuple[bytes, int]:
    """Read what is left of a file and return all of it, and its size; not what is over `most`. It may grow meanwhile."""
    size = os.fstat(descriptor).st_size
    if size > most:
        return b"", size
    content = begun + os.read(descriptor, max(size - len(begun), 0) + 1)
    # Less than was asked for is all that there is.
    while size < len(content) <= most and (more := os.read(descriptor, _BLOCK)):
        content += more
    return content, len(content)


def materialise(tree: Tree, paths: Iterable[str], destination: Path) -> list[Finding]:
    """Write those of `paths` that `tree` has below `destination`, which exists; nothing is overwritten.

    Files come with mode 0600, folders with 0700. A symbolic link is made only if it leads, through whatever other
    links, to a place inside the tree. What is refused or cannot be read comes back as a finding. Raises GitOpsError
    if the machine cannot write.
    """
    root = os.fsencode(destination.resolve())
    wanted = [path for path in sorted(set(paths)) if path in tree.entries]
    findings = [
        problem("path-escapes-repository", path, f"not used: {path!r} is not a path that Git may have")
        for path in wanted
        if not _is_plain(path)
    ]
    wanted = [path for path in wanted if _is_plain(path)]
    folders = {b""}
    # Files first: as long as there are no links, nothing can be written through one.
    files = [path for path in wanted if tree.entries[path].kind is EntryKind.FILE]
    for path, content in tree.read(files):
        if isinstance(content, bytes):
            findings += _put(root, path, content, folders, link=False)
        else:
            findings.append(content)
    links = [path for path in wanted if tree.entries[path].kind is EntryKind.SYMLINK]
    if not links:
        return findings
    resolver = Links(tree)
    for path, target in tree.read(links):
        refusal = resolver.resolve(path).refusal
        if not isinstance(target, bytes):
            findings.append(target)
        elif path in resolver.forged:
            findings.append(unreadable(path, "a symbolic link and a folder have this name"))
        elif refusal is None:
            findings += _put(root, path, target, folders, link=True)
        elif refusal in {Refusal.LEAVES, Refusal.ABSOLUTE}:
            findings.append(problem("path-escapes-repository", path, f"not followed: the symbolic link {refusal}"))
        else:
            findings.append(unreadable(path, f"the symbolic link {refusal}"))
    return findings


def _is_plain(path: str) -> bool:
    """Whether each part is an ordinary name. Trees can be forged that have others; Git's own data is no content."""
    return all(part not in {"", ".", ".."} and part.lower() != ".git" for part in path.split("/"))


def _put(root: bytes, path: str, content: bytes, folders: set[bytes], *, link: bool) -> list[Finding]:
    raw = path.encode()
    full = posixpath.join(root, raw)
    try:
        _make_folder(root, posixpath.dirname(raw), folders)
        if link:
            os.symlink(content, full)  # noqa: PTH211 - Path has no bytes
        else:
            descriptor = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
    except OSError as error:
        if error.errno not in _NAME_ERRORS:
            raise GitOpsError(f"cannot write {path} below {os.fsdecode(root)}: {error.strerror}") from error
        return [unreadable(path, f"its name clashes with another or is not possible here ({error.strerror})")]
    return []


def _make_folder(root: bytes, folder: bytes, made: set[bytes]) -> None:
    """Make `folder` below `root`. `made` has the folders that are known to be real ones and no links."""
    if folder in made:
        return
    _make_folder(root, posixpath.dirname(folder), made)
    full = posixpath.join(root, folder)
    try:
        os.mkdir(full, 0o700)  # noqa: PTH102 - Path has no bytes
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(full).st_mode):
            raise
    made.add(folder)


def unwritable(path: Path) -> str:
    """Return why nothing can be written to a path, as far as that shows beforehand; "" where nothing speaks against it."""
    # Path.is_dir raises for names that are too long.
    if os.path.isdir(path):  # noqa: PTH112 - as said above
        return "it is a folder: name a file in it"
    return "" if os.path.isdir(path.parent) else f"there is no folder {path.parent}: make it first"  # noqa: PTH112 - as above


def write_text(path: Path, text: str) -> None:
    """Write a result as a whole or not at all. Raises UsageError where it cannot be written."""
    try:
        if os.path.exists(path) and not path.is_file():  # noqa: PTH110 - as above
            # A device or a pipe is written to; a file in its place would be another thing.
            path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {unwritable(path) or error.strerror}") from error


def replace_all(files: Mapping[Path, bytes | None]) -> None:
    """Give files this content, or remove those with None: all are written beside their places before any is put there.

    Raises UsageError where one cannot be written; then none is changed, unless a disk fails between two renamings.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for path, content in files.items():
            if content is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
                handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
                ready.append((Path(name), path))
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(name).chmod(mode)
        for written, path in ready:
            written.replace(path)
        for path in (path for path, content in files.items() if content is None):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from error
    finally:
        for written, _ in ready:
            written.unlink(missing_ok=True)
