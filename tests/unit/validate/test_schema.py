from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from gitops_action.codes import CODES
from gitops_action.model import Finding, Location, Manifest, Pointer
from gitops_action.validate.catalog import Catalog
from gitops_action.validate.schema import SchemaEngine
from tests.manifests import manifests

CATALOG = Catalog(36)


def check(text: str) -> list[Finding]:
    return SchemaEngine(CATALOG).validate(manifests(text)).findings


class Nowhere:
    """Stands for objects that were not read from a file."""

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        assert all(isinstance(part, str | int) for part in pointer)
        return Location("x.yaml", 1, 1 + key)


def judge(value: dict[Any, Any]) -> list[Finding]:
    return SchemaEngine(CATALOG).validate([Manifest(value, Nowhere())]).findings


def pod(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x"},
        "spec": {"containers": [{"name": "a", "image": "b"}], **spec},
    }


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  lables: {app: web}
spec:
  replicas: "3"
  selecter:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web, version: 1.10}
    spec:
      hostNetwork: "true"
      containers:
        - image: web
          ports:
            - containerPort: 99999999999
              protocol: tcp
          resources:
            limits:
              memory: 1GiB
          env:
            - name: A
              value: true
            - name: B
              value:
                - x
          livenessProbe:
            httpGet:
              path: /
      volumes: null
      nodeSelector: []
  strategy: RollingUpdate
