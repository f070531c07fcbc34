from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.config import Config, Suppression, apply_policies
from gitops_action.config.globs import parse
from gitops_action.model import Finding, Location, ResourceId, Severity

TODAY = date(2026, 6, 15)
WEB = ResourceId("apps/v1", "Deployment", "shop", "web")
FOUND = Finding("yaml-syntax", Severity.ERROR, "no", "apps/web.yaml", 3, 1, WEB, "staging", "environments/staging")


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
        Suppression("yaml-syntax", "r", expires=TODAY),
    ],
)
def test_what_matches_is_gone(suppression: Suppression) -> None:
    assert apply_policies([FOUND], config(suppression), TODAY, complete=True) == []


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
    ],
)
def test_what_differs_in_one_point_stays(suppression: Suppression) -> None:
    assert apply_policies([FOUND], config(suppression), TODAY) == [FOUND]


def test_a_finding_without_an_object_is_not_meant_by_a_suppression_of_objects() -> None:
    bare = Finding("yaml-syntax", Severity.ERROR, "no", "apps/web.yaml")
    assert apply_policies([bare], config(Suppression("yaml-syntax", "r", name="*")), TODAY) == [bare]
    assert apply_policies([bare], config(Suppression("yaml-syntax", "r", path=parse("apps"))), TODAY) == []


def test_an_expired_suppression_hides_nothing_and_says_so() -> None:
    old = Suppression("yaml-syntax", "soon", expires=TODAY - timedelta(1), location=Location(".gitops.yaml", 7, 5))
    kept, about = apply_policies([FOUND], config(old), TODAY)
    assert kept == FOUND
    assert (about.code, about.severity, about.location) == (
        "suppression-expired",
        Severity.WARNING,
        Location(".gitops.yaml", 7, 5),
    )
    assert "2026-06-14" in about.message
    assert "soon" in about.message
    # Another that holds takes its place, and there is nothing left to do.
    assert apply_policies([FOUND], config(old, Suppression("yaml-syntax", "r")), TODAY, complete=True) == []


def test_an_unused_suppression_is_reported_only_if_everything_was_checked() -> None:
    unused = Suppression("config-invalid", "r", location=Location(".gitops.yaml", 9, 5))
    assert apply_policies([FOUND], config(unused), TODAY) == [FOUND]
    kept, about = apply_policies([FOUND], config(unused), TODAY, complete=True)
    assert kept == FOUND
    assert (about.code, about.severity, about.line) == ("suppression-unused", Severity.INFO, 9)


def test_severities_are_the_configurations() -> None:
    settings = config(
        Suppression("config-invalid", "r"),
        severity={"yaml-syntax": Severity.INFO, "suppression-unused": Severity.ERROR},
    )
    severities = [finding.severity for finding in apply_policies([FOUND], settings, TODAY, complete=True)]
    assert severities == [Severity.INFO, Severity.ERROR]


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
    result = apply_policies(findings, config(*given_), TODAY, complete=complete)
    own = [entry for entry in result if entry.code.startswith("suppression-")]
    kept = result[: len(result) - len(own)]
    holding = [entry for entry in given_ if entry.expires != TODAY - timedelta(1)]
    assert kept == [entry for entry in findings if not any(suppression.matches(entry) for suppression in holding)]
    assert apply_policies(kept, config(*given_), TODAY)[: len(kept)] == kept
