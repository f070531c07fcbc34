"""Plain manifests of every age: what is wrong in them is found, counted against PyYAML, and hides nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.corpora.repositories import changes, codes, count, edit, report, repository, unread
from tests.support import corpus

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gitrepo import GitRepo

pytestmark = pytest.mark.corpora
NAME = "kubernetes-examples"

# Each has an unquoted `{{…}}` for a program to fill in, which makes it YAML of another meaning, or none.
TEMPLATES = {
    "_archived/newrelic-infrastructure/newrelic-config-template.yaml",
    "_archived/newrelic/newrelic-config-template.yaml",
    "_archived/storage/vitess/etcd-controller-template.yaml",
    "_archived/storage/vitess/etcd-service-template.yaml",
    "_archived/storage/vitess/vtgate-controller-template.yaml",
}
# `kind: Policy` of the scheduler, which reads it from a file; the second one has tabs, which JSON may and YAML may not have.
POLICIES = {
    "_archived/scheduler-policy/scheduler-policy-config.json",
    "_archived/scheduler-policy/scheduler-policy-config-with-extender.json",
}
# Served no more since the release that each one's deprecation named; by `grep -rn 'apiVersion: .*beta'`.
REMOVED = {
    "_archived/cockroachdb/cockroachdb-statefulset.yaml",  # policy/v1beta1, 1.25
    "_archived/newrelic-infrastructure/newrelic-infra-daemonset.yaml",  # extensions/v1beta1, 1.16
    "_archived/podsecuritypolicy/rbac/policies.yaml",  # PodSecurityPolicy, 1.25
    "_archived/volumes/azure_disk/claim/blob-based-disk/account-specified-hdd/storageclass-account-hdd.yaml",  # 1.22
    "_archived/volumes/azure_disk/claim/blob-based-disk/dedicated-hdd/storageclass-dedicated-hdd.yaml",
    "_archived/volumes/azure_disk/claim/blob-based-disk/shared-hdd/storageclass-shared-hdd.yaml",
    "_archived/volumes/azure_disk/claim/blob-based-disk/shared-ssd/storageclass-shared-ssd.yaml",
    "_archived/volumes/azure_disk/claim/managed-disk/managed-hdd/storageclass-managed-hdd.yaml",
    "_archived/volumes/azure_disk/claim/managed-disk/managed-ssd/storageclass-managed-ssd.yaml",
    "_archived/volumes/flexvolume/deploy/ds.yaml",  # extensions/v1beta1, 1.16
}
# The same key twice in one mapping; a plain parser takes the last without a word.
DUPLICATE_KEYS = {
    "_archived/openshift-origin/etcd-controller.yaml",  # selector
    "_archived/openshift-origin/etcd-discovery-controller.yaml",  # selector
    "_archived/openshift-origin/openshift-controller.yaml",  # selector
    "_archived/persistent-volume-provisioning/quobyte/quobyte-admin-secret.yaml",  # type
    "_archived/volumes/scaleio/sc-pvc.yaml",  # storageClassName
}
# By the API's own description of these volumes: rbd has imageFeatures nowhere, storageos no pool.
UNKNOWN_FIELDS = {
    "_archived/volumes/rbd/rbd.yaml",  # imageformat, imagefeatures
    "_archived/volumes/scaleio/pod.yaml",  # protectionDoamin
    "_archived/volumes/storageos/storageos-pod.yaml",  # pool
    "_archived/volumes/storageos/storageos-pv.yaml",  # secretName
}
# `protocol: tcp`, where the API has TCP; `lun: <ADD LUN ID Here>`, where it has a number.
WRONG_VALUES = {
    ("invalid-enum", "_archived/volumes/aws_ebs/aws-ebs-web.yaml"),
    ("invalid-enum", "_archived/volumes/cinder/cinder-web.yaml"),
    ("wrong-type", "_archived/volumes/fibre_channel/fc.yaml"),
}
# Kinds of the Prometheus operator, whose CRDs are not here.
WITHOUT_SCHEMA = {
    "AI/vllm-deployment/hpa/gpu-service-monitor-generic.yaml",
    "AI/vllm-deployment/hpa/gpu-service-monitor-gke.yaml",
    "AI/vllm-deployment/hpa/prometheus-rule.yaml",
    "AI/vllm-deployment/hpa/vllm-service-monitor.yaml",
}


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    return repository(NAME, tmp_path_factory.mktemp(NAME) / "repo")


def test_what_cannot_be_composed_is_what_is_left_out_of_the_count() -> None:
    root = corpus(NAME)
    files = {
        path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.suffix in {".yaml", ".yml", ".json"}
    }
    assert {name for name, path in files.items() if unread(path)} <= POLICIES
    for name in TEMPLATES:
        assert re.search(r"(?m): *\{\{|^ *\{\{", files[name].read_text())


@pytest.mark.parametrize("command", [("validate",), ("check", "--all")])
def test_all_of_it(repo: GitRepo, command: tuple[str, ...]) -> None:
    found = report(*command, cwd=repo.path)
    assert found["verdict"] == "failed"
    coverage = found["coverage"]
    objects = count(corpus(NAME), lambda path: path in TEMPLATES | POLICIES)
    assert coverage["resources"] == objects
    assert coverage["engines"] == [{"engine": "schema", "found": objects, "checked": objects - len(WITHOUT_SCHEMA)}]
    # 246 files end in .yaml, 2 in .yml, 14 in .json; the one other is the licence.
    assert coverage["files"] == 262
    errors, warnings = codes(found, "error"), codes(found, "warning")
    assert {file for code, file in errors if code == "api-removed"} == REMOVED
    assert {file for code, file in errors if code == "yaml-duplicate-key"} == DUPLICATE_KEYS
    assert {file for code, file in errors if code == "unknown-field"} == UNKNOWN_FIELDS
    assert errors >= WRONG_VALUES
    assert {file for code, file in warnings if code == "schema-missing"} == WITHOUT_SCHEMA
    assert {file for code, file in warnings if code == "template-unchecked"} == TEMPLATES
    # Nothing of it is part of a build, and nothing says what it is for.
    assert coverage["targets"] == 0
    assert {it["environment"] for it in found["findings"]} <= {"default", ""}


def test_a_change_of_one_file_is_all_that_is_looked_at(tmp_path: Path) -> None:
    repo = repository(NAME, tmp_path / "repo")
    edit(repo, "databases/cassandra/cassandra-service.yaml", "port: 9042", "port: 9043")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    # The repository has errors elsewhere, which this change did not make.
    assert (found["verdict"], found["findings"]) == ("passed", [])
    assert changes(found) == {("default", "update", "Service cassandra")}
    assert (found["coverage"]["files"], found["coverage"]["resources"]) == (1, 1)
    edit(repo, "databases/cassandra/cassandra-service.yaml", "port: 9043", "port: many")
    found = report("check", "--base", "HEAD~1", cwd=repo.path)
    (finding,) = found["findings"]
    text = (repo.path / "databases/cassandra/cassandra-service.yaml").read_text().splitlines()
    assert (finding["code"], text[finding["line"] - 1].strip()) == ("wrong-type", "- port: many")
