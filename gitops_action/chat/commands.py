"""The commands that a comment can give, and reading one: exactly, or not at all."""

from __future__ import annotations

import re
import shlex
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.codes import closest
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST: Final = 500
_ALIASES: Final = {"app": "component"}
_FLAG: Final = regex(r"(?:--)?([a-z][a-z-]*)(?:=(.*))?", re.DOTALL)


class Role(StrEnum):
    """What a person has to be in the repository, each more than the one before."""

    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for the least."""
        return list(Role).index(self)


@dataclass(frozen=True, slots=True)
class Definition:
    """One command. `environment` is the place of the argument whose environment it changes; None if it changes none."""

    name: str
    usage: str
    summary: str
    role: Role
    least: int = 0
    most: int = 0
    flags: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    environment: int | None = None
    for_forks: bool = False


COMMANDS: Final = {
    one.name: one
    for one in (
        Definition("help", "/help", "Say what can be ordered here.", Role.READ, for_forks=True),
        Definition("check", "/check", "Check this pull request again.", Role.READ, for_forks=True),
        Definition("diff", "/diff [ENVIRONMENT]", "Show what this pull request changes.", Role.READ, most=1),
        Definition(
            "promote",
            "/promote FROM TO [--component NAME] [--mode delta|sync|fields]",
            "Open the pull requests that bring what changed in one environment to another.",
            Role.WRITE,
            2,
            2,
            ("component", "mode"),
            environment=1,
        ),
        Definition(
            "deploy",
            "/deploy ENVIRONMENT",
            "Deploy the commit that this pull request was merged as, or wait until Flux has.",
            Role.WRITE,
            1,
            1,
            environment=0,
        ),
        Definition("drift", "/drift [ENVIRONMENT]", "Look whether clusters differ from Git.", Role.TRIAGE, most=1),
        Definition(
            "rollback",
            "/rollback ENVIRONMENT [--to SHA] [--reason TEXT]",
            "Propose what an environment was when it was last healthy, and lock it.",
            Role.WRITE,
            1,
            1,
            ("to", "reason"),
            environment=0,
        ),
        Definition(
            "lock",
            "/lock ENVIRONMENT [COMPONENT] --reason TEXT [--for 2h]",
            "Keep changes from an environment.",
            Role.WRITE,
            1,
            2,
            ("reason", "for"),
            ("reason",),
            environment=0,
        ),
        Definition(
            "unlock",
            "/unlock ENVIRONMENT [COMPONENT] [--force yes]",
            "Take a lock away; one of another pull request only with --force.",
            Role.WRITE,
            1,
            2,
            ("force",),
            environment=0,
        ),
    )
}
"""The commands by name."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command as it was given."""

    definition: Definition
    arguments: Sequence[str] = ()
    flags: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> str:
        """The environment that it changes, "" if none."""
        place = self.definition.environment
        return "" if place is None else self.arguments[place]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why what looks like one of our commands is none, for the one who wrote it."""

    reason: str


def parse(text: str) -> Order | Refusal | None:
    """Read the command in a comment's first line; None where there is none of ours.

    Exactly `/word` begins the comment: no blank before it, no quotation, no code. Words are split as in a shell, and
    nothing in them means anything but itself.
    """
    line = text.replace("\r\n", "\n").split("\n", 1)[0].rstrip()
    found = re.match(r"/([a-z]+)(?=\s|\Z)", line)
    if not found or found[1] not in COMMANDS:
        return None
    definition = COMMANDS[found[1]]
    if len(line) > _LONGEST:
        return Refusal(f"the command has more than {_LONGEST} characters")
    try:
        words = shlex.split(line[found.end() :], comments=False)
    except ValueError:
        return Refusal("a quotation mark is not closed")
    return _order(definition, words)


def _order(definition: Definition, words: Sequence[str]) -> Order | Refusal:
    arguments: list[str] = []
    flags: dict[str, str] = {}
    pending = list(words)
    while pending:
        word = pending.pop(0)
        match = _FLAG.fullmatch(word)
        if not match or (not word.startswith("--") and match[2] is None):
            arguments.append(word)
            continue
        name, value = _ALIASES.get(match[1], match[1]), match[2]
        if name not in definition.flags:
            near = closest(name, definition.flags)
            hint = f"; did you mean `--{near}`?" if near else f"; usage: `{definition.usage}`"
            return Refusal(f"`{definition.name}` knows no `--{match[1]}`{hint}")
        if value is None:
            # `--reason --for 2h` has forgotten the reason; one that begins like that is written `--reason=…`.
            if not pending or pending[0].startswith("--"):
                return Refusal(f"`--{name}` needs a value; usage: `{definition.usage}`")
            value = pending.pop(0)
        if name in flags or not value:
            return Refusal(f"`--{name}` is given twice, or without a value; usage: `{definition.usage}`")
        flags[name] = value
    missing = [name for name in definition.required if name not in flags]
    if missing or not definition.least <= len(arguments) <= definition.most:
        return Refusal(f"usage: `{definition.usage}`")
    bad = next((one for one in arguments if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", one)), None)
    if bad is not None:
        return Refusal(f"`{bad[:50]}` is no name; usage: `{definition.usage}`")
    return Order(definition, tuple(arguments), flags)
