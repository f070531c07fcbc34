"""Roles and their bindings."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.variants import DROPPED, Table

VERSION: Final = "rbac.authorization.k8s.io/v1"
GROUP: Final = "rbac.authorization.k8s.io"
RULES: Final = [{"apiGroups": ["", "apps"], "resources": ["pods"], "resourceNames": ["a"], "verbs": ["get", "*"]}]
ROLE: Final = {"apiVersion": VERSION, "kind": "Role", "metadata": {"name": "a:b"}, "rules": RULES}
CLUSTER_ROLE: Final = {"apiVersion": VERSION, "kind": "ClusterRole", "metadata": {"name": "a:b"}, "rules": RULES}
SUBJECTS: Final = [
    {"kind": "ServiceAccount", "name": "a", "namespace": "default"},
    {"kind": "User", "name": "A B", "apiGroup": GROUP},
    {"kind": "Group", "name": "system:masters"},
]
BINDING: Final = {
    "apiVersion": VERSION,
    "kind": "RoleBinding",
    "metadata": {"name": "a:b"},
    "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "a:b"},
    "subjects": SUBJECTS,
}
CLUSTER_BINDING: Final = BINDING | {
    "kind": "ClusterRoleBinding",
    "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "a:b"},
}

role, cluster_role = Table("Role", ROLE), Table("ClusterRole", CLUSTER_ROLE)
for table in (role, cluster_role):
    table.good("no rules", {"rules": DROPPED})
    table.good("empty rules", {"rules": []})
    table.value("required-field", "rules.0.verbs", [])
    table.value("required-field", "rules.0.apiGroups", [], DROPPED)
    table.value("required-field", "rules.0.resources", [], DROPPED)
    table.values("rules.0.resourceNames", [], DROPPED)
    table.values("rules.0.verbs", ["anything"], [""])
paths = {"verbs": ["get"], "nonResourceURLs": ["/healthz"]}
role.bad("paths", "forbidden-field", "rules.0.nonResourceURLs", {"rules.0": paths})
cluster_role.good("paths", {"rules.0": paths})
cluster_role.bad(
    "paths and resources", "forbidden-field", "rules.0.nonResourceURLs", {"rules.0.nonResourceURLs": ["/a"]}
)
cluster_role.bad("paths and groups", "forbidden-field", "rules.0.apiGroups", {"rules.0": paths | {"apiGroups": [""]}})
cluster_role.bad(
    "paths and names", "forbidden-field", "rules.0.resourceNames", {"rules.0": paths | {"resourceNames": ["a"]}}
)
selectors = "aggregationRule.clusterRoleSelectors"
cluster_role.good("aggregation", {selectors: [{"matchLabels": {"a": "b"}}, {}]})
cluster_role.bad("aggregation of nothing", "required-field", selectors, {selectors: []})
cluster_role.bad("aggregation without selectors", "required-field", selectors, {"aggregationRule": {}})
cluster_role.bad(
    "aggregation by a wrong label",
    "invalid-label",
    f"{selectors}.0.matchLabels.a",
    {f"{selectors}.0.matchLabels.a": "b c"},
)

binding, cluster_binding = Table("RoleBinding", BINDING), Table("ClusterRoleBinding", CLUSTER_BINDING)
for table in (binding, cluster_binding):
    table.good("no subjects", {"subjects": DROPPED})
    table.values("roleRef.apiGroup", "", DROPPED)
    table.value("invalid-value", "roleRef.apiGroup", "rbac", "rbac.authorization.k8s.io/v1")
    table.value("invalid-enum", "roleRef.kind", "role", "")
    table.value("required-field", "roleRef.name", "")
    table.value("invalid-name", "roleRef.name", "a/b", "..", "a%b")
    table.value("required-field", "subjects.0.name", "")
    table.value("invalid-name", "subjects.0.name", "A", "a:b")
    table.value("invalid-value", "subjects.0.apiGroup", GROUP, "v1")
    table.values("subjects.0.apiGroup", "")
    table.value("invalid-enum", "subjects.0.kind", "serviceaccount", "Serviceaccount")
    table.value("required-field", "subjects.0.kind", "")
    table.value("invalid-value", "subjects.1.apiGroup", "v1")
    table.values("subjects.1.apiGroup", "", DROPPED)
    table.value("required-field", "subjects.1.name", "")
    table.value("invalid-value", "subjects.2.apiGroup", "v1")
    table.good("a namespace of a user", {"subjects.1.namespace": "A B"})
    table.bad("a group by another kind", "invalid-value", "subjects.2.kind", {"subjects.2.kind": "ServiceAccount"})
binding.good("a ClusterRole", {"roleRef.kind": "ClusterRole"})
cluster_binding.value("invalid-enum", "roleRef.kind", "Role")
binding.values("subjects.0.namespace", "", DROPPED, "A B")
cluster_binding.values("subjects.0.namespace", "A B")
cluster_binding.value("required-field", "subjects.0.namespace", "", DROPPED)

CASES: Final = [*role.cases, *cluster_role.cases, *binding.cases, *cluster_binding.cases]
