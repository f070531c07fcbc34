"""Which commit of a Git repository a GitRepository of Flux means.

The API says that `semver` takes precedence over `tag`; the controller has it the other way round, and what it does counts:
https://github.com/fluxcd/pkg/blob/git/v0.52.0/git/gogit/client.go#L258 (`clone`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.semver import of_tag, read_range

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_BRANCH: Final = "master"
_COMMIT: Final = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")
# https://git-scm.com/docs/git-check-ref-format, without the signs that Git takes for patterns.
_WRONG_NAME: Final = regex(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|(?:\.lock|[/.])\Z|\A[-/]|\A\Z")
_PEELED: Final = "^{}"
_TAGS: Final = "refs/tags/"


class GitReferenceError(ValueError):
    """What a reference names cannot be there, or is not there; the message says why."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is asked for: a whole `commit`, a ref by its full `name`, the newest tag in the range `semver`, or a ref.

    One of them is given. `ref` is a branch or a tag by its full name.
    """

    commit: str = ""
    name: str = ""
    semver: str = ""

    def __str__(self) -> str:
        if self.commit:
            return f"commit {self.commit[:12]}"
        if self.semver:
            return f"the newest tag in `{self.semver}`"
        kind, name = _shown(self.name)
        return f"{kind} `{name}`"

    @property
    def patterns(self) -> tuple[str, ...]:
        """What of a repository's refs has to be listed to know the commit; nothing for all tags. Raises GitReferenceError."""
        if self.semver:
            return ()
        plain = self.name.removesuffix(_PEELED)
        if _WRONG_NAME.search(plain):
            raise GitReferenceError(f"`{self.name[:200]}` is no name that Git takes")
        # An annotated tag has a name of its own; the commit is what it leads to.
        return plain, plain + _PEELED

    def pick(self, refs: Mapping[str, str]) -> tuple[str, str]:
        """Return the ref that is meant and its commit, by the refs of a repository. Raises GitReferenceError."""
        name = self._newest(refs) if self.semver else self.name.removesuffix(_PEELED)
        found = refs.get(name + _PEELED) or refs.get(name)
        if not found:
            kind, shown = _shown(name)
            raise GitReferenceError(f"it has no {kind} `{shown}`")
        return name, found

    def _newest(self, refs: Mapping[str, str]) -> str:
        try:
            wanted = read_range(self.semver)
        except ValueError as error:
            raise GitReferenceError(str(error)) from error
        found = [
            (version, name)
            for name in refs
            if name.startswith(_TAGS)
            and (version := of_tag(name.removeprefix(_TAGS))) is not None
            and version in wanted
        ]
        if not found:
            raise GitReferenceError(f"it has no tag in `{self.semver}`")
        return max(found)[1]


def is_pinned(spec: Mapping[str, Any]) -> bool:
    """Whether the `spec` of a GitRepository asks for a tag, for one of a range of them, or for a commit; not for a branch."""
    written = spec.get("ref")
    return isinstance(written, dict) and any(written.get(key) for key in ("commit", "tag", "semver"))


def read(spec: Mapping[str, Any]) -> Reference:
    """Read `spec.ref` of a GitRepository. Raises GitReferenceError for what is no commit."""
    written = spec.get("ref")
    ref = {key: value for key, value in written.items() if isinstance(value, str)} if isinstance(written, dict) else {}
    if commit := ref.get("commit"):
        if not _COMMIT.fullmatch(commit):
            raise GitReferenceError(f"`{commit[:80]}` is not the whole name of a commit")
        return Reference(commit=commit)
    if ref.get("name"):
        return Reference(name=ref["name"])
    if ref.get("tag"):
        return Reference(name=_TAGS + ref["tag"])
    if ref.get("semver"):
        return Reference(semver=ref["semver"])
    return Reference(name=f"refs/heads/{ref.get('branch') or _DEFAULT_BRANCH}")


def _shown(name: str) -> tuple[str, str]:
    """Return what to call a ref."""
    for kind, prefix in (("branch", "refs/heads/"), ("tag", _TAGS)):
        if name.startswith(prefix):
            return kind, name.removeprefix(prefix)
    return "ref", name
