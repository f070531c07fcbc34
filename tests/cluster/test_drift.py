"""Drift in a real cluster: noticed twice, told in one issue, healed if asked, and never mistaken for a rollout."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.deploy.drift import Kind, Look
from gitops_action.deploy.result import Action, Result
from gitops_action.pipeline.drifting import Wish, drift, exit_code
from gitops_action.pipeline.lock_commands import lock
from gitops_action.report import drift as report
from tests.cluster.components import cluster
from tests.cluster.fleet import Fleet, overlay, settings, workload
from tests.github.conftest import WORKFLOW
from tests.github.conftest import fleet as github
from tests.github.fake import Fake
from tests.github.holding import holding
from tests.schemas import problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gitops_action.promote.locks import Lock
    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("drift")]
_PATH = "environments/production"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: password}\nstringData: {password: correct-horse}\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("drift"), users={"blind": ["blind"]}) as found:
        yield found


@pytest.fixture
def fleet(tmp_path: Path, shared: Cluster) -> Fleet:
    space = f"web-{abs(hash(tmp_path)) % 10**8}"
    config = (
        "version: 1\nenvironments:\n  production:\n"
        f"    paths: [{_PATH}]\n    deploy: {{via: apply, namespace: {space}, timeout: 60s}}\n"
    )
    files = {"a.yaml": settings("a", x="1"), "b.yaml": settings("b", x="1"), "secret.yaml": _SECRET}
    fleet = Fleet.begin(tmp_path, shared, {".gitops.yaml": config, **overlay(_PATH, files, space)})
    fleet.name = space
    assert fleet.deploy().result is Result.SUCCESS
    return fleet


def look(fleet: Fleet, meanwhile: Callable[[], None] = lambda: None, **more: Any) -> Look:
    """Look twice, with something happening in between."""

    def sleep(_seconds: float) -> None:
        meanwhile()

    (found,) = drift(fleet.place, fleet.clusters, Wish(**more), SilentProgress(), fleet.told.append, sleep)
    return found


def path(fleet: Fleet, name: str, plural: str = "configmaps") -> str:
    return f"/api/v1/namespaces/{fleet.name}/{plural}/{name}"


def edit(fleet: Fleet, name: str, value: str) -> None:
    fleet.cluster.patch(path(fleet, name), {"data": {"x": value}})


def test_what_was_deployed_has_not_drifted(fleet: Fleet) -> None:
    found = look(fleet)
    assert (found.drifted, found.skipped, found.objects) == ([], "", 4)
    assert exit_code([found]) == 0


def test_a_hand_edit_is_noticed_where_it_is(fleet: Fleet) -> None:
    edit(fleet, "a", "by hand")
    found = look(fleet)
    (one,) = found.found
    assert (one.resource.name, one.kind, one.paths) == ("a", Kind.CHANGED, ("data.x",))
    assert "-  x: by hand" in one.diff
    assert '+  x: "1"' in one.diff
    assert one.file == f"{_PATH}/a.yaml"
    assert exit_code([found]) == 1
    assert problems("drift", report.as_json([found])) == []


def test_a_deleted_object_is_noticed(fleet: Fleet) -> None:
    fleet.cluster.send("DELETE", path(fleet, "b"))
    (one,) = look(fleet).found
    assert (one.resource.name, one.kind) == ("b", Kind.MISSING)


def test_what_others_may_set_is_not_healed_with_the_rest(fleet: Fleet) -> None:
    config = fleet.origin.git("show", "main:.gitops.yaml")
    ignored = "\nignoreDifferences:\n  - {kind: ConfigMap, name: c, pointers: [/data/x]}\n"
    both = settings("c", x="1", y="1")
    fleet.commit(
        {
            ".gitops.yaml": config + ignored,
            **overlay(_PATH, {"web.yaml": workload("web", replicas=2), "c.yaml": both}, fleet.name),
        }
    )
    fleet.deploy(timeout=timedelta(seconds=2))
    web = f"/apis/apps/v1/namespaces/{fleet.name}/deployments/web"
    # Nothing makes it ready here: it is said to be deployed to the end.
    notes = {"gitops-action/attempt": None, "gitops-action/commit": fleet.clone.git("rev-parse", "HEAD")}
    fleet.cluster.patch(path(fleet, "gitops-production"), {"metadata": {"annotations": notes}})
    fleet.cluster.patch(f"{web}/scale", {"spec": {"replicas": 5}}, manager="kube-controller-manager")
    fleet.cluster.patch(
        web, {"spec": {"minReadySeconds": 7, "template": {"metadata": {"labels": {"app": "web", "by": "hand"}}}}}
    )
    image = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "example.com/web:hand"}]
    fleet.cluster.send("PATCH", web, image, "application/json-patch+json")
    fleet.cluster.patch(path(fleet, "c"), {"data": {"x": "by hand", "y": "by hand"}})
    found = look(fleet, heal=True)
    assert (found.held, found.left) == ("", [])
    live = fleet.cluster.get(web)["spec"]
    assert (live["replicas"], live["template"]["spec"]["containers"][0]["image"]) == (5, "example.com/web:1")
    assert fleet.cluster.get(path(fleet, "c"))["data"] == {"x": "by hand", "y": "1"}


def test_what_passes_by_itself_is_no_drift(fleet: Fleet) -> None:
    edit(fleet, "a", "for a moment")
    fleet.cluster.send("DELETE", path(fleet, "b"))

    def restore() -> None:
        assert look(fleet, settle=0.0, heal=False, report=False).found
        fleet.cluster.patch(path(fleet, "a"), {"data": {"x": "1"}})

    found = look(fleet, restore)
    assert [one.resource.name for one in found.found] == ["b"]


def test_a_commit_that_is_not_deployed_yet_is_no_drift(fleet: Fleet) -> None:
    deployed = fleet.clone.git("rev-parse", "HEAD")
    newest = fleet.commit({f"{_PATH}/a.yaml": settings("a", x="2")})
    found = look(fleet)
    assert (found.found, found.commit, found.behind) == ([], deployed, newest)
    assert "is not deployed yet" in report.headline(found)


def test_nobody_looks_while_somebody_deploys(fleet: Fleet) -> None:
    edit(fleet, "a", "by hand")
    lease = f"/apis/coordination.k8s.io/v1/namespaces/{fleet.name}/leases/gitops-production"
    fleet.cluster.patch(lease, {"spec": {"holderIdentity": "job 7"}})
    found = look(fleet)
    assert found.skipped == "a deployment is under way: job 7"
    assert exit_code([found]) == 3


def test_values_of_secrets_are_not_shown(fleet: Fleet) -> None:
    fleet.cluster.patch(path(fleet, "password", "secrets"), {"data": {"password": "YmF0dGVyeS1zdGFwbGU="}})
    found = look(fleet)
    assert [one.resource.kind for one in found.found] == ["Secret"]
    for text in (report.text([found]), report.issue(found), report.as_json([found]), report.markdown([found])):
        assert "password" in text
        for hidden in ("correct-horse", "battery-staple", "YmF0dGVyeS1zdGFwbGU", "Y29ycmVjdC1ob3JzZQ"):
            assert hidden not in text


def test_ignored_differences_are_no_drift(fleet: Fleet) -> None:
    config = fleet.origin.git("show", "main:.gitops.yaml")
    ignored = "\nignoreDifferences:\n  - {kind: ConfigMap, name: a, pointers: [/data/x]}\n"
    fleet.commit({".gitops.yaml": f"{config}{ignored}"})
    edit(fleet, "a", "by hand")
    edit(fleet, "b", "by hand")
    assert [one.resource.name for one in look(fleet).found] == ["b"]


def test_what_is_healed_is_what_git_says(fleet: Fleet) -> None:
    edit(fleet, "a", "by hand")
    fleet.cluster.send("DELETE", path(fleet, "b"))
    found = look(fleet, heal=True)
    assert found.left == []
    assert {one.action for one in found.healed} == {Action.CONFIGURED, Action.CREATED}
    assert fleet.cluster.get(path(fleet, "a"))["data"] == {"x": "1"}
    assert exit_code([found]) == 0
    # What was made anew is a member of the inventory again: it goes when it leaves Git.
    fleet.commit({f"{_PATH}/kustomization.yaml": f"namespace: {fleet.name}\nresources: [namespace.yaml, a.yaml]\n"})
    assert fleet.deploy().result is Result.SUCCESS
    assert fleet.cluster.get(path(fleet, "b")) is None


def test_too_much_is_not_healed(fleet: Fleet) -> None:
    edit(fleet, "a", "by hand")
    edit(fleet, "b", "by hand")
    found = look(fleet, heal=True, limit=1)
    assert "2 objects have drifted, and at most 1 are healed at once" in found.held
    assert fleet.cluster.get(path(fleet, "a"))["data"] == {"x": "by hand"}


def test_what_is_locked_is_not_healed(fleet: Fleet) -> None:
    lock(fleet.place, "production", "", "an incident", "")
    edit(fleet, "a", "by hand")
    found = look(fleet, heal=True)
    assert "an incident" in found.held
    assert fleet.cluster.get(path(fleet, "a"))["data"] == {"x": "by hand"}


def test_nothing_is_healed_while_somebody_deploys(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody begins after the second look."""
    edit(fleet, "a", "by hand")
    lease = f"/apis/coordination.k8s.io/v1/namespaces/{fleet.name}/leases/gitops-production"

    def begin(*_: object) -> list[Lock]:
        fleet.cluster.patch(lease, {"spec": {"holderIdentity": "job 7"}})
        return []

    monkeypatch.setattr("gitops_action.pipeline.locking.read_locks", begin)
    found = look(fleet, heal=True)
    assert "another deployment is under way: job 7" in found.held
    assert fleet.cluster.get(path(fleet, "a"))["data"] == {"x": "by hand"}


