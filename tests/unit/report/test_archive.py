"""An archive that a stranger made: read in memory, within limits, and only the one file of it."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_action.report import archive
from gitops_action.report.archive import report_of
from gitops_action.report.json_reading import ReportError

NAME = "gitops-report.json"


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, data in files:
            made.writestr(name, data)
    return target.getvalue()


def test_the_report_and_nothing_else() -> None:
    assert report_of(zipped(("other.txt", b"x"), (NAME, "ü".encode())), NAME) == "ü"


@pytest.mark.parametrize(
    "name", [f"../{NAME}", f"/{NAME}", f"a/{NAME}", f"./{NAME}", NAME.upper(), f"{NAME}/", "C:\\gitops-report.json"]
)
def test_a_name_that_leads_elsewhere_is_another_name(name: str) -> None:
    with pytest.raises(ReportError, match="it has no file"):
        report_of(zipped((name, b"{}")), NAME)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_of_the_same_name() -> None:
    with pytest.raises(ReportError, match="2 files called"):
        report_of(zipped((NAME, b"{}"), (NAME, b"[]")), NAME)


def test_what_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_REPORT", 1_000_000)
    bomb = zipped((NAME, b" " * 1_000_001))
    assert len(bomb) < 2_000
    with pytest.raises(ReportError, match="has more than"):
        report_of(bomb, NAME)
    # The size in the directory is the archive's own claim.
    claimed = (1_000_001).to_bytes(4, "little")
    with pytest.raises(ReportError):
        report_of(bomb.replace(claimed, (10).to_bytes(4, "little")), NAME)


def test_many_files() -> None:
    with pytest.raises(ReportError, match="more than 100 files"):
        report_of(zipped((NAME, b"{}"), *((str(number), b"") for number in range(100))), NAME)


def test_encrypted() -> None:
    data = bytearray(zipped((NAME, b"{}"), method=zipfile.ZIP_STORED))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    with pytest.raises(ReportError, match="encrypted"):
        report_of(bytes(data), NAME)


def test_not_utf8() -> None:
    with pytest.raises(ReportError, match="not UTF-8"):
        report_of(zipped((NAME, b"\xff")), NAME)


@given(st.binary(max_size=200))
def test_anything_else_is_no_archive(data: bytes) -> None:
    with pytest.raises(ReportError):
        report_of(data, NAME)


@given(st.data())
def test_a_damaged_archive_is_an_error_or_still_the_report(data: st.DataObject) -> None:
    whole = bytearray(zipped((NAME, b'{"a": "' + bytes(range(32, 127)) + b'"}')))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        report_of(bytes(whole), NAME)
    except ReportError:
        return
