"""Reading Git's objects: the files of one revision, through one long-lived `git cat-file --batch`."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Final, Protocol

from gitops_action.adapters.processes import Child, ChildEndedError
from gitops_action.adapters.remembered import Remembered
from gitops_action.codes import CODES
from gitops_action.errors import ToolFailedError
from gitops_action.model import Finding
from gitops_action.repository.tree import Entry, EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

# Requests go out together, so that two processes do not wait for each other at every file. They fit in the smallest
# pipe that there is (writing them never blocks), and their answers in little memory.
_WINDOW_REQUEST_BYTES: Final = 4096
_WINDOW_ANSWER_BYTES: Final = 8 * 1024 * 1024
_ANSWER_SECONDS: Final = 60.0
# What Git exits with when it gives up by itself ("fatal: …"), as opposed to being ended from outside.
_GIT_FATAL: Final = 128


class Contents(Protocol):
    """Has the contents of files."""

    @property
    def max_bytes(self) -> int:
        """Return the size above which a file is not read."""
        ...

    def fetch(self, names: Sequence[str]) -> list[bytes | str]:
        """Return the content of each file by its object's name, or in its place one sentence saying why it cannot be had."""
        ...


class Objects:
    """The objects of one repository. Safe for several threads; each call is answered as a whole."""

    def __init__(self, start: Callable[[], Child], max_bytes: int) -> None:
        """Use `start` to begin `git cat-file --batch` when first needed; refuse to read more than `max_bytes`."""
        self._start = start
        self._max_bytes = max_bytes
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._remembered = Remembered()

    @property
    def max_bytes(self) -> int:
        """The size above which a file is not read."""
        return self._max_bytes

    def fetch(self, names: Sequence[str], kind: bytes = b"blob") -> list[bytes | str]:
        """Return the content of each object, or in its place one sentence saying why it cannot be had.

        `names` together fit in one window. Raises ToolFailedError if Git does not answer or is ended from
        outside twice in a row.
        """
        if kind != b"blob":
            return self._fetched(names, kind)
        found: dict[str, bytes | str] = {
            name: content for name in names if (content := self._remembered.get(name)) is not None
        }
        lacking = list(dict.fromkeys(name for name in names if name not in found))
        for name, answer in zip(lacking, self._fetched(lacking, kind), strict=True):
            found[name] = answer
            if isinstance(answer, bytes):
                self._remembered.put(name, answer)
        return [found[name] for name in names]

    def _fetched(self, names: Sequence[str], kind: bytes) -> list[bytes | str]:
        if not names:
            return []
        with self._lock:
            with contextlib.suppress(ChildEndedError, _TooLargeError):
                return self._ask(names, kind)
            # It stopped at one object. Ask one by one, so that this one hides no other.
            results: list[bytes | str] = []
            for name in names:
                try:
                    results += self._ask([name], kind)
                except (ChildEndedError, _TooLargeError) as error:
                    results.append(_reason(error))
            return results

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._child is not None:
                self._child.close()
                self._child = None

    def _ask(self, names: Sequence[str], kind: bytes) -> list[bytes | str]:
        if self._child is None:
            self._child = self._start()
        child = self._child
        try:
            child.write("".join(f"{name}\n" for name in names).encode())
            return [self._answer(child, name, kind) for name in names]
        except BaseException:
            # Whatever it still has to say belongs to nobody.
            self._child = None
            child.kill()
            raise

    def _answer(self, child: Child, name: str, kind: bytes) -> bytes | str:
        header = child.read_line(_ANSWER_SECONDS)
        if header == f"{name} missing".encode():
            return f"Git's object {name} is missing"
        got, _, rest = header.partition(b" ")
        actual, _, size = rest.partition(b" ")
        if got != name.encode() or not size.isdigit():
            raise ToolFailedError(f"git cat-file gave an unexpected answer: {header[:200]!r}")
        if int(size) > self._max_bytes:
            raise _TooLargeError(too_large(int(size), self._max_bytes))
        content = child.read(int(size) + 1, _ANSWER_SECONDS)[:-1]
        return content if actual == kind else f"Git's object {name} is a {actual.decode()}, not a {kind.decode()}"


class _TooLargeError(Exception):
    """Found out only when reading: in a partial clone sizes are not known beforehand."""


