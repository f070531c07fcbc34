"""The policy for previews: as it is shipped, and each way to weaken it. Real servers are in tests/cluster/test_doctor.py."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import yaml

from gitops_action.cluster.answers import Answer
from gitops_action.doctor.lines import Line, State
from gitops_action.doctor.policies import judge
from tests.support import ROOT

ACCOUNT = "system:serviceaccount:gitops-action:preview"
POLICY, BINDING = list(yaml.safe_load_all((ROOT / "deploy/policy.yaml").read_text(encoding="utf-8")))


def line(policy: Any, binding: Any = BINDING, account: str = ACCOUNT) -> Line:
    (found,) = judge(account, [Answer(200, policy), Answer(200, binding)], "")
    return found


def changed(path: str, value: Any, of: Any = POLICY) -> Any:
    made = deepcopy(of)
    *way, last = path.split("/")
    target: Any = made["spec"]
    for part in way:
        target = target[int(part) if part.isdigit() else part]
    target[int(last) if last.isdigit() else last] = value
    return made


def test_as_it_is_shipped_it_is_whole() -> None:
    assert line(POLICY).state is State.OK


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("failurePolicy", "Ignore", "failurePolicy"),
        ("matchConstraints/resourceRules/0/operations", ["CREATE"], "matchConstraints"),
        ("matchConstraints/resourceRules/0/resources", ["*"], "matchConstraints"),
        ("matchConstraints/resourceRules/0/apiGroups", ["apps"], "matchConstraints"),
        ("matchConstraints/resourceRules/0/scope", "Namespaced", "matchConstraints"),
        ("matchConstraints/resourceRules/0/resourceNames", ["x"], "matchConstraints"),
        ("matchConstraints/namespaceSelector", {"matchLabels": {"a": "b"}}, "namespaceSelector"),
        ("matchConstraints/excludeResourceRules/0/resources", ["configmaps"], "it leaves out configmaps"),
        ("matchConstraints/excludeResourceRules/0/operations", ["*"], "it leaves out"),
        ("validations", [], "dry runs"),
        ("validations/0/expression", "request.dryRun || true", "dry runs"),
        ("validations/1/expression", "true", "it gives tokens"),
        ("paramKind", {"apiVersion": "v1", "kind": "ConfigMap"}, "paramKind"),
    ],
)
def test_each_way_to_weaken_it_is_seen(path: str, value: Any, said: str) -> None:
    found = line(changed(path, value))
    assert (found.state, said in found.message) == (State.MISSING, True), found.message
    assert "deploy/policy.yaml" in found.fix


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("validationActions", ["Warn", "Audit"]),
        ("policyName", "other"),
        ("matchResources", {"namespaceSelector": {"matchLabels": {"a": "b"}}}),
    ],
)
def test_a_binding_that_does_not_bind_is_seen(path: str, value: Any) -> None:
    assert line(POLICY, changed(path, value, BINDING)).state is State.MISSING


def test_what_the_server_fills_in_is_no_weakness() -> None:
    filled = changed("matchConstraints/namespaceSelector", {})
    filled["spec"]["matchConstraints"] |= {"objectSelector": {}, "matchPolicy": "Equivalent"}
    assert (
        line(filled, changed("matchResources", {"namespaceSelector": {}, "objectSelector": {}}, BINDING)).state
        is State.OK
    )


def test_another_form_of_the_condition_is_not_judged() -> None:
    strange = changed(
        "matchConditions/0/expression", f'request.userInfo.username == "{ACCOUNT}" && request.name != "x"'
    )
    assert line(strange).state is State.UNKNOWN


def test_another_account_is_another_account() -> None:
    found = line(POLICY, account="alice")
    assert (found.state, found.message) == (
        State.MISSING,
        "gitops-action-preview-only is there, and not about this account (alice)",
    )
    other = changed("matchConditions/0/expression", 'request.userInfo.username == "other"')
    assert line(other).state is State.MISSING


@pytest.mark.parametrize(("status", "state"), [(404, State.WARNING), (403, State.UNKNOWN), (0, State.UNKNOWN)])
def test_absent_and_hidden_are_two_things(status: int, state: State) -> None:
    (found,) = judge(ACCOUNT, [Answer(status), Answer(status)], "")
    assert found.state is state
