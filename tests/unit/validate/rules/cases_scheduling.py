"""Where and when Pods run."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.cases_pods import POD, TEMPLATE
from tests.unit.validate.rules.variants import DROPPED, Case, Table

SELECTOR: Final = {"matchLabels": {"app": "web"}}
pod = Table("Pod", POD, "spec")
# Where and when.
pod.bad("an empty toleration", "required-field", "tolerations.0.key", {"tolerations": [{}]})
pod.bad(
    "a toleration without a key",
    "required-field",
    "tolerations.0.key",
    {"tolerations": [{"operator": "Equal", "value": "a"}]},
)
pod.bad("Equal alone", "invalid-value", "tolerations.0.operator", {"tolerations": [{"operator": "Equal"}]})
pod.bad("a wrong key", "invalid-label", "tolerations.0.key", {"tolerations": [{"key": "a b", "operator": "Exists"}]})
pod.bad("a wrong value", "invalid-label", "tolerations.0.value", {"tolerations": [{"key": "a", "value": "a b"}]})
pod.bad(
    "Exists with a value",
    "invalid-value",
    "tolerations.0.operator",
    {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]},
)
pod.bad(
    "seconds without effect",
    "invalid-value",
    "tolerations.0.effect",
    {"tolerations": [{"key": "a", "tolerationSeconds": 5}]},
)
pod.bad(
    "comparison",
    "invalid-enum",
    "tolerations.0.operator",
    {"tolerations": [{"key": "a", "operator": "Gt", "value": "5"}]},
)
pod.values(
    "tolerations",
    [{"operator": "Exists"}],
    [{"key": "a", "value": "b", "effect": "NoExecute", "tolerationSeconds": 0}],
    [{"key": "a", "operator": "", "effect": ""}],
)
SPREAD: Final[dict[str, Any]] = {
    "maxSkew": 1,
    "topologyKey": "topology.kubernetes.io/zone",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": SELECTOR,
}
spread = Table(
    "Pod that is spread",
    {**POD, "spec": {**POD["spec"], "topologySpreadConstraints": [SPREAD]}},
    "spec.topologySpreadConstraints",
)
spread.value("invalid-value", "0.maxSkew", 0, -1)
spread.value("required-field", "0.topologyKey", "")
spread.value("invalid-value", "0.minDomains", 0)
spread.values("0.minDomains", 1)
spread.bad(
    "domains anyway", "forbidden-field", "0.minDomains", {"0.minDomains": 2, "0.whenUnsatisfiable": "ScheduleAnyway"}
)
spread.bad("twice", "duplicate-item", "1.topologyKey", {"1": {**SPREAD, "maxSkew": 2}})
spread.good("another action", {"1": {**SPREAD, "whenUnsatisfiable": "ScheduleAnyway"}})
spread.bad("a key of the selector", "duplicate-item", "0.matchLabelKeys.0", {"0.matchLabelKeys": ["app"]})
spread.good("a key that the Pod has not", {"0.matchLabelKeys": ["tier"]})
spread.bad("a wrong key", "invalid-label", "0.matchLabelKeys.0", {"0.matchLabelKeys": ["a b"]})
spread.bad(
    "keys without a selector",
    "forbidden-field",
    "0.matchLabelKeys",
    {"0.matchLabelKeys": ["a"], "0.labelSelector": DROPPED},
)
spread.bad(
    "no value",
    "required-field",
    "0.labelSelector.matchExpressions.0.values",
    {"0.labelSelector.matchExpressions": [{"key": "a", "operator": "In"}]},
)
pod.value("invalid-name", "readinessGates.0.conditionType", "a b")
pod.value("required-field", "readinessGates.0.conditionType", "")
pod.values("readinessGates.0.conditionType", "example.com/ready")
pod.value("invalid-name", "schedulingGates.0.name", "a b")
pod.bad("a gate twice", "duplicate-item", "schedulingGates.1.name", {"schedulingGates": [{"name": "a"}, {"name": "a"}]})

REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
TERM: Final[dict[str, Any]] = {
    "labelSelector": SELECTOR,
    "topologyKey": "kubernetes.io/hostname",
    "namespaces": ["default"],
}
AFFINITY: Final[dict[str, Any]] = {
    "nodeAffinity": {
        REQUIRED: {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}]
        },
        PREFERRED: [
            {"weight": 1, "preference": {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}}
        ],
    },
    "podAffinity": {REQUIRED: [TERM], PREFERRED: [{"weight": 100, "podAffinityTerm": TERM}]},
    "podAntiAffinity": {REQUIRED: [TERM], PREFERRED: [{"weight": 50, "podAffinityTerm": TERM}]},
}
AFFINITIES: list[Case] = []
for kind, manifest, root, merges in (
    ("Pod", {**POD, "spec": {**POD["spec"], "affinity": AFFINITY}}, "spec.affinity", True),
    (
        "template",
        {
            **TEMPLATE,
            "template": {**TEMPLATE["template"], "spec": {**TEMPLATE["template"]["spec"], "affinity": AFFINITY}},
        },
        "template.spec.affinity",
        False,
    ),
):
    table = Table(f"{kind} with affinity", manifest, root)
    for pods in ("podAffinity", "podAntiAffinity"):
        term = f"{pods}.{REQUIRED}.0"
        weighted = f"{pods}.{PREFERRED}.0"
        table.value("invalid-value", f"{weighted}.weight", 0, 101)
        table.value("required-field", f"{weighted}.podAffinityTerm.topologyKey", "")
        table.value("required-field", f"{term}.topologyKey", "")
        table.value("invalid-name", f"{term}.topologyKey", "a b")
        table.value("invalid-name", f"{term}.namespaces.0", "Default")
        table.value("invalid-label", f"{term}.labelSelector.matchLabels.app", "a b")
        table.bad(
            f"{pods}: keys without selector",
            "forbidden-field",
            f"{term}.mismatchLabelKeys",
            {f"{term}.mismatchLabelKeys": ["a"], f"{term}.labelSelector": DROPPED},
        )
        table.bad(
            f"{pods}: a key in both",
            "duplicate-item",
            f"{term}.matchLabelKeys.0",
            {f"{term}.matchLabelKeys": ["a"], f"{term}.mismatchLabelKeys": ["a"]},
        )
        both = {f"{term}.matchLabelKeys": ["app"]}
        # The server makes requirements of the keys, in Pods only.
        if merges:
            table.bad(f"{pods}: a key of the selector", "duplicate-item", f"{term}.matchLabelKeys.0", both)
        else:
            table.good(f"{pods}: a key of the selector", both)
            clash = {f"{term}.labelSelector.matchExpressions": [{"key": "app", "operator": "Exists"}]}
            table.bad(
                f"{pods}: a key twice in the selector", "duplicate-item", f"{term}.matchLabelKeys.0", both | clash
            )
    nodes = f"nodeAffinity.{REQUIRED}.nodeSelectorTerms"
    expression = f"{nodes}.0.matchExpressions.0"
    preferred = f"nodeAffinity.{PREFERRED}.0"
    table.value("required-field", nodes, [])
    table.values(nodes, [{}], [None])
    table.value("invalid-label", f"{expression}.key", "a b")
    table.value("required-field", f"{expression}.values", [])
    table.value("invalid-label", f"{expression}.values.1", "a b")
    table.bad("Exists with values", "invalid-value", f"{expression}.operator", {f"{expression}.operator": "Exists"})
    table.bad("Gt with two values", "invalid-value", f"{expression}.values", {f"{expression}.operator": "Gt"})
    table.good("Gt", {f"{expression}.operator": "Gt", f"{expression}.values": ["5"]})
    table.good("Exists", {f"{expression}.operator": "Exists", f"{expression}.values": DROPPED})
    table.value("invalid-value", f"{preferred}.weight", 0, 101)
    table.good(
        "a preferred value that is no label",
        {f"{preferred}.preference": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["a b"]}]}},
    )
    field = f"{preferred}.preference.matchFields.0"
    table.value("invalid-value", f"{field}.key", "metadata.uid")
    table.value("invalid-value", f"{field}.operator", "Exists")
    table.value("invalid-value", f"{field}.values", ["a", "b"], [])
    table.value("invalid-name", f"{field}.values.0", "A")
    AFFINITIES += table.cases

CASES: Final = [*pod.cases, *spread.cases, *AFFINITIES]
