"""Git is read from its objects only, and whatever is wrong with a repository is said clearly."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters import git as adapter
from gitops_action.adapters import git_calls, git_objects, git_opening
from gitops_action.adapters.git import Repository
from gitops_action.errors import GitOpsError, ToolFailedError, ToolMissingError, UsageError
from gitops_action.model import Finding
from gitops_action.repository.tree import ChangedFile, ChangeStatus, EntryKind
from tests.gitrepo import GitRepo, Link, Submodule, git, init

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init(tmp_path / "repo")


def read_all(repository: Repository, revision: str = "HEAD") -> Mapping[str, bytes | Finding]:
    tree = repository.tree(revision)
    return dict(tree.read(tree.entries))


def finding(value: object) -> Finding:
    assert isinstance(value, Finding)
    return value


# What kinds of repository there are


def test_reads_a_revision_and_not_the_work_tree(repo: GitRepo) -> None:
    first = repo.commit({"a.yaml": "kind: A\n", "apps/b.yaml": "kind: B\n"})
    repo.commit({"a.yaml": "kind: C\n"})
    (repo.path / "a.yaml").write_text("dirty")
    (repo.path / "untracked.yaml").write_text("untracked")
    with Repository.open(repo.path) as repository:
        assert read_all(repository, first) == {"a.yaml": b"kind: A\n", "apps/b.yaml": b"kind: B\n"}
        assert read_all(repository) == {"a.yaml": b"kind: C\n", "apps/b.yaml": b"kind: B\n"}
        assert repository.tree("HEAD").name == repo.commits[-1]


def test_bare_and_sha256(tmp_path: Path) -> None:
    for object_format, length in (("sha1", 40), ("sha256", 64)):
        repo = init(tmp_path / object_format, bare=True, object_format=object_format)  # type: ignore[arg-type] # of two
        first = repo.commit({"a.yaml": "1"})
        second = repo.commit({"a.yaml": "2"})
        with Repository.open(repo.path) as repository:
            assert repository.is_bare
            assert len(repository.resolve("main")) == length
            assert read_all(repository) == {"a.yaml": b"2"}
            assert repository.changed(first, second) == [ChangedFile("a.yaml", ChangeStatus.MODIFIED)]
            assert repository.parents("main") == (first,)


def test_linked_work_tree_and_subfolder(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit({"a.yaml": "1", "apps/b.yaml": "2"})
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    for place in (tmp_path / "linked", repo.path / "apps", repo.path / ".git"):
        with Repository.open(place) as repository:
            assert read_all(repository) == {"a.yaml": b"1", "apps/b.yaml": b"2"}


def test_changed_is_relative_to_the_root_also_from_a_subfolder(repo: GitRepo) -> None:
    repo.commit({"a.yaml": "1", "apps/b.yaml": "2"})
    repo.git("config", "diff.relative", "true")
    repo.commit({"a.yaml": "2", "apps/b.yaml": "3"})
    with Repository.open(repo.path / "apps") as repository:
        assert [change.path for change in repository.changed("HEAD~1", "HEAD")] == ["a.yaml", "apps/b.yaml"]


def test_another_users_repository_is_trusted_where_it_is_named(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a.yaml": "1", "apps/b.yaml": "2"})
    environment = git_calls.environment

    def of_another_user(path: Path) -> dict[str, str]:
        return {**environment(path), "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}

    for module in (adapter, git_opening):
        monkeypatch.setattr(module, "environment", of_another_user)
    with Repository.open(repo.path) as repository:
        assert read_all(repository)["a.yaml"] == b"1"
    with pytest.raises(UsageError, match="of another user; name that repository's top folder"):
        Repository.open(repo.path / "apps")


def test_shallow(repo: GitRepo, tmp_path: Path) -> None:
    first = repo.commit({"a.yaml": "1"})
    repo.commit({"a.yaml": "2"})
    with Repository.open(repo.clone(tmp_path / "shallow", "--depth=1")) as repository:
        assert repository.is_shallow
        assert read_all(repository) == {"a.yaml": b"2"}
        with pytest.raises(UsageError, match=r"unknown revision .*this clone is shallow.*fetch-depth: 0"):
            repository.resolve(first)
        # The commit says who its parent is, though it is not here.
        assert repository.parents("HEAD") == (first,)


def test_merge_base_in_a_shallow_clone_is_not_guessed(repo: GitRepo, tmp_path: Path) -> None:
    root = repo.commit({"a.yaml": "1"})
    main = repo.commit({"a.yaml": "2"})
    repo.branch("topic", root)
    topic = repo.commit({"b.yaml": "3"})
    with Repository.open(repo.path) as repository:
        assert not repository.is_shallow
        assert repository.merge_base("main", "topic") == root
        assert repository.merge_base(main, "main") == main
    clone = repo.clone(tmp_path / "shallow", "--depth=1", "--no-single-branch")
    with Repository.open(clone) as repository, pytest.raises(GitOpsError, match=r"no common ancestor.*fetch-depth: 0"):
        repository.merge_base("origin/main", topic)


def test_unrelated_histories_have_no_merge_base(repo: GitRepo) -> None:
    repo.commit({"a.yaml": "1"})
    other = repo.commit_tree(repo.git("rev-parse", "HEAD^{tree}"), message="another root")
    with Repository.open(repo.path) as repository:
        assert repository.merge_base("HEAD", other) is None
        assert repository.parents(other) == ()


def test_partial_clone_reads_what_it_has_and_names_what_it_lacks(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit({"a.yaml": "1", "b.yaml": "2", "apps/c.yaml": "3"})
    clone = repo.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    here = git(clone, "rev-parse", "HEAD:b.yaml")
    git(clone, "cat-file", "-p", here)  # fetches this one
    with Repository.open(clone) as repository:
        contents = read_all(repository)
        assert contents["b.yaml"] == b"2"
        for path in ("a.yaml", "apps/c.yaml"):
            assert finding(contents[path]).code == "file-unreadable"
            assert "not in this partial clone" in finding(contents[path]).message
    # Nothing was fetched behind the user's back.
    assert len(git(clone, "rev-list", "--objects", "--missing=print", "HEAD").split("?")) == 3


def test_partial_clone_still_has_a_size_limit(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit({"a.yaml": "1", "big.yaml": "x" * 5000, "c.yaml": "3"})
    clone = repo.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    for path in ("big.yaml", "c.yaml"):
        git(clone, "cat-file", "-p", f"HEAD:{path}")
    with Repository.open(clone, max_bytes=100) as repository:
        contents = read_all(repository)
        assert repository.tree("HEAD").entries["big.yaml"].size == -1
    assert "5,000 bytes" in finding(contents["big.yaml"]).message
    assert contents["c.yaml"] == b"3"


# Revisions


@pytest.mark.parametrize("revision", ["HEAD", "main", "HEAD~0", "v1", "light", "refs/heads/main"])
def test_resolves(repo: GitRepo, revision: str) -> None:
    commit = repo.commit({"a.yaml": "1"})
    repo.git("tag", "-a", "v1", "-m", "annotated")
    repo.git("tag", "light")
    with Repository.open(repo.path) as repository:
        assert repository.resolve(revision) == commit
        assert repository.resolve(commit[:10]) == commit


@pytest.mark.parametrize("revision", ["", "--all", "-h", "--output=/tmp/x", "a\nb", "a\0b", "\x1b[31m"])
def test_refuses_what_is_no_revision(repo: GitRepo, revision: str) -> None:
    repo.commit({"a.yaml": "1"})
    with Repository.open(repo.path) as repository, pytest.raises(UsageError, match="is not a revision"):
        repository.resolve(revision)


@pytest.mark.parametrize(
    "revision", ["nowhere", "1" * 40, "HEAD..HEAD", "HEAD:a.yaml", "HEAD^{tree}", "HEAD~7", "^HEAD"]
)
def test_unknown_revision(repo: GitRepo, revision: str) -> None:
    repo.commit({"a.yaml": "1"})
    with Repository.open(repo.path) as repository, pytest.raises(UsageError, match="unknown revision"):
        repository.resolve(revision)


def test_empty_repository(repo: GitRepo) -> None:
    with Repository.open(repo.path) as repository, pytest.raises(UsageError, match="has no commits yet"):
        repository.tree("HEAD")


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(init(tmp_path / "elsewhere").path / ".git"))
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match="plain is not a Git repository"):
        Repository.open(tmp_path / "plain")
    with pytest.raises(UsageError, match="absent is not a folder"):
        Repository.open(tmp_path / "absent")


def fake_git(folder: Path, script: str) -> None:
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_git_is_missing_or_too_old(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(ToolMissingError, match=r"cannot run git: not found; install Git 2\.32 or newer"):
        Repository.open(repo.path)
    fake_git(programs, "echo git version 2.17.1")
    with pytest.raises(ToolMissingError, match=r"this is Git 2\.17; install Git 2\.32 or newer"):
        Repository.open(repo.path)
    fake_git(programs, "echo hello")
    with pytest.raises(ToolMissingError, match="not a version of Git"):
        Repository.open(repo.path)


# What lies in a tree


def test_links_submodules_and_modes(repo: GitRepo) -> None:
    repo.commit({"a.yaml": "1", "link": Link("a.yaml"), "sub": Submodule()}, checkout=False)
    with Repository.open(repo.path) as repository:
        tree = repository.tree("HEAD")
        assert {path: entry.kind for path, entry in tree.entries.items()} == {
            "a.yaml": EntryKind.FILE,
            "link": EntryKind.SYMLINK,
            "sub": EntryKind.SUBMODULE,
        }
        contents = dict(tree.read(["sub", "link"]))
        assert contents["link"] == b"a.yaml"
        assert "submodule" in finding(contents["sub"]).message


AWKWARD = [
    "new\nline.yaml",
    "tab\t.yaml",
    " leading",
    'quo"te.yaml',
    "-rf",
    "ünïcode.yaml",
    "a\\x41.yaml",
    "%s",
    "$(id)",
]


def test_awkward_names(repo: GitRepo) -> None:
    repo.commit({name: name for name in AWKWARD}, checkout=False)
    repo.commit({name: f"{name}!" for name in AWKWARD}, checkout=False)
    with Repository.open(repo.path) as repository:
        assert read_all(repository) == {name: f"{name}!".encode() for name in AWKWARD}
        assert list(repository.tree("HEAD").entries) == sorted(AWKWARD)
        assert {change.path for change in repository.changed("HEAD~1", "HEAD")} == set(AWKWARD)


def test_a_name_that_is_not_utf8_is_a_finding(repo: GitRepo) -> None:
    repo.commit({b"bad\xff.yaml": "1", "good.yaml": "2", "caf\\xe9.yaml": "3", b"caf\xe9.yaml": "4"}, checkout=False)
    with Repository.open(repo.path) as repository:
        contents = read_all(repository)
        assert contents["good.yaml"] == b"2"
        assert finding(contents["bad\\xff.yaml"]).code == "path-not-utf8"
        # Two names that read the same are both kept from being taken for the other.
        assert finding(contents["caf\\xe9.yaml"]).code == "path-not-utf8"
        for path in contents:
            path.encode()


def test_order_repetition_and_absence(repo: GitRepo) -> None:
    repo.commit({f"{number}.yaml": str(number) for number in range(300)}, checkout=False)
    wanted = [f"{number}.yaml" for number in reversed(range(300))] + ["none.yaml", "7.yaml", "7.yaml"]
    with Repository.open(repo.path) as repository:
        tree = repository.tree("HEAD")
        got = list(tree.read(wanted))
        assert [path for path, _ in got] == wanted
        assert finding(got[300][1]).code == "file-unreadable"
        assert got[301:] == [("7.yaml", b"7")] * 2
        assert list(tree.read([])) == []


def test_a_reader_that_stops_early_disturbs_no_other(repo: GitRepo) -> None:
    repo.commit({f"{number}.yaml": str(number) for number in range(300)}, checkout=False)
    with Repository.open(repo.path) as repository:
        tree = repository.tree("HEAD")
        first = tree.read(tree.entries)
        next(first)
        assert dict(tree.read(["5.yaml"])) == {"5.yaml": b"5"}
        assert len(list(first)) == 299


def test_threads_share_one_reader(repo: GitRepo) -> None:
    files = {f"{number}.yaml": f"{number}" * number for number in range(400)}
    repo.commit(files, checkout=False)
    wrong: list[str] = []
    with Repository.open(repo.path) as repository:
        tree = repository.tree("HEAD")

        def work() -> None:
            wrong.extend(path for path, data in tree.read(tree.entries) if data != files[path].encode())

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_file_over_the_limit_is_not_read(repo: GitRepo) -> None:
    repo.commit({"big.yaml": "x" * 1001, "edge.yaml": "x" * 1000, "empty.yaml": ""})
    with Repository.open(repo.path, max_bytes=1000) as repository:
        contents = read_all(repository)
    assert contents["edge.yaml"] == b"x" * 1000
    assert contents["empty.yaml"] == b""
    assert finding(contents["big.yaml"]).code == "file-too-large"
    assert "1,001 bytes, more than the limit of 1,000" in finding(contents["big.yaml"]).message


def test_hundred_megabytes_are_not_read(repo: GitRepo) -> None:
    repo.commit({"big.yaml": b"\0" * 100_000_000}, checkout=False)
    with Repository.open(repo.path) as repository:
        assert finding(read_all(repository)["big.yaml"]).code == "file-too-large"
        # Not even asked for.
        assert repository._objects._child is None


# What differs


def test_changed(repo: GitRepo) -> None:
    repo.commit({"stays": "1", "content": "1", "gone": "1", "moved": "a long line\n" * 9, "kind": "1", "mode": "1"})
    repo.commit({"content": "2", "gone": None, "moved": None, "renamed": "a long line\n" * 9, "kind": Link("stays")})
    repo.git("update-index", "--chmod=+x", "mode")
    repo.git("commit", "--quiet", "-m", "mode")
    with Repository.open(repo.path) as repository:
        assert repository.changed("HEAD~2", "HEAD") == [
            ChangedFile("content", ChangeStatus.MODIFIED),
            ChangedFile("gone", ChangeStatus.DELETED),
            ChangedFile("kind", ChangeStatus.MODIFIED),
            ChangedFile("moved", ChangeStatus.DELETED),
            ChangedFile("renamed", ChangeStatus.ADDED),
        ]
        assert repository.changed("HEAD", "HEAD") == []


# Faults


def damage(repo: GitRepo, path: str) -> str:
    name = repo.git("rev-parse", f"HEAD:{path}")
    stored = repo.path / ".git" / "objects" / name[:2] / name[2:]
    stored.chmod(stat.S_IRUSR | stat.S_IWUSR)
    stored.write_bytes(b"garbage")
    return name


def test_a_damaged_object_hides_no_other(repo: GitRepo) -> None:
    repo.commit({f"{number}.yaml": str(number) for number in range(10)})
    for path in ("3.yaml", "6.yaml"):
        damage(repo, path)
    with Repository.open(repo.path) as repository:
        contents = read_all(repository)
    bad = {path: value for path, value in contents.items() if isinstance(value, Finding)}
    assert {path: value.code for path, value in bad.items()} == dict.fromkeys(("3.yaml", "6.yaml"), "file-unreadable")
    assert contents["9.yaml"] == b"9"


def test_a_missing_object_hides_no_other(repo: GitRepo) -> None:
    repo.commit({"a.yaml": "1", "b.yaml": "2"})
    name = repo.git("rev-parse", "HEAD:a.yaml")
    (repo.path / ".git" / "objects" / name[:2] / name[2:]).unlink()
    with Repository.open(repo.path) as repository:
        contents = read_all(repository)
    assert finding(contents["a.yaml"]).code == "file-unreadable"
    assert contents["b.yaml"] == b"2"


def test_a_damaged_tree_is_a_clear_error(repo: GitRepo) -> None:
    repo.commit({"apps/a.yaml": "1"})
    damage(repo, "apps")
    with Repository.open(repo.path) as repository, pytest.raises(GitOpsError, match="cannot list the files of"):
        repository.tree("HEAD")


def test_the_helpers_death_is_survived_once(repo: GitRepo) -> None:
    repo.commit({"a.yaml": "1", "b.yaml": "2"})
    with Repository.open(repo.path) as repository:
        tree = repository.tree("HEAD")
        for paths in (["a.yaml"], ["a.yaml", "b.yaml"]):
            expected = dict(tree.read(paths))
            child = repository._objects._child
            assert child is not None
            os.kill(child._process.pid, signal.SIGKILL)
            assert dict(tree.read(paths)) == expected


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("kill -9 $$", "git was ended by signal 9 before it had answered"),
        ("echo no idea >&2; exit 1", "git ended with exit code 1 before it had answered: no idea"),
        ("echo hello", "git cat-file gave an unexpected answer: b'hello'"),
        ("exec sleep 60", "git gave no answer for 0.2 seconds"),
    ],
)
def test_a_helper_that_does_not_work_is_a_clear_error(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, message: str
) -> None:
    repo.commit({"a.yaml": "1", "b.yaml": "2"})
    programs = tmp_path / "programs"
    programs.mkdir()
    fake_git(programs, f'if [ "$1" = cat-file ]; then read line; {answer}; else exec {shutil.which("git")} "$@"; fi')
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(git_objects, "_ANSWER_SECONDS", 0.2 if "sleep" in answer else 20.0)
    with Repository.open(repo.path) as repository, pytest.raises(ToolFailedError, match=re.escape(message)):
        read_all(repository)


def test_close_ends_the_helper(repo: GitRepo) -> None:
    repo.commit({"a.yaml": "1"})
    repository = Repository.open(repo.path)
    read_all(repository)
    child = repository._objects._child
    assert child is not None
    repository.close()
    repository.close()
    assert child._process.returncode is not None


# Hostile repositories


def test_nothing_of_the_repository_runs(repo: GitRepo, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {witness}\ncat\n")
    program.chmod(0o755)
    repo.commit({"a.yaml": "1", ".gitattributes": "* filter=evil diff=evil\n"})
    repo.commit({"a.yaml": "2"})
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "diff.evil.textconv",
                "filter.evil.smudge", "filter.evil.clean", "core.askPass", "credential.helper"):  # fmt: skip
        repo.git("config", key, str(program))
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction"):
        (hooks / hook).symlink_to(program)
    with Repository.open(repo.path) as repository:
        assert read_all(repository)["a.yaml"] == b"2"
        assert [change.path for change in repository.changed("HEAD~1", "HEAD")] == ["a.yaml"]
        repository.merge_base("HEAD", "HEAD~1")
    assert not witness.exists()


def test_replaced_objects_are_not_believed(repo: GitRepo) -> None:
    repo.commit({"a.yaml": "1", "b.yaml": "2"})
    repo.git("replace", repo.git("rev-parse", "HEAD:a.yaml"), repo.git("rev-parse", "HEAD:b.yaml"))
    with Repository.open(repo.path) as repository:
        assert read_all(repository)["a.yaml"] == b"1"


def test_the_repository_stays_as_it_was(repo: GitRepo) -> None:
    repo.commit({"a.yaml": "1", "apps/b.yaml": "2"})
    repo.commit({"a.yaml": "2"})
    (repo.path / "a.yaml").write_text("staged")
    repo.git("add", "a.yaml")
    (repo.path / "a.yaml").write_text("dirty")
    before = snapshot(repo.path)
    with Repository.open(repo.path) as repository:
        read_all(repository)
        repository.changed("HEAD~1", "HEAD")
        repository.merge_base("HEAD~1", "HEAD")
        repository.parents("HEAD")
    assert snapshot(repo.path) == before


def snapshot(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file's modification time, inode and content, and every folder's modification time."""
    state = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        state[str(path.relative_to(root))] = (status.st_mtime_ns, status.st_ino, content)
    return state


