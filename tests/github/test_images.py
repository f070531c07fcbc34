"""From a new tag in a real registry to a merged pull request, with real repositories and a GitHub that is held to its API."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from gitops_action.adapters.registry import Registry
from gitops_action.errors import UsageError
from gitops_action.images.credentials import Logins
from gitops_action.images.references import parse_repository
from gitops_action.images.wishes import parse_all
from gitops_action.pipeline import image_setting, image_updating
from gitops_action.pipeline.lock_commands import lock, unlock
from gitops_action.pipeline.places import Place
from tests.github.conftest import WORKFLOW
from tests.github.fleet import Fleet
from tests.github.state import Fault
from tests.registry import LocalRegistry, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gitops_action.images.outcome import Outcome
    from tests.github.fake import Fake

pytestmark = pytest.mark.tools
STAGING = "apps/web/staging/deployment.yaml"
PRODUCTION = "apps/web/production/deployment.yaml"
BRANCH = "images/web"


@pytest.fixture(scope="module")
def registry() -> Iterator[LocalRegistry]:
    with serve() as local:
        yield local


@pytest.fixture
def name(registry: LocalRegistry, request: pytest.FixtureRequest) -> str:
    """A repository of each test's own, with some tags."""
    path = f"acme/{abs(hash(request.node.nodeid))}"
    registry.image(path, *(f"1.{minor}.0" for minor in range(5)), "latest", "2.0.0", "2.1.0-rc.1")
    return path


def deployment(image: str, comment: str = "") -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2 # as many as people
  selector:
    matchLabels: {{app: web}}
  template:
    metadata:
      labels: {{app: web}}
    spec:
      containers:
        - name: app
          image: {image}{comment}
"""


def config(image: str, more: str = "", policy: str = "semver: 1.x", paths: str = "apps/*/staging") -> str:
    return f"""\
version: 1
environments:
  staging: {{paths: ["apps/*/staging"]}}
  production: {{paths: ["apps/*/production"]}}
images:
{more}
  policies:
    web:
      image: {image}
      {policy}
      paths: ["{paths}"]
