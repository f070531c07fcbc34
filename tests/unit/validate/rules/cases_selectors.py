"""Label selectors, and whether they match."""

from __future__ import annotations

from tests.unit.validate.rules.variants import DROPPED, Case, Table

selector = Table(
    "selector",
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {
                "matchLabels": {"app": "web"},
                "matchExpressions": [
                    {"key": "tier", "operator": "In", "values": ["front", "back"]},
                    {"key": "old", "operator": "DoesNotExist"},
                    {"key": "tier", "operator": "Exists"},
                    {"key": "tier", "operator": "NotIn", "values": ["middle"]},
                    {"key": "none", "operator": "NotIn", "values": ["middle"]},
                ],
            },
            "template": {
                "metadata": {"labels": {"app": "web", "tier": "back", "empty": ""}},
                "spec": {"containers": [{"name": "a", "image": "b"}]},
            },
        },
    },
    "spec.selector",
)
FIRST = "matchExpressions.0"
selector.value("invalid-label", "matchLabels.app", "a b", "-a", "a" * 64)
selector.bad("label", "invalid-label", ("matchLabels", "a b"), {("matchLabels", "a b"): "c"})
selector.value("invalid-enum", f"{FIRST}.operator", "in", "Gt", "Equals", "")
selector.value("invalid-label", f"{FIRST}.key", "a b", "", "a/b/c", "-a")
selector.bad("value", "invalid-label", f"{FIRST}.values.1", {f"{FIRST}.values.1": "a b"})
selector.bad("no values", "required-field", f"{FIRST}.values", {f"{FIRST}.values": DROPPED})
selector.bad("empty values", "required-field", f"{FIRST}.values", {f"{FIRST}.values": []})
selector.bad("values", "invalid-value", "matchExpressions.1.operator", {"matchExpressions.1.values": ["a"]})
selector.good("no values to forbid", {"matchExpressions.1.values": []})
selector.good("labels only", {"matchExpressions": DROPPED})
selector.good("expressions only", {"matchLabels": DROPPED})
selector.good(
    "an empty value",
    {"matchLabels.empty": "", "matchExpressions.5": {"key": "empty", "operator": "In", "values": [""]}},
)

# What is wrong is the label or requirement that does not match, or the label that the template lacks.
LACKING = ("template", "metadata", "labels", "other")
OTHERS = (
    ("matchLabels.app", "other", "selector.matchLabels.app"),
    ("matchLabels.other", "web", LACKING),
    (f"{FIRST}.values", ["front"], "selector.matchExpressions.0"),
    (f"{FIRST}.key", "empty", "selector.matchExpressions.0"),
    ("matchExpressions.1.key", "app", "selector.matchExpressions.1"),
    ("matchExpressions.2.key", "other", "selector.matchExpressions.2"),
    ("matchExpressions.3.values", ["back"], "selector.matchExpressions.3"),
)
mismatch = Table("mismatch", selector.cases[0].manifest, "spec")
for path, value, pointer in OTHERS:
    mismatch.bad(f"{path} is {value}", "selector-mismatch", pointer, {f"selector.{path}": value})

CASES: list[Case] = [*selector.cases, *mismatch.cases]
