from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.codes import CODES
from gitops_action.config import (
    COMMENT_AUTHOR,
    Config,
    ConfigError,
    Engine,
    FailOn,
    LoadRestrictor,
    find,
    load,
)
from gitops_action.config import schema as schema_module
from gitops_action.config.names import SETTING_NAMES
from gitops_action.config.precedence import POWER
from gitops_action.model import Finding, Severity
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FULL = """\
# yaml-language-server: $schema=schemas/gitops.schema.json
version: 1
x-note: {anything: goes}
environments:
  staging:
    paths: [apps/staging, ./clusters/staging/]
    kubernetesVersions: ["1.37"]
    engines: [schema, apiserver]
    failOn: never
  production:
    paths:
      - apps/production
engines: [schema, kubeconform]
kubernetesVersions: ["1.35", v1.36.3, "v1.35"]
failOn: warning
severity:
  yaml-syntax: warning
ignore: [docs, "**/*.md"]
suppressions:
  - code: yaml-syntax
    reason: upstream's file
    path: vendor/**
    kind: Job
    name: "*-old"
    expires: 2027-01-31
render:
  kustomize:
    loadRestrictor: none
    timeoutSeconds: 90
  remoteBases: [github.com/fluxcd]
schemaLocations: [schemas/]
limits: {fileBytes: 2048, documents: 10, depth: 20, aliasExpansion: 0}
comment:
  author: my-app[bot]
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text.encode())
    assert caught.value.exit_code == 2
    assert {finding.severity for finding in caught.value.findings} == {Severity.ERROR}
    return [f"{finding.line}:{finding.column} {finding.message}" for finding in caught.value.findings]


def test_everything_is_read() -> None:
    config = load(FULL.encode())
    staging, production = config.environments
    assert (staging.name, [path.text for path in staging.paths]) == ("staging", ["apps/staging", "clusters/staging"])
    assert config.settings("staging").engines == (Engine.SCHEMA, Engine.APISERVER)
    assert config.settings("staging").kubernetes_versions == ("1.37",)
    assert config.settings("staging").fail_on is FailOn.NEVER
    assert production.fail_on is None
    # What an environment does not say, and an environment that nobody named, is as the whole is.
    for name in ("production", "elsewhere", ""):
        assert config.settings(name).engines == (Engine.SCHEMA, Engine.KUBECONFORM)
        assert config.settings(name).kubernetes_versions == ("1.35", "1.36.3")
        assert config.settings(name).fail_on is FailOn.WARNING
    assert config.severity == {"yaml-syntax": Severity.WARNING}
    assert config.ignores("docs/a/b.yaml")
    assert config.ignores("apps/README.md")
    assert not config.ignores("apps/web.yaml")
    (suppression,) = config.suppressions
    assert (suppression.code, suppression.reason) == ("yaml-syntax", "upstream's file")
    assert suppression.path is not None
    assert suppression.path.text == "vendor/**"
    assert (suppression.kind, suppression.name, suppression.expires) == ("Job", "*-old", date(2027, 1, 31))
    assert (suppression.location.line, suppression.location.column) == (20, 5)
    assert config.render.load_restrictor is LoadRestrictor.NONE
    assert config.render.timeout == 90.0
    assert config.render.allows_remote("https://github.com/fluxcd/flux2//manifests?ref=main")
    assert not config.render.allows_remote("https://github.com/other/repo")
    assert [location.text for location in config.schema_locations] == ["schemas/"]
    limits = config.limits
    assert (limits.max_bytes, limits.max_documents, limits.max_depth, limits.max_alias_expansion) == (2048, 10, 20, 0)
    assert config.comment_author == "my-app[bot]"
    assert config.file == ".gitops.yaml"
    assert config.locations["fail_on"].line == 15


def test_the_smallest_file_is_the_defaults() -> None:
    assert load(b"version: 1\n") == load(None) == Config()
    defaults = Config()
    assert defaults.engines == ()
    assert defaults.settings("staging").engines == (Engine.SCHEMA,)
    assert defaults.fail_on is FailOn.ERROR
    assert defaults.comment_author == COMMENT_AUTHOR == "github-actions[bot]"
    assert not defaults.render.allows_remote("https://github.com/fluxcd/flux2")
    assert defaults.render.load_restrictor is LoadRestrictor.ROOT_ONLY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("enviroments: {}\nversion: 1\n", ["1:1 unknown setting `enviroments`: did you mean `environments`?"]),
        ("version: 1\nfail-on: error\n", ["2:1 unknown setting `fail-on`: did you mean `failOn`?"]),
        (
            "version: 1\nrender: {kustomize: {timeout: 3}}\n",
            [
                "2:22 unknown setting `timeout` in `render.kustomize`: known are loadRestrictor, timeoutSeconds",
            ],
        ),
        ("failOn: error\n", ["1:1 `version` is missing: add `version: 1`. Version of this format."]),
        ("version: 2\n", ["1:10 `version` is `2`: this release reads 1"]),
        (
            "version: 1\nfailOn: warn\n",
            ["2:9 `failOn` is `warn`: did you mean `warning`? It is one of error, warning, info, never"],
        ),
        ("version: 1\nfailOn: 7\n", ["2:9 `failOn` is `7`: it is one of error, warning, info, never"]),
        (
            "version: 1\nengines: [schema, helm]\n",
            ["2:19 `engines[1]` is `helm`: it is one of schema, kubeconform, apiserver"],
        ),
        ("version: 1\nengines: schema\n", ["2:10 `engines` must be a list, not a text: write `[schema]`"]),
        ("version: 1\nengines: []\n", ["2:10 `engines` is empty: give it a value, or remove it"]),
        ("version: 1\nengines: [schema, schema]\n", ["2:19 `engines` has `schema` twice: remove one"]),
        (
            "version: 1\nkubernetesVersions: [1.30]\n",
            ["2:22 `kubernetesVersions[0]` must be a text, not a number: put it in quotes"],
        ),
        (
            'version: 1\nkubernetesVersions: ["36"]\n',
            ["2:22 `kubernetesVersions[0]` is `36`, which is not understood. A Kubernetes version."],
        ),
        ("version: 1\nignore:\n", ["2:8 `ignore` is empty: give it a value (a list), or remove it"]),
        ("version: 1\nignore: [1]\n", ["2:10 `ignore[0]` must be a text, not a whole number: put it in quotes"]),
        ("version: 1\nignore: ['']\n", ["2:10 `ignore[0]` is empty: give it a value, or remove it"]),
        (f"version: 1\nignore: [{'a' * 501}]\n", ["2:10 `ignore[0]` is longer than 500 characters"]),
        (
            "version: 1\nignore: [../x]\n",
            ["2:10 `ignore[0]` is `../x`: start at the repository's root; `..` is not understood"],
        ),
        (
            "version: 1\nrender: {kustomize: {timeoutSeconds: 0}}\n",
            ["2:38 `render.kustomize.timeoutSeconds` is `0`: it is from 1 to 3600"],
        ),
        (
            "version: 1\nenvironments:\n  - staging\n",
            ["3:3 `environments` must be a mapping, not a list: remove the dashes"],
        ),
        (
            "version: 1\nenvironments:\n  plan: {paths: [a]}\n",
            ["3:3 `plan` cannot name an environment: it is a word of the command line (`promote plan`)"],
        ),
        (
            "version: 1\nenvironments:\n  a b: {paths: [a]}\n  ok: {paths: [b]}\n",
            [
                (
                    "3:3 `a b` cannot name an environment. Letters, digits, `.`, `_` and `-`; at most 63. "
                    "`plan`, `status` and `reconcile` are words of the command line."
                )
            ],
        ),
        (
            "version: 1\nenvironments:\n  a: {paths: [x/y]}\n  b: {paths: [x, ./x/y/]}\n",
            ["4:18 path `x/y` belongs to environment `a` already"],
        ),
        (
            "version: 1\nseverity: {yaml-sintax: info}\n",
            ["2:12 there is no reason code `yaml-sintax`: did you mean `yaml-syntax`?"],
        ),
        (
            "version: 1\nsuppressions: [{code: zzz, reason: r}]\n",
            ["2:23 there is no reason code `zzz`: docs/codes.md lists them"],
        ),
        (
            "version: 1\nsuppressions: [{code: yaml-syntax}]\n",
            ["2:16 `reason` is missing: add `reason` to `suppressions[0]`. Why this is accepted."],
        ),
        (
            "version: 1\nsuppressions: [{code: yaml-syntax, reason: r, expires: 2026-02-30}]\n",
            ["2:56 `suppressions[0].expires` is `2026-02-30`, which is no day: day is out of range for month"],
        ),
        (
            "version: 1\nrender: {remoteBases: [github.com/org/repo//path]}\n",
            [
                (
                    "2:24 `render.remoteBases[0]` is `github.com/org/repo//path`, which is not understood. "
                    "A host, or a host with the beginning of a path."
                )
            ],
        ),
        (
            "version: 1\nrender: {remoteBases: [github.com/org/../x]}\n",
            ["2:24 `render.remoteBases[0]` is `github.com/org/../x`: leave out `.` and `..`"],
        ),
        ("- version: 1\n", ["1:1 the configuration must be a mapping, not a list: remove the dashes"]),
        ("", ["1:1 the file is empty: write `version: 1`, or remove the file"]),
        ("# only a comment\n", ["1:1 the file is empty: write `version: 1`, or remove the file"]),
        ("version: 1\n---\nversion: 1\n", ["3:1 one document is expected: remove what begins here"]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = """\
