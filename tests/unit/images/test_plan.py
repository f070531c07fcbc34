"""What all policies together come to: conflicts, groups, branches, messages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config.images import By, Choice, Grouping
from gitops_action.images.decisions import Action, Decision
from gitops_action.images.plan import Proposal, assign, branch_of, message, propose, record, title, without_conflicts
from gitops_action.images.policies import Policy
from gitops_action.images.references import parse_repository
from gitops_action.images.uses import Part, Slot, Use
from gitops_action.model import Location
from gitops_action.promote.edits import Set

TEXT = b"image: ghcr.io/acme/web:1\nother: ghcr.io/acme/api:1\n"


def policy(label: str, file: str = "p.yaml", where: str = "") -> Policy:
    repository = parse_repository("ghcr.io/acme/web")
    return Policy(label, str(repository), repository, Choice(By.SEMVER, "*"), Location(file, 1, 1), where=where)


def use(file: str = "x.yaml", key: str = "image", marker: str = "", line: int = 1) -> Use:
    slot = Slot((key,), Part.IMAGE, "ghcr.io/acme/web:1", Location(file, line, 8))
    return Use(file, 0, (slot,), "ghcr.io/acme/web", marker)


def update(policy_id: str, key: str = "image", environment: str = "staging", new: str = "2") -> Decision:
    edits = (Set(0, (key,), f"ghcr.io/acme/web:{new}"),)
    return Decision(use(key=key), policy_id, Action.UPDATE, "1", new, edits=edits, environment=environment)


def test_markers_find_their_policy_the_nearest_where_there_are_several() -> None:
    policies = [
        policy("n:web", "clusters/a/p.yaml", "clusters/a"),
        policy("n:web", "clusters/b/p.yaml", "clusters/b"),
        policy(":bare"),
    ]
    uses = [
        use("clusters/b/x.yaml", marker="n:web"),
        use(marker="n:bare"),
        use(marker="n:gone", line=7),
        use(marker="n:rests"),
    ]
    found, findings = assign(uses, policies, frozenset({"n:rests"}))
    assert {name: [one.file for one in mine] for name, mine in found.items()} == {
        "n:web (clusters/b)": ["clusters/b/x.yaml"],
        ":bare": ["x.yaml"],
    }
    assert [(one.code, one.line) for one in findings] == [("image-policy-absent", 7)]


def test_two_policies_on_one_value_are_a_finding_and_neither_is_followed() -> None:
    found, findings = without_conflicts({"a": [use(), use(key="other")], "b": [use()], "c": [use("y.yaml")]})
    assert {name: [one.slots[0].pointer for one in mine] for name, mine in found.items()} == {
        "a": [("other",)], "b": [], "c": [("image",)],
    }  # fmt: skip
    (finding,) = findings
    assert (finding.code, str(finding.location)) == ("image-policy-conflict", "x.yaml:1:8")
    assert finding.message.startswith("`a` and `b` both set this value")


@pytest.mark.parametrize(
    ("grouping", "branches"),
    [
        (Grouping.POLICY, {"images/a": 1, "images/n.b": 1}),
        (Grouping.ENVIRONMENT, {"images/environment_prod-eu": 1, "images/environment_staging": 1}),
        (Grouping.ALL, {"images/group_all": 2}),
    ],
)
def test_what_one_pull_request_has(grouping: Grouping, branches: dict[str, int]) -> None:
    updates = [update("a"), update("n:b", "other", "prod/eu")]
    proposals, decisions, findings = propose(updates, grouping, lambda _: TEXT)
    assert {one.branch: len(one.updates) for one in proposals} == branches
    assert (decisions, findings) == (updates, [])
    if grouping is Grouping.ALL:
        assert proposals[0].changes == {"x.yaml": b"image: ghcr.io/acme/web:2\nother: ghcr.io/acme/web:2\n"}


def test_what_cannot_be_edited_is_refused_and_the_rest_goes_on() -> None:
    text = b"a: &x ghcr.io/acme/web:1\nimage: 1\nb: *x\n"
    bad = Decision(use(key="gone"), "a", Action.UPDATE, "1", "2", edits=(Set(0, ("gone",), "2"),))
    proposals, decisions, findings = propose([bad, update("a")], Grouping.POLICY, lambda _: text)
    assert [one.action for one in decisions] == [Action.REFUSED, Action.UPDATE]
    assert [one.code for one in findings] == ["image-not-editable"]
    assert [len(one.updates) for one in proposals] == [1]


def test_titles_and_messages() -> None:
    one, _, _ = propose([update("a")], Grouping.ALL, lambda _: TEXT)
    assert title(one[0]) == "Update web to 2"
    assert title(one[0], "deps: {images}") == "deps: web to 2"
    assert message(one[0]) == "Update web to 2\n\n- x.yaml:1:8: 1 to 2\n\nImage-Update: a ghcr.io/acme/web 2\n"
    two, _, _ = propose([update("a"), update("b", "other", new="3")], Grouping.ALL, lambda _: TEXT)
    assert title(two[0]) == "Update web"
    assert record(message(two[0])) == ("a ghcr.io/acme/web 2", "b ghcr.io/acme/web 3")
    assert record("Merge\n\nSigned-off-by: a") == ()


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_hides_a_trailer(image: str, new: str) -> None:
    hostile = f"{image}\nImage-Update: forged\r\n\nSigned-off-by: x\u2028"
    decision = update("a", new=new)
    decision = replace(decision, use=replace(decision.use, image=hostile), new=hostile)
    proposal = Proposal("images/a", "a", (decision,), {})
    assert len(record(message(proposal))) == 1
    assert len(title(proposal).splitlines()) == 1
    assert sum(line.startswith(("Image-Update", "Signed")) for line in message(proposal).splitlines()) == 1


@given(st.text(min_size=1, max_size=30), st.text(max_size=20))
def test_every_name_gives_a_branch_that_git_takes(name: str, environment: str) -> None:
    import subprocess  # noqa: PLC0415 - only here

    for grouping in Grouping:
        branch, _ = branch_of(name, environment, grouping)
        command = ["git", "check-ref-format", "--branch", branch]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_no_two_names_meet_in_one_branch() -> None:
    names = [
        "web",
        "flux-system:web",
        "flux-system:web (clusters/a)",
        "flux-system:web (clusters/b)",
        "flux:system-web",
    ]
    branches = {branch_of(name, "", Grouping.POLICY)[0] for name in names}
    assert len(branches) == len(names)
    assert not any(one != other and other.startswith(f"{one}/") for one in branches for other in branches)