"""


def test_each_problem_is_one_line_at_its_place(snapshot: SnapshotAssertion) -> None:
    findings = sorted(check(DEPLOYMENT), key=lambda finding: finding.sort_key)
    assert "\n".join(f"{f.location} {f.severity} {f.code}: {f.message}" for f in findings) == snapshot


def test_a_finding_carries_what_the_report_needs() -> None:
    [manifest] = manifests("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: ns}\ndata: 1\n")
    placed = Manifest(manifest.value, manifest.locator, environment="staging", target="apps/staging")
    [finding] = SchemaEngine(CATALOG).validate([placed]).findings
    assert finding == Finding(
        "wrong-type", CODES["wrong-type"].severity, "data must be a mapping, not the number 1",
        "app.yaml", 4, 7, manifest.id, "staging", "apps/staging", "schema", "/data",
    )  # fmt: skip


def test_counts_are_honest() -> None:
    found = manifests("""
        {apiVersion: v1, kind: ConfigMap, metadata: {name: good}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: bad}, x: 1}
        ---
        {apiVersion: example.org/v1, kind: Widget, metadata: {name: unknown}}
        ---
        {apiVersion: v1, metadata: {name: nothing}}
        ---
        {apiVersion: v1, kind: Secret, metadata: {name: sops}, stringData: {a: "ENC[AES256_GCM,data:x]"}, sops: {encrypted_regex: Data}}
        """)
    result = SchemaEngine(CATALOG).validate(found)
    assert (result.found, result.checked) == (5, 4)
    assert [f.code for f in result.findings] == ["unknown-field", "schema-missing", "required-field", "encrypted"]


def test_nothing_is_found_in_nothing() -> None:
    result = SchemaEngine(CATALOG).validate([])
    assert (result.findings, result.found, result.checked) == ([], 0, 0)


_SERVICE = "spec: {ports: [{port: 80}]}"
_TEMPLATE = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}"
_WORKLOAD = f"spec: {{selector: {{matchLabels: {{a: b}}}}, {_TEMPLATE}, replicas: 1, strategy: {{}}}}"
_ROLE_REF = "roleRef: {kind: ClusterRole, name: x, apiGroup: rbac.authorization.k8s.io}"
_BINDING = f"{_ROLE_REF}\nsubjects: []"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("kind: Pod\nmetadata: {name: x}\n", 1, "apiVersion is required"),
        ("apiVersion: v1\nmetadata: {name: x}\n", 1, "kind is required"),
        ("apiVersion: v1\nkind:\nmetadata: {name: x}\n", 2, "kind is required"),
        ('apiVersion: ""\nkind: Pod\nmetadata: {name: x}\n', 1, "apiVersion is required"),
        (
            "apiVersion: 1\nkind: Pod\nmetadata: {name: x}\n",
            1,
            "apiVersion must be a string, not the number 1; put it in quotes",
        ),
        ("apiVersion: v1\nkind: ConfigMap\n", 1, "metadata.name is required"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n", 3, "metadata.name is required"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {}\n", 3, "metadata.name is required"),
        ('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ""\n', 4, "metadata.name is required"),
    ],
)
def test_what_every_object_needs(text: str, line: int, message: str) -> None:
    [finding] = check(text)
    assert (finding.line, finding.message) == (line, message)


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: v1, kind: ConfigMap, metadata: {generateName: x-}}",
        '{apiVersion: v1, kind: ConfigMap, metadata: {name: "", generateName: x-}}',
        "{apiVersion: authentication.k8s.io/v1, kind: TokenReview, spec: {token: x}}",
        "{apiVersion: v1, kind: LimitRange, spec: {limits: []}}",
    ],
)
def test_what_may_go_without_a_name(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    ("identity", "code", "line", "message"),
    [
        ("v1 Deploymnt", "unknown-kind", 2, "Kubernetes 1.36 has no v1 Deploymnt; did you mean Deployment, which is of apps/v1?"),
        ("apps/v1 Deploymnt", "unknown-kind", 2, 'Kubernetes 1.36 has no apps/v1 Deploymnt; did you mean "Deployment"?'),
        ("v1 Deployment", "unknown-kind", 1, "there is no v1 Deployment; Deployment is of apps/v1"),
        ("apps/v2 Deployment", "unknown-kind", 1, "there is no apps/v2 Deployment; Deployment is of apps/v1"),
        ("extensions/v1beta1 Ingress", "api-removed", 1,
         "extensions/v1beta1 Ingress was removed in Kubernetes 1.22; use networking.k8s.io/v1 Ingress"),
        ("policy/v1beta1 PodSecurityPolicy", "api-removed", 1,
         "policy/v1beta1 PodSecurityPolicy was removed in Kubernetes 1.25"),
        ("storagemigration.k8s.io/v1 StorageVersionMigration", "unknown-kind", 1,
         "storagemigration.k8s.io/v1 StorageVersionMigration is new in Kubernetes 1.37; the target is 1.36"),
        ("appss/v1 Deployment", "unknown-kind", 1, "there is no appss/v1 Deployment; Deployment is of apps/v1"),
        ("Deployment apps/v1", "unknown-kind", 1,
         'apiVersion and kind stand in each other\'s place: "Deployment" and "apps/v1"'),
        ("Pod v1", "unknown-kind", 1, 'apiVersion and kind stand in each other\'s place: "Pod" and "v1"'),
        ("/v1 HelmRepository", "unknown-kind", 1,
         "there is no /v1 HelmRepository; HelmRepository is of source.toolkit.fluxcd.io/v1"),
        ("v1 Secret/", "unknown-kind", 2, 'Kubernetes 1.36 has no v1 Secret/; did you mean "Secret"?'),
        ("v2 Wdiget", "unknown-kind", 1, 'Kubernetes 1.36 has no apiVersion "v2"'),
        ("kustomize.toolkit.fluxcd.io/ Kustomization", "unknown-kind", 1,
         'there can be no apiVersion "kustomize.toolkit.fluxcd.io/": it is a group and a version, such as apps/v1'),
        ("source.toolkit.fluxcd.io/v1! Bucket", "unknown-kind", 1,
         'there can be no apiVersion "source.toolkit.fluxcd.io/v1!": it is a group and a version, such as apps/v1'),
        ("rbac.authorization.k8s.io/v1/ Role", "unknown-kind", 1,
         'there can be no apiVersion "rbac.authorization.k8s.io/v1/": it is a group and a version, such as apps/v1'),
        ("example.com/v1 My_Kind", "unknown-kind", 2,
         'there can be no kind "My_Kind": it has letters and digits only'),
        ("storage.k8s.ios/v1 StorageClass", "unknown-kind", 1,
         "there is no storage.k8s.ios/v1 StorageClass; did you mean storage.k8s.io?"),
        ("source.toolkit.fluxcd.io/v1 GitRepositoy", "unknown-kind", 2,
         "there is no source.toolkit.fluxcd.io/v1 GitRepositoy; did you mean GitRepository?"),
        ("kustomize.toolkit.fluxcd.io/v1 GitRepository", "unknown-kind", 2,
         "there is no kustomize.toolkit.fluxcd.io/v1 GitRepository; GitRepository is of source.toolkit.fluxcd.io/v1"),
        ("helm.toolkit.fluxcd.io/v2 ConfigMap", "unknown-kind", 2,
         "there is no helm.toolkit.fluxcd.io/v2 ConfigMap; ConfigMap is of v1"),
        ("source.toolkit.fluxcd.io/v1beta1beta1 GitRepository", "unknown-kind", 1,
         "there is no source.toolkit.fluxcd.io/v1beta1beta1 GitRepository; GitRepository is of source.toolkit.fluxcd.io/v1"),
        ("source.toolkit.fluxcd.io/v2 GitRepository", "schema-missing", 2,
         ("no schema for source.toolkit.fluxcd.io/v2 GitRepository, so it is not checked: "
          "the bundled schemas have source.toolkit.fluxcd.io/v1")),
        ("source.toolkit.fluxcd.io/v1 XGitRepository", "schema-missing", 2,
         "no schema for source.toolkit.fluxcd.io/v1 XGitRepository, so it is not checked"),
        ("metrics.k8s.io/v1beta1 NodeMetrics", "schema-missing", 2,
         "no schema for metrics.k8s.io/v1beta1 NodeMetrics, so it is not checked"),
    ],
)  # fmt: skip
def test_kinds_that_the_target_has_not(identity: str, code: str, line: int, message: str) -> None:
    api_version, kind = identity.split()
    [finding] = check(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n")
    assert (finding.code, finding.line, finding.message) == (code, line, message)


@pytest.mark.parametrize(
    ("identity", "fields", "line"),
    [
        ("rbac.authorization.k8s.io/v1 ServiceAccount", _BINDING, 2),
        ("rbac.authorization.k8s.io/v1 ServiceAccount", "secrets: [{name: a}]", 1),
        ("v1 Deployment", _BINDING, 1),
        ("v1 Deployment", _WORKLOAD, 1),
        ("autoscaling/v2 Deployment", _WORKLOAD, 1),
        ("v1 Deployment", _SERVICE, 2),
    ],
)
def test_which_of_apiversion_and_kind_the_fields_speak_for(identity: str, fields: str, line: int) -> None:
    api_version, kind = identity.split()
    [finding] = check(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n{fields}\n")
    assert (finding.code, finding.line) == ("unknown-kind", line)


def test_what_stands_in_each_other_s_place_is_named_where_it_begins() -> None:
    [finding] = check("kind: apps/v1\napiVersion: Deployment\nmetadata: {name: x}\n")
    assert (finding.code, finding.line, finding.column) == ("unknown-kind", 1, 7)


def test_several_target_versions_are_named_where_they_differ() -> None:
    text = """
        apiVersion: v1
        kind: Pod
        metadata: {name: x}
        spec:
          containers: [{name: a, image: b}]
          hostnameOverride: a
          nodeSelectr: {}
        """
    findings = SchemaEngine([Catalog(28), Catalog(37)]).validate(manifests(text)).findings
    assert [(f.code, f.line, "1.28" in f.message, "1.37" in f.message) for f in findings] == [
        ("unknown-field", 7, True, False),
        ("unknown-field", 8, False, False),
    ]


def test_an_item_that_is_there_twice_is_named_as_a_whole() -> None:
    text = """
        apiVersion: v1
        kind: Pod
        metadata: {name: x}
        spec:
          volumes: [{name: v, emptyDir: {}}]
          containers:
          - name: a
            image: b
            volumeMounts:
            - name: v
              mountPath: /x
            - name: v
              mountPath: /x
            - name: v
              subPath: other
              mountPath: /x
        """
    found = [(finding.code, finding.line, finding.pointer) for finding in check(text)]
    assert found == [
        ("duplicate-item", 13, "/spec/containers/0/volumeMounts/1"),
        ("duplicate-item", 17, "/spec/containers/0/volumeMounts/2/mountPath"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        ("http", "metrics", 7),
        ("metrics", "http", 10),
        ("1", "2", 10),
    ],
)
def test_of_two_items_the_one_is_named_that_is_less_like_its_name(first: str, second: str, line: int) -> None:
    text = f"""
        apiVersion: v1
        kind: Service
        metadata: {{name: x}}
        spec:
          ports:
          - name: metrics
            port: 80
            targetPort: {first}
          - name: metrics
            port: 81
            targetPort: {second}
        """
    assert [(finding.code, finding.line) for finding in check(text)] == [("duplicate-item", line)]


def selecting(selector: str, label: str, name: str = "nginx") -> str:
    return f"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: {name}}}
        spec:
          selector:
            matchLabels:
              app: {selector}
          template:
            metadata:
              labels:
                app: {label}
            spec:
              containers: [{{name: {name}, image: "{name}:1"}}]
        """


