"""The programs of the machine: which are there, and whether they are new enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gitops_action.doctor.lines import EVERY, Job, Line, State, Topic
from gitops_action.records import dataclass
from gitops_action.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VERSION: Final = regex(r"(\d+)\.(\d+)(?:\.(\d+))?")
_IMAGE: Final = "use the container image, which has it"
_GIT: Final = EVERY - {Job.VALIDATE}
_BUILDING: Final = frozenset({Job.CHECK, Job.PREVIEW, Job.DEPLOY_APPLY, Job.DRIFT, Job.PROMOTE, Job.VALIDATE})


@dataclass(frozen=True, slots=True)
class Found:
    """A program that is there: its path, and what it says of its version ("" where it says nothing)."""

    path: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """What is looked for: one of several programs, or with `all_of` each. `oldest` is by name.

    `too_old` says what an older one means, and `fatal` whether the jobs cannot do with it.
    """

    names: tuple[str, ...]
    jobs: frozenset[Job]
    purpose: str
    fix: str
    oldest: Mapping[str, tuple[int, int]]
    all_of: bool = False
    too_old: str = ""
    fatal: bool = False

    @property
    def title(self) -> str:
        """What the line is called."""
        return (" and " if self.all_of else " or ").join(self.names)


TOOLS: Final = (
    Tool(
        ("git",), _GIT, "it reads revisions", "install Git 2.32 or newer: https://git-scm.com/downloads", {"git": (2, 32)},
        too_old="cannot be told to leave the user's own configuration alone", fatal=True,
    ),
    Tool(
        ("kustomize", "kubectl"), _BUILDING, "one of them builds overlays",
        f"pipx install 'gitops-action[kubectl]', or install kustomize 5 or newer, or {_IMAGE}",
        {"kustomize": (5, 0), "kubectl": (1, 27)},
        too_old="reads some fields of kustomizations otherwise than those who deploy them today",
    ),
    Tool(
        ("helm",), frozenset({Job.CHARTS}), "it renders charts",
        f"install Helm 3.14 or newer: https://helm.sh/docs/intro/install, or {_IMAGE}", {"helm": (3, 14)},
        too_old="lacks fixes in what it fetches and renders",
    ),
    Tool(
        ("kubeconform",), frozenset({Job.KUBECONFORM}), "it is the engine of that name",
        f"go install github.com/yannh/kubeconform/cmd/kubeconform@latest, or {_IMAGE}", {"kubeconform": (0, 6)},
        too_old="writes results that are not understood", fatal=True,
    ),
    Tool(
        ("kube-apiserver", "etcd"), frozenset({Job.APISERVER}), "the engine apiserver needs both",
        f"{_IMAGE}; elsewhere: setup-envtest use, and set KUBEBUILDER_ASSETS", {}, all_of=True,
    ),
)  # fmt: skip

ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "git": ("version",),
    "kustomize": ("version",),
    "kubectl": ("version", "--client", "--output=yaml"),
    "helm": ("version", "--short"),
    "kubeconform": ("-v",),
    "kube-apiserver": ("--version",),
    "etcd": ("--version",),
}
"""How each program is asked for its version."""


def version_of(said: str) -> str:
    """Return the version in what a program says, "" where there is none."""
    # kubectl names that of kustomize beside its own.
    own = re.search(r"gitVersion: *v?(\S+)", said)
    found = _VERSION.search(own[1] if own else said)
    return found[0] if found else ""


def judge(found: Mapping[str, Found], python: str, *, cel: bool) -> Iterator[Line]:
    """Say of each tool whether it is there; `found` has the programs by name, `python` is the interpreter's version."""
    for tool in TOOLS:
        yield _of_tool(tool, {name: found[name] for name in tool.names if name in found})
    yield Line(Topic.PROGRAMS, f"Python {python}", State.OK)
    if not cel:
        yield Line(
            Topic.PROGRAMS, "cel-expr-python", State.WARNING,
            "not there: rules of custom resources are reported as not checked",
            f"there is no wheel for this platform: {_IMAGE}", frozenset({Job.VALIDATE, Job.CHECK}),
        )  # fmt: skip


def _of_tool(tool: Tool, there: Mapping[str, Found]) -> Line:
    if len(there) < (len(tool.names) if tool.all_of else 1):
        absent = [name for name in tool.names if name not in there]
        message = f"{' and '.join(absent)} not found: {tool.purpose}"
        return Line(Topic.PROGRAMS, tool.title, State.MISSING, message, tool.fix, tool.jobs)
    shown = dict(there) if tool.all_of else dict([next(iter(there.items()))])
    title = " and ".join(f"{name} {one.version}".strip() for name, one in shown.items())
    paths = ", ".join(one.path for one in shown.values())
    for name, one in shown.items():
        oldest = tool.oldest.get(name)
        if oldest is None:
            continue
        if not one.version:
            message = f"{paths} does not say its version"
            return Line(Topic.PROGRAMS, title, State.UNKNOWN, message, tool.fix, tool.jobs)
        if _pair(one.version) < oldest:
            message = f"{paths} is too old: {oldest[0]}.{oldest[1]} or newer is needed; it {tool.too_old}"
            state = State.MISSING if tool.fatal else State.WARNING
            return Line(Topic.PROGRAMS, title, state, message, tool.fix, tool.jobs)
    return Line(Topic.PROGRAMS, title, State.OK, paths, "", tool.jobs)


def _pair(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