def _reason(error: ChildEndedError | _TooLargeError) -> str:
    if isinstance(error, _TooLargeError):
        return str(error)
    if error.exit_code != _GIT_FATAL:
        raise error
    lines = [line.removeprefix("fatal: ") for line in error.detail.splitlines() if line.startswith("fatal: ")]
    reason = lines[-1] if lines else error.detail.splitlines()[-1] if error.detail else "no reason given"
    if "promisor" in error.detail:
        return f"its content is not in this partial clone; fetch it first or clone without --filter ({reason})"
    return f"Git cannot read its object ({reason})"


def too_large(size: int, limit: int) -> str:
    """Say that a file of `size` bytes is over the limit."""
    return f"it has {size:,} bytes, more than the limit of {limit:,}"


class GitTree:
    """The files of one commit, read from Git's objects only. Fulfils `repository.tree.Tree`."""

    def __init__(self, objects: Contents, name: str, listing: bytes) -> None:
        """Take what `git ls-tree -r -z [-l]` printed for the commit `name`."""
        self._objects = objects
        self._name = name
        self._not_utf8: set[str] = set()
        entries = [entry for record in listing.split(b"\0") if record and (entry := self._entry(record))]
        entries.sort(key=lambda entry: entry.path)
        self._entries = {entry.path: entry for entry in entries}

    @property
    def name(self) -> str:
        """The commit's full object name."""
        return self._name

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every path, sorted. One that is not UTF-8 has its other bytes escaped and cannot be read."""
        return self._entries

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | Finding]]:
        """Yield the content of each file in the order asked for, as `Tree.read` says."""
        window: list[tuple[str, str | Finding]] = []
        requests = answers = 0
        for path in paths:
            wanted = self._request(path)
            if isinstance(wanted, Entry):
                size = max(wanted.size, 0)
                requests_now = len(wanted.digest) + 1
                if requests + requests_now > _WINDOW_REQUEST_BYTES or answers + size > _WINDOW_ANSWER_BYTES:
                    yield from self._answers(window)
                    window, requests, answers = [], 0, 0
                requests += requests_now
                answers += size
                window.append((path, wanted.digest))
            else:
                window.append((path, wanted))
        yield from self._answers(window)

    def _request(self, path: str) -> Entry | Finding:
        entry = self._entries.get(path)
        if entry is None:
            return unreadable(path, f"there is no such file in {self._name[:12]}")
        if path in self._not_utf8:
            return problem("path-not-utf8", path, "the file's name is not UTF-8, so its content was not read")
        if entry.kind is EntryKind.SUBMODULE:
            return unreadable(path, "it is a submodule: its files are in another repository")
        if entry.size > self._objects.max_bytes:
            return problem("file-too-large", path, f"not read: {too_large(entry.size, self._objects.max_bytes)}")
        return entry

    def _answers(self, window: Sequence[tuple[str, str | Finding]]) -> Iterator[tuple[str, bytes | Finding]]:
        contents = iter(self._objects.fetch([wanted for _, wanted in window if isinstance(wanted, str)]))
        for path, wanted in window:
            if isinstance(wanted, Finding):
                yield path, wanted
                continue
            content = next(contents)
            yield path, content if isinstance(content, bytes) else unreadable(path, content)

    def _entry(self, record: bytes) -> Entry | None:
        # Git prints the mode, the type, the object's name, its size if asked for, a tab and the path.
        about, _, raw = record.partition(b"\t")
        mode, _, digest, *size = about.split()
        path = decode_path(raw)
        if path.encode() != raw:
            self._not_utf8.add(path)
        kind = _KINDS.get(mode, EntryKind.FILE)
        known = int(size[0]) if size and size[0].isdigit() else 0 if kind is EntryKind.SUBMODULE else -1
        return Entry(path, kind, known, digest.decode("ascii"))


_KINDS: Final = {b"120000": EntryKind.SYMLINK, b"160000": EntryKind.SUBMODULE}


def decode_path(raw: bytes) -> str:
    """Return a path of Git's as text; bytes that are not UTF-8 come escaped."""
    return raw.decode("utf-8", "backslashreplace")


def problem(code: str, path: str, message: str) -> Finding:
    """Return a finding on a whole file."""
    return Finding(code, CODES[code].severity, message, path)


def unreadable(path: str, reason: str) -> Finding:
    """Return the finding for a file that cannot be read."""
    return problem("file-unreadable", path, f"not read: {reason}")