"""


@dataclass
class Shop:
    """A fleet whose images come from the registry."""

    fleet: Fleet
    registry: LocalRegistry
    name: str

    @property
    def image(self) -> str:
        return f"{self.registry.host}/{self.name}"

    @property
    def place(self) -> Place:
        fake = self.fleet.fake
        return Place(self.fleet.clone, token=WORKFLOW, repository=fake.state.repository, api_url=fake.url)

    def update(self, *policies: str, dry_run: bool = False) -> Outcome:
        return image_updating.update(self.place, image_updating.Wish(policies, Logins()), dry_run=dry_run)

    def steps(self) -> list[str]:
        return [one.step.value for one in self.update().done]

    def set(self, *images: str, environment: str = "", push: bool = False) -> Outcome:
        return image_setting.set_remotely(self.place, image_setting.Wish(parse_all(images), environment, push))

    def commit(self, files: Mapping[str, Any], message: str = "Change") -> str:
        return self.fleet.commit(files, message)


@pytest.fixture
def shop(tmp_path: Path, fake: Fake, registry: LocalRegistry, name: str) -> Shop:
    image = f"{registry.host}/{name}"
    files = {
        STAGING: deployment(f"{image}:1.1.0", " # the release"),
        PRODUCTION: deployment(f"{image}:1.0.0"),
        "apps/web/staging/kustomization.yaml": "resources: [deployment.yaml]\n",
        "apps/web/production/kustomization.yaml": "resources: [deployment.yaml]\n",
    }
    return Shop(Fleet.begin(tmp_path, fake, files, config(image)), registry, name)


def test_a_new_tag_becomes_a_pull_request_and_once_merged_nothing_is_left(shop: Shop) -> None:
    outcome = shop.update()
    assert [one.step.value for one in outcome.done] == ["created"]
    assert outcome.exit_code == 0
    (pull,) = shop.fleet.open
    assert (pull.head_ref, pull.base_ref, pull.draft, pull.labels) == (BRANCH, "main", False, ["images"])
    assert pull.title == f"Update {shop.name.rpartition('/')[2]} to 1.4.0"
    for said in ("`1.1.0`", "`1.4.0`", "`1.3.0`", "`1.2.0`", "deployment.yaml:15", "```diff", "Deployment/web"):
        assert said in pull.body
    assert "2.0.0" not in pull.body
    wanted = deployment(f"{shop.image}:1.4.0", " # the release").rstrip()
    assert shop.fleet.read(STAGING, BRANCH) == wanted
    assert shop.fleet.read(PRODUCTION, BRANCH) == deployment(f"{shop.image}:1.0.0").rstrip()
    text = shop.fleet.origin.git("log", "-1", "--format=%B", BRANCH)
    assert f"Image-Update: web {shop.image} 1.4.0" in text
    assert shop.steps() == ["unchanged"]
    shop.fleet.merge()
    assert shop.fleet.read(STAGING) == wanted
    assert shop.steps() == []
    assert shop.fleet.open == []


def test_a_second_run_writes_nothing(shop: Shop) -> None:
    shop.update()
    fake = shop.fleet.fake
    before = len([one for one in fake.requests if one.method != "GET"])
    tip = shop.fleet.origin.git("rev-parse", BRANCH)
    shop.update()
    assert shop.fleet.origin.git("rev-parse", BRANCH) == tip
    assert len([one for one in fake.requests if one.method != "GET"]) == before


def test_a_newer_tag_goes_into_the_same_pull_request(shop: Shop) -> None:
    shop.update()
    (first,) = shop.fleet.open
    shop.registry.image(shop.name, "1.5.0")
    assert shop.steps() == ["updated"]
    (pull,) = shop.fleet.open
    assert pull.number == first.number
    assert "to 1.5.0" in pull.title
    assert ":1.5.0" in shop.fleet.read(STAGING, BRANCH)


def test_what_somebody_else_has_done_closes_it(shop: Shop) -> None:
    shop.update()
    shop.commit({STAGING: deployment(f"{shop.image}:1.4.0")})
    assert shop.steps() == ["closed"]
    assert shop.fleet.open == []
    assert shop.fleet.origin.git("for-each-ref", "refs/heads/images") == ""


def test_what_people_closed_stays_closed_until_there_is_a_newer_image(shop: Shop) -> None:
    shop.update()
    shop.fleet.open[0].state = "closed"
    assert shop.steps() == ["declined"]
    shop.registry.image(shop.name, "1.6.0")
    assert shop.steps() == ["created"]


def test_a_branch_that_a_person_committed_to_is_theirs(shop: Shop) -> None:
    shop.update()
    shop.fleet.origin.git("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    tip = shop.commit({"note.txt": "mine"}, "Mine")
    shop.fleet.origin.git("symbolic-ref", "HEAD", "refs/heads/main")
    shop.registry.image(shop.name, "1.7.0")
    assert shop.steps() == ["taken over"]
    assert shop.fleet.origin.git("rev-parse", BRANCH) == tip


def test_a_crash_between_push_and_pull_request_is_mended_by_the_next_run(shop: Shop) -> None:
    shop.fleet.fake.state.faults.append(Fault("POST", "/pulls", 403, message="no"))
    outcome = shop.update()
    assert [one.step.value for one in outcome.done] == ["failed"]
    assert outcome.exit_code == 3
    assert shop.steps() == ["created"]
    assert shop.steps() == ["unchanged"]
    assert len(shop.fleet.open) == 1


def test_a_downgrade_is_never_proposed(shop: Shop) -> None:
    shop.commit({STAGING: deployment(f"{shop.image}:1.9.0")})
    outcome = shop.update()
    assert outcome.done == []
    (decision,) = outcome.plan.decisions
    assert decision.action.value == "refused"
    assert decision.reason == "`1.9.0` is newer than `1.4.0`, which the policy picks: it is not set back"
    shop.commit({STAGING: deployment(f"{shop.image}:latest")})
    (decision,) = shop.update().plan.decisions
    assert "whether `1.4.0` is newer than `latest` is not known" in decision.reason


@pytest.mark.parametrize("component", ["", "web"])
def test_a_hold_is_respected_and_what_is_open_stays(shop: Shop, component: str) -> None:
    shop.update()
    lock(shop.place, "staging", component, "rolled back", "")
    shop.registry.image(shop.name, "1.8.0")
    tip = shop.fleet.origin.git("rev-parse", BRANCH)
    outcome = shop.update()
    assert [one.step.value for one in outcome.done] == ["nothing"]
    (decision,) = outcome.plan.decisions
    assert decision.action.value == "held"
    assert "rolled back" in decision.reason
    assert shop.fleet.origin.git("rev-parse", BRANCH) == tip
    unlock(shop.place, "staging", component, force=False)
    assert shop.steps() == ["updated"]


_OVERLAY: Final = {"apps/web/production/kustomization.yaml": "resources: [../../../base]\n"}
_BY_FLUX: Final = {
    "clusters/production/base.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
    "metadata: {name: base, namespace: flux-system}\n"
    "spec: {path: ./base, interval: 1h, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}\n"
}


@pytest.mark.parametrize("user", [_OVERLAY, _BY_FLUX], ids=["overlay", "flux"])
def test_the_hold_of_what_is_built_from_a_shared_file_counts(shop: Shop, user: dict[str, str]) -> None:
    shop.commit(
        {
            "base/deployment.yaml": deployment(f"{shop.image}:1.1.0"),
            "base/kustomization.yaml": "resources: [deployment.yaml]\n",
            ".gitops.yaml": config(shop.image, paths="base"),
            **user,
        }
    )
    assert [one.action.value for one in shop.update(dry_run=True).plan.decisions] == ["update"]
    lock(shop.place, "production", "", "rolled back", "")
    assert [one.action.value for one in shop.update(dry_run=True).plan.decisions] == ["held"]


@pytest.mark.parametrize(
    ("grouping", "branches"),
    [
        ("policy", ["images/other", "images/web"]),
        ("all", ["images/group_all"]),
        ("environment", ["images/environment_production", "images/environment_staging"]),
    ],
)
def test_updates_are_grouped_as_configured(shop: Shop, grouping: str, branches: list[str]) -> None:
    text = config(shop.image, more=f"  group: {grouping}\n  pullRequests: {{labels: [deps], title: 'New: {{images}}'}}")
    other = f"    other:\n      image: {shop.image}\n      semver: 2.x\n      paths: [apps/web/production]\n"
    shop.commit({".gitops.yaml": text + other})
    outcome = shop.update()
    assert sorted(one.branch for one in outcome.done) == branches
    assert {one.step.value for one in outcome.done} == {"created"}
    assert {pull.title.partition(":")[0] for pull in shop.fleet.open} == {"New"}
    assert {tuple(pull.labels) for pull in shop.fleet.open} == {("deps",)}
    changed = {branch: shop.fleet.origin.git("diff", "--name-only", "main", branch).split() for branch in branches}
    assert sorted(path for paths in changed.values() for path in paths) == [PRODUCTION, STAGING]


def test_a_run_for_one_policy_leaves_what_shares_its_pull_request(shop: Shop) -> None:
    text = config(shop.image, more="  group: all")
    other = f"    other:\n      image: {shop.image}\n      semver: 2.x\n      paths: [apps/web/production]\n"
    shop.commit({".gitops.yaml": text + other})
    assert [one.step.value for one in shop.update().done] == ["created"]
    assert [one.step.value for one in shop.update("other").done] == ["unchanged"]
    changed = shop.fleet.origin.git("diff", "--name-only", "main", "images/group_all").split()
    assert sorted(changed) == [PRODUCTION, STAGING]


def test_one_registry_that_fails_stops_nobody_else_and_closes_nothing(shop: Shop) -> None:
    shop.update()
    dead = f"    dead:\n      image: {shop.registry.host}/no/such\n      semver: 1.x\n      paths: [apps]\n"
    broken = config(shop.image) + dead
    files = {"apps/dead/staging/x.yaml": deployment(f"{shop.registry.host}/no/such:1.0.0"), ".gitops.yaml": broken}
    shop.commit(files)
    shop.registry.image(shop.name, "1.9.1")
    outcome = shop.update()
    assert [(one.branch, one.step.value) for one in outcome.done] == [(BRANCH, "updated")]
    (finding,) = outcome.plan.findings
    assert (finding.code, finding.file, finding.line) == ("registry-missing", ".gitops.yaml", 12)
    assert outcome.exit_code == 1
    # The other way round: what is not known now is no reason to close what is open.
    shop.commit(
        {
            ".gitops.yaml": config(f"{shop.registry.host}/no/such", paths="apps"),
            STAGING: files["apps/dead/staging/x.yaml"],
        }
    )
    assert [(one.branch, one.step.value) for one in shop.update().done] == [(BRANCH, "nothing")]
    assert len(shop.fleet.open) == 1


def test_markers_of_flux_name_tag_and_digest(shop: Shop) -> None:
    files = {
        "clusters/staging/policies.yaml": f"""\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {{name: web, namespace: flux-system}}
