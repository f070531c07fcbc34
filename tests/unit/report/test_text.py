from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given

from gitops_action.model import Change, Coverage, FieldChange, JSONValue, Outcome, Report, ResourceId
from gitops_action.report.text import parts, render
from tests.unit.report.hostile import COMMAND, REPORTS, REPORTS_TRIED
from tests.unit.report.sample import change, finding, minimal, sample, update

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def test_check(snapshot: SnapshotAssertion) -> None:
    assert render(sample()) == snapshot


def test_diff(snapshot: SnapshotAssertion) -> None:
    assert render(replace(sample(), command="diff", findings=())) == snapshot


def test_a_finding_is_one_line_that_editors_can_jump_to() -> None:
    text = render(minimal(findings=(finding(message="a\nb\x1b[31m"),)))
    assert text.split("\n")[0] == "apps/base/podinfo/deployment.yaml:7:3: error: a b\\u001b[31m [unknown-field]"


def test_a_finding_about_an_object_without_a_file() -> None:
    text = render(minimal(findings=(finding(file="", line=None, column=None, message="x"),)))
    assert text.startswith("Deployment/web/podinfo: error: x [unknown-field]\n")


def test_values_that_are_long_or_deep_are_shortened() -> None:
    fields = (
        FieldChange("a", None, {"x": 1, "y": 2}, present_before=False),
        FieldChange("b", "z" * 300, after=True),
        *(FieldChange(f"c{number}", 1, 2) for number in range(30)),
    )
    lines = render(minimal(changes=(replace(update("staging", 1, 2), fields=fields),))).split("\n")
    assert lines[1] == "    a: (absent) → (2 keys)"
    assert lines[2:5] == ["    b:", "      - " + "z" * 199 + "…", "      + true"]
    assert lines[23] == "    and 12 more fields"


def field(before: JSONValue, after: JSONValue, **more: bool) -> list[str]:
    changed = FieldChange("spec.containers[name=web].image", before, after, **more)
    lines = render(minimal(changes=(replace(update("staging", 1, 2), fields=(changed,)),)))
    return lines.partition("\n\n")[0].split("\n")[1:]


def test_values_that_are_too_long_for_a_line_stand_one_above_the_other() -> None:
    image = "registry.example.com/shop/web:1.4."
    assert field("web:1", "web:2") == ["    spec.containers[name=web].image: web:1 → web:2"]
    assert field(image + "2", image + "3") == [
        "    spec.containers[name=web].image:",
        f"      - {image}2",
        f"      + {image}3",
    ]
    assert field(None, image * 3, present_before=False) == [
        "    spec.containers[name=web].image:",
        f"      + {image * 3}",
    ]
    assert field(image * 3, None, present_after=False) == [
        "    spec.containers[name=web].image:",
        f"      - {image * 3}",
    ]


def test_where_long_values_differ_is_seen() -> None:
    _, before, after = field("a" * 5_000 + "b" + "c" * 500, "a" * 5_000 + "d" + "c" * 500)
    assert before.startswith("      - …a")
    assert "ab" in before
    assert "ad" in after
    assert max(len(before), len(after)) == 208


def in_place(environment: str, namespace: str, replicas: int = 1) -> Change:
    diff = f"--- base\n+++ head\n@@ -5,4 +5,4 @@\n   namespace: {namespace}\n spec:\n   replicas: {replicas}\n+  paused: true\n"
    fields = (FieldChange("spec.paused", None, after=True, present_before=False),)
    resource = ResourceId("apps/v1", "Deployment", namespace, "web")
    return change(Outcome.UPDATE, resource, environment, diff=diff, fields=fields)


def test_the_same_fields_are_told_once_whatever_stands_around_them() -> None:
    report = minimal(
        changes=(in_place("staging", "shop-staging"), in_place("production", "shop", 3)),
        environments=("staging", "production"),
    )
    assert render(report).split("\n\n")[0] == (
        "~ update Deployment/web in staging (shop-staging), production (shop)\n    spec.paused: (absent) → true"
    )
    assert render(replace(report, command="diff")).count("~ update Deployment") == 2


def test_a_diff_of_several_namespaces_says_where_they_would_be() -> None:
    report = minimal("diff", changes=(in_place("staging", "shop-staging"), in_place("production", "shop")))
    assert render(report).split("\n\n")[0].split("\n")[:6] == [
        "~ update Deployment/web in production (shop), staging (shop-staging)",
        "    (… stands for the namespace of each)",
        "    --- base",
        "    +++ head",
        "    @@ -5,4 +5,4 @@",
        "       namespace: …",
    ]


def test_an_environment_that_stands_for_none_is_not_named() -> None:
    validated = render(minimal("validate", findings=(finding("default"),), environments=("default",)))
    assert validated.split("\n")[0].endswith("`replicas`? [unknown-field]")
    assert "default" not in validated
    both = render(minimal("validate", findings=(finding("default"), finding("prod")), environments=("prod", "default")))
    assert "(in prod, default)" in both


def test_without_a_base_no_change_is_denied() -> None:
    text = render(minimal(base="", coverage=Coverage(resources=3)))
    assert "no object changes" not in text
    assert "no base, so nothing was compared" in text


def test_what_is_suppressed_is_counted() -> None:
    text = render(minimal(coverage=Coverage(resources=3, suppressed=4, suppressed_inline=1)))
    assert "4 findings suppressed, 1 of them by comments in files" in text


def test_colours_only_when_asked() -> None:
    plain, coloured = render(sample()), render(sample(), colour=True)
    assert "\x1b" not in plain
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@given(REPORTS)
@REPORTS_TRIED
def test_nothing_commands_the_terminal_or_the_runner(report: Report) -> None:
    for command in ("check", "diff"):
        text = render(replace(report, command=command))
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
        assert not COMMAND.search(text)


def test_the_last_line_is_the_verdict() -> None:
    assert render(minimal()).split("\n")[-2] == "passed: nothing was checked · no object changes"
    unknown = change(Outcome.UNKNOWN, sample().changes[0].resource, message="why")
    assert "? unknown in staging: Deployment/web/podinfo: why\n" in render(minimal(changes=(unknown,)))


def test_parts_have_a_title_for_each_environment() -> None:
    report = sample()
    found = list(parts(report))
    titles = [title.partition(":")[0] for title, _ in found if title]
    assert titles == [name for name in report.environments if any(it.environment == name for it in report.changes)]
    # Nothing is lost: the verdict stands open at the end, and all findings before.
    assert found[-1][1].splitlines()[-1] == render(report).splitlines()[-1]
    assert found[0] == ("", render(report).split("\n\n")[0])


def test_one_environment_is_one_part() -> None:
    report = minimal(findings=[finding()])
    assert list(parts(report)) == [("", render(report))]
