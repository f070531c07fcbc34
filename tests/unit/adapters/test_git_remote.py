"""Branches of a remote repository, moved over HTTP by compare-and-swap, whatever goes wrong on the way."""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.git import Repository
from gitops_action.adapters.git_refusals import PushRefusedError, RefMovedError
from gitops_action.adapters.git_remote import Remote
from gitops_action.adapters.processes import run
from gitops_action.errors import GitHubPermissionError, GitHubUnavailableError, GitOpsError, UsageError
from gitops_action.repository.commits import OURS
from tests.gitrepo import GitRepo, Link, Submodule, git, init
from tests.gitserver import Fault, GitServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from gitops_action.ports import Completed

WRITER, READER = "writer-token", "reader-token"
BRANCH = "refs/heads/promote/web/a-b"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def origin(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "served/octo/fleet.git", bare=True)
    made.commit(
        {
            "a/b.yaml": "x: 1\n",
            "run.sh": "#!/bin/sh\n",
            "link": Link("a/b.yaml"),
            "sub": Submodule(),
            "ü.yaml": "y: 1\n",
        }
    )
    return made


@pytest.fixture
def server(tmp_path: Path, origin: GitRepo) -> Iterator[GitServer]:
    assert origin
    with GitServer(tmp_path / "served", {WRITER: "write", READER: "read"}) as made:
        yield made


@pytest.fixture
def remote(tmp_path: Path, origin: GitRepo, server: GitServer) -> Iterator[Callable[..., Remote]]:
    clone = origin.clone(tmp_path / "clone")
    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(clone))

        def connect(token: str = WRITER, url: str = "") -> Remote:
            address = url or f"{server.url}/octo/fleet.git"
            return stack.enter_context(Remote.open(repository, address, token=token, server=server.url))

        yield connect


def tip(origin: GitRepo, ref: str = BRANCH) -> str:
    return origin.git("rev-parse", ref)


def made(remote: Remote, origin: GitRepo, text: str = "x: 2\n") -> str:
    return remote.commit(tip(origin, "main"), {"a/b.yaml": text.encode()}, "Change", when=WHEN)


def test_a_commit_changes_its_files_and_nothing_else(remote: Callable[..., Remote], origin: GitRepo) -> None:
    hub = remote()
    changes = {"a/b.yaml": b"x: 2\n", "run.sh": b"#!/bin/sh\necho\n", "ü.yaml": None, 'new/d ir/"q".yaml': b"z\n"}
    origin.git("update-index", "--add", "--cacheinfo", f"100755,{origin.git('rev-parse', 'main:run.sh')},run.sh")
    sha = hub.commit(tip(origin, "main"), changes, "Change\n\nPromote-From: a\n", when=WHEN)
    hub.push(BRANCH, sha, None)
    listed = origin.git("ls-tree", "-r", "-z", "--format=%(objectmode) %(path)", BRANCH).split("\0")
    assert [line for line in listed if line] == [
        "100644 a/b.yaml",
        "120000 link",
        r'100644 "new/d ir/\"q\".yaml"',
        "100644 run.sh",
        "160000 sub",
    ]
    assert origin.git("show", f"{BRANCH}:a/b.yaml") == "x: 2"
    assert (
        origin.git("log", "-1", "--format=%an <%ae> %cn %at", BRANCH)
        == f"{OURS[0]} <{OURS[1]}> {OURS[0]} {int(WHEN.timestamp())}"
    )
    # The same again is the same commit: two runs at once make one.
    assert hub.commit(tip(origin, "main"), changes, "Change\n\nPromote-From: a\n", when=WHEN) == sha


def test_an_executable_file_stays_one(remote: Callable[..., Remote], origin: GitRepo, tmp_path: Path) -> None:
    work = origin.clone(tmp_path / "work")
    (work / "run.sh").chmod(0o755)
    git(work, "commit", "-qam", "Executable")
    git(work, "push", "-q", "origin", "main")
    hub = remote()
    hub.fetch("refs/heads/main")
    sha = hub.commit(tip(origin, "main"), {"run.sh": b"#!/bin/sh\necho\n"}, "Change", when=WHEN)
    hub.push(BRANCH, sha, None)
    assert origin.git("ls-tree", BRANCH, "run.sh").startswith("100755")


def test_of_two_that_push_one_wins(remote: Callable[..., Remote], origin: GitRepo) -> None:
    first, second = remote(), remote()
    ours, theirs = made(first, origin, "x: 2\n"), made(second, origin, "x: 3\n")
    first.push(BRANCH, ours, None)
    with pytest.raises(RefMovedError, match="somebody else"):
        second.push(BRANCH, theirs, None)
    assert tip(origin) == ours
    second.push(BRANCH, theirs, ours)
    with pytest.raises(RefMovedError):
        first.push(BRANCH, None, ours)
    assert tip(origin) == theirs
    first.push(BRANCH, None, theirs)
    assert BRANCH not in first.refs()


