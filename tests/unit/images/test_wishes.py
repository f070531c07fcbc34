"""What `image set APP=REF` means."""

from __future__ import annotations

import pytest

from gitops_action.errors import UsageError
from gitops_action.images.decisions import Action
from gitops_action.images.seeking import Wanted, found
from gitops_action.images.uses import Part, Slot, Use
from gitops_action.images.wishes import Candidate, Setting, apply, choose, parse, parse_all
from gitops_action.model import Location
from gitops_action.promote.edit import edit
from gitops_action.repository.documents import Document, load

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("web=1.2.3", Setting("web", "", "1.2.3", "")),
        (" web = :1.2.3 ", Setting("web", "", "1.2.3", "")),
        (f"web=1.2.3@{DIGEST}", Setting("web", "", "1.2.3", DIGEST)),
        (f"web=@{DIGEST}", Setting("web", "", "", DIGEST)),
        ("web=ghcr.io/acme/web:1.2.3", Setting("web", "ghcr.io/acme/web", "1.2.3", "")),
        (
            f"ghcr.io/acme/web=localhost:5000/web:1@{DIGEST}",
            Setting("ghcr.io/acme/web", "localhost:5000/web", "1", DIGEST),
        ),
        ("web=nginx:1", Setting("web", "nginx", "1", "")),
    ],
)
def test_what_is_asked_for(text: str, meant: Setting) -> None:
    assert parse(text) == meant
    assert parse(f"{meant.app}={meant}") == meant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("web", "is not APP=REF"),
        ("=1", "is not APP=REF"),
        ("web=", "is not APP=REF"),
        ("web=ghcr.io/acme/web", "has neither a tag nor a digest"),
        ("web=-x", "`-x` is no tag"),
        ("web=1.2.3@sha256:abc", "`sha256:abc` is no digest"),
        ("web=ghcr.io/Acme/web:1", "`ghcr.io/Acme/web` is no name of an image"),
        ("web=$(touch x):1", "is no name of an image"),
    ],
)
def test_what_is_not_understood(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=r"web: |is not APP=REF") as caught:
        parse(text)
    assert why in str(caught.value)


def test_several_at_once() -> None:
    assert [one.app for one in parse_all(["a=1", "b=2", "a=1"])] == ["a", "b"]
    with pytest.raises(UsageError, match="a: both 1 and 2 are wanted"):
        parse_all(["a=1", "a=2"])
    with pytest.raises(UsageError, match="say what to set"):
        parse_all([])


def candidate(
    image: str = "ghcr.io/acme/web", environment: str = "staging", component: str = "shop", marker: str = ""
) -> Candidate:
    slot = Slot(("image",), Part.IMAGE, f"{image}:1", Location("x.yaml", 1, 8))
    return Candidate(Use("x.yaml", 0, (slot,), image, marker), environment, component)


@pytest.mark.parametrize("app", ["web", "ghcr.io/acme/web", "n:policy", "policy"])
def test_an_app_is_an_image_or_the_policy_of_a_marker(app: str) -> None:
    mine, other = candidate(marker="n:policy"), candidate("ghcr.io/acme/api")
    assert choose(parse(f"{app}=2"), [mine, other], "") == [mine]


def test_an_app_can_be_a_component_of_one_image() -> None:
    web, api = candidate(), candidate("ghcr.io/acme/api")
    assert choose(parse("shop=2"), [web, web], "") == [web, web]
    with pytest.raises(UsageError, match=r"the component `shop` has ghcr\.io/acme/api, ghcr\.io/acme/web: say which"):
        choose(parse("shop=2"), [web, api], "")
    assert choose(parse("shop=ghcr.io/acme/api:2"), [web, api], "") == [api]


def test_an_image_goes_before_a_component_of_the_same_name() -> None:
    web, other = candidate(component="x"), candidate("ghcr.io/acme/api", component="web")
    assert choose(parse("web=2"), [web, other], "") == [web]


@pytest.mark.parametrize(
    ("before", "wish", "after"),
    [
        ("image: ghcr.io/acme/web:1\n", "web=1.10", "image: ghcr.io/acme/web:1.10\n"),
        ("image: ghcr.io/acme/web:2\n", "web=1", "image: ghcr.io/acme/web:1\n"),
        ("image: ghcr.io/acme/web:1\n", f"web=2@{DIGEST}", f"image: ghcr.io/acme/web:2@{DIGEST}\n"),
        (f"image: ghcr.io/acme/web:1@{DIGEST[:-1]}b\n", f"web=@{DIGEST}", f"image: ghcr.io/acme/web@{DIGEST}\n"),
        ("image: ghcr.io/acme/web:1\n", "web=quay.io/acme/web:2", "image: quay.io/acme/web:2\n"),
        (
            "images:\n- name: ghcr.io/acme/web\n  newTag: 1\n",
            f"web=1234@{DIGEST}",
            f'images:\n- name: ghcr.io/acme/web\n  newTag: "1234"\n  digest: {DIGEST}\n',
        ),
        ("images:\n- name: ghcr.io/acme/web\n", "web=2", 'images:\n- name: ghcr.io/acme/web\n  newTag: "2"\n'),
        (
            "v: {image: {repository: ghcr.io/acme/web, tag: 1}}\n",
            "web=0123",
            'v: {image: {repository: ghcr.io/acme/web, tag: "0123"}}\n',
        ),
    ],
)
def test_what_it_makes_of_a_file(before: str, wish: str, after: str) -> None:
    setting = parse(wish)
    (document,) = [item for item in load(before.encode(), "kustomization.yaml") if isinstance(item, Document)]
    (use,) = found(before, document, Wanted(lambda _: True, digest=bool(setting.digest)))
    decision = apply(setting, Candidate(use, "staging", "web"), lambda _: None)
    assert edit(before.encode(), "kustomization.yaml", decision.edits).decode() == after
    assert (decision.action, decision.environment, decision.component) == (Action.UPDATE, "staging", "web")


def test_a_digest_is_not_dropped_and_a_hold_is_respected() -> None:
    slot = Slot(("image",), Part.IMAGE, f"ghcr.io/acme/web:1@{DIGEST}", Location("x.yaml", 1, 8))
    pinned = Candidate(Use("x.yaml", 0, (slot,), "ghcr.io/acme/web"), "staging", "")
    refused = apply(parse("web=2"), pinned, lambda _: None)
    assert (refused.action, refused.reason) == (
        Action.REFUSED,
        "it is pinned to a digest: give TAG@DIGEST instead of `2`",
    )
    held = apply(parse("web=2"), candidate(), lambda _: "locked by Ada")
    assert (held.action, held.reason, held.edits) == (Action.HELD, "held: locked by Ada", ())
    # What is as it is to be needs no leave.
    assert apply(parse("web=1"), candidate(), lambda _: "locked by Ada").action is Action.CURRENT
