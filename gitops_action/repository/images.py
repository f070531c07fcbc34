"""References to container images, taken apart: what names the software, and what says its version."""

from __future__ import annotations

from gitops_action.records import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """One reference, as github.com/distribution/reference reads it; `tag` and `digest` are "" where absent."""

    name: str
    tag: str = ""
    digest: str = ""

    @property
    def version(self) -> tuple[str, str]:
        """Tag and digest, which only make sense together."""
        return self.tag, self.digest

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return self.name + tag + (f"@{self.digest}" if self.digest else "")


def parse(text: str) -> Image:
    """Take a reference apart; a colon before the last `/` is that of a registry's port."""
    rest, _, digest = text.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return Image(head + slash + name, tag, digest)
