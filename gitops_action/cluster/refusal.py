"""What a refusal means, beyond its wording: the server has fewer reasons than sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gitops_action.regex import regex

if TYPE_CHECKING:
    from gitops_action.cluster.answers import Answer, Cause

# Sentences of https://github.com/kubernetes/kubernetes: ValidateImmutableField, ValidateStatefulSetUpdate,
# ValidatePersistentVolumeClaimUpdate, ValidateServiceUpdate, ValidatePodUpdate, ValidateSecretUpdate.
_IMMUTABLE: Final = regex(
    r"field is immutable|is immutable after creation|updates to statefulset spec for fields other than"
    r"|may not change once set|pod updates may not change fields other than|cannot be (?:updated|changed)"
    r"|may not be changed|cannot change roleRef|is immutable"
)
# Both come from structured-merge-diff, which only server-side apply goes through.
_APPLY_ONLY: Final = regex(r"failed to create typed patch object|duplicate entries for key|\.managedFields")
_POLICY: Final = regex(r"(?:Validating|Mutating)AdmissionPolicy '")
_NO_NAMESPACE: Final = regex(r'^namespaces "([^"]*)" not found')
_NO_DRY_RUN: Final = regex(r'admission webhook "([^"]+)" does not support dry run')


def is_immutable(cause: Cause) -> bool:
    """Whether a value is good in itself, and only may not take the place of the one that is there."""
    return bool(_IMMUTABLE.search(cause.message))


def needs_replacement(answer: Answer) -> bool:
    """Whether the object could only be put in place of the one that is there after deleting that."""
    causes = answer.causes
    return bool(causes) and all(map(is_immutable, causes))


def is_of_apply(answer: Answer) -> bool:
    """Whether only server-side apply refuses the object, as it would have to merge lists that it cannot."""
    return not answer.ok and bool(_APPLY_ONLY.search(answer.message))


def is_of_policy(answer: Answer) -> bool:
    """Whether an admission policy, or another plugin of admission, refuses the object."""
    return answer.reason == "Forbidden" or bool(_POLICY.search(answer.message))


def missing_namespace(answer: Answer) -> str:
    """Return the namespace that would have to be there first, "" if that is not what is wrong."""
    found = _NO_NAMESPACE.search(answer.message) if answer.reason == "NotFound" else None
    return found[1] if found else ""


def webhook_without_dry_run(answer: Answer) -> str:
    """Return the webhook that cannot be asked without consequences, "" if there is none."""
    found = _NO_DRY_RUN.search(answer.message)
    return found[1] if found else ""