@pytest.mark.parametrize(
    ("selector", "label", "line"),
    [("nginx", "ngnix", 12), ("ngnix", "nginx", 8), ("nginx", "nginx-a", 12), ("nginx-a", "nginx", 8), ("a", "b", 8)],
)
def test_of_selector_and_label_the_odd_one_out_is_named(selector: str, label: str, line: int) -> None:
    [finding] = check(selecting(selector, label))
    assert (finding.code, finding.line) == ("selector-mismatch", line)


CANARY = "c4n4ryc4n4ry"


@pytest.mark.parametrize(
    "fields",
    [
        f"data: {{k: {CANARY}!}}",
        f"data: {{k: [{CANARY}]}}",
        f"data: {CANARY}",
        f"stringData: [{CANARY}]",
        f"stringData: {{k: {{deep: {CANARY}}}}}",
        "stringData: {k: 4455667788}",
        f"type: [{CANARY}]",
        f"immutable: {CANARY}",
        f"metadata: {{name: x, labels: {CANARY}, creationTimestamp: {CANARY}}}",
    ],
)
def test_values_of_secrets_are_never_shown(fields: str) -> None:
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\n{fields}\n"
    text = text.replace("metadata: {name: x}\n", "", text.count("metadata:") - 1)
    findings = check(text)
    assert findings
    assert all(CANARY not in f.message and "4455667788" not in f.message for f in findings)


