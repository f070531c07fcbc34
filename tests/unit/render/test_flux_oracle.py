"""What Flux makes of a Kustomization and a folder: ours beside the code of kustomize-controller, case by case and at random.

`tests/unit/pipeline/test_following.py` has what Flux cannot be asked: several Kustomizations, clusters, findings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.config import Config
from gitops_action.model import Finding, Severity
from gitops_action.pipeline import flux_render
from gitops_action.pipeline.followed import Followed, follow
from gitops_action.repository.discovery import Cache, discover
from tests.fluxoracle import FluxOracle, FluxRefusesError, flux_oracle
from tests.memorytree import MemoryTree

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def oracle() -> Iterator[FluxOracle]:
    with flux_oracle() as started:
        yield started


@dataclass(frozen=True)
class Case:
    """A Kustomization's fields, the files of its source, and the ConfigMaps that are in the cluster."""

    files: Mapping[str, str]
    spec: Mapping[str, Any] = field(default_factory=dict)
    stored: Sequence[Mapping[str, Any]] = ()

    @property
    def kustomization(self) -> dict[str, Any]:
        source = {"kind": "GitRepository", "name": "flux-system"}
        return {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "app", "namespace": "flux-system"},
            "spec": {"interval": "1h", "path": "./app", "prune": True, "sourceRef": source, **self.spec},
        }

    def theirs(self, oracle: FluxOracle) -> list[str] | None:
        """Return the objects that Flux applies; None if it refuses to."""
        try:
            return ordered(oracle.build(self.kustomization, self.files, self.stored))
        except FluxRefusesError:
            return None

    def followed(self) -> Followed:
        """Return what is followed from the Kustomization in a cluster's folder."""
        cluster = "\n---\n".join(map(json.dumps, [self.kustomization, *self.stored]))
        tree = MemoryTree({**self.files, "clusters/test/flux.yaml": cluster})
        cache: Cache = {}
        return follow(tree, discover(tree, cache), Config(), SilentProgress(), cache)

    def ours(self) -> tuple[list[str] | None, set[str]]:
        """Return our objects, None if we say that there is an error; and the codes of what we say."""
        loaded, rendered = flux_render.deployed(self.followed(), Config())
        findings: list[Finding] = [*loaded.findings, *rendered.findings]
        refused = any(finding.severity is Severity.ERROR for finding in findings)
        objects = ordered([dict(manifest.value) for manifest in rendered.manifests])
        return None if refused else objects, {finding.code for finding in findings}


def ordered(values: list[dict[str, Any]]) -> list[str]:
    """Return values so that 1, 1.0 and true differ, whatever their order."""
    return sorted(json.dumps(value, sort_keys=True, ensure_ascii=False) for value in values)


def config_map(name: str, value: str = "v") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{k: {value}}}\n"


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: ${REPLICAS:=2}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ghcr.io/x/web:1.0
        env: [{name: A, value: "${A}"}]