# The files of a work tree


def listed(repo: GitRepo, *named: str, below: str = "") -> set[str]:
    with Repository.open(repo.path / below) as repository:
        return set(repository.work_tree_files(named))


def put(repo: GitRepo, *paths: str) -> None:
    for path in paths:
        (repo.path / path).parent.mkdir(parents=True, exist_ok=True)
        (repo.path / path).write_text("x")


IGNORED = ("node_modules/a/b.yaml", "node_modules/c.yaml", "apps/.env", "apps/secret.yaml")


@pytest.fixture
def work_tree(repo: GitRepo) -> GitRepo:
    repo.commit({".gitignore": "node_modules/\n.env\n", "apps/.gitignore": "secret.yaml\n", "apps/a.yaml": "1"})
    put(repo, *IGNORED, "apps/new.yaml", "new/deep/x.yaml")
    return repo


OWN = {".gitignore", "apps/.gitignore", "apps/a.yaml", "apps/new.yaml", "new/deep/x.yaml"}


def test_files_that_git_would_not_ignore(work_tree: GitRepo) -> None:
    assert listed(work_tree) == OWN
    # Staged or not makes no difference; a file that is gone may still be listed.
    work_tree.git("add", "new")
    (work_tree.path / "apps/a.yaml").unlink()
    assert listed(work_tree) == OWN


