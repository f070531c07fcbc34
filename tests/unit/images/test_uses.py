"""Where images are written, in all the forms that people write them in."""

from __future__ import annotations

from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.images.markers import marked
from gitops_action.images.seeking import Wanted, found
from gitops_action.images.uses import Part, Use, repository_of, taken_apart
from gitops_action.promote.edits import EditError
from gitops_action.repository.documents import Document, load

DIGEST = "sha256:" + "0" * 64


def documents(text: str, file: str = "apps/web/x.yaml") -> list[Document]:
    return [item for item in load(text.encode(), file) if isinstance(item, Document)]


def markers(text: str) -> list[Use]:
    return [use for document in documents(text) for use in marked(text, document)]


def seek(text: str, image: str = "ghcr.io/acme/web", file: str = "x.yaml", **more: object) -> list[Use]:
    text = dedent(text)
    wanted = Wanted(lambda name: repository_of(name) == repository_of(image), **more)  # type: ignore[arg-type]
    return [use for document in documents(text, file) for use in found(text, document, wanted)]


def slots(use: Use) -> list[tuple[str, str, str, bool]]:
    return [("/".join(map(str, slot.pointer)), slot.part.value, slot.text, slot.present) for slot in use.slots]


class TestMarkers:
    @pytest.mark.parametrize(
        ("line", "label", "part"),
        [
            ('image: web:1 # {"$imagepolicy": "flux-system:web"}', "flux-system:web", Part.IMAGE),
            ('tag: 1.10 # {"$imagepolicy": "ns:web:tag"}', "ns:web", Part.TAG),
            ('name: x # {"$imagepolicy": "ns:web:name"}', "ns:web", Part.NAME),
            ('digest: x #{"$imagepolicy":"ns:web:digest"}', "ns:web", Part.DIGEST),
            ('image: "web:1" # {"$imagepolicy": "ns:web"}  ', "ns:web", Part.IMAGE),
            ('image: \'web:1\' # {"$imagepolicy": "ns:web"}\r', "ns:web", Part.IMAGE),
        ],
    )
    def test_it_stands_behind_the_value(self, line: str, label: str, part: Part) -> None:
        (use,) = markers(f"a: 1\n{line}\nb: 2\n")
        assert (use.marker, use.slots[0].part, use.location.line) == (label, part, 2)

    @pytest.mark.parametrize(
        "text",
        [
            '# {"$imagepolicy": "ns:web"}\nimage: web:1\n',
            'image: web:1\n# {"$imagepolicy": "ns:web"}\n',
            'image: web:1 # {"$imagepolicy": "ns:web:tga"}\n',
            'image: web:1 # {"$imagepolicy": 1}\n',
            "image: web:1 # {'$imagepolicy': 'ns:web'}\n",
            'image: web:1 # see {"$imagepolicy": "ns:web"}\n',
            'image: \'web # {"$imagepolicy": "ns:web"}\'\n',
        ],
    )
    def test_what_is_no_marker(self, text: str) -> None:
        assert markers(text) == []

    def test_those_of_one_mapping_belong_together(self) -> None:
        (use,) = markers(
            'images:\n- name: web\n  newName: a/web # {"$imagepolicy": "n:w:name"}\n  newTag: 1.10 # {"$imagepolicy": "n:w:tag"}\n'
            f'  digest: {DIGEST} # {{"$imagepolicy": "n:w:digest"}}\n'
        )
        assert (use.image, use.tag, use.digest) == ("a/web", "1.10", DIGEST)
        assert [slot.part for slot in use.slots] == [Part.NAME, Part.TAG, Part.DIGEST]

    def test_lists_of_objects_and_several_documents(self) -> None:
        uses = markers(
            'kind: List\napiVersion: v1\nitems:\n- image: a:1 # {"$imagepolicy": "n:a"}\n---\n[b:2, c:3] # x\n---\n'
            '- b:2 # {"$imagepolicy": "n:b"}\n'
        )
        assert [(use.document, use.marker, use.tag) for use in uses] == [(0, "n:a", "1"), (2, "n:b", "2")]

    @given(st.text(alphabet='ab:1 #{}"$imagepolicy\n-[],&*', max_size=80))
    def test_no_text_breaks_it(self, text: str) -> None:
        with suppress(EditError):
            markers(f'image: web:1 # {{"$imagepolicy": "n:w"}}\n{text}')


