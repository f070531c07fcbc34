"""The commands of image updates on a real repository, with real registries and with some that fail; without GitHub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from gitops_action.cli import app
from gitops_action.errors import GitOpsError
from tests.gitrepo import GitRepo, init
from tests.hosts import Host, answer, running
from tests.registry import LocalRegistry, serve
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result
    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.tools
SECRET = "hunter2"
FILE = "apps/web/staging/deployment.yaml"


@pytest.fixture(scope="module")
def registry() -> Iterator[LocalRegistry]:
    with serve() as local:
        local.image(
            "acme/web", *(f"1.{minor}.{patch}" for minor in range(25) for patch in range(10)), "latest", "2.0.0"
        )
        for number in (3, 1, 2):
            local.image(
                "acme/built", f"b{number}", created=f"2026-01-0{number}T00:00:00Z", labels={"build": f"{11 - number}"}
            )
        yield local


@pytest.fixture
def host() -> Iterator[Host]:
    with running() as known:
        yield known


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    made = init(tmp_path / "repo")
    monkeypatch.chdir(made.path)
    return made


def run(*words: str, **env: str) -> Result:
    from click.testing import CliRunner  # noqa: PLC0415

    given = {"GITHUB_TOKEN": "", "GH_TOKEN": "", "REGISTRY_CREDENTIALS": "", **env}
    done = CliRunner().invoke(app, ["image", *words], env=given)
    if isinstance(done.exception, GitOpsError):
        # As `main` ends.
        done.exit_code = done.exception.exit_code
        done.stderr_bytes += str(done.exception).encode()
        done.output_bytes += str(done.exception).encode()
    return done


def image(reference: str, comment: str = "") -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n    - name: app\n      image: {reference}{comment}\n"


def policies(**given: str) -> str:
    entries = "".join(f"    {name}: {{{text}}}\n" for name, text in given.items())
    return f"version: 1\nenvironments:\n  staging: {{paths: ['apps/*/staging']}}\nimages:\n  policies:\n{entries}"


def plan(*words: str, code: int, **env: str) -> dict[str, Any]:
    done = run("plan", "--output", "json", *words, **env)
    assert done.exit_code == code, done.output
    assert SECRET not in done.output
    value: dict[str, Any] = json.loads(done.stdout)
    Draft202012Validator(json.loads((ROOT / "schemas/images.schema.json").read_text(encoding="utf-8"))).validate(value)
    return value


def test_what_people_read(repo: GitRepo, registry: LocalRegistry, snapshot: SnapshotAssertion) -> None:
    web = f"{registry.host}/acme/web"
    repo.commit(
        {
            ".gitops.yaml": policies(
                web=f"image: {web}, semver: 1.x, paths: [apps]", idle=f"image: {web}, semver: 5.x, paths: [clusters]"
            ),
            FILE: image(f"{web}:1.23.7"),
            "apps/web/production/deployment.yaml": image(f"{web}:latest"),
            "apps/api/staging/deployment.yaml": image(f"{web}:1.0.0", ' # {"$imagepolicy": "flux-system:web"}'),
        }
    )
    for form in ("text", "markdown"):
        done = run("plan", "--output", form)
        assert done.exit_code == 0, done.output
        assert done.stdout.replace(registry.host, "registry.example.com") == snapshot(name=form)


def test_hundreds_of_tags_and_the_work_tree(repo: GitRepo, registry: LocalRegistry) -> None:
    web = f"{registry.host}/acme/web"
    repo.commit(
        {".gitops.yaml": policies(web=f"image: {web}, semver: 1.x, paths: [apps]"), FILE: image(f"{web}:1.0.0")}
    )
    found = plan(code=0)
    (update,) = found["updates"]
    assert (update["old"], update["new"], len(update["newer"])) == ("1.0.0", "1.24.9", 249)
    assert (update["file"], update["line"], update["environment"], update["branch"]) == (
        FILE,
        7,
        "staging",
        "images/web",
    )
    assert found["policies"][0]["tags"] == 252
    assert repo.git("status", "--porcelain") == ""
    done = run("update", "--local", "--dry-run")
    assert (done.exit_code, repo.git("status", "--porcelain")) == (0, "")
    done = run("update", "--local")
    assert (done.exit_code, (repo.path / FILE).read_text()) == (0, image(f"{web}:1.24.9"))
    assert f"wrote {FILE}" in done.stdout
    again = run("update", "--local")
    assert again.exit_code == 2
    assert f"{FILE} is not as it was committed" in again.output


def test_several_policies_in_one_file(repo: GitRepo, registry: LocalRegistry) -> None:
    web, built = f"{registry.host}/acme/web", f"{registry.host}/acme/built"
    text = image(f"{web}:1.0.0") + "---\n" + image(f"{built}:b1")
    chosen = policies(
        web=f"image: {web}, semver: 1.x, paths: [apps]", built=f"image: {built}, newest: created, paths: [apps]"
    )
    repo.commit({".gitops.yaml": chosen, FILE: text})
    assert run("update", "--local").exit_code == 0
    assert (repo.path / FILE).read_text() == text.replace("1.0.0", "1.24.9").replace("b1", "b3")
    repo.git("checkout", "--", ".")
    assert run("update", "--local", "--policy", "built").exit_code == 0
    assert (repo.path / FILE).read_text() == text.replace("b1", "b3")


@pytest.mark.parametrize(
    ("by", "present", "new"), [("created", "b1", "b3"), ("build", "b2", "b1"), ("build", "b1", None)]
)
def test_the_newest_by_time_or_label(
    repo: GitRepo, registry: LocalRegistry, by: str, present: str, new: str | None
) -> None:
    built = f"{registry.host}/acme/built"
    repo.commit(
        {
            ".gitops.yaml": policies(built=f"image: {built}, newest: {by}, paths: [apps]"),
            FILE: image(f"{built}:{present}"),
        }
    )
    assert [one["new"] for one in plan(code=0)["updates"]] == ([new] if new else [])


BAD = {
    "401": (answer(401, b""), "registry-denied", "it wants to know who asks"),
    "403": (answer(403, b'{"errors": [{"code": "DENIED"}]}'), "registry-denied", "(403 DENIED)"),
    "429": (answer(429, b"", retry_after="3600"), "registry-unavailable", "asks to wait 3600 s"),
    "HTML": (answer(200, b"<html>", content_type="text/html"), "registry-unavailable", "what no registry says (text/html)"),
    "endless": (
        answer(content=b'{"tags": ["1.0.0"]}', link='</v2/acme/web/tags/list?n=1000>; rel="next"'),
        "registry-unavailable",
        "its pages do not come to an end",
    ),
    "no tags": (answer(content=b'{"tags": null}'), "image-policy-empty", "0 in the registry, none at all"),
    "no version": (
        answer(content=b'{"tags": ["latest", "main", "x.sig", "2.0.0"]}'),
        "image-policy-empty",
        "4 in the registry, 1 left out by the filter, 2 that its order cannot read, 1 outside of its range",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_registry_is_a_finding_and_the_rest_goes_on(
    repo: GitRepo, host: Host, registry: LocalRegistry, case: str
) -> None:
    reply, code, said = BAD[case]
    host.says(reply, path="/v2/acme/web/tags/list?n=1000")
    bad, good = f"{host.url.removeprefix('http://')}/acme/web", f"{registry.host}/acme/web"
    chosen = policies(
        bad=f"image: {bad}, semver: 1.x, paths: [apps]", good=f"image: {good}, semver: 1.x, paths: [apps]"
    )
    repo.commit({".gitops.yaml": chosen, FILE: image(f"{bad}:1.0.0") + "---\n" + image(f"{good}:1.0.0")})
    name = host.url.removeprefix("http://")
    found = plan(code=0 if code == "image-policy-empty" else 1, REGISTRY_CREDENTIALS=f"other.example={SECRET}:{SECRET}")
    assert [one["policy"] for one in found["updates"]] == ["good"]
    (finding,) = found["findings"]
    assert (finding["code"], finding["file"], finding["line"]) == (code, ".gitops.yaml", 6)
    assert finding["message"].startswith("bad: ")
    assert said in finding["message"]
    assert all("authorization" not in headers for headers in host.headers)
    if case == "401":
        denied = plan(code=1, REGISTRY_CREDENTIALS=f"{name}=bot:{SECRET}")
        assert (
            "there is no such image" in denied["findings"][0]["message"]
            or "credentials" in denied["findings"][0]["message"]
        )


def test_two_policies_on_one_field_are_a_finding_at_its_place(repo: GitRepo, registry: LocalRegistry) -> None:
    web = f"{registry.host}/acme/web"
    repo.commit(
        {
            ".gitops.yaml": policies(
                one=f"image: {web}, semver: 1.x, paths: [apps]", two=f"image: {web}, semver: 2.x, paths: [apps/web]"
            ),
            FILE: image(f"{web}:1.0.0"),
            "apps/api/staging/deployment.yaml": image(f"{web}:1.0.0"),
        }
    )
    found = plan(code=1)
    assert [(one["file"], one["policy"]) for one in found["updates"]] == [("apps/api/staging/deployment.yaml", "one")]
    (finding,) = found["findings"]
    assert (finding["code"], finding["file"], finding["line"], finding["column"]) == (
        "image-policy-conflict",
        FILE,
        7,
        14,
    )
    assert "`one` and `two` both set this value" in finding["message"]


@pytest.mark.parametrize(
    ("policy", "code", "said"),
    [
        ("semver: 1.x, filter: {pattern: '('}", "image-policy-invalid", "is no regular expression of RE2"),
        ("numerical: asc, filter: {pattern: '(?=x)'}", "image-policy-invalid", "is no regular expression of RE2"),
        ("newest: created", "image-policy-broad", "252 tags pass the filter, and at most 200 are asked for"),
    ],
)
def test_policies_that_cannot_be_followed(
    repo: GitRepo, registry: LocalRegistry, policy: str, code: str, said: str
) -> None:
    web = f"{registry.host}/acme/web"
    repo.commit({".gitops.yaml": policies(web=f"image: {web}, {policy}, paths: [apps]"), FILE: image(f"{web}:1.0.0")})
    (finding,) = plan(code=1)["findings"]
    assert (finding["code"], finding["line"]) == (code, 6)
    assert said in finding["message"]


def test_a_policy_that_sets_nothing_says_so(repo: GitRepo, registry: LocalRegistry) -> None:
    repo.commit(
        {
            ".gitops.yaml": policies(web=f"image: {registry.host}/acme/web, semver: 1.x, paths: [apps]"),
            FILE: image("other:1"),
        }
    )
    (finding,) = plan(code=0)["findings"]
    assert (finding["code"], finding["severity"]) == ("image-policy-unused", "warning")


def test_without_a_policy_it_is_said_that_nothing_was_looked_at(repo: GitRepo) -> None:
    repo.commit({FILE: image("web:1")})
    assert any("there is no policy, so that nothing was looked at" in note for note in plan(code=0)["notes"])


def test_an_insecure_registry_has_to_be_listed(repo: GitRepo) -> None:
    objects = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web, namespace: n}
spec: {image: registry.internal:5000/web, insecure: true}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web, namespace: n}
spec: {imageRepositoryRef: {name: web}, policy: {semver: {range: 1.x}}}
"""
    repo.commit({"p.yaml": objects, FILE: image("registry.internal:5000/web:1.0.0", ' # {"$imagepolicy": "n:web"}')})
    (finding,) = plan(code=1)["findings"]
    assert (finding["code"], finding["file"], finding["line"]) == ("image-policy-invalid", "p.yaml", 6)
    assert "list registry.internal:5000 under `images.insecure`" in finding["message"]


