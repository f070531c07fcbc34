"""The runner's inputs, event, outputs, summary and log."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_action.adapters.runner import SUMMARY_LIMIT, Runner
from gitops_action.adapters.runner_event import Event, Revisions, read_event, revisions
from gitops_action.errors import GitOpsError, UsageError
from tests.unit.adapters.runner_model import obeyed, outputs

BASE, HEAD, MERGE, TIP = "b" * 40, "a" * 40, "c" * 40, "d" * 40
ANY = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n:#[]=<"))


def in_actions(out: io.StringIO | None = None, **env: str) -> Runner:
    return Runner({"GITHUB_ACTIONS": "true", **env}, out or io.StringIO())


# Inputs


def test_inputs_keep_their_hyphens_and_lose_their_blanks() -> None:
    inputs = in_actions(None, **{"INPUT_FAIL-ON": " warning\n", "INPUT_REPO": "", "INPUT_TWO_WORDS": "x"}).inputs
    assert inputs.text("fail-on") == "warning"
    assert inputs.text("repo", "fallback") == "fallback"
    assert inputs.text("absent") == ""
    assert inputs.text("two words") == "x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), (" FALSE ", False)],
)
def test_booleans(text: str, expected: object) -> None:
    assert in_actions(INPUT_ALL=text).inputs.flag("all", default=not expected) is expected


@pytest.mark.parametrize("text", ["yes", "no", "1", "0", "on", "tRUE", "truefalse", "null"])
def test_what_is_no_boolean_is_said_so(text: str) -> None:
    with pytest.raises(UsageError, match=f"`all` must be true or false, not '{text}'"):
        in_actions(INPUT_ALL=text).inputs.flag("all")


def test_an_empty_boolean_is_its_default() -> None:
    assert in_actions(INPUT_ALL="").inputs.flag("all", default=True) is True
    assert in_actions().inputs.flag("all") is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("schema", ["schema"]),
        ("schema, kubeconform", ["schema", "kubeconform"]),
        ("\n  apps\r\n\n  infra/base ,clusters,\n", ["apps", "infra/base", "clusters"]),
        (" ,\n, ", []),
    ],
)
def test_lists(text: str, expected: list[str]) -> None:
    assert in_actions(INPUT_PATHS=text).inputs.entries("paths") == expected


# Outputs


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True), ANY, min_size=1, max_size=4))
def test_the_runner_reads_back_every_output(tmp_path: Path, values: dict[str, str]) -> None:
    file = tmp_path / "output"
    file.write_bytes(b"")
    runner = in_actions(GITHUB_OUTPUT=str(file))
    for name, value in values.items():
        runner.set_output(name, value)
    assert outputs(file.read_bytes()) == values


def test_a_value_cannot_end_its_own_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = iter(["aa", "bb", "bb"])
    monkeypatch.setattr("secrets.token_hex", lambda _size: next(words))
    file = tmp_path / "output"
    runner = in_actions(GITHUB_OUTPUT=str(file))
    runner.set_output("result", "x\ngitops-aa\nadmin=true")
    runner.set_output("other", "y")
    assert outputs(file.read_bytes()) == {"result": "x\ngitops-aa\nadmin=true", "other": "y"}


@pytest.mark.parametrize("name", ["", "a=b", "a\nb", "a<<b", "1a", "a b"])
def test_a_name_cannot_smuggle_an_output(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        in_actions(GITHUB_OUTPUT=str(tmp_path / "output")).set_output(name, "x")


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(GitOpsError, match="cannot write"):
        in_actions(GITHUB_OUTPUT=str(tmp_path / "no" / "folder")).set_output("result", "x")


def test_an_output_with_half_a_surrogate_pair(tmp_path: Path) -> None:
    file = tmp_path / "output"
    in_actions(GITHUB_OUTPUT=str(file)).set_output("result", "a\udcffb")
    assert outputs(file.read_bytes()) == {"result": "a?b"}


# Summary


def test_the_summary_grows_and_what_was_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_text("# before\n")
    runner = in_actions(GITHUB_STEP_SUMMARY=str(file))
    assert runner.add_summary("one") is True
    assert runner.add_summary("two\n") is True
    assert file.read_text() == "# before\none\ntwo\n"


def test_the_summary_takes_exactly_a_mebibyte(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    runner = in_actions(GITHUB_STEP_SUMMARY=str(file))
    assert runner.add_summary("é" * (SUMMARY_LIMIT // 2 - 1) + "x") is True
    assert file.stat().st_size == SUMMARY_LIMIT
    assert runner.add_summary("") is False
    assert file.stat().st_size == SUMMARY_LIMIT


def test_too_long_a_summary_is_said_not_cut(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    runner = in_actions(GITHUB_STEP_SUMMARY=str(file))
    runner.add_summary("kept")
    assert runner.add_summary("x" * SUMMARY_LIMIT) is False
    text = file.read_text()
    assert text.startswith("kept\n")
    assert "longer than GitHub shows" in text
    assert "xx" not in text


# The log


@given(ANY)
def test_untrusted_text_commands_nothing_and_is_all_there(text: str) -> None:
    out = io.StringIO()
    runner = in_actions(out)
    runner.command("notice", "before")
    runner.log(text)
    runner.command("notice", "after")
    assert obeyed(out.getvalue()) == [("notice", {}, "before"), ("notice", {}, "after")]
    assert text in out.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "::set-env name=PATH::/tmp",
        "fine\r::error::not mine",
        "   \u00a0::warning::x",
        "x ##[error]y",
        "::stop-commands::forever",
        "::add-mask::a",
    ],
)
def test_known_tricks(text: str) -> None:
    out = io.StringIO()
    in_actions(out).log(text)
    assert obeyed(out.getvalue()) == []
    assert obeyed(text) != [] or "stop-commands" in text  # the trick would have worked


def test_ordinary_text_is_not_fenced() -> None:
    out = io.StringIO()
    in_actions(out).log("apps/a.yaml:3: error: no such field")
    assert out.getvalue() == "apps/a.yaml:3: error: no such field\n"


def test_groups_close_when_something_breaks() -> None:
    out = io.StringIO()
    runner = in_actions(out)
    with pytest.raises(ValueError, match="x"), runner.group("staging\n::error::x"):
        raise ValueError("x")
    assert out.getvalue() == "::group::staging%0A::error::x\n::endgroup::\n"


def test_a_mask_is_one_line_and_never_empty() -> None:
    out = io.StringIO()
    runner = in_actions(out)
    runner.mask(" ")
    runner.mask("two\nlines")
    assert obeyed(out.getvalue()) == [("add-mask", {}, "two\nlines")]


def test_outside_of_actions_it_is_plain_text() -> None:
    out = io.StringIO()
    runner = Runner({}, out)
    with runner.group("staging"):
        runner.command("error", "no such field", file="a.yaml", line=3, title="x")
        runner.command("endgroup")
        runner.log("::error::from a manifest")
    runner.mask("secret")
    runner.set_output("result", "passed")
    assert runner.add_summary("# hello") is True
    assert out.getvalue() == "staging\nerror: a.yaml:3: no such field\n::error::from a manifest\nresult=passed\n"
    assert runner.event() is None


def test_a_log_that_knows_no_unicode() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    in_actions(out).log("naïve \udcff")  # type: ignore[arg-type]
    assert raw.getvalue() == b"na?ve ?\n"


# Paths


def test_paths_start_from_the_workspace_and_leave_it_relative(tmp_path: Path) -> None:
    runner = in_actions(GITHUB_WORKSPACE=str(tmp_path))
    assert runner.resolve("out/report.json") == tmp_path / "out" / "report.json"
    assert runner.resolve("/elsewhere") == Path("/elsewhere")
    assert runner.outside(tmp_path / "out" / "report.json") == "out/report.json"
    assert runner.outside(Path("/elsewhere/report.json")) == "/elsewhere/report.json"
    assert Runner({}, io.StringIO()).workspace == Path.cwd()


# Events


def pull_request(**changes: Any) -> dict[str, Any]:
    repository = {"full_name": "octo/fleet"}
    payload: dict[str, Any] = {
        "action": "synchronize",
        "repository": repository,
        "pull_request": {
            "number": 7,
            "base": {"sha": BASE, "repo": repository},
            "head": {"sha": HEAD, "repo": repository},
        },
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = payload
        for key in parents:
            target = target[key]
        target[last] = value
    return payload


def read(tmp_path: Path, payload: Any, **env: str) -> Event:
    file = tmp_path / "event.json"
    file.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return read_event(file, env)


def test_a_pull_request(tmp_path: Path) -> None:
    env = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REPOSITORY": "octo/fleet", "GITHUB_REF": "refs/pull/7/merge",
           "GITHUB_SHA": MERGE}  # fmt: skip
    assert read(tmp_path, pull_request(), **env) == Event(
        "pull_request", "synchronize", "octo/fleet", "refs/pull/7/merge", MERGE, 7, BASE, HEAD, is_fork=False
    )


@pytest.mark.parametrize(
    ("source", "is_fork"),
    [
        ({"full_name": "octo/fleet"}, False),
        ({"full_name": "Octo/Fleet"}, False),
        ({"full_name": "someone/fleet"}, True),
        (None, True),
    ],
)
def test_forks_are_told_by_their_repository(tmp_path: Path, source: Any, is_fork: object) -> None:
    assert read(tmp_path, pull_request(pull_request__head__repo=source)).is_fork is is_fork


def test_events_are_told_by_their_content_where_nobody_names_them(tmp_path: Path) -> None:
    group = {"merge_group": {"base_sha": BASE, "head_sha": HEAD}}
    push = {"ref": "refs/heads/main", "before": BASE, "after": HEAD, "repository": {"full_name": "octo/fleet"}}
    assert read(tmp_path, pull_request()).name == "pull_request"
    assert read(tmp_path, group) == Event("merge_group", base_sha=BASE, head_sha=HEAD)
    assert read(tmp_path, push) == Event(
        "push", repository="octo/fleet", ref="refs/heads/main", base_sha=BASE, head_sha=HEAD
    )
    assert read(tmp_path, {"inputs": None, "ref": "refs/heads/main"}).name == "workflow_dispatch"
    assert read(tmp_path, {"schedule": "0 0 * * *"}, GITHUB_EVENT_NAME="schedule").name == "schedule"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a JSON object"),
        (pull_request(pull_request__number="7"), "pull_request.number"),
        (pull_request(pull_request__number=True), "pull_request.number"),
        (pull_request(pull_request__number=-7), "pull_request.number"),
        (pull_request(pull_request__head__sha="--upload-pack=x"), "pull_request.head.sha"),
        (pull_request(pull_request__head__sha=HEAD + "\n"), "pull_request.head.sha"),
        (pull_request(pull_request__base__sha=HEAD[:7]), "pull_request.base.sha"),
        (pull_request(pull_request__base=None), "pull_request.base.sha"),
        (pull_request(pull_request=[]), "pull_request"),
        ({"merge_group": {"head_sha": HEAD}}, "merge_group.base_sha"),
        ({"before": 0, "after": HEAD}, "before"),
    ],
)
def test_a_malformed_event_says_what_is_wrong(tmp_path: Path, payload: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        read(tmp_path, payload)
    assert "event.json" in str(caught.value)


def test_a_missing_event_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_event(tmp_path / "none.json", {})


def test_an_event_file_of_ones_own_is_about_another_event(tmp_path: Path) -> None:
    jobs, own = tmp_path / "job.json", tmp_path / "own.json"
    jobs.write_text(json.dumps({"ref": "refs/heads/main"}))
    own.write_text(json.dumps(pull_request()))
    runner = in_actions(GITHUB_EVENT_PATH=str(jobs), GITHUB_EVENT_NAME="workflow_dispatch", GITHUB_SHA=TIP)
    for path, name in ((None, "workflow_dispatch"), (jobs, "workflow_dispatch"), (own, "pull_request")):
        event = runner.event(path)
        assert event is not None
        assert event.name == name


# Revisions


PULL = Event("pull_request", pull_request=7, base_sha=BASE, head_sha=HEAD)


@pytest.mark.parametrize(
    ("event", "parents", "expected"),
    [
        # The merge that actions/checkout leaves: what would really come in, and the base may be newer than the event's.
        (PULL, [TIP, HEAD], Revisions(TIP, MERGE)),
        # The head itself, or a merge of something else, was checked out.
        (PULL, [BASE], Revisions(BASE, HEAD)),
        (PULL, [HEAD, TIP], Revisions(BASE, HEAD)),
        (PULL, [TIP, BASE], Revisions(BASE, HEAD)),
        (PULL, [TIP, HEAD, BASE], Revisions(BASE, HEAD)),
        (PULL, [], Revisions(BASE, HEAD)),
        (Event("merge_group", base_sha=BASE, head_sha=HEAD), [BASE, TIP], Revisions(BASE, HEAD)),
        (Event("push", base_sha=BASE, head_sha=HEAD), [BASE], Revisions(BASE, HEAD)),
        (Event("push", head_sha=HEAD), [BASE], Revisions(None, HEAD)),
        (Event("push", base_sha=BASE), [], Revisions(BASE, MERGE)),
        (Event("workflow_dispatch"), [BASE], Revisions(None, MERGE)),
        (Event("schedule"), [BASE], Revisions(None, MERGE)),
    ],
)
def test_what_is_compared(event: Event, parents: list[str], expected: Revisions) -> None:
    assert revisions(event, MERGE, parents) == expected


def test_a_new_branch_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    event = read(tmp_path, {"before": "0" * 40, "after": HEAD})
    assert revisions(event, HEAD, []) == Revisions(None, HEAD)