def test_plain_manifests() -> None:
    (use,) = seek("""\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          template:
            spec:
              containers:
                - {name: app, image: ghcr.io/acme/web:1.2}
                - {name: side, image: ghcr.io/acme/proxy:1.2}
        """)
    assert slots(use) == [("spec/template/spec/containers/0/image", "image", "ghcr.io/acme/web:1.2", True)]
    assert (use.object, use.path) == ("Deployment/web", "spec.template.spec.containers[name=app].image")
    assert str(use.location) == "x.yaml:8:30"


def test_docker_hubs_names_are_one() -> None:
    assert [use.tag for use in seek("image: nginx:1\n", "docker.io/library/nginx")] == ["1"]


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("{name: ghcr.io/acme/web, newTag: 1.10}", [("newTag", "tag", "1.10", True)]),
        ("{name: web, newName: ghcr.io/acme/web}", [("newTag", "tag", "", False)]),
        (f"{{name: ghcr.io/acme/web, digest: '{DIGEST}'}}", [("digest", "digest", DIGEST, True)]),
        (
            f"{{name: ghcr.io/acme/web, newTag: '0123', digest: '{DIGEST}'}}",
            [("newTag", "tag", "0123", True), ("digest", "digest", DIGEST, True)],
        ),
        ("{name: ghcr.io/acme/web, newName: elsewhere/web, newTag: '1'}", []),
        ("{newTag: '1'}", []),
    ],
)
def test_images_of_kustomize(entry: str, wanted: list[tuple[str, str, str, bool]]) -> None:
    uses = seek(f"images:\n  - {entry}\n", file="kustomization.yaml")
    found_slots = [(path.rpartition("/")[2], *rest) for use in uses for path, *rest in slots(use)]
    assert found_slots == wanted
    flux = f"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  images:\n    - {entry}\n"
    assert [(path.rpartition("/")[2], *rest) for use in seek(flux) for path, *rest in slots(use)] == wanted


def test_kustomize_gets_a_place_for_a_digest_where_one_is_wanted() -> None:
    (use,) = seek("images:\n  - {name: ghcr.io/acme/web}\n", file="kustomization.yaml", digest=True)
    assert [(slot.part, slot.present) for slot in use.slots] == [(Part.TAG, False), (Part.DIGEST, False)]


@pytest.mark.parametrize(
    ("values", "tags"),
    [
        ("image: {repository: ghcr.io/acme/web, tag: 1234}", ["1234"]),
        ("image: {registry: ghcr.io, repository: acme/web, tag: v1}", ["v1"]),
        (f"image: {{repository: ghcr.io/acme/web, tag: v1, digest: '{DIGEST}'}}", [f"v1@{DIGEST}"]),
        ("image: {repository: ghcr.io/acme/web}", []),
        ("image: {repository: ghcr.io/acme/web, tag: {a: b}}", []),
        ("image: {repository: acme/web, tag: v1}", []),
        ("web: {image: 'ghcr.io/acme/web:v2'}", ["v2"]),
    ],
)
def test_values_of_charts(values: str, tags: list[str]) -> None:
    uses = seek(f"kind: HelmRelease\napiVersion: helm.toolkit.fluxcd.io/v2\nspec:\n  values:\n    {values}\n")
    assert [use.tag + (f"@{use.digest}" if use.digest else "") for use in uses] == tags


def test_further_fields_as_configured() -> None:
    text = "web: {version: 1.10, image: other}\nfull: ghcr.io/acme/web:3\nelse: ghcr.io/acme/api:3\nversion: [a]\n"
    uses = seek(text, fields=("/web/version", "/full", "/else"))
    assert [(use.path, use.tag) for use in uses] == [("web.version", "1.10"), ("full", "3")]


def test_flux_own_objects_are_no_uses() -> None:
    assert (
        seek("apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nspec: {image: ghcr.io/acme/web}\n") == []
    )


@given(st.recursive(st.none() | st.integers() | st.text("aw:/@.", max_size=6), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["image", "images", "repository", "tag", "registry", "name", "newTag", "digest", "kind"]), inner, max_size=4), max_leaves=20))  # fmt: skip
def test_no_structure_breaks_it(value: object) -> None:
    import json  # noqa: PLC0415 - only here

    text = json.dumps(value)
    for document in documents(text, "kustomization.yaml"):
        found(text, document, Wanted(lambda _: True, ("tag",), digest=True))


def test_what_an_image_is_made_of() -> None:
    assert taken_apart("localhost:5000/a/b:1@sha256:x") == ("localhost:5000/a/b", "1", "sha256:x")
    assert taken_apart("a") == ("a", "", "")
    assert repository_of("A b") is None
