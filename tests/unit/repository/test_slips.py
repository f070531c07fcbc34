"""Lines with a mark too few or too many, against texts that are good but for one."""

from __future__ import annotations

import pytest

from gitops_action.model import Finding
from gitops_action.repository.documents import load

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: shop
  labels:
    app: shop
spec:
  containers:
    - name: web
      image: nginx
      args: [a]
    - name: sidecar
      image: redis
"""


def _error(text: str) -> Finding:
    return next(item for item in load(text.encode(), "one.yaml") if isinstance(item, Finding))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("line", "good", "bad", "said"),
    [
        (4, "  name: shop\n", "  name:shop\n", "the space after `name:` is missing"),
        (4, "  name: shop\n", "  name shop\n", "the colon after `name` is missing"),
        (9, "- name: web", "- name web", "the colon after `name` is missing"),
        (9, "- name: web", "- name:web", "the space after `name:` is missing"),
        (9, "- name: web", "-name: web", "a `-` without a space after it begins no item: write `- `"),
        (9, "- name: web", "- - name: web", "a list begins inside of the list here: take one `- ` away"),
        (4, "name: shop", 'name: "shop', "the quote that opens here is not closed"),
        (10, "image: nginx", "image: 'nginx", "the quote that opens here is not closed"),
        (10, "image: nginx", "image: {nginx", "the bracket that opens here is not closed"),
        (11, "args: [a]", "args: [a", "the bracket that opens here is not closed"),
        (
            12,
            "- name: sidecar",
            "-  name: sidecar",
            "this line begins 3 after its `-` where 2 would fit: align it with what belongs to it",
        ),
    ],
)
def test_the_line_is_named(line: int, good: str, bad: str, said: str, ending: str) -> None:
    assert good in _POD
    error = _error(_POD.replace(good, bad, 1).replace("\n", ending))
    assert (error.code, error.line, error.message) == ("yaml-syntax", line, said)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("args:\n- run this\n image: x\n", 3),
        ("url: http://a\n  b: c\n", 2),
        ("a: one\n  two\n  three: four\n", 3),
    ],
)
def test_text_is_no_slip(text: str, line: int) -> None:
    error = _error(text)
    assert error.line == line
    assert "missing" not in error.message
