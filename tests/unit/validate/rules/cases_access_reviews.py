"""Questions about who may do what, service ranges and addresses."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import DROPPED, Table

VERSION: Final = "authorization.k8s.io/v1"
ASKED: Final[dict[str, Any]] = {
    "namespace": "default",
    "verb": "get",
    "resource": "pods",
    "labelSelector": {"requirements": [{"key": "a", "operator": "In", "values": ["b"]}]},
    "fieldSelector": {"rawSelector": "a=b"},
}
SPEC: Final = {"user": "a", "groups": ["b"], "resourceAttributes": ASKED}

review = Table("SubjectAccessReview", {"apiVersion": VERSION, "kind": "SubjectAccessReview", "spec": SPEC})
local = Table(
    "LocalSubjectAccessReview",
    {"apiVersion": VERSION, "kind": "LocalSubjectAccessReview", "metadata": {"namespace": "default"}, "spec": SPEC},
)
own = Table(
    "SelfSubjectAccessReview",
    {"apiVersion": VERSION, "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": ASKED}},
)
for table in (review, local):
    table.bad("nobody", "required-field", "spec.user", {"spec.user": DROPPED, "spec.groups": []})
    table.good("a group", {"spec.user": ""})
AT: Final = "spec.resourceAttributes"
for table in (review, local, own):
    table.value("required-field", AT, DROPPED, None)
    table.value("forbidden-field", "spec.nonResourceAttributes", {"path": "/a"})
    selector = f"{AT}.labelSelector"
    table.value("forbidden-field", f"{selector}.rawSelector", "a=b")
    table.value("required-field", f"{selector}.requirements", [], DROPPED)
    table.value("required-field", f"{selector}.requirements.0.values", [], DROPPED)
    table.value("invalid-value", f"{selector}.requirements.0.operator", "Exists")
    table.values(f"{selector}.requirements.0.operator", "Gt", "", DROPPED)
    table.value("invalid-label", f"{selector}.requirements.0.key", "a b", "", DROPPED)
    table.value("invalid-label", f"{selector}.requirements.0.values.0", "a b")
    fields = [{"key": "a b", "operator": "In", "values": ["b c"]}]
    table.values(f"{AT}.fieldSelector", {"requirements": fields}, DROPPED)
    table.bad(
        "no field", "required-field", f"{AT}.fieldSelector.requirements.0.key",
        {f"{AT}.fieldSelector": {"requirements": [{"operator": "Exists"}]}},
    )  # fmt: skip
    table.bad("a label", "forbidden-field", "metadata.labels", {"metadata.labels": {"a": "b"}})
    table.good("what is cleared", {"metadata.uid": "a", "metadata.creationTimestamp": "2026-01-02T03:04:05Z"})
local.value("invalid-value", f"{AT}.namespace", "other")
local.value("required-field", f"{AT}.namespace", "", DROPPED)

ranges = Table(
    "ServiceCIDR",
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": {"name": "a"},
        "spec": {"cidrs": ["10.7.0.0/16", "fd00:1::/112"]},
    },
    "spec",
)
ranges.value("required-field", "cidrs", [], DROPPED)
ranges.value("limit-exceeded", "cidrs", ["10.7.0.0/16", "fd00:1::/112", "10.8.0.0/16"])
ranges.value("invalid-format", "cidrs.0", "10.7.0.1/16", "10.7.0.0", "10.07.0.0/16", "10.0.0.0/08", "a", "", None)
ranges.value("invalid-format", "cidrs.1", "FD00:1::/112", "fd00:1:0::/112", "::ffff:10.7.0.0/112")
ranges.value("invalid-value", "cidrs.1", "10.8.0.0/16")
ranges.values("cidrs", ["10.7.0.0/16"], ["fd00:1::/112", "10.7.0.0/16"])

address = Table(
    "IPAddress",
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IPAddress",
        "metadata": {"name": "10.1.2.3"},
        "spec": {"parentRef": {"group": "", "resource": "services", "namespace": "a", "name": "b"}},
    },
    "spec.parentRef",
)
address.value("invalid-name", "group", "a b", "A")
address.value("invalid-name", "resource", "a/b", ".")
address.value("required-field", "resource", "")
address.value("required-field", "name", "")
address.value("invalid-name", "namespace", "..")
address.values("namespace", "", "A b")
address.values("name", "A b")

CASES: Final = [*review.cases, *local.cases, *own.cases, *ranges.cases, *address.cases]