def test_what_is_tracked_counts_though_a_rule_would_ignore_it(work_tree: GitRepo) -> None:
    work_tree.git("add", "--force", "node_modules/c.yaml")
    assert listed(work_tree) == {*OWN, "node_modules/c.yaml"}


@pytest.mark.parametrize(
    ("named", "more"),
    [
        (["apps/secret.yaml"], {"apps/secret.yaml"}),
        (["node_modules"], {"node_modules/a/b.yaml", "node_modules/c.yaml"}),
        (["node_modules/a/"], {"node_modules/a/b.yaml"}),
        ([""], set(IGNORED)),
        (["."], set(IGNORED)),
        (["apps/a.yaml", "gone"], set()),
        # Nothing in a name is a pattern, or an option.
        (["*.yaml"], set()),
        ([":(glob)**"], set()),
        (["--ignored"], set()),
    ],
)
def test_what_is_named_is_always_taken(work_tree: GitRepo, named: list[str], more: set[str]) -> None:
    assert listed(work_tree, *named) == OWN | more


def test_below_a_folder_paths_are_relative_to_it(work_tree: GitRepo) -> None:
    assert listed(work_tree, below="apps") == {".gitignore", "a.yaml", "new.yaml"}
    assert listed(work_tree, "secret.yaml", below="apps") == {".gitignore", "a.yaml", "new.yaml", "secret.yaml"}