@pytest.mark.parametrize("acts", [True, False])
def test_a_push_whose_answer_is_lost_is_looked_for(
    remote: Callable[..., Remote], origin: GitRepo, server: GitServer, acts: bool
) -> None:
    hub = remote()
    sha = made(hub, origin)
    server.faults.append(Fault("/git-receive-pack", acts=acts))
    hub.push(BRANCH, sha, None)
    assert tip(origin) == sha


def test_a_server_that_stays_away_is_said_to_be(
    remote: Callable[..., Remote], origin: GitRepo, server: GitServer
) -> None:
    hub = remote()
    sha = made(hub, origin)
    server.faults.append(Fault("receive-pack", status=503, times=99))
    with pytest.raises(GitHubUnavailableError, match="run it again"):
        hub.push(BRANCH, sha, None)
    server.faults[:] = [Fault("", status=500, times=99)]
    with pytest.raises(GitHubUnavailableError):
        hub.refs()


def test_a_protected_branch_is_said_to_be_one(
    remote: Callable[..., Remote], origin: GitRepo, server: GitServer
) -> None:
    server.protect(origin.path, "promote/*")
    hub = remote()
    with pytest.raises(PushRefusedError, match=r"GH006: Protected branch update failed .* change the rule"):
        hub.push(BRANCH, made(hub, origin), None)


@pytest.mark.parametrize(("token", "needed"), [(READER, "write"), ("wrong-token", "read")])
def test_a_token_that_may_not_is_told_what_it_needs(
    remote: Callable[..., Remote], origin: GitRepo, token: str, needed: str
) -> None:
    hub = remote(token)
    with pytest.raises(GitHubPermissionError, match=f"`contents: {needed}`") as caught:
        hub.push(BRANCH, made(hub, origin), None)
    assert token not in str(caught.value)


def test_a_token_goes_to_its_own_server_only(remote: Callable[..., Remote], server: GitServer, tmp_path: Path) -> None:
    with GitServer(tmp_path / "served", {WRITER: "write"}) as other:
        hub = remote(url=f"{other.url}/octo/fleet.git")
        with pytest.raises(GitHubPermissionError):
            hub.refs()
    assert server.requests == []


def test_the_token_is_in_no_argument_and_the_clone_stays_as_it_was(
    remote: Callable[..., Remote], origin: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watched(argv: Sequence[str], **more: Any) -> Completed:
        seen.extend(argv)
        return run(argv, **more)

    monkeypatch.setattr("gitops_action.adapters.git_remote.run", watched)
    clone = tmp_path / "clone"
    hub = remote()
    before = sorted((path, path.stat().st_mtime_ns) for path in clone.rglob("*"))
    hub.fetch("refs/heads/main")
    hub.push(BRANCH, made(hub, origin), None)
    hub.close()
    assert WRITER not in " ".join(seen)
    assert sorted((path, path.stat().st_mtime_ns) for path in clone.rglob("*")) == before


def test_what_was_fetched_can_be_read_and_checked_out_elsewhere(remote: Callable[..., Remote], origin: GitRepo) -> None:
    hub = remote()
    sha = origin.commit({"later.yaml": "z: 1\n"})
    hub.fetch(sha)
    assert "later.yaml" in hub.repository.tree(sha).entries
    with Repository.open(hub.bare()) as bare:
        assert "later.yaml" in bare.tree(sha).entries


@pytest.mark.parametrize(
    "ref",
    [
        "main",
        "refs/heads/../x",
        "refs/heads/a b",
        "refs/heads/x.lock",
        "refs/heads/-x:refs/heads/main",
        "refs/heads/a@{1}",
        "",
    ],
)
def test_names_that_are_no_refs_are_refused(remote: Callable[..., Remote], origin: GitRepo, ref: str) -> None:
    with pytest.raises(GitOpsError):
        remote().push(ref, tip(origin, "main"), None)


def test_a_remote_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    repo = init(tmp_path / "alone")
    repo.commit({"a": "b"})
    with Repository.open(repo.path) as repository, pytest.raises(UsageError, match="no remote `origin`"):
        Remote.open(repository)


def test_nothing_is_left_behind(remote: Callable[..., Remote], origin: GitRepo) -> None:
    hub = remote()
    folder = hub._folder.name
    made(hub, origin)
    assert os.path.isdir(folder)  # noqa: PTH112 - a name is at hand
    hub.close()
    assert not os.path.exists(folder)  # noqa: PTH110 - as above
