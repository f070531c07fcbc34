from __future__ import annotations

import posixpath
import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config import ConfigError, load
from gitops_action.config.locations import VARIABLES, SchemaLocation, parse
from gitops_action.model import Location
from tests.support import require

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = "https://raw.githubusercontent.com/datreeio/CRDs-catalog/main/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"


def read(text: str) -> SchemaLocation:
    location = parse(text)
    assert location is not None
    return location


# Templates of kubeconform's README, of its tests and of public repositories that use it; addresses as `schemaPath` of its
# pkg/registry/registry.go gives them (v0.8.0).
@pytest.mark.parametrize(
    ("template", "identity", "address"),
    [
        (CATALOG, "cert-manager.io/v1 Certificate",
         "https://raw.githubusercontent.com/datreeio/CRDs-catalog/main/cert-manager.io/certificate_v1.json"),
        ("https://kubernetesjsonschema.dev/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json",
         "apps/v1 Deployment", "https://kubernetesjsonschema.dev/v1.36.0-standalone-strict/deployment-apps-v1.json"),
        ("https://kubernetesjsonschema.dev", "apps/v1 Deployment",
         "https://kubernetesjsonschema.dev/v1.36.0-standalone-strict/deployment-apps-v1.json"),
        ("schemas/{{ .ResourceKind }}{{ .KindSuffix }}.json", "v1 Service", "schemas/service-v1.json"),
        ("schemas/{{ .ResourceKind }}{{ .KindSuffix }}.json", "source.toolkit.fluxcd.io/v1beta2 GitRepository",
         "schemas/gitrepository-source-v1beta2.json"),
        ("./schemas/{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json", "example.org/v1Alpha1 Widget",
         "schemas/widget-example.org-v1Alpha1.json"),
        ("schemas", "example.org/v1 Widget", "schemas/v1.36.0-standalone-strict/widget-example-v1.json"),
        ("{{ .ResourceKind }}.json", "example.org/v1 Widget", "widget.json"),
        ("a/ {{- .Group -}} /{{/* the kind */}}{{.ResourceKind}}.json", "example.org/v1 Widget", "a/example.org/widget.json"),
        ("sealedsecret.json", "bitnami.com/v1alpha1 SealedSecret", "sealedsecret.json"),
    ],
)  # fmt: skip
def test_templates_give_kubeconforms_addresses(template: str, identity: str, address: str) -> None:
    api_version, kind = identity.split()
    location = read(template)
    assert location.address(api_version, kind, 36) == address
    assert location.remote is address.startswith("https:")
    assert address.startswith(location.root)


def test_the_default_of_kubeconform_is_what_is_bundled() -> None:
    assert parse("default") is None
    assert load(b"version: 1\nschemaLocations: [default]\n").schema_locations == ()


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("http://schemas.example/{{.ResourceKind}}.json", "only https"),
        ("file:///etc/{{.ResourceKind}}.json", "only https"),
        ("ftp://h/{{.ResourceKind}}.json", "only https"),
        ("http://localhost.evil.example/x.json", "only https"),
        ("https://user:secret@h/{{.ResourceKind}}.json", "no user and no password"),
        ("https://{{.Group}}/{{.ResourceKind}}.json", "before the first variable"),
        ("https://h.{{.Group}}/{{.ResourceKind}}.json", "before the first variable"),
        ("https:{{.Group}}//h/x.json", "before the first variable"),
        ("https://h/{{.ResourceKind}}.json#x.json", "leave out"),
        ("https://h/a b/{{.ResourceKind}}.json", "leave out"),
        ("/etc/{{.ResourceKind}}.json", "repository's root"),
        ("~/x.json", "repository's root"),
        ("..\\x.json", "repository's root"),
        ("../{{.ResourceKind}}.json", "`..` is not understood"),
        ("a/../../{{.ResourceKind}}.json", "`..` is not understood"),
        ("{{.Group}}/../{{.ResourceKind}}.json", "`..` is not understood"),
        ("{{ lower .ResourceKind }}.json", "`{{ lower .ResourceKind }}` is not understood: the variables are .Norm"),
        ('{{ if eq .Group "x" }}a{{ end }}.json', "is not understood"),
        ("{{ .ResourceKnd }}.json", "is not understood"),
        ("{{ Group }}.json", "is not understood"),
        ("{{ .Group }.json", "do not pair"),
        (".Group }}.json", "do not pair"),
    ],
)
def test_what_could_lead_astray_is_an_error_with_its_line(template: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"\S") as caught:
        parse(template)
    assert reason in str(caught.value)
    with pytest.raises(ConfigError) as wrong:
        load(f"version: 1\nschemaLocations:\n  - ok.json\n  - '{template.replace(chr(39), chr(39) * 2)}'\n".encode())
    [finding] = wrong.value.findings
    assert (finding.code, finding.line, finding.column) == ("config-invalid", 4, 5)
    assert "`schemaLocations[1]`" in finding.message


