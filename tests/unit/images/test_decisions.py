"""What becomes of one use: the right edit, byte for byte, or a refusal that says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitops_action.config.images import By, Choice, Reflection
from gitops_action.images.decisions import Action, Decision, decide, wants_digest
from gitops_action.images.markers import marked
from gitops_action.images.policies import Order, Policy
from gitops_action.images.references import parse_repository
from gitops_action.images.seeking import Wanted, found
from gitops_action.images.uses import Use, repository_of
from gitops_action.model import Location
from gitops_action.promote.edit import edit
from gitops_action.repository.documents import Document, load

OLD = "sha256:" + "0" * 64
NEW = "sha256:" + "f" * 64
IMAGE = "ghcr.io/acme/web"
POLICY = Policy("n:web", IMAGE, parse_repository(IMAGE), Choice(By.SEMVER, "1.x"), Location("p.yaml", 1, 1))


def uses(text: str, file: str) -> list[Use]:
    wanted = Wanted(lambda name: repository_of(name) == POLICY.repository, digest=False)
    documents = [item for item in load(text.encode(), file) if isinstance(item, Document)]
    look = marked if "$imagepolicy" in text else lambda text, document: found(text, document, wanted)
    return [use for document in documents for use in look(text, document)]


def decided(
    text: str, file: str = "x.yaml", policy: Policy = POLICY, tags: str = "1.0.0 1.2.0 1.10.0 2.0.0"
) -> tuple[Decision, str]:
    """The decision on the only use, and the text after it."""
    (use,) = uses(text, file)
    ranking = Order(policy).rank(tags.split(), [use.tag] if use.tag else [])
    assert ranking.newest is not None
    decision = decide(policy, use, ranking, ranking.newest, NEW if wants_digest(policy, [use]) else "")
    return decision, edit(text.encode(), file, decision.edits).decode()


MARK = ' # {"$imagepolicy": "n:web"}'
TAG = ' # {"$imagepolicy": "n:web:tag"}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"image: {IMAGE}:1.2.0{MARK}\n", f"image: {IMAGE}:1.10.0{MARK}\n"),
        (f'image: "{IMAGE}:1.2.0"{MARK}\r\nb: 1\r\n', f'image: "{IMAGE}:1.10.0"{MARK}\r\nb: 1\r\n'),
        (f"a: &x y\nimage: '{IMAGE}:1.2.0'{MARK}\nb: *x\n", f"a: &x y\nimage: '{IMAGE}:1.10.0'{MARK}\nb: *x\n"),
        (f"image: {IMAGE}{MARK}\n", f"image: {IMAGE}:1.10.0{MARK}\n"),
        (f"image: elsewhere/web:1.2.0{MARK}\n", f"image: {IMAGE}:1.10.0{MARK}\n"),
        (f"image: {IMAGE}:1.2.0@{OLD}{MARK}\n", f"image: {IMAGE}:1.10.0@{NEW}{MARK}\n"),
        (f"tag: 1.2.0{TAG}\n", f"tag: 1.10.0{TAG}\n"),
        (f"tag: 1.2.0@{OLD}{TAG}\n", f"tag: 1.10.0@{NEW}{TAG}\n"),
        (f"tag:{TAG}\n", f"tag: 1.10.0{TAG}\n"),
        (f"image: {IMAGE}:1.0.0\nother: 1\n", f"image: {IMAGE}:1.10.0\nother: 1\n"),
    ],
)
def test_only_the_value_changes(before: str, after: str) -> None:
    decision, text = decided(before)
    assert decision.action is Action.UPDATE
    assert text == after
    again, same = decided(after)
    assert (again.action, same) == (Action.CURRENT, after)


@pytest.mark.parametrize(
    ("picked", "written"),
    [("1.10", '"1.10"'), ("0123", '"0123"'), ("1234", '"1234"'), ("1e3", '"1e3"'), ("v2", "v2"), ("0x10", '"0x10"')],
)
def test_what_would_read_as_a_number_gets_quotes(picked: str, written: str) -> None:
    policy = replace(POLICY, choice=Choice(By.ALPHABETICAL, "asc"))
    _, text = decided(f"tag: 0{TAG}\n", policy=policy, tags=f"0 {picked}")
    assert text == f"tag: {written}{TAG}\n"


def test_a_kustomization_gets_a_tag_behind_its_other_keys() -> None:
    before = f"images:\n  - name: web\n    newName: {IMAGE} # ours\n"
    (use,) = uses(before, "kustomization.yaml")
    ranking = Order(POLICY).rank(["1.0.0"])
    assert decide(POLICY, use, ranking, "1.0.0", "").reason == "it names no tag: write one"
    tagged = before + "    newTag: 0.9.0\n"
    _, text = decided(tagged, "kustomization.yaml")
    assert text == tagged.replace("0.9.0", "1.10.0")


@pytest.mark.parametrize(
    ("present", "said"),
    [
        ("2.0.0", "`2.0.0` is newer than `1.10.0`, which the policy picks: it is not set back"),
        ("1.11.0", "`1.11.0` is newer than `1.10.0`, which the policy picks: it is not set back"),
        ("latest", "whether `1.10.0` is newer than `latest` is not known"),
        ("1.2", "whether `1.10.0` is newer than `1.2` is not known"),
    ],
)
def test_nothing_is_set_back(present: str, said: str) -> None:
    decision, text = decided(f"image: {IMAGE}:{present}{MARK}\n")
    assert decision.action is Action.REFUSED
    assert decision.reason.startswith(said)
    assert (decision.old, text) == (present, f"image: {IMAGE}:{present}{MARK}\n")


def test_another_spelling_of_the_same_version_stays() -> None:
    decision, _ = decided(f"image: {IMAGE}:v1.10.0{MARK}\n")
    assert decision.action is Action.CURRENT


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        (Reflection.NEVER, "1.10.0", "1.10.0"),
        (Reflection.NEVER, f"1.10.0@{OLD}", f"1.10.0@{OLD}"),
        (Reflection.IF_NOT_PRESENT, "1.10.0", f"1.10.0@{NEW}"),
        (Reflection.IF_NOT_PRESENT, f"1.10.0@{OLD}", f"1.10.0@{OLD}"),
        (Reflection.IF_NOT_PRESENT, f"1.0.0@{OLD}", f"1.10.0@{NEW}"),
        (Reflection.ALWAYS, f"1.10.0@{OLD}", f"1.10.0@{NEW}"),
        (Reflection.ALWAYS, f"1.10.0@{NEW}", f"1.10.0@{NEW}"),
        (Reflection.ALWAYS, "1.0.0", f"1.10.0@{NEW}"),
    ],
)
def test_digests_as_the_policy_reflects_them(mode: Reflection, before: str, after: str) -> None:
    _, text = decided(f"image: {IMAGE}:{before}{MARK}\n", policy=replace(POLICY, digest=mode))
    assert text == f"image: {IMAGE}:{after}{MARK}\n"


def test_what_came_out_in_between_is_told() -> None:
    decision, _ = decided(f"image: {IMAGE}:1.0.0{MARK}\n")
    assert (decision.old, decision.new, list(decision.newer)) == ("1.0.0", "1.10.0", ["1.2.0", "1.10.0"])


TAGS = st.lists(st.from_regex(r"\A[0-2]\.[0-9]{1,2}\.[0-9]\Z"), min_size=1, max_size=8)


@given(TAGS, st.from_regex(r"\A(v?[0-2]\.[0-9]{1,2}\.[0-9]|latest|[0-9]{1,4})\Z"), st.sampled_from(['"', "'", ""]))
def test_whatever_is_there_it_goes_forward_or_stays(tags: list[str], present: str, quote: str) -> None:
    text = f"tag: {quote}{present}{quote}{TAG}\n"
    (use,) = uses(text, "x.yaml")
    policy = replace(POLICY, choice=Choice(By.SEMVER, "*"))
    ranking = Order(policy).rank(tags, [use.tag])
    assume(ranking.newest is not None)
    assert ranking.newest is not None
    decision = decide(policy, use, ranking, ranking.newest, "")
    (after,) = uses(edit(text.encode(), "x.yaml", decision.edits).decode(), "x.yaml")
    if decision.action is Action.UPDATE:
        assert after.tag == ranking.newest
        assert ranking.order(after.tag, present) == 1
    else:
        assert after.tag == present
