from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config import Applied, Comment, Config, InlineSuppressions, Suppression, apply_policies, load
from gitops_action.config.globs import parse
from gitops_action.model import Finding, Location, ResourceId, Severity

TODAY = date(2026, 6, 15)
WEB = ResourceId("apps/v1", "Deployment", "shop", "web")
FOUND = Finding(
    "yaml-syntax", Severity.ERROR, "no", "apps/web.yaml", 3, 1, WEB, "staging", "environments/staging",
    pointer="/spec/containers/0/image~1x",
)  # fmt: skip


def config(*suppressions: Suppression, **settings: object) -> Config:
    return Config(suppressions=suppressions, **settings)  # type: ignore[arg-type] # what a test gives is known


@pytest.mark.parametrize(
    "suppression",
    [
        Suppression("yaml-syntax", "r"),
        Suppression("yaml-syntax", "r", path=parse("apps")),
        Suppression("yaml-syntax", "r", path=parse("environments/staging")),
        Suppression("yaml-syntax", "r", environment="staging"),
        Suppression("yaml-syntax", "r", api_version="apps/v1", kind="Deployment", namespace="sh*", name="w?b"),
        Suppression("yaml-syntax", "r", pointer=("spec",)),
        Suppression("yaml-syntax", "r", pointer=("spec", "containers", "*", "image~1x")),
        Suppression("yaml-syntax", "r", pointer=("*", "*", "0")),
        Suppression("yaml-syntax", "r", expires=TODAY),
    ],
)
def test_what_matches_is_gone(suppression: Suppression) -> None:
    assert apply_policies([FOUND], config(suppression), TODAY, complete=True).findings == []


@pytest.mark.parametrize(
    "suppression",
    [
        Suppression("config-invalid", "r"),
        Suppression("yaml-syntax", "r", path=parse("app")),
        Suppression("yaml-syntax", "r", environment="production"),
        Suppression("yaml-syntax", "r", api_version="apps/v1beta1"),
        Suppression("yaml-syntax", "r", kind="deployment"),
        Suppression("yaml-syntax", "r", namespace="shops"),
        Suppression("yaml-syntax", "r", path=parse("apps"), name="we"),
        Suppression("yaml-syntax", "r", pointer=("spec", "container")),
        Suppression("yaml-syntax", "r", pointer=("spec", "containers", "1")),
        Suppression("yaml-syntax", "r", pointer=("spec", "containers", "0", "image~1x", "*")),
    ],
)
def test_what_differs_in_one_point_stays(suppression: Suppression) -> None:
    assert apply_policies([FOUND], config(suppression), TODAY).findings == [FOUND]


def test_a_finding_without_an_object_is_not_meant_by_a_suppression_of_objects() -> None:
    bare = Finding("yaml-syntax", Severity.ERROR, "no", "apps/web.yaml")
    assert apply_policies([bare], config(Suppression("yaml-syntax", "r", name="*")), TODAY).findings == [bare]
    assert apply_policies([bare], config(Suppression("yaml-syntax", "r", path=parse("apps"))), TODAY).findings == []


def test_an_expired_suppression_hides_nothing_and_says_so() -> None:
    old = Suppression("yaml-syntax", "soon", expires=TODAY - timedelta(1), location=Location(".gitops.yaml", 7, 5))
    kept, about = apply_policies([FOUND], config(old), TODAY).findings
    assert kept == FOUND
    assert (about.code, about.severity, about.location) == (
        "suppression-expired",
        Severity.WARNING,
        Location(".gitops.yaml", 7, 5),
    )
    assert "2026-06-14" in about.message
    assert "soon" in about.message
    # Another that holds takes its place, and there is nothing left to do.
    assert apply_policies([FOUND], config(old, Suppression("yaml-syntax", "r")), TODAY, complete=True).findings == []


def test_an_unused_suppression_is_reported_only_if_everything_was_checked() -> None:
    unused = Suppression("config-invalid", "r", location=Location(".gitops.yaml", 9, 5))
    assert apply_policies([FOUND], config(unused), TODAY).findings == [FOUND]
    kept, about = apply_policies([FOUND], config(unused), TODAY, complete=True).findings
    assert kept == FOUND
    assert (about.code, about.severity, about.line) == ("suppression-unused", Severity.INFO, 9)


def test_severities_are_the_configurations() -> None:
    settings = config(
        Suppression("config-invalid", "r"),
        severity={"yaml-syntax": Severity.INFO, "suppression-unused": Severity.ERROR},
    )
    severities = [finding.severity for finding in apply_policies([FOUND], settings, TODAY, complete=True).findings]
    assert severities == [Severity.INFO, Severity.ERROR]