def test_long_and_odd_values_are_cut_and_stay_on_one_line() -> None:
    for value in ("x" * 10_000, "a\nb\x1b[31m\u202e", '"', "\\"):
        [finding] = judge(pod(hostNetwork=value))
        assert len(finding.message) < 200
        assert finding.message.isprintable()


UNFIT: list[Any] = [
    math.nan, math.inf, 10**400, -(10**30), dt.date(2020, 1, 1), {1: 2}, {None: 1}, {(1, 2): 3}, b"bytes", {1, 2},
    "\ud800", {"\ud800": 1}, object(), 2**64,
]  # fmt: skip
FIELDS = ["hostNetwork", "priority", "nodeSelector", "zz"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("bad", UNFIT, ids=lambda bad: type(bad).__name__)
def test_what_json_cannot_hold_is_a_finding(field: str, bad: object) -> None:
    findings = judge(pod(**{field: bad}))
    assert findings
    assert all(f.severity == "error" and f.code in CODES for f in findings)


def test_depth_beyond_reason_is_survived() -> None:
    deep: Any = "x"
    for _ in range(50_000):
        deep = [deep]
    assert judge(pod(nodeSelector=deep))


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.binary(max_size=3) | st.dates()
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4),
    max_leaves=15,
)


@given(
    st.sampled_from(
        [("v1", "Pod"), ("apps/v1", "Deployment"), ("v1", "Secret"), ("helm.toolkit.fluxcd.io/v2", "HelmRelease")]
    )
    | st.tuples(anything, anything),
    st.dictionaries(st.sampled_from(["metadata", "spec", "data", "status", "stringData", "sops"]), anything),
)
def test_no_value_makes_it_fail(identity: tuple[Any, Any], fields: dict[str, Any]) -> None:
    value = {"apiVersion": identity[0], "kind": identity[1], **fields}
    for finding in judge(value):
        assert finding.message
        assert "\n" not in finding.message
        assert finding.code in CODES


