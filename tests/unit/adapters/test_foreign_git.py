"""Commits of other repositories are read from a real Git server, within limits, and asked for no more often than needed."""

from __future__ import annotations

import os
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters import git_fetching
from gitops_action.adapters.certificates import server_certificate
from gitops_action.adapters.chart_pages import UnavailableError
from gitops_action.adapters.foreign_git import ForeignGit
from gitops_action.model import Finding
from gitops_action.render.helm.commits import Reference
from tests.gitrepo import GitRepo, Link, Submodule, init
from tests.gitserver import Fault, GitServer
from tests.hosts import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIN = Reference(name="refs/heads/main")
TAG = Reference(name="refs/tags/v1.0.0")
RANGE = Reference(semver="1.x")


@pytest.fixture
def other(tmp_path: Path) -> GitRepo:
    made = init(tmp_path / "served" / "org" / "charts")
    made.git("config", "uploadpack.allowFilter", "true")
    made.commit({"a": "1", "folder/b": "2", "folder/link": Link("b"), "module": Submodule()})
    made.git("tag", "v1.0.0")
    return made


@pytest.fixture
def server(tmp_path: Path, other: GitRepo) -> Iterator[GitServer]:
    assert other.commits
    with GitServer(tmp_path / "served", tokens={"": "read"}) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def git(tmp_path: Path, clock: Clock) -> Iterator[ForeignGit]:
    made = foreign(tmp_path, clock)
    yield made
    made.close()


def foreign(tmp_path: Path, clock: Clock, **settings: Any) -> ForeignGit:
    return ForeignGit(tmp_path / "cache", lambda _url: None, sleep=clock.sleep, now=clock.now, **settings)


def content(git: ForeignGit, server: GitServer, reference: Reference, path: str = "a") -> Any:
    (found,) = git.tree(f"{server.url}/org/charts", reference).read([path])
    return found[1]


def test_a_tree_has_what_a_commit_has(git: ForeignGit, server: GitServer, other: GitRepo) -> None:
    tree = git.tree(f"{server.url}/org/charts", MAIN)
    assert tree.name == other.commits[-1]
    assert list(tree.entries) == ["a", "folder/b", "folder/link", "module"]
    read = dict(tree.read(["folder/link", "a", "module", "none"]))
    assert (read["folder/link"], read["a"]) == (b"b", b"1")
    assert isinstance(read["module"], Finding)
    assert isinstance(read["none"], Finding)


def test_what_is_asked_for_together_is_fetched_together(git: ForeignGit, server: GitServer) -> None:
    tree = git.tree(f"{server.url}/org/charts", MAIN)
    before = len(server.requests)
    list(tree.read(["a", "folder/b", "folder/link"]))
    assert len(server.requests) - before == 2
    list(tree.read(["a", "folder/b"]))
    assert len(server.requests) - before == 2


@pytest.mark.parametrize("kind", [(TAG, 24 * 3600), (RANGE, 3600), (MAIN, 0)])
def test_names_are_remembered_for_a_while(
    tmp_path: Path, clock: Clock, server: GitServer, other: GitRepo, kind: tuple[Reference, int]
) -> None:
    reference, seconds = kind
    assert content(foreign(tmp_path, clock), server, reference) == b"1"
    other.commit({"a": "2"})
    other.git("tag", "--force", "v1.0.0")
    clock.time += seconds - 1
    assert content(foreign(tmp_path, clock), server, reference) == (b"1" if seconds else b"2")
    clock.time += 2
    assert content(foreign(tmp_path, clock), server, reference) == b"2"


def test_a_commit_is_never_asked_for_twice(tmp_path: Path, clock: Clock, server: GitServer, other: GitRepo) -> None:
    reference = Reference(commit=other.commits[0])
    assert content(foreign(tmp_path, clock), server, reference) == b"1"
    server.requests.clear()
    clock.time += 10**9
    assert content(foreign(tmp_path, clock), server, reference) == b"1"
    assert server.requests == []
    # But for a file that nobody has wanted yet.
    assert content(foreign(tmp_path, clock), server, reference, "folder/b") == b"2"
    assert server.requests


def test_offline_what_is_there_is_taken_however_old(tmp_path: Path, clock: Clock, server: GitServer) -> None:
    assert content(foreign(tmp_path, clock), server, MAIN) == b"1"
    clock.time += 10**9
    server.requests.clear()
    offline = foreign(tmp_path, clock, offline=True)
    assert content(offline, server, MAIN) == b"1"
    with pytest.raises(UnavailableError, match="nothing is fetched offline"):
        content(offline, server, MAIN, "folder/b")
    with pytest.raises(UnavailableError, match="nothing is fetched offline"):
        content(offline, server, Reference(name="refs/heads/other"))
    assert server.requests == []


def test_a_server_that_fails_in_passing_is_asked_again(git: ForeignGit, server: GitServer, clock: Clock) -> None:
    server.faults = [Fault("info/refs", status=503, times=2)]
    assert content(git, server, MAIN) == b"1"
    assert clock.slept == [1.0, 2.0]