"""
OWN = "resources: [web.yaml]\n"
WEB = {"app/kustomization.yaml": OWN, "app/web.yaml": DEPLOYMENT}
COMPONENT = """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
labels: [{pairs: {component: "yes"}}]
"""
VARIABLES = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "variables", "namespace": "flux-system"},
    "data": {"A": "from\nthe map", "REPLICAS": "5"},
}
FROM_MAP = {"kind": "ConfigMap", "name": "variables"}
DIGEST = f"sha256:{'a' * 64}"


def own(text: str) -> dict[str, str]:
    return {**WEB, "app/kustomization.yaml": OWN + text}


CASES = {
    "as it is": Case(WEB),
    "no kustomization": Case({"app/web.yaml": DEPLOYMENT, "app/sub/c.yml": config_map("c"), "app/x.json": "{}"}),
    "kustomizations further down": Case(
        {
            "app/web.yaml": DEPLOYMENT,
            "app/sub/kustomization.yaml": "namePrefix: p-\nresources: [c.yml]\n",
            "app/sub/c.yml": config_map("c"),
            "app/sub/deep/d.yaml": config_map("d"),
        }
    ),
    "only comments": Case({"app/a.yaml": config_map("c"), "app/b.yaml": "# nothing\n---\n# and nothing\n"}),
    "a List": Case(
        {
            "app/a.yaml": "apiVersion: v1\nkind: List\nitems:\n"
            "- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
            "- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n"
        }
    ),
    "an empty folder": Case({"app/README.md": "nothing"}),
    "no folder": Case({"other/a.yaml": config_map("c")}),
    "other names of the file": Case({"app/Kustomization": OWN, "app/web.yaml": DEPLOYMENT}, {"namePrefix": "q-"}),
    "namespace": Case(own("namespace: own\n"), {"targetNamespace": "prod"}),
    "namespaces of several kinds": Case(
        {
            "app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: own}\n---\n"
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n---\n"
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n"
            "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n"
            "subjects: [{kind: ServiceAccount, name: default}]\n"
        },
        {"targetNamespace": "x"},
    ),
    "names": Case(own("namePrefix: own-\n"), {"namePrefix": "a-", "nameSuffix": "-z"}),
    "empty fields": Case(own("namePrefix: own-\n"), {"namePrefix": "", "targetNamespace": "", "images": []}),
    "patches": Case(
        WEB,
        {
            "patches": [
                {
                    "patch": "- {op: replace, path: /spec/replicas, value: 7}",
                    "target": {"kind": "Deployment"},
                },
                {"patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n"},
            ]
        },
    ),
    "a patch that fails": Case(WEB, {"patches": [{"patch": "- {op: remove, path: /none}", "target": {"name": "web"}}]}),
    "an image, its name only": Case(
        own(f"images: [{{name: ghcr.io/x/web, newTag: '3', digest: '{DIGEST}'}}]\n"),
        {"images": [{"name": "ghcr.io/x/web", "newName": "other/web"}]},
    ),
    "an image, its tag only": Case(
        own(f"images: [{{name: ghcr.io/x/web, newName: q/r, digest: '{DIGEST}'}}]\n"),
        {"images": [{"name": "ghcr.io/x/web", "newTag": "4"}]},
    ),
    "components": Case({**WEB, "comp/kustomization.yaml": COMPONENT}, {"components": ["../comp"]}),
    "components that may be missing": Case(
        {**WEB, "comp/kustomization.yaml": COMPONENT},
        {"components": ["../none", "../comp"], "ignoreMissingComponents": True},
    ),
    "components that may not be missing": Case(WEB, {"components": ["../none"]}),
    "where objects come from": Case(WEB, {"buildMetadata": ["originAnnotations"]}),
    "fields of old": Case(
        {
            "app/kustomization.yaml": OWN + "commonLabels: {a: b}\nimageTags: [{name: ghcr.io/x/web, newTag: '9'}]\n"
            "patchesStrategicMerge: [p.yaml]\n",
            "app/web.yaml": DEPLOYMENT,
            "app/p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
        },
        {"namePrefix": "x-"},
    ),
    "metadata for all": Case(
        WEB, {"commonMetadata": {"labels": {"team": "a", "app": "over"}, "annotations": {"x": "y"}}}
    ),
    "metadata for all, and some that is no text": Case(
        {
            "app/a.yaml": config_map("c"),
            "app/b.yaml": config_map("d").replace("{name: d}", "{name: d, labels: {e: 1}}"),
        },
        {
            "commonMetadata": {"labels": {"a": "b"}},
            "patches": [
                {"patch": "- {op: add, path: /metadata/annotations, value: {v: '${A}'}}", "target": {"name": "."}}
            ],
            "postBuild": {"substituteStrategy": "Always"},
        },
    ),
    "files outside the folder": Case(
        {"app/kustomization.yaml": "resources: [../other/c.yaml]\n", "other/c.yaml": config_map("c")}
    ),
    "files outside the folder, changed": Case(
        {"app/kustomization.yaml": "resources: [../other/c.yaml]\n", "other/c.yaml": config_map("c")},
        {"namePrefix": "x-"},
    ),
    "files outside the source": Case({"app/kustomization.yaml": "resources: [../../c.yaml]\n"}),
    "variables": Case(WEB, {"postBuild": {"substitute": {"A": "1", "REPLICAS": "3"}}}),
    "variables of a map": Case(
        WEB, {"postBuild": {"substituteFrom": [FROM_MAP], "substitute": {"REPLICAS": "9"}}}, [VARIABLES]
    ),
    "variables of a map that cannot be": Case(
        WEB, {"postBuild": {"substituteFrom": [FROM_MAP]}}, [{**VARIABLES, "data": {"app.properties": "x"}}]
    ),
    "defaults without variables": Case(WEB, {"postBuild": {"substituteStrategy": "Always"}}),
    "no defaults without variables": Case(WEB, {"postBuild": {}}),
    "an object that is exempt": Case(
        {
            "app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, labels: "
            "{kustomize.toolkit.fluxcd.io/substitute: disabled}}\ndata: {a: '${A}'}\n"
        },
        {"postBuild": {"substitute": {"A": "1"}}},
    ),
    "a bad substitution": Case({"app/a.yaml": config_map("c", "'${A-x}'")}, {"postBuild": {"substitute": {"A": "1"}}}),
    "hashes of generated names": Case(
        own("configMapGenerator: [{name: g, literals: [a=b]}]\n"), {"targetNamespace": "x"}
    ),
    "a generator only": Case({"app/kustomization.yaml": "configMapGenerator: [{name: g, literals: [a=b]}]\n"}),
    "a generator only, and fields": Case(
        {
            "app/kustomization.yml": "buildMetadata: [managedByLabel]\nconfigMapGenerator: [{name: g, files: [x]}]\n",
            "app/x": "1",
        },
        {"namePrefix": "x-"},
    ),
    "a generator only, and other metadata": Case(
        {"app/kustomization.yaml": "configMapGenerator: [{name: g, literals: [a=b]}]\n"},
        {"buildMetadata": ["transformerAnnotations"]},
    ),
    "bases only": Case(
        {"app/kustomization.yaml": "bases: [../base]\n", "base/kustomization.yaml": OWN, "base/web.yaml": DEPLOYMENT}
    ),
    "components only": Case(
        {
            "app/kustomization.yaml": "resources: []\ncomponents: [../comp]\n",
            "comp/kustomization.yaml": COMPONENT + "resources: [c.yaml]\n",
            "comp/c.yaml": config_map("c"),
        }
    ),
    "no resources further down": Case(
        {
            "app/kustomization.yaml": "resources: [../base]\n",
            "base/kustomization.yaml": "configMapGenerator: [{name: g, literals: [a=b]}]\n",
        }
    ),
    "two objects that are one": Case({"app/a.yaml": config_map("c"), "app/b.yaml": config_map("c")}),
    "a file that is no object": Case({"app/a.yaml": config_map("c"), "app/values.yaml": "replicas: 2\n"}),
    "an object without a name": Case(
        {"app/a.yaml": config_map("c"), "app/b.yaml": config_map("c").replace("name: c", "namespace: c")}
    ),
    "words of YAML 1.1": Case({"app/a.yaml": config_map("c", "yes")}),
    "a date": Case({"app/a.yaml": config_map("c", "2001-01-01")}),
    "an object for kustomize only": Case(
        {
            "app/a.yaml": config_map("c"),
            "app/b.yaml": config_map("d").replace("d}", "d, annotations: {config.kubernetes.io/local-config: a}}"),
        }
    ),
    "a file that is no YAML": Case({"app/a.yaml": config_map("c"), "app/b.yaml": "a: [\n"}),
    "aliases and merges": Case(
        {"app/a.yaml": config_map("c").replace("{k: v}", "{<<: &x {a: '1', b: '2'}, b: '3'}") + "x: *x\n"}
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_cases(oracle: FluxOracle, case: Case) -> None:
    assert case.ours()[0] == case.theirs(oracle)


# Not alike


def test_what_a_kustomization_changes_is_looked_at_once() -> None:
    case = Case(
        {"app/a.yaml": config_map("c"), "app/sub/kustomization.yaml": "resources: [c.yaml]\n"}, {"namePrefix": "x-"}
    )
    assert case.followed().deployed >= {"app/a.yaml", "app/sub"}


def test_a_source_of_variables_that_is_not_in_git_may_be_in_the_cluster(oracle: FluxOracle) -> None:
    case = Case(WEB, {"postBuild": {"substituteFrom": [{**FROM_MAP, "optional": True}]}})
    (theirs,) = case.theirs(oracle) or []
    assert json.loads(theirs)["spec"]["replicas"] == "${REPLICAS:=2}"
    objects, codes = case.ours()
    assert json.loads((objects or [])[0])["spec"]["replicas"] == "<unknown:REPLICAS>"
    assert codes == {"variable-unknown"}


def test_what_kustomize_does_not_know_flux_passes_over(oracle: FluxOracle) -> None:
    case = Case(own("nameprefixes: x\n"))
    assert case.theirs(oracle)
    assert case.ours()[1] == {"kustomize-build-failed"}


# At random: the fields of both kustomizations together

IMAGES = st.lists(
    st.sampled_from(
        [
            {"name": "ghcr.io/x/web", "newTag": "9"},
            {"name": "nginx", "newName": "other/nginx"},
            {"name": "ghcr.io/x/web", "digest": DIGEST},
            {"name": "nginx", "newTag": "1", "newName": "q"},
        ]
    ),
    max_size=2,
)
PATCHES = st.lists(
    st.sampled_from(
        [
            {"patch": "- {op: add, path: /metadata/annotations, value: {p: q}}", "target": {"kind": "ConfigMap"}},
            {
                "patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
                "target": {"kind": "Deployment", "name": "web"},
            },
            {
                "patch": "kind: any\nmetadata: {name: any, labels: {l: v}}\n",
                "target": {"labelSelector": "app=web"},
            },
            {
                "patch": "$patch: delete\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\n",
                "target": {"kind": "ServiceAccount"},
            },
        ]
    ),
    max_size=2,
)
LONG = "${LONG:=" + " ".join("abcdefghijklmnopqrstuvwxyz" * 2) + "}"
OBJECTS: list[dict[str, Any]] = [
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "replicas": "${REPLICAS:=2}",
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "serviceAccountName": "sa",
                    "containers": [
                        {
                            "name": "web",
                            "image": image,
                            "envFrom": [{"configMapRef": {"name": "gen"}}],
                            "args": ["--host=${HOST}", "$${NOT}", LONG],
                        }
                        for image in ("ghcr.io/x/web:1.0", "nginx", f"ghcr.io/x/web@sha256:{'b' * 64}")
                    ],
                },
            },
        },
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "own"},
        "spec": {"ports": [{"port": 80, "targetPort": "${PORT}"}], "selector": {"app": "web"}},
    },
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cfg", "annotations": {"a": "-${A^^}-"}},
        "data": {"${KEY:=k}": "line ${A}\nmore ${PORT}\n", "m": "${PORT}"},
    },
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "sa"}},
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "labels": {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}},
        "stringData": {"p": "${A}"},
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "sa", "namespace": "${NS:=default}"}],
    },
    {
        "apiVersion": "example.org/v1",
        "kind": "Thing",
        "metadata": {"name": "t"},
        "spec": {"x": [1, 2.5, None, True, "yes", "0x1", "1e3"], "m": {"${A}": "${A}"}, "big": 2**62 + 1},
    },
]


def fields(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Make mappings with some of the fields."""
    return st.fixed_dictionaries({}, optional=strategies)


