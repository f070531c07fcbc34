"""What people read of image updates: the pull request, whatever is in names and files, and within what GitHub takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cmarkgfm  # type: ignore[import-untyped]  # it comes without types
from hypothesis import given
from jsonschema import Draft202012Validator

from gitops_action.config.images import By, Choice
from gitops_action.images.decisions import Action, Decision
from gitops_action.images.outcome import Outcome
from gitops_action.images.plan import Looked, Plan, Proposal, record
from gitops_action.images.policies import Policy
from gitops_action.images.references import parse_repository
from gitops_action.images.uses import Part, Slot, Use
from gitops_action.model import Finding, Location, Severity
from gitops_action.report import images_text
from gitops_action.report.images import body
from gitops_action.report.pull_requests import LONGEST
from tests.support import ROOT
from tests.unit.report.hostile import HOSTILE

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

BEFORE = b"kind: Deployment\nspec:\n  image: ghcr.io/acme/web:1.0.0\n  replicas: 2\n"
AFTER = BEFORE.replace(b"1.0.0", b"1.2.0")


def decision(file: str = "apps/web/x.yaml", line: int = 3, image: str = "ghcr.io/acme/web", **more: object) -> Decision:
    slot = Slot(("spec", "image"), Part.IMAGE, f"{image}:1.0.0", Location(file, line, 10))
    use = Use(file, 0, (slot,), image, object="Deployment/web", path="spec.image")
    given = {"old": "1.0.0", "new": "1.2.0", "newer": ("1.1.0", "1.2.0"), "environment": "staging", "component": "web"}
    return Decision(use, "n:web", Action.UPDATE, **{**given, **more})  # type: ignore[arg-type]


def proposal(*updates: Decision, changes: dict[str, bytes | None] | None = None) -> Proposal:
    return Proposal("images/n.web", "n:web", updates, changes if changes is not None else {"apps/web/x.yaml": AFTER})


def test_the_pull_request(snapshot: SnapshotAssertion) -> None:
    text = body(
        proposal(decision()), lambda _: BEFORE, introduction="Hello.", url="https://github.com/o/r", commit="c0ffee"
    )
    assert text == snapshot
    # A squashed merge may have nothing but this text for its message.
    assert record(text.rpartition("<!--\n")[2].rpartition("-->")[0].join(("subject\n\n", ""))) == (
        "n:web ghcr.io/acme/web 1.2.0",
    )


def test_files_with_credentials_are_not_shown() -> None:
    secret = b"kind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData: {password: hunter2}\n---\nimage: web:1\n"
    changed = secret.replace(b"web:1", b"web:2")
    text = body(proposal(decision(), changes={"a.yaml": changed}), lambda _: secret)
    assert "hunter2" not in text
    assert "`a.yaml` is not shown, as it may hold credentials." in text


def test_much_is_cut_to_what_github_takes() -> None:
    updates = [
        decision(f"apps/{'x' * 100}/{number}.yaml", newer=tuple(f"1.{at}.0" for at in range(300)))
        for number in range(500)
    ]
    big = b"".join(b"image: web:%d\n" % number for number in range(4000))
    text = body(
        proposal(*updates, changes={one.use.file: big.replace(b"web", b"new") for one in updates}), lambda _: big
    )
    assert len(text) <= LONGEST + 2000
    assert "more" in text


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_of_names_and_files_becomes_markup(name: str, version: str, content: str) -> None:
    hostile = f"<img src=x> @octo #1 {name}"
    one = decision(image=hostile, old=version, new=f"{version}x ---> <script>", environment=hostile)
    text = body(
        proposal(one, changes={"x.yaml": content.encode(errors="replace") + b"b"}),
        lambda _: content.encode(errors="replace"),
    )
    rendered = cmarkgfm.github_flavored_markdown_to_html(text)
    assert "<img" not in rendered
    assert "<script" not in rendered
    assert 'href="https://github.com/octo"' not in rendered


def outcome() -> Outcome:
    policy = Policy(
        "n:web",
        "ghcr.io/acme/web",
        parse_repository("ghcr.io/acme/web"),
        Choice(By.SEMVER, "1.x"),
        Location("p.yaml", 1, 1),
    )
    held = Decision(decision(line=9).use, "n:web", Action.HELD, "1.0.0", "1.2.0", "held: locked by Ada")
    finding = Finding("registry-denied", Severity.ERROR, "n:api: ghcr.io: no", "p.yaml", 7, 1)
    plan = Plan(
        [Looked(policy, 12, "1.2.0", uses=2), Looked(policy, problem="no")],
        [decision(), held],
        [proposal(decision())],
        [finding],
    )
    return Outcome(plan, notes=["a note"], fails=True)


def test_as_json_it_says_everything() -> None:
    value = json.loads(images_text.as_json(outcome()))
    Draft202012Validator(json.loads((ROOT / "schemas/images.schema.json").read_text(encoding="utf-8"))).validate(value)
    assert [one["picked"] for one in value["policies"]] == ["1.2.0", ""]
    assert [(one["file"], one["line"], one["old"], one["new"], one["branch"]) for one in value["updates"]] == [
        ("apps/web/x.yaml", 3, "1.0.0", "1.2.0", "images/n.web")
    ]
    assert [(one["action"], one["reason"]) for one in value["left"]] == [("held", "held: locked by Ada")]
    assert [one["code"] for one in value["findings"]] == ["registry-denied"]
    assert "\n" not in images_text.outline(outcome())


def test_as_text_it_is_read_by_people(snapshot: SnapshotAssertion) -> None:
    assert images_text.text(outcome()) == snapshot
    assert outcome().exit_code == 1
