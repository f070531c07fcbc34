"""Archives of charts: honest ones are read, and hostile ones do nothing."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.render.helm.archive import ArchiveError, Dependency, facts, unpack
from tests.charts import chart, packed


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)


def file(path: str, data: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(path), data


def special(path: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(path)
    member.type, member.linkname = kind, target
    return member, b""


CHART = file("web/Chart.yaml", b"apiVersion: v2\nname: web\nversion: 1.0.0\n")


def test_the_files_of_a_chart_come_without_their_folder() -> None:
    files = chart()
    assert unpack(packed(files)) == {path: text.encode() for path, text in files.items()}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lambda: b"<html>", "no gzip"),
        (lambda: gzip.compress(b"no tar"), "cannot be read"),
        (lambda: archive(CHART)[:-20], "breaks off"),
        (lambda: archive(file("web/values.yaml")), "no chart"),
        (lambda: archive(CHART, file("../evil")), "leads out"),
        (lambda: archive(CHART, file("web/../../evil")), "leads out"),
        (lambda: archive(CHART, file("/etc/evil")), "leads out"),
        (lambda: archive(CHART, file("web\\..\\evil")), "leads out"),
        (lambda: archive(CHART, special("web/link", tarfile.SYMTYPE, "/etc/passwd")), "is a link"),
        (lambda: archive(CHART, special("web/link", tarfile.LNKTYPE, "web/Chart.yaml")), "is a link"),
        (lambda: archive(CHART, special("web/pipe", tarfile.FIFOTYPE)), "is a link or no file"),
        (lambda: archive(CHART, special("web/dev", tarfile.CHRTYPE)), "is a link or no file"),
        (lambda: archive(CHART, file("web/big", bytes(101 * 2**20))), "unfolds to more than 100 MiB"),
        (lambda: archive(CHART, *(file(f"web/{number}", b"") for number in range(20_001))), "more than 20,000 files"),
    ],
)  # fmt: skip
def test_what_no_chart_needs_is_refused(data: Callable[[], bytes], said: str) -> None:
    with pytest.raises(ArchiveError, match=said):
        unpack(data())


def test_archives_in_the_archive_count_too() -> None:
    inner = archive(CHART, file("web/zeros", bytes(30 * 2**20)))
    assert len(inner) < 100_000
    outer = archive(CHART, *(file(f"web/charts/{number}.tgz", inner) for number in range(4)))
    with pytest.raises(ArchiveError, match="unfolds to more"):
        unpack(outer)
    evil = archive(CHART, special("web/link", tarfile.SYMTYPE, "/etc/passwd"))
    with pytest.raises(ArchiveError, match="is a link"):
        unpack(archive(CHART, file("web/charts/evil.tgz", evil)))


def test_archives_do_not_lie_in_each_other_without_end() -> None:
    data = archive(CHART)
    for _ in range(8):
        data = archive(CHART, file("web/charts/more.tgz", data))
    with pytest.raises(ArchiveError, match="deep"):
        unpack(data)


@given(st.binary(max_size=400))
def test_any_bytes_are_an_archive_or_are_refused(data: bytes) -> None:
    for candidate in (data, gzip.compress(data), archive(CHART)[: len(data)] + data):
        try:
            assert "Chart.yaml" in unpack(candidate)
        except ArchiveError:
            continue


@pytest.mark.parametrize(
    ("template", "random"),
    [
        ("{{ randAlphaNum 10 }}", True),
        ('{{- $ca := genCA "a" 365 }}', True),
        ("{{ .Values.a | default (uuidv4) }}", True),
        ('{{ now | date "2006" }}', True),
        ("{{ .Values.randomize }} randAlphaNum now", False),
    ],
)
def test_templates_that_give_something_else_each_time(template: str, *, random: bool) -> None:
    files = {path: text.encode() for path, text in chart(templates__r_yaml=template).items()}
    assert facts(files).random is random
    nested = {"Chart.yaml": b"name: a", "charts/web.tgz": packed(chart(templates__r_yaml=template))}
    assert facts(nested).random is random


@pytest.mark.parametrize(
    ("schema", "reaches"),
    [
        ('{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/$defs/a"}', False),
        ('{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/a"}', False),
        ('{"$ref": "http://169.254.169.254/latest"}', True),
        ('{"properties": {"a": {"$ref" : "file:///etc/passwd"}}}', True),
        ('{"$ref": "other.json#/a"}', True),
        ('{"\\u0024ref": "http://localhost"}', True),
        ('{"$schema": "http://localhost/x"}', True),
    ],
)
def test_schemas_that_would_have_helm_ask_somebody(schema: str, *, reaches: bool) -> None:
    files = {**chart(), "values.schema.json": schema}
    assert facts({path: text.encode() for path, text in files.items()}).schema_reaches_out is reaches


def test_dependencies_that_are_not_there_are_named_with_the_locked_version() -> None:
    listed = (
        "name: web\ndependencies:\n- {name: a, version: 1.x, repository: 'https://x'}\n- {name: b, version: 2.x}\n"
        "- {name: c, version: 3.x, repository: 'oci://y'}\n- {name: d, version: 4.x}\n"
    )
    files = {
        "Chart.yaml": listed.encode(),
        "Chart.lock": b"dependencies:\n- {name: a, version: 1.2.3}\n",
        "charts/b/Chart.yaml": b"name: b",
        "charts/d-4.0.0.tgz": b"",
        "charts/c-operator-1.0.0.tgz": b"",
    }
    assert facts(files).missing == (Dependency("a", "1.2.3", "https://x"), Dependency("c", "3.x", "oci://y"))