OWN_FIELDS = fields(
    namePrefix=st.just("own-"),
    nameSuffix=st.just("-own"),
    namespace=st.just("own"),
    images=IMAGES,
    patches=PATCHES,
    configMapGenerator=st.just([{"name": "gen", "literals": ["a=b"]}]),
    labels=st.just([{"pairs": {"l": "m"}}]),
    commonAnnotations=st.just({"c": "d"}),
    components=st.just(["../one"]),
    buildMetadata=st.just(["originAnnotations"]),
    replicas=st.just([{"name": "web", "count": 4}]),
)
POST_BUILD = fields(
    substitute=fields(
        A=st.sampled_from(["abc", "x: y", "", "7"]),
        PORT=st.just("8080"),
        HOST=st.just("h.example"),
        REPLICAS=st.just("3"),
        KEY=st.just("kk"),
        NS=st.just("n"),
    ),
    substituteFrom=st.just([FROM_MAP]),
    substituteStrategy=st.sampled_from(["Always", "WithVariables"]),
)
SPECS = fields(
    namePrefix=st.just("p-"),
    nameSuffix=st.just("-s"),
    targetNamespace=st.just("target"),
    images=IMAGES,
    patches=PATCHES,
    components=st.just(["../two"]),
    commonMetadata=fields(
        labels=st.sampled_from([{"cm": "x", "app": "y"}, {"a": "b"}]), annotations=st.just({"an": "x"})
    ),
    buildMetadata=st.just(["originAnnotations"]),
    postBuild=POST_BUILD,
)
STORED = [{**VARIABLES, "data": {"A": "map", "PORT": "9\n", "LONG": "z"}}]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    objects = draw(st.lists(st.sampled_from(OBJECTS), min_size=1, unique_by=lambda value: str(value["kind"])))
    files = {
        "one/kustomization.yaml": COMPONENT,
        "two/kustomization.yaml": COMPONENT.replace("component:", "other:"),
    }
    names = []
    for number, value in enumerate(objects):
        names.append(draw(st.sampled_from([f"o{number}.yaml", f"sub/o{number}.yml"])))
        # Quoted, as words such as `yes` differ for those who read plain files.
        files[f"app/{names[-1]}"] = yaml.safe_dump(value, default_style='"' if draw(st.booleans()) else None)
    if draw(st.integers(0, 4)):
        files["app/kustomization.yaml"] = json.dumps({"resources": names, **draw(OWN_FIELDS)})
    return Case(files, draw(SPECS), STORED)


@given(cases())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_fields_together(oracle: FluxOracle, case: Case) -> None:
    assert case.ours()[0] == case.theirs(oracle)