def test_nothing_is_healed_by_what_is_no_longer_deployed(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole deployment fits between the second look and the healing."""
    edit(fleet, "a", "by hand")

    def deploy(*_: object) -> list[Lock]:
        fleet.cluster.patch(path(fleet, "a"), {"data": {"x": "1"}})
        fleet.commit({f"{_PATH}/a.yaml": settings("a", x="2")})
        assert fleet.deploy(force_conflicts=True).result is Result.SUCCESS
        return []

    monkeypatch.setattr("gitops_action.pipeline.locking.read_locks", deploy)
    found = look(fleet, heal=True)
    assert "was deployed meanwhile" in found.held
    assert fleet.cluster.get(path(fleet, "a"))["data"] == {"x": "2"}


def test_nothing_is_healed_where_nothing_was_deployed(fleet: Fleet) -> None:
    fleet.cluster.send("DELETE", path(fleet, "gitops-production"))
    edit(fleet, "a", "by hand")
    found = look(fleet, heal=True)
    assert "has deployed nothing here yet" in found.held
    assert fleet.cluster.get(path(fleet, "a"))["data"] == {"x": "by hand"}


def test_what_a_failed_deployment_left_is_said_and_not_healed(fleet: Fleet) -> None:
    failed = fleet.commit(overlay(_PATH, {"a.yaml": settings("a", x="2"), "web.yaml": workload("web")}, fleet.name))
    assert fleet.deploy(timeout=timedelta(seconds=2)).result is Result.FAILURE
    edit(fleet, "a", "by hand")
    found = look(fleet, heal=True)
    assert [one.resource.name for one in found.found] == ["a"]
    assert found.commit == failed
    assert f"the deployment of {failed[:12]} did not end well" in " ".join(found.notes)
    assert "did not end well: deploy again" in found.held
    told = report.issue(replace(found, held=""))
    assert "did not end well" in told
    assert "did not end well" in report.markdown([replace(found, held="")])


def test_a_run_that_was_killed_long_ago_does_not_keep_anybody_from_looking(fleet: Fleet) -> None:
    lease = f"/apis/coordination.k8s.io/v1/namespaces/{fleet.name}/leases/gitops-production"
    fleet.cluster.patch(lease, {"spec": {"holderIdentity": "killed", "renewTime": "2026-01-01T00:00:00.000000Z"}})
    edit(fleet, "a", "by hand")
    assert [one.resource.name for one in look(fleet).found] == ["a"]


def test_what_was_deployed_and_may_not_be_read_is_said(fleet: Fleet) -> None:
    """Else each commit that waits to be deployed would be drift."""
    rules = (
        "kind: Role\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {{name: half, namespace: {0}}}\nrules:\n"
        "- {{apiGroups: [''], resources: [configmaps, secrets], resourceNames: [a, b, password], verbs: [get, patch]}}\n---\n"
        "kind: RoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {{name: half, namespace: {0}}}\n"
        "roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: half}}\n"
        "subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: blind}}]\n"
    )
    fleet.cluster.kubectl("apply", "-f", "-", stdin=rules.format(fleet.name))
    clusters = replace(fleet.clusters, kubeconfig=str(fleet.cluster.kubeconfig_of("blind")))
    (found,) = drift(fleet.place, clusters, Wish(settle=0.0, heal=True), SilentProgress())
    assert "the inventory" in " ".join(found.notes)
    assert "compared with" in " ".join(found.notes)


def test_a_job_that_deletes_itself_has_not_drifted(fleet: Fleet) -> None:
    job = (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: NAME}\nspec:\n  ttlSecondsAfterFinished: 1\n"
        "  template: {spec: {restartPolicy: Never, containers: [{name: app, image: example.com/job}]}}\n"
    )
    stays = job.replace("  ttlSecondsAfterFinished: 1\n", "")
    files = {"job.yaml": job.replace("NAME", "ends"), "other.yaml": stays.replace("NAME", "stays")}
    fleet.commit(overlay(_PATH, files, fleet.name))
    fleet.deploy(timeout=timedelta(seconds=2))
    for name in ("ends", "stays"):
        path = f"/apis/batch/v1/namespaces/{fleet.name}/jobs/{name}"
        fleet.cluster.send("DELETE", path, {"propagationPolicy": "Background"})
    assert [one.resource.name for one in look(fleet).found] == ["stays"]


def test_an_environment_that_cannot_be_looked_at_hides_no_other(fleet: Fleet) -> None:
    other = {
        "environments/staging/a.yaml": settings("a", x="1"),
        "environments/broken/kustomization.yaml": "resources: [no.yaml]\n",
    }
    config = fleet.origin.git("show", "main:.gitops.yaml").replace("paths", "context: test\n    paths", 1)
    config += "\n  broken: {paths: [environments/broken], context: test}\n"
    fleet.commit({".gitops.yaml": config, **other})
    fleet.deploy()
    edit(fleet, "a", "by hand")
    found = drift(fleet.place, fleet.clusters, Wish(settle=0.0), SilentProgress())
    seen = {one.environment: one for one in found}
    assert [one.resource.name for one in seen["production"].found] == ["a"]
    assert "which cluster environment `staging` is in is not known" in seen["staging"].skipped
    assert "cannot be rendered" in seen["broken"].skipped
    assert exit_code(found) == 1


def test_what_nobody_declared_is_listed_on_request(fleet: Fleet) -> None:
    stray = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stray"}, "data": {"x": "1"}}
    fleet.cluster.send("POST", f"/api/v1/namespaces/{fleet.name}/configmaps", stray)
    assert look(fleet).undeclared == ()
    assert [str(one) for one in look(fleet, undeclared=True).undeclared] == [f"ConfigMap/{fleet.name}/stray"]


def test_what_may_not_be_read_is_unknown_and_never_fine(fleet: Fleet) -> None:
    clusters = replace(fleet.clusters, kubeconfig=str(fleet.cluster.kubeconfig_of("blind")))
    (found,) = drift(fleet.place, clusters, Wish(settle=0.0), SilentProgress())
    assert found.found == []
    assert len(found.unknown) == 4
    assert exit_code([found]) == 3


def test_one_issue_is_opened_edited_and_closed(fleet: Fleet) -> None:
    with Fake(github(), holding()) as fake:
        place = replace(fleet.place, token=WORKFLOW, repository=fake.state.repository, api_url=fake.url)

        def run() -> Look:
            (found,) = drift(place, fleet.clusters, Wish(), SilentProgress(), sleep=lambda _: None)
            return found

        edit(fleet, "a", "by hand")
        run()
        run()
        (issue,) = fake.state.issues
        assert (issue.title, issue.state, issue.labels) == ("Drift in production", "open", ["drift"])
        assert "by hand" in issue.body
        edit(fleet, "b", "by hand")
        run()
        assert len(fake.state.issues) == 1
        assert "/b`" in issue.body
        for name in ("a", "b"):
            fleet.cluster.patch(path(fleet, name), {"data": {"x": "1"}})
        run()
        assert issue.state == "closed"
        assert fake.violations == []


def test_a_workload_that_others_scale_has_not_drifted(fleet: Fleet) -> None:
    fleet.commit(overlay(_PATH, {"web.yaml": workload("web", replicas=2)}, fleet.name))
    fleet.deploy(timeout=timedelta(seconds=2))
    scale = f"/apis/apps/v1/namespaces/{fleet.name}/deployments/web/scale"
    fleet.cluster.patch(scale, {"spec": {"replicas": 5}}, manager="kube-controller-manager")
    assert look(fleet).found == []
