"""Flux's ImageUpdateAutomations: which of the marked values they would set, too.

https://fluxcd.io/flux/components/image/imageupdateautomations/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gitops_action.codes import finding_at
from gitops_action.images.objects import GROUP
from gitops_action.parts import part
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitops_action.images.uses import Use
    from gitops_action.model import Finding
    from gitops_action.repository.documents import Document

KIND: Final = "ImageUpdateAutomation"
_POLICY: Final = "ImagePolicy"


@dataclass(frozen=True, slots=True)
class Automation:
    """An ImageUpdateAutomation that is at work, and the folder of this repository that it edits ("" is the root)."""

    document: Document
    folder: str

    @property
    def namespace(self) -> str:
        """The namespace of its policies, which is its own."""
        return str(part(self.document.value, "metadata").get("namespace") or "")

    @property
    def label(self) -> str:
        """How to call it in a message."""
        name = part(self.document.value, "metadata").get("name")
        return f"{self.namespace}/{name}" if self.namespace else str(name)

    def sets(self, use: Use, policies: Sequence[Document]) -> bool:
        """Whether it sets what a marker stands at, whose ImagePolicy is one of `policies`."""
        namespace, _, name = use.marker.partition(":")
        # An object without a namespace gets one when it is built, which is not known here.
        alike = {namespace, ""}
        if self.namespace not in alike | {""} or not f"{use.file}/".startswith(
            f"{self.folder}/" if self.folder else ""
        ):
            return False
        selector = part(part(self.document.value, "spec"), "policySelector")
        named = [part(one.value, "metadata") for one in policies]
        named = [one for one in named if one.get("name") == name and str(one.get("namespace") or "") in alike]
        return any(_selects(selector, part(one, "labels")) for one in named)


def is_at_work(document: Document) -> bool:
    """Whether a document is an ImageUpdateAutomation that is not suspended."""
    return _is(document, KIND) and part(document.value, "spec").get("suspend") is not True


def findings(
    automations: Iterable[Automation], uses: Sequence[Use], documents: Iterable[Document]
) -> Iterator[Finding]:
    """Say of each automation which of the `uses`, that are followed here, it would set as well."""
    policies = [one for one in documents if _is(one, _POLICY)]
    for automation in automations:
        both = sorted({str(use.location) for use in uses if use.marker and automation.sets(use, policies)})
        if both:
            more = f" and {len(both) - 1} more" if len(both) > 1 else ""
            message = f"Flux's {KIND} {automation.label} sets {both[0]}{more}, too: suspend or remove it, or leave these images to it"
            yield finding_at("image-updated-by-flux", message, automation.document.locate(()))


def _selects(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether a label selector selects an object; one that says nothing selects everything."""
    expressions = selector.get("matchExpressions")
    return all(labels.get(name) == value for name, value in part(selector, "matchLabels").items()) and all(
        _holds(one, labels)
        for one in (expressions if isinstance(expressions, list) else ())
        if isinstance(one, Mapping)
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, values = str(expression.get("key")), expression.get("values")
    listed = values if isinstance(values, list) else []
    return {
        "In": key in labels and labels[key] in listed,
        "NotIn": labels.get(key) not in listed,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(str(expression.get("operator")), False)


def _is(document: Document, kind: str) -> bool:
    value = document.value
    return (
        isinstance(value, Mapping)
        and value.get("kind") == kind
        and str(value.get("apiVersion")).partition("/")[0] == GROUP
    )