spec: {{image: {shop.image}, interval: 5m}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {{name: web, namespace: flux-system}}
spec:
  imageRepositoryRef: {{name: web}}
  digestReflectionPolicy: IfNotPresent
  policy: {{semver: {{range: '>=1.0.0 <2.0.0'}}}}
""",
        "apps/web/staging/kustomization.yaml": """\
resources: [deployment.yaml]\r
images:\r
  - name: web\r
    newName: registry.example.com/web # {"$imagepolicy": "flux-system:web:name"}\r
    newTag: "1.0.0" # {"$imagepolicy": "flux-system:web:tag"}\r
    digest: sha256:0000000000000000000000000000000000000000000000000000000000000000 # {"$imagepolicy": "flux-system:web:digest"}\r
  - name: other\r
    newTag: 1.0 # {"$imagepolicy": "elsewhere:web:tag"}\r
""",
        ".gitops.yaml": "version: 1\n",
    }  # fmt: skip
    shop.commit(files)
    outcome = shop.update()
    assert [(one.branch, one.step.value) for one in outcome.done] == [("images/flux-system.web", "created")]
    digest = Registry().digest(parse_repository(shop.image), "1.4.0")
    wanted = files["apps/web/staging/kustomization.yaml"].replace("registry.example.com/web", shop.image)
    wanted = wanted.replace('"1.0.0"', '"1.4.0"').replace("sha256:" + "0" * 64, digest)
    show = ["git", "show", "images/flux-system.web:apps/web/staging/kustomization.yaml"]
    written = subprocess.run(show, cwd=shop.fleet.origin.path, capture_output=True, check=True).stdout
    assert written.decode() == wanted
    assert [one.code for one in outcome.plan.findings] == ["image-policy-absent"]


class TestSet:
    def test_a_pull_request_for_one_environment(self, shop: Shop) -> None:
        app = shop.name.rpartition("/")[2]
        outcome = shop.set(f"{app}=1.3.0", environment="production")
        (done,) = outcome.done
        assert (done.branch, done.step.value) == (f"set-image/production/{app}", "created")
        assert f"{shop.image}:1.3.0" in shop.fleet.read(PRODUCTION, done.branch)
        assert shop.fleet.read(STAGING, done.branch) == shop.fleet.read(STAGING)
        again = shop.set(f"{app}=1.3.0", environment="production")
        assert [one.step.value for one in again.done] == ["unchanged"]
        shop.set(f"{app}={shop.image}:1.2.0", environment="production")
        (pull,) = shop.fleet.open
        assert "to 1.2.0" in pull.title
        # A run of `image update` does not close what is not its own.
        assert "closed" not in shop.steps()

    def test_once_main_has_it_the_pull_request_goes(self, shop: Shop) -> None:
        shop.set("web=1.3.0", environment="staging")
        shop.commit({STAGING: deployment(f"{shop.image}:1.3.0")})
        assert [one.step.value for one in shop.set("web=1.3.0", environment="staging").done] == ["closed"]
        assert shop.set("web=1.3.0", environment="staging").done == []

    def test_a_push_to_main(self, shop: Shop) -> None:
        outcome = shop.set("web=1.3.0", environment="staging", push=True)
        assert outcome.commit == shop.fleet.origin.git("rev-parse", "main")
        assert f"{shop.image}:1.3.0" in shop.fleet.read(STAGING)
        assert shop.set("web=1.3.0", environment="staging", push=True).commit == ""

    def test_a_hold_refuses_it(self, shop: Shop) -> None:
        lock(shop.place, "staging", "", "rolled back", "")
        outcome = shop.set("web=1.3.0", environment="staging", push=True)
        assert (outcome.exit_code, outcome.commit) == (1, "")
        (finding,) = outcome.plan.findings
        assert finding.code == "image-not-set"
        assert "rolled back" in finding.message
        assert finding.file == STAGING

    def test_in_which_environment_has_to_be_clear(self, shop: Shop) -> None:
        with pytest.raises(UsageError, match="is used in production, staging: say in which"):
            shop.set("web=1.3.0")
        with pytest.raises(UsageError, match="is not used in preview, but in production, staging"):
            shop.set("web=1.3.0", environment="preview")
        with pytest.raises(UsageError, match=r"nothing here is called `shop`.*images here: "):
            shop.set("shop=1.3.0")

    def test_jobs_of_several_applications_at_once_all_come_through(self, shop: Shop) -> None:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only here

        names = [f"app{number}" for number in range(4)]
        files = {f"apps/{one}/staging/d.yaml": deployment(f"registry.example.com/{one}:1.0") for one in names}
        shop.commit(files)
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda one: shop.set(f"{one}=2.0", push=True), names))
        assert all(one.commit for one in done)
        for one in names:
            assert f"registry.example.com/{one}:2.0" in shop.fleet.read(f"apps/{one}/staging/d.yaml")
