"""kubeconform's fixtures as one repository: what its own tests expect of each is in tests/conformance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.test_kubeconform_fixtures import DIFFERENT, EXPECTED
from tests.corpora.repositories import codes, count, report, repository
from tests.support import corpus

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpora
NAME = "kubeconform-fixtures"

# `key: value` and no more: kubeconform is told that it is a manifest, in a repository nothing says so.
NO_MANIFEST = {"missing_kind.yaml"}
# A CRD of apiextensions.k8s.io/v1beta1, gone since Kubernetes 1.22: it gives the TrainingJob of test_crd.yaml no schema.
OLD_CRD = "registry/sagemaker.aws.amazon.com_trainingjobs.yaml"


@pytest.mark.parametrize("command", [("validate",), ("check", "--all")])
def test_all_of_it(tmp_path: Path, command: tuple[str, ...]) -> None:
    repo = repository(NAME, tmp_path / "repo")
    found = report(*command, cwd=repo.path)
    assert found["verdict"] == "failed"
    assert found["coverage"]["resources"] == count(corpus(NAME), lambda _: False)
    expected = EXPECTED | DIFFERENT
    wrong = {name for name, (_, invalid, _) in expected.items() if invalid} - NO_MANIFEST
    # None is in the folder of valid files.
    assert {file for _, file in codes(found, "error")} == {*wrong, OLD_CRD}
    without = {name for name, (_, _, missing) in expected.items() if missing}
    assert {file for code, file in codes(found, "warning") if code == "schema-missing"} == without