def comment(
    code: str = "wrong-type", line: int = 3, file: str = "apps/web.yaml", expires: date | None = None
) -> Comment:
    return Comment(code, "we know", line, Location(file, 2, 5), expires)


TYPED = replace(FOUND, code="wrong-type")


def test_a_comment_accepts_what_is_found_on_its_line() -> None:
    others = [replace(TYPED, line=4), replace(TYPED, file="b.yaml"), FOUND, replace(TYPED, line=None)]
    applied = apply_policies([TYPED, *others, TYPED], config(), TODAY, comments=[comment()], complete=True)
    assert applied == Applied(others, 2, 2)


def test_what_both_accept_is_the_configurations_and_uses_both() -> None:
    both = config(Suppression("wrong-type", "r"))
    assert apply_policies([TYPED], both, TODAY, comments=[comment()], complete=True) == Applied([], 1, 0)


@pytest.mark.parametrize(
    "policy", [InlineSuppressions(allow=False), InlineSuppressions(never=frozenset({"wrong-type"}))]
)
def test_a_comment_has_no_effect_against_the_configuration(policy: InlineSuppressions) -> None:
    settings = config(inline_suppressions=policy)
    kept, about = apply_policies([TYPED], settings, TODAY, comments=[comment()], complete=True).findings
    assert kept == TYPED
    assert (about.code, about.severity, about.location) == (
        "suppression-refused",
        Severity.WARNING,
        Location("apps/web.yaml", 2, 5),
    )
    assert "does not allow it (reason given: we know)" in about.message


def test_a_comment_can_expire_and_outlive_its_use() -> None:
    late = comment(expires=TODAY - timedelta(1))
    kept, about = apply_policies([TYPED], config(), TODAY, comments=[late]).findings
    assert (kept, about.code) == (TYPED, "suppression-expired")
    assert apply_policies([TYPED], config(), TODAY, comments=[comment(expires=TODAY)]).findings == []
    [kept, about] = apply_policies([FOUND], config(), TODAY, comments=[comment()], complete=True).findings
    assert (kept, about.code, about.line) == (FOUND, "suppression-unused", 2)
    assert apply_policies([FOUND], config(), TODAY, comments=[comment()]).findings == [FOUND]


FINDINGS = st.builds(
    Finding,
    st.sampled_from(["yaml-syntax", "config-invalid"]),
    st.sampled_from(Severity),
    st.just("m"),
    st.sampled_from(["a/x.yaml", "b/x.yaml", ""]),
    resource=st.sampled_from([None, WEB]),
    environment=st.sampled_from(["", "staging"]),
)
SUPPRESSIONS = st.builds(
    Suppression,
    st.sampled_from(["yaml-syntax", "config-invalid"]),
    st.just("r"),
    path=st.sampled_from([None, parse("a"), parse("**")]),
    environment=st.sampled_from([None, "staging"]),
    name=st.sampled_from([None, "web", "w*"]),
    expires=st.sampled_from([None, TODAY, TODAY - timedelta(1)]),
)


@given(st.lists(FINDINGS, max_size=6), st.lists(SUPPRESSIONS, max_size=4), st.booleans())
def test_nothing_is_lost_or_invented(findings: list[Finding], given_: list[Suppression], complete: bool) -> None:
    applied = apply_policies(findings, config(*given_), TODAY, complete=complete)
    result = applied.findings
    own = [entry for entry in result if entry.code.startswith("suppression-")]
    kept = result[: len(result) - len(own)]
    holding = [entry for entry in given_ if entry.expires != TODAY - timedelta(1)]
    assert kept == [entry for entry in findings if not any(suppression.matches(entry) for suppression in holding)]
    assert (applied.suppressed, applied.inline) == (len(findings) - len(kept), 0)
    assert apply_policies(kept, config(*given_), TODAY).findings[: len(kept)] == kept


def test_what_only_server_side_apply_refuses_is_an_error_where_that_deploys() -> None:
    text = b"version: 1\nenvironments:\n  staging: {paths: [a]}\n  production: {paths: [b], serverSideApply: true}\n"
    found = [
        Finding("apply-conflict", Severity.WARNING, "twice", environment=name) for name in ("staging", "production")
    ]
    applied = apply_policies(found, load(text), date(2026, 1, 1)).findings
    assert [one.severity for one in applied] == [Severity.WARNING, Severity.ERROR]
    own = load(text + b"severity: {apply-conflict: info}\n")
    assert {one.severity for one in apply_policies(found, own, date(2026, 1, 1)).findings} == {Severity.INFO}
