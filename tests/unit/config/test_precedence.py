from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action import environments
from gitops_action.config import Config, ConfigError, FailOn, Source, in_force
from gitops_action.model import Location, Severity

PLAIN = b"version: 1\n"
STRICT = b"""\
version: 1
environments:
  production: {paths: [apps/production], failOn: warning}
failOn: error
"""


def test_without_a_base_the_file_is_in_force() -> None:
    config, findings = in_force(Source(b"version: 1\nfailOn: never\n"))
    assert config.fail_on is FailOn.NEVER
    assert findings == []
    with pytest.raises(ConfigError):
        in_force(Source(b"version: 9\n"))


@pytest.mark.parametrize("data", [None, PLAIN, STRICT])
def test_an_unchanged_file_is_in_force_and_not_worth_a_word(data: bytes | None) -> None:
    config, findings = in_force(Source(data), Source(data))
    assert config == in_force(Source(data))[0]
    assert findings == []


def test_a_renamed_file_is_no_change() -> None:
    assert in_force(Source(STRICT, ".gitops.yml"), Source(STRICT, ".gitops.yaml"))[1] == []


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("failOn: never", "failOn"),
        ("ignore: [apps]", "ignore"),
        ("severity: {yaml-syntax: info}", "severity"),
        ("suppressions: [{code: yaml-syntax, reason: trust me}]", "suppressions"),
        ("inlineSuppressions: {never: [wrong-type]}", "inlineSuppressions"),
        ("engines: [kubeconform]", "engines"),
        ('kubernetesVersions: ["1.30"]', "kubernetesVersions"),
        ("render: {remoteBases: [evil.example]}", "render"),
        ("render: {kustomize: {loadRestrictor: none}}", "render"),
        ("limits: {fileBytes: 1000000000}", "limits"),
        ("schemaLocations: [https://evil.example]", "schemaLocations"),
        ("comment: {author: evil}", "comment"),
    ],
)
def test_a_pull_request_cannot_grant_itself_anything(setting: str, key: str) -> None:
    head = f"version: 1\n{setting}\n".encode()
    config, (finding,) = in_force(Source(head), Source(PLAIN))
    assert config == Config()
    assert (finding.code, finding.severity) == ("config-change-not-in-force", Severity.INFO)
    assert finding.location == Location(".gitops.yaml", 2, 1)
    assert f"`{key}`" in finding.message
    # Nor by adding the file, or by being the one to remove what held.
    assert in_force(Source(head), Source(None))[0] == Config()
    removed, (finding,) = in_force(Source(None), Source(head))
    assert removed == in_force(Source(head))[0]
    assert finding.location == Location(".gitops.yaml")


def test_all_changes_are_one_finding_at_the_first() -> None:
    head = b"version: 1\nignore: [x]\nfailOn: never\n"
    _, (finding,) = in_force(Source(head), Source(PLAIN))
    assert finding.line == 2
    assert finding.message.startswith("changes of `failOn`, `ignore` come into force once merged")


def test_a_new_environment_lends_its_name_and_nothing_else() -> None:
    head = b"""\
version: 1
environments:
  staging: {paths: [apps/staging], failOn: never, engines: [kubeconform]}
  loophole: {paths: [apps/production/web], failOn: never}
  production: {paths: [nowhere], failOn: never}
"""
    config, findings = in_force(Source(head), Source(STRICT))
    assert [finding.code for finding in findings] == ["config-change-not-in-force"]
    assert environments.of_directory("apps/staging", config) == "staging"
    assert config.settings("staging") == config.settings("anything")
    # A narrower path does not take anything from an environment of the base.
    assert environments.of_directory("apps/production/web", config) == "production"
    assert config.settings("production").fail_on is FailOn.WARNING
    assert config.settings("loophole").fail_on is FailOn.ERROR


def test_a_broken_file_is_a_finding_of_the_pull_request() -> None:
    config, findings = in_force(Source(b"version: 1\nfailOn: nevr\n"), Source(STRICT))
    assert config == in_force(Source(STRICT))[0]
    assert [(finding.code, finding.line) for finding in findings] == [("config-invalid", 2)]


def test_a_pull_request_can_mend_a_broken_base() -> None:
    config, findings = in_force(Source(b"version: 1\nfailOn: never\n"), Source(b"version: 1\nignore: 3\n"))
    assert config == Config()
    (finding,) = findings
    assert (finding.code, finding.severity) == ("config-base-invalid", Severity.WARNING)
    assert ".gitops.yaml:2:9" in finding.message
    both = in_force(Source(b"version: 2\n"), Source(b"version: 2\n"))
    assert both[0] == Config()
    assert [finding.code for finding in both[1]] == ["config-base-invalid", "config-invalid"]


CONFIGS = st.sampled_from(
    [
        None,
        PLAIN,
        STRICT,
        b"version: 1\nfailOn: never\nignore: [a]\n",
        b"version: 1\nlimits: {depth: 50}\nengines: [apiserver]\n",
    ]
)


@given(CONFIGS, CONFIGS)
def test_power_is_always_the_bases(head: bytes | None, base: bytes | None) -> None:
    granting = in_force(Source(base))[0]
    config, findings = in_force(Source(head), Source(base))
    for setting in fields(Config):
        if setting.compare and setting.name != "environments":
            assert getattr(config, setting.name) == getattr(granting, setting.name)
    assert config.environments[: len(granting.environments)] == granting.environments
    assert all(added.announced and added.fail_on is None for added in config.environments[len(granting.environments) :])
    assert bool(findings) is (in_force(Source(head))[0] != granting)
