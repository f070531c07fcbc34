"""What Flux leaves out of a source: the patterns of `.sourceignore` files and of `spec.ignore`, as source-controller reads them.

They look like Git's and mean something else: fluxcd/pkg/sourceignore v0.18.0 has them, which began as go-git's. The last
pattern that matches decides, and each file is asked for by itself: `!` brings one back from a folder that is left out.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.records import dataclass
from gitops_action.repository.go_match import read_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.repository.go_match import Name

FILE: Final = ".sourceignore"
# https://fluxcd.io/flux/components/source/gitrepositories/#default-exclusions
_OF_GIT: Final = ".git/,.gitignore,.gitmodules,.gitattributes"
_BY_DEFAULT: Final = (
    "*.jpg,*.jpeg,*.gif,*.png,*.wmv,*.flv,*.tar.gz,*.zip,"
    ".github/,.circleci/,.travis.yml,.gitlab-ci.yml,appveyor.yml,.drone.yml,cloudbuild.yaml,"
    "codeship-services.yml,codeship-steps.yml,**/.goreleaser.yml,**/.sops.yaml,**/.flux.yaml"
)
# `**/name` is as good as `name`.
_ANYWHERE: Final = 2
# Go's unicode.IsSpace.
_BLANKS: Final = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
# Go's bufio.Scanner reads no further after a line of this many bytes.
_LONGEST_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern, and where it is written: `file` is "" for what Flux leaves out by itself, and for `spec.ignore`.

    It is about what is in the folder `domain` (its parts), at any depth.
    """

    text: str
    file: str = ""
    line: int = 0
    domain: tuple[str, ...] = ()
    keeps: bool = field(init=False)
    folders_only: bool = field(init=False)
    parts: tuple[str, ...] = field(init=False)
    names: tuple[Name | None, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the text."""
        keeps = self.text.startswith("!")
        text = self.text[1:] if keeps else self.text
        if not text.endswith("\\ "):
            text = text.rstrip(" ")
        parts = tuple(text.removesuffix("/").split("/"))
        for name, value in (
            ("keeps", keeps),
            ("folders_only", text.endswith("/")),
            ("parts", parts),
            ("names", tuple(read_name(part) for part in parts)),
        ):
            object.__setattr__(self, name, value)

    @property
    def name(self) -> Name | None:
        """What it is the name of, wherever that lies in its domain; None for a path from there on, and for what fits nothing."""
        anywhere = len(self.parts) == _ANYWHERE and self.parts[0] == "**" and "**" not in self.parts[1]
        return self.names[-1] if anywhere or len(self.parts) == 1 else None

    def leads_to(self, path: Sequence[str], *, folder: bool) -> bool:
        """Whether a pattern that is a path matches `path`, or what is above it."""
        start = len(self.domain)
        if len(path) <= start or tuple(path[:start]) != self.domain:
            return False
        matched = anywhere = False
        at, end = start, len(path)
        for number, (part, name) in enumerate(zip(self.parts, self.names, strict=True)):
            if not part:
                anywhere = False
            elif part == "**":
                if number == len(self.parts) - 1:
                    break
                anywhere = True
            elif "**" in part or name is None or at == end:
                return False
            else:
                found = next((i for i in range(at, end if anywhere else at + 1) if name.fits(path[i])), None)
                if found is None and not anywhere:
                    return False
                matched, at, anywhere = found is not None, end if found is None else found + 1, False
        return matched and not (self.folders_only and not folder and at == end)


def read(text: str, file: str = "", domain: Sequence[str] = ()) -> Iterator[Pattern]:
    """Yield the patterns of a text. What is behind a line that is longer than Go reads does not count."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line.encode(errors="surrogateescape")) >= _LONGEST_LINE:
            return
        plain = line.removesuffix("\r")
        if not plain.startswith("#") and plain.strip(_BLANKS):
            yield Pattern(plain, file, number, tuple(domain))


class Ignored:
    """What is left out of one source: by `given` patterns of files and of `spec.ignore`, in this order, `count` of them."""

    def __init__(self, given: Iterable[Pattern]) -> None:
        """Take the patterns; only where there are none, Flux leaves out what it does by default, besides Git's own files."""
        own = [Pattern(text) for text in _OF_GIT.split(",")]
        patterns = [*given]
        self.count = len(patterns)
        patterns = patterns or [Pattern(text) for text in _BY_DEFAULT.split(",")]
        self._patterns = [*own, *patterns]
        self._paths = [index for index, one in enumerate(self._patterns) if one.name is None][::-1]
        self._fitting: dict[str, tuple[int, ...]] = {}
        self._of_folder: dict[str, int] = {"": -1}

    def by(self, path: str, *, folder: bool = False) -> Pattern | None:
        """Return the pattern that leaves out a file (or a `folder`, which says nothing of its files); None if none does."""
        above = path.rpartition("/")[0]
        best = max(self._above(above), self._named(path, folder=folder))
        parts = path.split("/") if self._paths else []
        for index in self._paths:
            if index < best:
                break
            if self._patterns[index].leads_to(parts, folder=folder):
                best = index
                break
        found = self._patterns[best] if best >= 0 else None
        return None if found is None or found.keeps else found

    def _above(self, folder: str) -> int:
        """Return the last pattern that is the name of a folder, or of one that it is in."""
        unknown: list[str] = []
        while folder not in self._of_folder:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        best = self._of_folder[folder]
        for inner in reversed(unknown):
            best = self._of_folder[inner] = max(best, self._named(inner, folder=True))
        return best

    def _named(self, path: str, *, folder: bool) -> int:
        """Return the last pattern that is the name of what is at a path."""
        above, _, name = path.rpartition("/")
        for index in self._that_fit(name):
            one = self._patterns[index]
            inside = not one.domain or f"{above}/".startswith("/".join((*one.domain, "")))
            if inside and (folder or not one.folders_only):
                return index
        return -1

    def _that_fit(self, name: str) -> tuple[int, ...]:
        """Return the patterns of names that fit one, the last first."""
        if name not in self._fitting:
            self._fitting[name] = tuple(
                index
                for index in range(len(self._patterns) - 1, -1, -1)
                if (wanted := self._patterns[index].name) is not None and wanted.fits(name)
            )
        return self._fitting[name]
