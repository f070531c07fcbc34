"""Whether a cluster has the policy that lets an account preview and nothing else, and whether nobody has weakened it.

That real writes are refused is tried (`accounts`), but only for one kind. What the policy says holds for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from gitops_action.doctor.lines import Job, Line, State, Topic, listed
from gitops_action.parts import mappings, part

if TYPE_CHECKING:
    from gitops_action.cluster.answers import Answer

NAME: Final = "gitops-action-preview-only"
_GROUP: Final = "/apis/admissionregistration.k8s.io/v1"
PATHS: Final = tuple(
    f"{_GROUP}/{plural}/{NAME}" for plural in ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
)
_NOT_FOUND: Final = 404
_OPERATIONS: Final = frozenset({"CREATE", "UPDATE", "DELETE", "CONNECT"})
_QUESTIONS: Final = frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"})
_DRY_RUN: Final = "request.dryRun"
_TOKENS: Final = '!(request.resource.resource == "serviceaccounts" && request.subResource == "token")'
_FIX: Final = "kubectl apply --server-side --force-conflicts -f https://raw.githubusercontent.com/gitops-action/gitops-action/main/deploy/policy.yaml"


def judge(account: str, answers: Sequence[Answer], where: str) -> Iterator[Line]:
    """Say whether the policy and its binding are there and whole, from the answers to `PATHS`."""
    policy, binding = answers
    for answer in (policy, binding):
        if answer.status == _NOT_FOUND:
            message = f"{NAME} is not there: another may do the same, if real writes are refused"
            yield _line(State.WARNING, message, _FIX, where)
            return
        if not answer.ok or not isinstance(answer.body, Mapping):
            yield _line(State.UNKNOWN, f"{NAME} may not be read: {answer.message}", _FIX, where)
            return
    found = [*_of_policy(part(policy.body, "spec")), *_of_binding(part(binding.body, "spec"))]
    warnings = part(part(policy.body, "status"), "typeChecking").get("expressionWarnings")
    found += ["the server cannot make sense of an expression in it"] if warnings else []
    strange = [one for one in _conditions(part(policy.body, "spec")) if one not in _about(account)]
    if found:
        yield _line(State.MISSING, f"{NAME} was weakened: {listed(found)}", _FIX, where)
    elif any(account not in one for one in strange):
        message = f"{NAME} is there, and not about this account ({account})"
        fix = "preview with the account that it is about, or name this one: deploy/README.md, Another name"
        yield _line(State.MISSING, message, fix, where)
    elif strange:
        yield _line(State.UNKNOWN, f"whether {NAME} is about this account is not plain: `{strange[0]}`", _FIX, where)
    else:
        yield _line(State.OK, f"{NAME} is as it is shipped, and about this account", "", where)


def _of_policy(spec: Mapping[str, Any]) -> Iterator[str]:
    """Name what lets a write through."""
    if spec.get("failurePolicy", "Fail") != "Fail":
        yield "it lets through what it cannot evaluate (failurePolicy)"
    constraints = part(spec, "matchConstraints")
    rules = mappings(constraints, "resourceRules")
    if not any(_is_about_all(rule) for rule in rules):
        yield "it is not about all resources and operations (matchConstraints)"
    for selector in ("namespaceSelector", "objectSelector"):
        if constraints.get(selector):
            yield f"it is about some objects only ({selector})"
    for rule in mappings(constraints, "excludeResourceRules"):
        if not set(rule.get("resources") or ()) <= _QUESTIONS or set(rule.get("operations") or ()) != {"CREATE"}:
            yield f"it leaves out {listed(map(str, rule.get('resources') or ()))}"
    yield from _of_validations(spec)


def _of_validations(spec: Mapping[str, Any]) -> Iterator[str]:
    expressions = {" ".join(str(one.get("expression")).split()) for one in mappings(spec, "validations")}
    if _DRY_RUN not in expressions:
        yield "it does not ask for dry runs (validations)"
    if _TOKENS not in expressions:
        yield "it gives tokens (validations)"
    if spec.get("paramKind"):
        yield "it depends on a parameter (paramKind)"


def _conditions(spec: Mapping[str, Any]) -> list[str]:
    return [" ".join(str(one.get("expression")).split()) for one in mappings(spec, "matchConditions")]


def _about(account: str) -> tuple[str, ...]:
    return tuple(f"request.userInfo.username == {quote}{account}{quote}" for quote in ('"', "'"))


def _is_about_all(rule: Mapping[str, Any]) -> bool:
    return (
        "*" in (rule.get("apiGroups") or ())
        and "*" in (rule.get("apiVersions") or ())
        and "*/*" in (rule.get("resources") or ())
        and ("*" in (rule.get("operations") or ()) or set(rule.get("operations") or ()) >= _OPERATIONS)
        and rule.get("scope", "*") == "*"
        and not rule.get("resourceNames")
    )


def _of_binding(spec: Mapping[str, Any]) -> Iterator[str]:
    if spec.get("policyName") != NAME:
        yield "its binding binds another policy"
    if "Deny" not in (spec.get("validationActions") or ()):
        yield "its binding only warns (validationActions)"
    if any(
        part(spec, "matchResources").get(key)
        for key in ("namespaceSelector", "objectSelector", "resourceRules", "excludeResourceRules")
    ):
        yield "its binding is about some objects only (matchResources)"


def _line(state: State, message: str, fix: str, where: str) -> Line:
    return Line(Topic.CLUSTER, "policy", state, message, fix, frozenset({Job.PREVIEW}), where)