@given(st.dictionaries(st.text(min_size=1, max_size=8), anything, min_size=1, max_size=3))
def test_a_field_that_no_kind_has_is_always_found(extra: dict[str, Any]) -> None:
    fields = {f"zz-{name}": value for name, value in extra.items()}
    assert len([f for f in judge(pod(**fields)) if f.code == "unknown-field"]) == len(fields)


@pytest.mark.parametrize(
    ("identity", "fields", "message"),
    [
        ("v1 ConfigMap", _SERVICE, 'the fields are those of Service, not of "ConfigMap": see spec'),
        ("v1 ConfigMap", "stringData: {a: b}", 'the fields are those of Secret, not of "ConfigMap": see stringData'),
        ("v1 Namespace", "spec: {limits: [{type: Pod}]}",
         'the fields are those of LimitRange, not of "Namespace": see spec.limits'),
        ("apps/v1 DaemonSet", _WORKLOAD,
         'the fields are those of Deployment, not of "DaemonSet": see spec.replicas and spec.strategy'),
        ("rbac.authorization.k8s.io/v1 Role", _ROLE_REF,
         'the fields are those of ClusterRoleBinding or RoleBinding, not of "Role": see roleRef'),
    ],
)  # fmt: skip
def test_fields_of_another_kind(identity: str, fields: str, message: str) -> None:
    api_version, kind = identity.split()
    [finding] = check(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n{fields}\n")
    assert (finding.code, finding.line, finding.column, finding.message) == ("kind-mismatch", 2, 7, message)


@pytest.mark.parametrize(
    ("identity", "fields"),
    [
        # One field too many; one that fits nothing; nothing in it; a value that is wrong as well; another apiVersion.
        ("apps/v1 DaemonSet", _WORKLOAD.replace(", strategy: {}", "")),
        ("v1 ConfigMap", "stringDat: {a: b}"),
        ("v1 ConfigMap", "spec: {}"),
        ("v1 ConfigMap", f"{_SERVICE}\ndata: {{a: 1}}"),
        ("v1 ConfigMap", f"spec: {{selector: {{matchLabels: {{a: b}}}}, {_TEMPLATE}, strategy: {{}}}}"),
    ],
)
def test_fields_that_are_wrong_for_themselves(identity: str, fields: str) -> None:
    api_version, kind = identity.split()
    findings = check(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n{fields}\n")
    assert findings
    assert {finding.code for finding in findings} <= {"unknown-field", "wrong-type"}


@pytest.mark.parametrize("rest", ["", "spec:\n", "spec: {}\n"])
def test_metadata_alone_is_not_the_content_of_another_kind(rest: str) -> None:
    findings = check(f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\n{rest}")
    assert findings
    assert {finding.code for finding in findings} == {"required-field"}


def test_a_value_that_json_cannot_hold_fits_no_other_kind() -> None:
    value = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "spec": {1: math.nan}}
    assert {finding.code for finding in judge(value)} >= {"unknown-field"}


@pytest.mark.parametrize("octets", ["[256]", "[-1]", "[1.5]", "[a, b]", "[true]", "[[]]", "{}"])
def test_what_bytes_cannot_be(octets: str) -> None:
    [finding] = check(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\nbinaryData:\n  a: {octets}\n")
    assert (finding.code, finding.line) == ("wrong-type", 5)
    assert finding.message.startswith("binaryData.a must be a string, not a ")


@pytest.mark.parametrize("octets", ["[]", "[0, 255]", "[1.0, null]", "YQ=="])
def test_what_bytes_can_be(octets: str) -> None:
    """As encoding/json reads them; a real server accepted each."""
    assert check(f"apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\ndata:\n  a: {octets}\n") == []