def test_rules_of_the_clone_count_and_those_of_this_user_do_not(
    work_tree: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work_tree.path / ".git/info/exclude").write_text("new\n")
    home = tmp_path / "home"
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/ignore").write_text("*.yaml\n")
    (home / ".gitconfig").write_text(f"[core]\n\texcludesFile = {home}/.config/git/ignore\n")
    monkeypatch.setenv("HOME", str(home))
    assert listed(work_tree) == OWN - {"new/deep/x.yaml"}


def test_odd_names(repo: GitRepo) -> None:
    names = ["new\nline.yaml", "tab\t.yaml", '"quoted".yaml', "é.yaml", "-dash.yaml", " .yaml"]
    put(repo, *names)
    (repo.path / os.fsdecode(b"latin\xe9.yaml")).write_text("x")
    # As the trees of revisions and of folders call it.
    assert listed(repo) == {*names, "latin\\xe9.yaml"}


def test_repositories_inside_are_others(work_tree: GitRepo) -> None:
    inner = init(work_tree.path / "new/inner")
    inner.commit({"x.yaml": "1"})
    assert listed(work_tree) == OWN
    sub = init(work_tree.path / "sub")
    sub.commit({"x.yaml": "1"})
    work_tree.git("add", "sub")
    assert "sub/x.yaml" not in listed(work_tree)
    assert listed(work_tree, below="sub") == {"x.yaml"}