def test_a_value_that_cannot_be_edited_safely_is_left(repo: GitRepo, registry: LocalRegistry) -> None:
    web = f"{registry.host}/acme/web"
    text = f"a: &it {web}:1.0.0\nimage: *it\n---\nb:\n  image: {web}:1.1.0\n"
    repo.commit({".gitops.yaml": policies(web=f"image: {web}, semver: 1.x, paths: [apps]"), FILE: text})
    assert run("update", "--local").exit_code == 0
    # What has the anchor stays; what stands for it is written in its place.
    assert (
        repo.path / FILE
    ).read_text() == f"a: &it {web}:1.0.0\nimage: {web}:1.24.9\n---\nb:\n  image: {web}:1.24.9\n"


class TestSet:
    def test_in_the_work_tree(self, repo: GitRepo) -> None:
        repo.commit(
            {FILE: image("ghcr.io/acme/web:1"), "apps/web/production/deployment.yaml": image("ghcr.io/acme/web:1")}
        )
        done = run("set", "web=1.10", "--environment", "staging", "--local")
        assert done.exit_code == 0, done.output
        assert (repo.path / FILE).read_text() == image("ghcr.io/acme/web:1.10")
        assert repo.git("status", "--porcelain") == f"M {FILE}"
        repo.git("commit", "-qam", "Set")
        again = run("set", "web=1.10", "--environment", "staging", "--local")
        assert (again.exit_code, repo.git("status", "--porcelain")) == (0, "")
        assert "0 updates, 1 up to date" in again.stdout

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["web=1.10"], "is used in production, staging: say in which with --environment"),
            (["shop=1"], "nothing here is called `shop`"),
            (["web"], "is not APP=REF"),
            (["web=1", "web=2"], "both 1 and 2 are wanted"),
            ([], "Missing argument"),
            (["web=1", "--environment", "qa"], "is not used in qa, but in production, staging"),
        ],
    )
    def test_what_is_not_clear_is_said(self, repo: GitRepo, words: list[str], said: str) -> None:
        repo.commit(
            {FILE: image("ghcr.io/acme/web:1"), "apps/web/production/deployment.yaml": image("ghcr.io/acme/web:1")}
        )
        done = run("set", *words, "--local")
        assert done.exit_code == 2, done.output
        assert said in done.output
        assert repo.git("status", "--porcelain") == ""

    def test_a_pinned_image_needs_a_digest(self, repo: GitRepo) -> None:
        pinned = image(f"ghcr.io/acme/web:1@sha256:{'0' * 64}")
        repo.commit({FILE: pinned})
        done = run("set", "web=2", "--local")
        assert done.exit_code == 1
        assert "pinned to a digest: give TAG@DIGEST" in done.stdout
        done = run("set", f"web=2@sha256:{'1' * 64}", "--local")
        assert (done.exit_code, (repo.path / FILE).read_text()) == (
            0,
            pinned.replace(":1@", ":2@").replace("0" * 64, "1" * 64),
        )


