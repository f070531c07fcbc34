"""What the answers of a cluster mean for an account; what a real one answers is in tests/cluster/test_doctor.py."""

from __future__ import annotations

from gitops_action.cluster.answers import Answer
from gitops_action.cluster.rights import Right
from gitops_action.doctor import accounts
from gitops_action.doctor.accounts import POWER, READING, SAMPLE, Account, Need, Used, judge, needs
from gitops_action.doctor.lines import Job, Line, State

NEEDS = needs(SAMPLE, "default")
ASKED = [*POWER, *READING, *(one.right for one in NEEDS)]


def lines(account: Account, needed: list[Need] | None = None) -> dict[str, Line]:
    return {one.name: one for one in judge(account, NEEDS if needed is None else needed, "")}


def test_what_was_not_answered_is_not_fine() -> None:
    found = lines(
        Account("a", dict.fromkeys(ASKED), [Answer(403, problem="no")], aggregated_unknown="no", problem="no")
    )
    assert {name: one.state for name, one in found.items()} == {
        "account": State.OK,
        **{f"rights for {job}": State.UNKNOWN for job in ("preview", "deploy-flux", "deploy-apply", "drift")},
        **dict.fromkeys(("power", "writes", "aggregated servers", "secrets"), State.UNKNOWN),
    }


def test_what_is_not_allowed_is_not_held() -> None:
    found = lines(Account("a", dict.fromkeys(ASKED, False), [Answer(403)]))
    assert [found[name].state for name in ("power", "writes", "secrets")] == [State.OK] * 3
    assert [found[f"rights for {job}"].state for job in ("preview", "drift")] == [State.MISSING] * 2
    found = lines(Account("a", dict.fromkeys(ASKED, True), [Answer(409)]))
    assert [found[name].state for name in ("power", "writes", "secrets")] == [
        State.MISSING, State.MISSING, State.WARNING,
    ]  # fmt: skip
    assert [found[f"rights for {job}"].state for job in ("preview", "drift", "deploy-apply")] == [State.OK] * 3


def test_rights_in_single_namespaces_will_do() -> None:
    used = Used("apps", "deployments", frozenset({"web", "api"}))
    needed = [one for one in needs([used], "default") if one.job is Job.PREVIEW]
    held: dict[Right, bool | None] = {one.right: False for one in needed}
    held |= {one.right.within(space): True for one in needed for space in used.namespaces}
    assert lines(Account("a", held), needed)["rights for preview"].state is State.OK
    held[Right("patch", "apps", "deployments", namespace="web")] = False
    found = lines(Account("a", held), needed)["rights for preview"]
    assert (found.state, found.message) == (State.MISSING, "it may not patch deployments of apps in web")
    held[Right("patch", "apps", "deployments", namespace="web")] = None
    assert lines(Account("a", held), needed)["rights for preview"].state is State.UNKNOWN


def test_what_a_job_can_do_without_is_a_warning() -> None:
    held = dict.fromkeys(ASKED, True) | {Right("delete", "apps", "deployments"): False}
    found = lines(Account("a", held))
    assert found["rights for deploy-apply"].state is State.OK
    optional = found["rights for deploy-apply, optional"]
    assert optional.state is State.WARNING
    assert optional.message == "what leaves Git cannot be deleted: it may not delete deployments of apps"


def test_the_fix_is_a_command_for_the_account_itself() -> None:
    held = dict.fromkeys(ASKED, True) | {Right("patch", "apps", "deployments"): False}
    found = lines(Account("system:serviceaccount:ci:deployer", held))["rights for deploy-apply"]
    assert found.fix == (
        "kubectl create clusterrole gitops-action-deploy-apply --verb=patch --resource=deployments.apps && "
        "kubectl create clusterrolebinding gitops-action-deploy-apply --clusterrole=gitops-action-deploy-apply "
        "--serviceaccount=ci:deployer"
    )
    assert lines(Account("alice", held))["rights for deploy-apply"].fix.endswith("--user=alice")


def test_what_a_server_beside_the_api_server_serves_is_guarded_by_nobody() -> None:
    right = Right("create", "metrics.example.com", "things")
    found = lines(Account("a", dict.fromkeys(ASKED, False), [], [right]))["aggregated servers"]
    assert (found.state, "create things of metrics.example.com" in found.message) == (State.MISSING, True)


def test_the_preview_needs_no_secrets_and_deployments_do() -> None:
    used = [Used("", "secrets", frozenset({"web"}))]
    jobs = {one.job for one in needs(used, "default") if one.right.resource == "secrets"}
    assert jobs == {Job.DRIFT, Job.DEPLOY_APPLY, Job.DEPLOY_FLUX}


def test_nobody_is_told_to_grant_what_a_preview_must_not_have() -> None:
    used = [Used("admissionregistration.k8s.io", "validatingadmissionpolicies"), Used("", "configmaps")]
    needed = needs(used, "default")
    held: dict[Right, bool | None] = {one.right: one.right.resource == "configmaps" for one in needed}
    found = lines(Account("a", held), needed)
    assert found["rights for preview"].state is State.OK
    assert (found["rights for drift"].state, found["rights for drift, optional"].state) == (State.OK, State.WARNING)
    assert found["rights for deploy-apply"].state is State.MISSING


def test_rights_that_cannot_be_asked_about_are_not_known() -> None:
    needed = needs(SAMPLE, "default", ())
    found = lines(Account("a", {one.right: True for one in needed}), needed)
    assert found["rights for deploy-flux"].state is State.UNKNOWN


def test_flux_is_asked_about_what_the_cluster_has_of_it() -> None:
    one = (accounts.FLUX[0],)
    groups = {need.right.group for need in needs([], "default", one) if need.job is Job.DEPLOY_FLUX}
    assert groups == {"kustomize.toolkit.fluxcd.io"}
    assert all(need.job is not Job.DEPLOY_FLUX for need in needs([], "default", ()))