def test_a_linked_work_tree_has_its_own_files(work_tree: GitRepo, tmp_path: Path) -> None:
    other = tmp_path / "linked"
    work_tree.git("worktree", "add", "--quiet", str(other))
    (other / "only-here.yaml").write_text("x")
    with Repository.open(other) as repository:
        assert repository.work_tree_files() == {".gitignore", "apps/.gitignore", "apps/a.yaml", "only-here.yaml"}


def test_before_the_first_commit(repo: GitRepo) -> None:
    put(repo, "a.yaml")
    assert listed(repo) == {"a.yaml"}


def test_without_a_work_tree(tmp_path: Path) -> None:
    bare = init(tmp_path / "bare", bare=True)
    with Repository.open(bare.path) as repository, pytest.raises(UsageError, match="no work tree"):
        repository.work_tree_files()


def test_listing_leaves_the_index_as_it_is(work_tree: GitRepo) -> None:
    index = work_tree.path / ".git/index"
    before = index.read_bytes(), index.stat().st_mtime_ns
    os.utime(work_tree.path / "apps/a.yaml", (1, 1))
    listed(work_tree, "")
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_listing_runs_nothing_of_the_repository(work_tree: GitRepo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n: > {ran}\n")
    program.chmod(0o755)
    for setting in ("core.fsmonitor", "core.pager", "core.editor", "filter.x.clean", "filter.x.smudge"):
        work_tree.git("config", setting, str(program))
    (work_tree.path / ".gitattributes").write_text("* filter=x\n")
    assert ".gitattributes" in listed(work_tree, "")
    assert not ran.exists()
