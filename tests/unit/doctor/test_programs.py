"""Programs: what is there, what is too old, and how each says its version."""

from __future__ import annotations

import pytest

from gitops_action.doctor.lines import Job, State
from gitops_action.doctor.programs import ASKED, TOOLS, Found, judge, version_of

ALL = {
    "git": Found("/usr/bin/git", "2.39.5"),
    "kustomize": Found("/b/kustomize", "5.7.1"),
    "helm": Found("/b/helm", "3.22.0"),
    "kubeconform": Found("/b/kubeconform", "0.8.0"),
    "kube-apiserver": Found("/b/kube-apiserver", "1.36.3"),
    "etcd": Found("/b/etcd", "3.6.8"),
}


def test_all_is_there() -> None:
    found = list(judge(ALL, "3.11.7", cel=True))
    assert {one.state for one in found} == {State.OK}
    assert [one.name for one in found] == [
        "git 2.39.5", "kustomize 5.7.1", "helm 3.22.0", "kubeconform 0.8.0", "kube-apiserver 1.36.3 and etcd 3.6.8",
        "Python 3.11.7",
    ]  # fmt: skip


def test_nothing_is_there() -> None:
    found = list(judge({}, "3.11.7", cel=False))
    assert [one.state for one in found] == [State.MISSING] * 5 + [State.OK, State.WARNING]
    assert all(one.fix for one in found if one.state is not State.OK)
    assert found[1].message == "kustomize and kubectl not found: one of them builds overlays"
    assert Job.VALIDATE not in found[0].jobs


def test_kubectl_will_do_and_one_of_two_servers_will_not() -> None:
    found = list(judge({"kubectl": Found("/b/kubectl", "1.36.3"), "etcd": ALL["etcd"]}, "3.11.7", cel=True))
    assert (found[1].name, found[1].state) == ("kubectl 1.36.3", State.OK)
    assert (found[4].state, found[4].message) == (
        State.MISSING,
        "kube-apiserver not found: the engine apiserver needs both",
    )


@pytest.mark.parametrize(
    ("name", "version", "state"),
    [
        ("git", "2.31.9", State.MISSING),
        ("git", "2.32.0", State.OK),
        ("git", "3.0", State.OK),
        ("git", "", State.UNKNOWN),
        ("kustomize", "4.5.7", State.WARNING),
        ("helm", "3.9.0", State.WARNING),
        ("kubeconform", "0.5.0", State.MISSING),
    ],
)
def test_what_is_too_old_says_which_is_needed(name: str, version: str, state: State) -> None:
    found = next(one for one in judge(ALL | {name: Found("/b", version)}, "3", cel=True) if one.name.startswith(name))
    assert found.state is state
    assert state is State.OK or found.fix
    assert not version or state is State.OK or "or newer is needed" in found.message


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("git version 2.39.5 (Apple Git-154)\n", "2.39.5"),
        ("v5.7.1\n", "5.7.1"),
        ("{Version:kustomize/v4.5.7 GitCommit:…}", "4.5.7"),
        ("clientVersion:\n  buildDate: 2024-01.02\n  gitVersion: v1.36.3\nkustomizeVersion: v5.7.1\n", "1.36.3"),
        ("v3.22.0+g1234567", "3.22.0"),
        ("Kubernetes v1.36.3", "1.36.3"),
        ("etcd Version: 3.6.8\nGit SHA: x\n", "3.6.8"),
        ("(devel)", ""),
        ("", ""),
    ],
)
def test_versions_are_read(said: str, version: str) -> None:
    assert version_of(said) == version


def test_every_program_is_asked_in_its_own_way() -> None:
    assert set(ASKED) == {name for tool in TOOLS for name in tool.names}