def test_a_server_that_refuses_is_not_asked_again(git: ForeignGit, server: GitServer, clock: Clock) -> None:
    server.faults = [Fault("info/refs", status=403, times=9)]
    for _ in range(2):
        with pytest.raises(UnavailableError, match="give credentials for its host"):
            content(git, server, MAIN)
    assert (len(server.requests), clock.slept) == (1, [])
    # Another repository of that host may be open to all.
    assert git.silent == {}


def test_an_address_without_its_ending_is_asked_with_it(git: ForeignGit, server: GitServer, other: GitRepo) -> None:
    other.path.rename(other.path.with_name("charts.git"))
    server.faults = [Fault("org/charts/", status=301, times=99)]
    assert content(git, server, MAIN) == b"1"
    assert [one.partition("?")[0] for one in server.requests if one.startswith("GET")][:2] == [
        "GET /org/charts/info/refs",
        "GET /org/charts.git/info/refs",
    ]
    server.faults = [Fault("org/charts", status=301, times=99)]
    with pytest.raises(UnavailableError, match="301"):
        git.tree(f"{server.url}/org/charts", Reference(name="refs/heads/other"))


def test_a_host_that_does_not_answer_is_asked_once(git: ForeignGit) -> None:
    for name, said in (("a", "Failed to connect|Could not connect"), ("b", "was not asked for")):
        with pytest.raises(UnavailableError, match=said):
            git.tree(f"http://127.0.0.1:1/org/{name}", MAIN)


def test_a_server_that_breaks_off_is_said(git: ForeignGit, server: GitServer) -> None:
    server.faults = [Fault("git-upload-pack", times=99)]
    with pytest.raises(UnavailableError, match="org/charts"):
        content(git, server, MAIN)


def test_a_commit_that_is_too_large_is_not_taken(
    git: ForeignGit, server: GitServer, other: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_fetching, "MAX_PACK", 1 << 20)
    other.commit({"large": os.urandom(3 << 20)})
    assert content(git, server, MAIN) == b"1"
    with pytest.raises(UnavailableError, match="more than 1 MiB"):
        content(git, server, MAIN, "large")
    assert content(git, server, MAIN, "folder/b") == b"2"


def test_a_commit_whose_folders_unfold_without_end_is_not_listed(
    git: ForeignGit, server: GitServer, other: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_fetching, "_MAX_LISTING", 1 << 20)
    tree = other.git("rev-parse", "HEAD^{tree}")
    for _ in range(8):
        tree = other.git("mktree", stdin="".join(f"040000 tree {tree}\t{i}\n" for i in range(10)).encode())
    other.git("update-ref", "refs/heads/main", other.commit_tree(tree))
    with pytest.raises(UnavailableError, match=r"has more files than are listed \(1 MiB of names\)$"):
        content(git, server, MAIN)


def test_a_small_pack_that_unfolds_to_a_large_file_takes_little_memory(
    git: ForeignGit, server: GitServer, other: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.commit({"large": b"\0" * (200 << 20)}, checkout=False)
    plain = git_fetching._limited()
    bounded = (*plain[:2], plain[2].replace("&&", f"&& ulimit -v {150 << 10} &&"), *plain[3:])
    monkeypatch.setattr(git_fetching, "_limited", lambda: bounded)
    with pytest.raises(UnavailableError, match="larger than any chart's"):
        content(git, server, MAIN, "large")


def test_a_server_that_takes_too_long_is_given_up(
    git: ForeignGit, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_fetching, "SECONDS", 0.001)
    with pytest.raises(UnavailableError, match="not done within"):
        content(git, server, MAIN)


def test_several_threads_share_one_repository(git: ForeignGit, server: GitServer) -> None:
    with ThreadPoolExecutor(8) as executor:
        found = list(executor.map(lambda path: content(git, server, MAIN, path), ["a", "folder/b"] * 8))
    assert found == [b"1", b"2"] * 8
    assert len([one for one in server.requests if one.startswith("GET")]) <= 4


def test_the_machine_says_which_authorities_are_trusted(
    git: ForeignGit, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = server_certificate("127.0.0.1")
    for name, text in (("authority", made.authority), ("server", made.certificate + made.key)):
        (tmp_path / name).write_text(text, encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server")
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    end = server._server.shutdown_request

    def ended(request: Any) -> None:
        # Some clients take it for an attack if nobody says that this was all.
        with suppress(OSError):
            request.unwrap()
        end(request)

    monkeypatch.setattr(server._server, "shutdown_request", ended)
    server.url = server.url.replace("http://", "https://")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(UnavailableError, match="certificate"):
        content(git, server, MAIN)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority"))
    assert content(foreign(tmp_path, Clock()), server, MAIN) == b"1"


def test_what_was_fetched_is_gone_afterwards_and_comes_again(git: ForeignGit, server: GitServer) -> None:
    assert content(git, server, MAIN) == b"1"
    git.close()
    assert content(git, server, MAIN, "folder/b") == b"2"