version: 1
failOn: bad
ingore: [a]
environments:
  a: {paths: [../x]}
severity: {no-such-code: error}
render: {remoteBases: ["git hub.com"]}
"""
    assert [entry.split(" ")[0] for entry in problems(text)] == ["2:9", "3:1", "5:15", "6:12", "7:24"]


def test_the_message_of_the_error_names_file_and_place() -> None:
    with pytest.raises(ConfigError) as caught:
        load(b"version: 1\nfailOn: bad\nenviroments: {}\n", "sub/.gitops.yml")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("sub/.gitops.yml:2:9: `failOn` is `bad`")
    assert lines[1].startswith("sub/.gitops.yml:3:1: unknown setting")


@pytest.mark.parametrize("data", [b"version: [1\n", b"\xff\xfe\xff", b"version: 1\nversion: 1\n", b"a: &a [*a]\n"])
def test_what_is_no_good_yaml_is_a_configuration_error(data: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        load(data)
    assert caught.value.findings
    assert all(finding.code in CODES for finding in caught.value.findings)


def test_two_files_are_an_error_and_none_is_none() -> None:
    assert find({"a.yaml"}) is None
    assert find({"a.yaml", ".gitops.yml"}) == ".gitops.yml"
    assert find({".gitops.yaml"}) == ".gitops.yaml"
    with pytest.raises(ConfigError, match="keep one"):
        find({".gitops.yaml", ".gitops.yml"})


def test_the_command_line_stands_above_the_file() -> None:
    config = load(FULL.encode())
    assert config.overridden() == config
    changed = config.overridden(engines=[Engine.SCHEMA], kubernetes_versions=["1.34"], fail_on=FailOn.INFO)
    for name in ("staging", "production", "elsewhere"):
        settings = changed.settings(name)
        assert (settings.engines, settings.kubernetes_versions, settings.fail_on) == (
            (Engine.SCHEMA,),
            ("1.34",),
            FailOn.INFO,
        )
    partly = config.overridden(fail_on=FailOn.INFO).settings("staging")
    assert (partly.engines, partly.fail_on) == ((Engine.SCHEMA, Engine.APISERVER), FailOn.INFO)


def finding(severity: Severity, environment: str = "") -> Finding:
    return Finding("yaml-syntax", severity, "x", "a.yaml", environment=environment)


def test_what_fails_depends_on_the_environment() -> None:
    config = load(
        b"version: 1\nfailOn: error\nenvironments:\n  p: {paths: [p], failOn: warning}\n  s: {paths: [s], failOn: never}"
    )
    assert config.failed_by([finding(Severity.ERROR)])
    assert not config.failed_by([finding(Severity.WARNING), finding(Severity.INFO, "p"), finding(Severity.ERROR, "s")])
    assert config.failed_by([finding(Severity.INFO), finding(Severity.WARNING, "p")])
    assert not config.failed_by([])


def test_every_setting_has_a_name_and_a_decision() -> None:
    """A setting that is added to Config, the schema or the reader alone is noticed here."""
    settings = {field.name for field in fields(Config)} - {"deployed", "file", "locations"}
    assert settings == set(SETTING_NAMES)
    assert settings >= POWER
    assert settings - POWER == set()
    properties = schema_module.schema()["properties"]
    assert set(properties) - {"version"} == set(SETTING_NAMES.values())


def test_the_schema_is_draft_07_and_described() -> None:
    text = (ROOT / "schemas" / "gitops.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)
    undescribed = []

    def walk(node: object, path: str) -> None:
        if isinstance(node, dict):
            for name, child in node.get("properties", {}).items():
                target = schema["definitions"][child["$ref"].split("/")[-1]] if "$ref" in child else child
                if "description" not in target:
                    undescribed.append(f"{path}/{name}")
            for key, child in node.items():
                walk(child, f"{path}/{key}")

    walk(schema, "")
    assert undescribed == []


KEYS = ["version", *SETTING_NAMES.values(), "paths", "kustomize", "remoteBases", "code", "reason", "x-a", "other", "a"]
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.just(0.5)
    | st.sampled_from(["error", "schema", "1.36", "a/b", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6) | VALUES)
def test_whatever_is_written_is_read_or_refused_as_the_schema_says(value: object) -> None:
    """python-jsonschema, which the product does not use, has to agree on what meets the schema."""
    valid = jsonschema.Draft7Validator(schema_module.schema()).is_valid(value)
    refused = refusal(json.dumps(value).encode())
    for entry in refused:
        assert entry.message
        assert entry.line is not None
    # Beyond the schema there are the rules for codes, days, patterns and doubly claimed paths.
    beyond = (
        "reason code",
        "no day",
        "belongs to environment",
        "understood",
        "slash",
        "whole directories",
        "leave out",
    )
    assert valid or refused
    assert not valid or all(any(rule in entry.message for rule in beyond) for entry in refused)


def refusal(data: bytes) -> Sequence[Finding]:
    try:
        load(data)
    except ConfigError as error:
        return error.findings
    return ()


def test_the_schema_is_found_as_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "gitops_action"
    (package / "config").mkdir(parents=True)
    monkeypatch.setattr(schema_module, "__file__", str(package / "config" / "schema.py"))
    schema_module.schema.cache_clear()
    try:
        with pytest.raises(FileNotFoundError, match=r"gitops\.schema\.json"):
            schema_module.schema()
        (package / "schemas").mkdir()
        (package / "schemas" / "gitops.schema.json").write_text('{"from": "the wheel"}')
        assert schema_module.schema() == {"from": "the wheel"}
    finally:
        schema_module.schema.cache_clear()


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: f"version: 1\n{text}".encode(errors="ignore")))
def test_no_bytes_get_anything_but_a_configuration_or_its_errors(data: bytes) -> None:
    for entry in refusal(data):
        assert entry.code in CODES
        assert entry.file == ".gitops.yaml"


@pytest.mark.parametrize("value", ["1e400", ".nan", "9" * 400, "-.inf", "0x1", "!!binary aGk=", "2026-01-01", "{1: a}"])
def test_odd_values_are_refused_in_words(value: str) -> None:
    (message,) = problems(f"version: 1\nlimits: {{depth: {value}}}\n")
    assert message.startswith("2:17 ")
    assert len(message) < 200


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\n" + "".join(f"enviroment{index}: 1\n" for index in range(12_000)),
        "version: 1\nengines: [" + "schema, " * 30_000 + "]\n",
        "version: 1\nignore: [" + "1, " * 80_000 + "]\n",
        "version: 1\nenvironments:\n" + "".join(f"  a {index}: {{paths: [a]}}\n" for index in range(9_000)),
        "version: 1\nenvironments:\n" + "".join(f"  a{index}: {{paths: [a]}}\n" for index in range(9_000)),
        "version: 1\nseverity:\n" + "".join(f"  schema-misin{index}: info\n" for index in range(9_000)),
    ],
)
def test_a_file_of_mistakes_is_answered_shortly(text: str) -> None:
    assert len(text) < 256 * 1024
    assert 1 <= len(problems(text)) <= 200


def test_a_file_that_nobody_writes_is_not_read() -> None:
    with pytest.raises(ConfigError) as caught:
        load(b"version: 1\n" + b"# more\n" * 50_000)
    assert [entry.code for entry in caught.value.findings] == ["file-too-large"]