def test_without_a_token_github_is_not_asked(repo: GitRepo) -> None:
    repo.commit({FILE: image("web:1")})
    for words in (["update"], ["set", "web=2"]):
        done = run(*words)
        assert done.exit_code == 2
        assert "GITHUB_TOKEN" in done.output


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        (f"{SECRET}", "line 1 is not HOST=USER:PASSWORD"),
        (f'{{"auths": "{SECRET}"}}', "`auths` of docker's config.json is no object"),
    ],
)
def test_credentials_that_make_no_sense(repo: GitRepo, tmp_path: Path, credentials: str, said: str) -> None:
    repo.commit({FILE: image("web:1")})
    file = tmp_path / "config.json"
    file.write_text(credentials)
    for done in (run("plan", REGISTRY_CREDENTIALS=credentials), run("plan", "--registry-config", str(file))):
        assert done.exit_code == 2
        assert said in done.output
        assert SECRET not in done.output
    assert "cannot be read" in run("plan", "--registry-config", str(tmp_path / "none")).output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image: web, paths: [a]", "give exactly one of `semver`, `numerical`, `alphabetical`, `newest`"),
        ("image: web, semver: 1.x, numerical: asc, paths: [a]", "give exactly one of"),
        ("image: web, semver: latest, paths: [a]", "`latest` is not a range of versions"),
        ("image: web, semver: 1.x", "`paths` is missing"),
        ("image: web, semver: 1.x, paths: ['../x']", "`..` is not understood"),
        ("image: web, semver: 1.x, paths: [a], digest: Sometimes", "it is one of Never, IfNotPresent, Always"),
        ("image: web, semvr: 1.x, paths: [a]", "did you mean `semver`?"),
    ],
)
def test_a_wrong_configuration_says_where(repo: GitRepo, text: str, said: str) -> None:
    repo.commit({".gitops.yaml": policies(web=text), FILE: image("web:1")})
    done = run("plan")
    assert done.exit_code == 2
    assert ".gitops.yaml:6:" in done.output
    assert said in done.output
