"""The pinned tools are built once, found again under all that they depend on, and a failure is one line that helps."""

from __future__ import annotations

import dataclasses
import os
import re
import threading
from pathlib import Path

import pytest

from tests.support import ROOT
from tools import build as builder
from tools.build import TOOLS, Cache, CannotBuildError, GoEnvironment, Tool, build, main

GO = """#!/bin/sh
echo "$PWD $CGO_ENABLED $GOWORK $*" >> "$GO_LOG"
case "$1" in
env) echo '{"GOVERSION": "'"${GO_VERSION:-go1.26.1}"'", "GOOS": "linux", "GOARCH": "amd64"}' ;;
build)
    if [ -n "$GO_FAILS" ]; then echo "$GO_FAILS" >&2; exit 1; fi
    for argument; do case "$argument" in -o=*) out=${argument#-o=} ;; esac; done
    mkdir -p "$(dirname "$out")"
    echo built > "$out"
    chmod +x "$out" ;;
esac
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Go that only notes what it is asked, and a cache of its own."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "go").write_text(GO)
    (programs / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("GO_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("GITOPS_TOOL_CACHE", str(tmp_path / "cache"))
    for name in ("GO_FAILS", "GO_VERSION"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "log"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """A tool whose module is in a folder of the test."""
    source = tmp_path / "tools" / "thing"
    source.mkdir(parents=True)
    (source / "go.mod").write_text(
        "module thing\n\nrequire (\n\texample.com/thing v1.2.3\n\texample.com/thing-x v9.9.9\n)\n"
    )
    (source / "go.sum").write_text("example.com/thing v1.2.3 h1:abc=\n")
    monkeypatch.setattr(builder, "HERE", tmp_path / "tools")
    return Tool(
        "thing", "thing", "example.com/thing/cmd", "example.com/thing", ("main.version={version}", "m={major}.{minor}")
    )


def builds(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if " build " in line] if log.exists() else []


# What is pinned


@pytest.mark.parametrize("pinned", TOOLS, ids=lambda it: it.name)
def test_each_tool_has_a_module_that_pins_it(pinned: Tool) -> None:
    assert re.fullmatch(r"v\d+\.\d+\.\d+\S*", pinned.version)
    sums = (pinned.source / "go.sum").read_text()
    assert f"{pinned.module} {pinned.version} h1:" in sums
    assert (pinned.source / "go.mod").read_text().count(f"{pinned.module} {pinned.version}") == 1


def test_each_module_is_some_tool_s() -> None:
    folders = {path.parent.name for path in (ROOT / "tools").glob("*/go.mod")}
    assert folders == {pinned.folder for pinned in TOOLS}
    assert len({pinned.name for pinned in TOOLS}) == len(TOOLS)


def test_the_version_reaches_the_program(tool: Tool) -> None:
    assert tool.version == "v1.2.3"
    assert tool.ldflags == "-s -w -X main.version=v1.2.3 -X m=1.2"


def test_a_module_that_does_not_require_its_tool(tool: Tool) -> None:
    other = dataclasses.replace(tool, module="example.com/other")
    with pytest.raises(CannotBuildError, match=r"does not require example\.com/other: run `go get` there"):
        _ = other.version


# The cache


def test_what_is_built_is_linked_and_found_again(tool: Tool, log: Path, tmp_path: Path) -> None:
    cache = Cache.of_this_user()
    binary = build(tool, cache)
    link = cache.bin / "thing"
    assert link.resolve() == binary
    assert binary.read_text() == "built\n"
    # From here the cache can be moved, as a whole.
    assert not link.readlink().is_absolute()
    assert build(tool, cache) == binary
    (call,) = builds(log)
    folder, cgo, workspace, arguments = call.split(" ", 3)
    assert (folder, cgo, workspace) == (str(tmp_path / "tools/thing"), "0", "off")
    assert arguments.startswith("build -mod=readonly -trimpath -buildvcs=false -ldflags=-s -w -X main.version=v1.2.3")
    assert arguments.endswith(" example.com/thing/cmd")
    assert not list(cache.root.glob("builds/.*"))


@pytest.mark.parametrize("what", ["go.mod", "go.sum", "main.go", "version of Go"])
def test_whatever_it_depends_on_makes_it_another(
    tool: Tool, log: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache.of_this_user()
    first = build(tool, cache)
    if what == "version of Go":
        monkeypatch.setenv("GO_VERSION", "go1.27.0")
    else:
        with (tool.source / what).open("a") as file:
            file.write("// another\n")
    second = build(tool, cache)
    assert second != first
    assert len(builds(log)) == 2
    # The old one stays for other clones; the link is the newest.
    assert first.exists()
    assert (cache.bin / "thing").resolve() == second


def test_two_at_once_build_once(tool: Tool, log: Path) -> None:
    cache = Cache.of_this_user()
    threads = [threading.Thread(target=build, args=(tool, cache)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds(log)) == 1
    assert (cache.bin / "thing").exists()


@pytest.mark.parametrize(
    ("set_to", "expected"),
    [
        ({"GITOPS_TOOL_CACHE": "/somewhere"}, "/somewhere"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/gitops-action"),
        ({"HOME": "/home/me"}, "/home/me/.cache/gitops-action"),
    ],
)
def test_the_cache_is_where_the_product_looks(
    set_to: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gitops_action.adapters.processes import tool_cache  # noqa: PLC0415 - the two are not to import each other

    for name in ("GITOPS_TOOL_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    assert Cache.of_this_user().root == tool_cache() == Path(expected)


# What goes wrong


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        ("go: x: dial tcp: lookup proxy: no such host", "cannot download the modules of thing: "),
        ("go: x: Get: proxyconnect tcp: i/o timeout", "cannot download the modules of thing: "),
        (
            "first\nmain.go:3:1: syntax error",
            "cannot build thing: main.go:3:1: syntax error; `go build example.com/thing/cmd`",
        ),
        ("", "no message"),
    ],
)
def test_a_failure_is_one_line_and_leaves_nothing(
    tool: Tool, log: Path, stderr: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GO_FAILS", stderr or " ")
    cache = Cache.of_this_user()
    with pytest.raises(CannotBuildError) as caught:
        build(tool, cache)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(cache.root.glob("builds/*"))
    assert not (cache.bin / "thing").exists()
    # The next try is not in its way.
    monkeypatch.delenv("GO_FAILS")
    build(tool, cache)
    assert len(builds(log)) == 2


def test_without_go(tool: Tool, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(CannotBuildError, match=r"install Go 1\.26 or newer"):
        GoEnvironment.find(tool.source)
    assert not log.exists()


def test_a_go_that_does_not_run(tool: Tool, log: Path) -> None:
    go = log.parent / "programs/go"
    go.write_text("#!/bin/sh\necho 'toolchain not available' >&2\nexit 1\n")
    with pytest.raises(CannotBuildError, match=r"Go does not run in .*: toolchain not available"):
        GoEnvironment.find(tool.source)


# The command


@pytest.fixture
def one(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command know of this one tool only."""
    monkeypatch.setattr(builder, "TOOLS", (tool,))