def test_a_location_knows_its_place() -> None:
    [location] = load(b"version: 1\nschemaLocations:\n  - schemas\n").schema_locations
    assert location.place == Location(".gitops.yaml", 3, 5)


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("../../etc/v1", "passwd"), ("a..b/v1", "X"), ("example.org/v1", ".."), ("example.org/v1", "a/b"),
        ("example.org/..", "X"), ("example.org/v1?x", "X"), ("example.org/v1", "X%2e"), ("example.org/v1", "X#"),
        ("example.org/v1", "Ä"), ("", "X"), ("/", "X"), ("example.org/v1", ""), ("@evil/v1", "X"),
        ("a\n/v1", "X"),
    ],
)  # fmt: skip
def test_no_kind_leads_elsewhere(api_version: str, kind: str) -> None:
    assert (
        read("schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json").address(api_version, kind, 36) is None
    )


NAMES = st.lists(
    st.sampled_from(["a", "Z9", "-", "/", ".", "..", "v1", "%2e", "@", ":", "?", "#", "\n", "{{"]), max_size=5
).map("".join)


@given(NAMES, NAMES)
def test_an_address_stays_below_its_root(api_version: str, kind: str) -> None:
    for template in (CATALOG, "schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json", "schemas"):
        location = read(template)
        address = location.address(api_version, kind, 36)
        if address is None:
            continue
        path = urlsplit(address).path if location.remote else address
        assert posixpath.normpath(path) == path
        assert address.startswith(location.root)
        assert "{{" not in address
        if location.remote:
            assert urlsplit(address)[:2] == urlsplit(CATALOG)[:2]
            assert (urlsplit(address).query, urlsplit(address).fragment) == ("", "")


@given(st.text(st.sampled_from("{}-./ .GroupResourceKind*jsonhttps:"), max_size=40))
def test_any_text_is_a_location_or_an_error(text: str) -> None:
    try:
        location = parse(text + ".json")
    except ValueError:
        return
    assert location is not None
    assert set(location.parts[1::2]) <= set(VARIABLES)


GO = """
package main
import ("os"; "text/template")
func main() {
	for _, text := range os.Args[1:] {
		t, err := template.New("tpl").Parse(text)
		if err == nil {
			err = t.Execute(os.Stdout, map[string]string{"Group": "G", "ResourceKind": "K"})
		}
		if err != nil { os.Stdout.WriteString("error") }
		os.Stdout.WriteString("\\n")
	}
}
"""
TEMPLATES = [
    "a/{{.Group}}.json", "a/{{ .Group }}.json", "a/{{- .Group -}}.json", "a {{- .Group -}} .json", "a/{{/* x */}}b.json",
    "a/{{  .Group}}{{.ResourceKind  }}.json", "a/{{.Group}}/ {{- /* x */ -}} /b.json", "a/{{\t.Group\n}}.json",
]  # fmt: skip


@pytest.mark.slow
def test_templates_are_read_as_go_reads_them(tmp_path: Path) -> None:
    go = shutil.which("go")
    require(go, "Go, whose templates are the oracle")
    source = tmp_path / "main.go"
    source.write_text(GO)
    done = subprocess.run([str(go), "run", source, *TEMPLATES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ours = ["".join({"Group": "G", "ResourceKind": "K"}.get(part, part) for part in read(t).parts) for t in TEMPLATES]
    assert done.stdout.splitlines() == ours
