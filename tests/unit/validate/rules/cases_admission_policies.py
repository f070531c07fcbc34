"""Admission policies and their bindings."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

VERSION: Final = "admissionregistration.k8s.io/v1"
CONSTRAINTS: Final = {
    "resourceRules": [
        {
            "operations": ["CREATE", "UPDATE"],
            "apiGroups": ["apps"],
            "apiVersions": ["v1"],
            "resources": ["deployments"],
            "resourceNames": ["a", "b"],
        }
    ],
    "namespaceSelector": {"matchLabels": {"a": "b"}},
}
VALIDATING: Final = {
    "apiVersion": VERSION,
    "kind": "ValidatingAdmissionPolicy",
    "metadata": {"name": "policy.example.com"},
    "spec": {
        "failurePolicy": "Fail",
        "paramKind": {"apiVersion": "rules.example.com/v1", "kind": "ReplicaLimit"},
        "matchConstraints": CONSTRAINTS,
        "matchConditions": [{"name": "a", "expression": "true"}],
        "variables": [{"name": "most", "expression": "5"}],
        "validations": [
            {"expression": "true", "message": "a", "messageExpression": "'a'", "reason": "Forbidden"},
        ],
        "auditAnnotations": [{"key": "a", "valueExpression": "'a'"}, {"key": "b", "valueExpression": "'b'"}],
    },
}
MUTATING: Final = {
    "apiVersion": VERSION,
    "kind": "MutatingAdmissionPolicy",
    "metadata": {"name": "policy.example.com"},
    "spec": {
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "matchConstraints": CONSTRAINTS,
        "variables": [{"name": "most", "expression": "5"}],
        "mutations": [
            {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}},
            {"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'remove', path: '/spec/a'}]"}},
        ],
    },
}
SPEC: Final = {
    "policyName": "policy.example.com",
    "paramRef": {"name": "a", "parameterNotFoundAction": "Deny"},
    "matchResources": CONSTRAINTS,
}
VALIDATING_BINDING: Final = {
    "apiVersion": VERSION,
    "kind": "ValidatingAdmissionPolicyBinding",
    "metadata": {"name": "binding"},
    "spec": SPEC | {"validationActions": ["Deny", "Audit"]},
}
MUTATING_BINDING: Final = {
    "apiVersion": VERSION,
    "kind": "MutatingAdmissionPolicyBinding",
    "metadata": {"name": "binding"},
    "spec": SPEC,
}

validating, mutating = (
    Table("ValidatingAdmissionPolicy", VALIDATING, "spec"),
    Table("MutatingAdmissionPolicy", MUTATING, "spec"),
)
bindings = Table("ValidatingAdmissionPolicyBinding", VALIDATING_BINDING, "spec")
mutating_bindings = Table("MutatingAdmissionPolicyBinding", MUTATING_BINDING, "spec")
for table, resources in (
    (validating, "matchConstraints"),
    (mutating, "matchConstraints"),
    (bindings, "matchResources"),
    (mutating_bindings, "matchResources"),
):
    rule = f"{resources}.resourceRules.0"
    table.value("required-field", f"{rule}.operations", [], DROPPED)
    table.bad("a name twice", "duplicate-item", f"{rule}.resourceNames.1", {f"{rule}.resourceNames.1": "a"})
    table.value("invalid-name", f"{rule}.resourceNames.0", "a/b")
    table.value("invalid-label", f"{resources}.namespaceSelector.matchLabels.a", "b c")
    table.value("invalid-enum", f"{resources}.matchPolicy", "")
    excluded = f"{resources}.excludeResourceRules"
    table.bad(
        "an empty exception",
        "required-field",
        f"{excluded}.0.resources",
        {excluded: [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"]}]},
    )
for table in (validating, mutating):
    table.value("required-field", "matchConstraints", DROPPED)
    table.value("required-field", "matchConstraints.resourceRules", [], DROPPED)
    table.value("invalid-enum", "failurePolicy", "")
    table.values("failurePolicy", "Ignore", DROPPED)
    table.value("required-field", "variables.0.name", "", " ")
    table.value("invalid-name", "variables.0.name", "a-b", "1", "in", "while")
    table.values("variables.0.name", "_a1")
    table.value("required-field", "variables.0.expression", "", " ")
    table.value("invalid-format", "variables.0.expression", "5 >", "(5", "5 5", "5 = 5", "self.a", "len('a')")
    table.values("variables.0.expression", "object.a", "[request].map(r, r.name)", "object.?a", "has(oldObject.b)")
    table.value("invalid-reference", "variables.0.expression", "variables.most", "1 + variables.other")
    table.values("variables.0.expression", "'variables.other'", "[1].map(variables, variables)[0] // variables.other")
    later = [{"name": "least", "expression": "variables.most"}, {"name": "most", "expression": "5"}]
    table.bad("one that is declared later", "invalid-reference", "variables.0.expression", {"variables": later})
    table.good("one that is declared before", {"variables": [later[1], later[0]]})
    condition = [{"name": "a", "expression": "variables.most > 1"}]
    at_condition = "matchConditions.0.expression"
    table.bad("variables of conditions", "invalid-reference", at_condition, {"matchConditions": condition})
validating.value("invalid-format", "validations.0.expression", "true &&", "variables.most ==")
validating.value("invalid-format", "validations.0.expression", "Object{} == object")
validating.value("invalid-format", "validations.0.messageExpression", "'a' 'b'")
mutating.value("invalid-format", "mutations.0.applyConfiguration.expression", "Object{", "self")
mutating.value("invalid-format", "mutations.1.jsonPatch.expression", "[JSONPatch{op: 'remove', path: self}]")
validating.value("invalid-format", "auditAnnotations.0.valueExpression", "'a")
validating.value("invalid-reference", "validations.0.expression", "variables.other < 3")
uses = {"validations.0.expression": "variables.most > 1", "validations.0.messageExpression": "string(variables.most)"}
validating.good("a variable", uses)
validating.bad("by another name", "invalid-reference", "variables.0.name", {**uses, "variables.0.name": "other"})
validating.bad("no variable", "invalid-reference", "variables", {**uses, "variables": []})
mutating.bad(
    "no such variable",
    "invalid-reference",
    "mutations.1.jsonPatch.expression",
    {"mutations.1.jsonPatch.expression": "[JSONPatch{op: variables.other, path: '/spec/a'}]"},
)
for table in (mutating, mutating_bindings):
    resources = "matchConstraints" if table is mutating else "matchResources"
    table.value("invalid-enum", f"{resources}.resourceRules.0.operations.1", "DELETE")
    table.values(f"{resources}.resourceRules.0.operations", ["*"], ["CREATE", "CONNECT"])

kind = "paramKind"
validating.values(kind, DROPPED)
validating.values(f"{kind}.apiVersion", "v1", "/v1")
validating.value("required-field", f"{kind}.apiVersion", "", DROPPED)
validating.value("invalid-format", f"{kind}.apiVersion", "a/b/c", "A/v1", "a/", "/", "a/1", "1")
validating.value("required-field", f"{kind}.kind", "", DROPPED)
validating.value("invalid-name", f"{kind}.kind", "a.b", "1")
validating.bad("nothing to do", "required-field", "validations", {"validations": DROPPED, "auditAnnotations": DROPPED})
validating.good("annotations only", {"validations": []})
validating.good("validations only", {"auditAnnotations": []})
validating.value("required-field", "validations.0.expression", "", " ")
validating.value("required-field", "validations.0.message", " ")
validating.value("invalid-format", "validations.0.message", "a\nb", "a\rb")
validating.values("validations.0.message", "", "a\n", DROPPED)
validating.value("required-field", "validations.0.messageExpression", " ")
validating.value("invalid-enum", "validations.0.reason", "forbidden", "Unauthorized")
validating.value("required-field", "validations.0.reason", "")
validating.values("validations.0.reason", "RequestEntityTooLarge", DROPPED)
audit = "auditAnnotations"
validating.bad("a key twice", "duplicate-item", f"{audit}.1.key", {f"{audit}.1.key": "a"})
validating.value("invalid-name", f"{audit}.0.key", "a b", "", "a/b")
validating.value("required-field", f"{audit}.0.valueExpression", "", " ")
many = [{"key": f"k{number}", "valueExpression": "'a'"} for number in range(21)]
validating.value("limit-exceeded", audit, many)
validating.values(audit, many[:20])
validating.value("limit-exceeded", f"{audit}.0.valueExpression", f"'{'a' * 5119}'")

mutating.value("required-field", "mutations", [], DROPPED)
mutating.value("required-field", "mutations.0.patchType", "")
mutating.value("required-field", "reinvocationPolicy", "", DROPPED)
mutating.value("required-field", "mutations.0.applyConfiguration", DROPPED)
mutating.value("required-field", "mutations.1.jsonPatch", DROPPED)
mutating.value("required-field", "mutations.1.jsonPatch.expression", "", " ")
mutating.value("forbidden-field", "mutations.0.jsonPatch", {"expression": "[]"})
mutating.value("forbidden-field", "mutations.1.applyConfiguration", {"expression": "Object{}"})

for table in (bindings, mutating_bindings):
    table.value("required-field", "policyName", "")
    table.value("invalid-name", "policyName", "A")
    table.values("paramRef", DROPPED, {"selector": {}, "parameterNotFoundAction": "Allow"})
    table.bad("a name and a selector", "forbidden-field", "paramRef.selector", {"paramRef.selector": {}})
    table.value("required-field", "paramRef.name", "", DROPPED)
    table.value("invalid-name", "paramRef.name", "a/b")
    table.value("required-field", "paramRef.parameterNotFoundAction", "", DROPPED)
    table.value("invalid-enum", "paramRef.parameterNotFoundAction", "deny")
    table.values("matchResources", DROPPED, {})
bindings.value("required-field", "validationActions", [])
bindings.bad("an action twice", "duplicate-item", "validationActions.1", {"validationActions.1": "Deny"})
bindings.bad("Deny and Warn", "forbidden-field", "validationActions.1", {"validationActions.1": "Warn"})
bindings.value("invalid-enum", "validationActions.0", "")

CASES: Final = [*validating.cases, *mutating.cases, *bindings.cases, *mutating_bindings.cases]