@pytest.mark.usefixtures("one")
def test_the_command(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert re.match(r"thing +v1\.2\.3 +absent +/", capsys.readouterr().out)
    assert main(["--path"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/cache/bin\n"
    assert builds(log) == []
    assert main(["thing", "--into", str(tmp_path / "image/bin")]) == 0
    said = capsys.readouterr()
    # The program's data is on standard output; how it goes is not data.
    assert (said.out, "building thing v1.2.3" in said.err) == ("", True)
    copy = tmp_path / "image/bin/thing"
    assert not copy.is_symlink()
    assert os.access(copy, os.X_OK)
    assert main(["--list"]) == 0
    assert " built " in capsys.readouterr().out


@pytest.mark.usefixtures("one", "log")
def test_the_command_fails_with_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GO_FAILS", "main.go:1: no")
    assert main([]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("build.py: cannot build thing: main.go:1: no")
    with pytest.raises(SystemExit) as caught:
        main(["nothing"])
    assert caught.value.code == 2
    assert "no such tool: nothing" in capsys.readouterr().err


def test_the_go_that_is_asked_is_the_module_s(tool: Tool, log: Path) -> None:
    """go.mod may select another toolchain, which only shows inside of its folder."""
    found = GoEnvironment.find(tool.source)
    assert found.identity == ("go1.26.1", "linux", "amd64")
    assert log.read_text().startswith(str(tool.source))
