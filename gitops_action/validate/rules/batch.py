"""Jobs and CronJobs.

Follows https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/batch/validation/validation.go, after the defaults
of pkg/apis/batch/v1/defaults.go and the selector that pkg/registry/batch/job/strategy.go makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gitops_action.validate.rules import job_policies, matching, pods, selectors, values
from gitops_action.validate.rules.forms import CRON_SCHEDULE, DNS_LABEL, DOMAIN_PREFIXED_PATH, TIME_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.model import Pointer
    from gitops_action.validate.rules.check import Check

_NUMBERS: Final = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
_JOB_NAME_LABELS: Final = ("job-name", "batch.kubernetes.io/job-name")
_UID_LABELS: Final = ("controller-uid", "batch.kubernetes.io/controller-uid")
_NO_VALUE: Final = "\0"  # no label has it: the server draws the UID, and a name after generateName
_LONGEST_MANAGER: Final = 63
_MANAGED_BY_SINCE: Final = 32
_PER_INDEX_SINCE: Final = 29
_REPLACEMENT_SINCE: Final = 29
_SUCCESS_POLICY_SINCE: Final = 31
_INDEXED_PARALLELISM: Final = 100_000
_MANY: Final = 100_000
_MANY_PARALLEL: Final = 10_000


def job(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateJob, pkg/apis/batch/validation/validation.go."""
    spec = value.get("spec")
    if not spec:
        return
    at_spec = (*at, "spec")
    _job_spec(check, spec, at_spec)
    name = (value.get("metadata") or {}).get("name")
    if spec.get("manualSelector") is True:
        _manual_selector(check, value, at_spec)
    else:
        _generated_selector(check, spec, name or _NO_VALUE, at_spec)
    completions = spec.get("completions")
    if name and completions and completions > 0 and spec.get("completionMode") == "Indexed":
        hostname = f"{name}-{completions - 1}"
        if not DNS_LABEL.fits(hostname):
            what = f"makes Pods with the host name {hostname}, which must be {DNS_LABEL.expected}"
            values.wrong(check, (*at, "metadata", "name"), what, "invalid-name")


def cron_job(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateCronJobCreate, pkg/apis/batch/validation/validation.go; its limit of names is with the names."""
    spec = value.get("spec")
    if not spec:
        return
    at = (*at, "spec")
    schedule, zone = spec.get("schedule"), spec.get("timeZone")
    if schedule == "":
        check.required((*at, "schedule"))
    else:
        check.form((*at, "schedule"), schedule, CRON_SCHEDULE)
    check.form((*at, "timeZone"), zone, TIME_ZONE)
    limits = ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    values.non_negative_fields(check, spec, at, limits)
    template = (spec.get("jobTemplate") or {}).get("spec")
    if not template:
        return
    place = (*at, "jobTemplate", "spec")
    _job_spec(check, template, place)
    if template.get("selector") is not None:
        check.forbidden((*place, "selector"), "in a CronJob: each Job gets its own")
    if template.get("manualSelector") is True:
        check.forbidden((*place, "manualSelector"), "in a CronJob: each Job gets its own selector")


def _job_spec(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Follow validateJobSpec, pkg/apis/batch/validation/validation.go."""
    values.non_negative_fields(check, spec, at, _NUMBERS)
    _indexes(check, spec, at)
    manager = spec.get("managedBy")
    if manager is not None and check.minor >= _MANAGED_BY_SINCE:
        if len(manager) > _LONGEST_MANAGER:
            what = f"must have at most {_LONGEST_MANAGER} characters"
            values.wrong(check, (*at, "managedBy"), what, "limit-exceeded")
        else:
            check.form((*at, "managedBy"), manager, DOMAIN_PREFIXED_PATH)
    values.not_empty(check, spec.get("completionMode"), (*at, "completionMode"))
    values.not_empty(check, spec.get("podReplacementPolicy"), (*at, "podReplacementPolicy"))
    failures = spec.get("podFailurePolicy")
    if failures is not None:
        job_policies.pod_failure_policy(check, spec, failures, (*at, "podFailurePolicy"))
        replacement = spec.get("podReplacementPolicy")
        if replacement and replacement != "Failed" and check.minor >= _REPLACEMENT_SINCE:
            place = (*at, "podReplacementPolicy")
            check.invalid("invalid-enum", place, replacement, "Failed where there is a podFailurePolicy")
    if (template := spec.get("template")) is not None:
        pods.template(check, template, (*at, "template"))
        _restart_policy(check, template.get("spec") or {}, (*at, "template", "spec"), never=failures is not None)


def _restart_policy(check: Check, spec: Mapping[str, Any], at: Pointer, *, never: bool) -> None:
    policy, place = spec.get("restartPolicy"), (*at, "restartPolicy")
    if not policy:
        check.required(place, "and must be OnFailure or Never")
    elif policy == "Always":
        check.invalid("invalid-enum", place, policy, "OnFailure or Never for a Job")
    elif never and policy == "OnFailure":
        check.invalid("invalid-enum", place, policy, "Never where there is a podFailurePolicy")


def _indexes(check: Check, spec: Mapping[str, Any], at: Pointer) -> None:
    """Check what holds for indexed Jobs, or for those alone (validateJobSpec)."""
    has_limits = check.minor >= _PER_INDEX_SINCE
    per_index = spec.get("backoffLimitPerIndex") if has_limits else None
    most_failed = spec.get("maxFailedIndexes") if has_limits else None
    values.non_negative(check, per_index, (*at, "backoffLimitPerIndex"))
    values.non_negative(check, most_failed, (*at, "maxFailedIndexes"))
    if most_failed is not None and per_index is None:
        check.required((*at, "backoffLimitPerIndex"), "where there is maxFailedIndexes")
    success = spec.get("successPolicy") if check.minor >= _SUCCESS_POLICY_SINCE else None
    mode = spec.get("completionMode")
    if mode == "Indexed":
        _indexed(check, spec, at, per_index, most_failed)
        if success is not None:
            job_policies.success_policy(check, spec, success, (*at, "successPolicy"))
    elif mode is None or mode == "NonIndexed":
        fields = {"backoffLimitPerIndex": per_index, "maxFailedIndexes": most_failed, "successPolicy": success}
        _only_indexed(check, [field for field, part in fields.items() if part is not None], mode, at)


def _only_indexed(check: Check, fields: list[str], mode: str | None, at: Pointer) -> None:
    """Note fields that only indexed Jobs may have; where there are several, it is the mode that was left out."""
    if mode is None and len(fields) > 1:
        check.required((*at, "completionMode"), f"and must be Indexed, where there is {fields[0]}")
        return
    for field in fields:
        check.forbidden((*at, field), "unless completionMode is Indexed")


def _indexed(
    check: Check, spec: Mapping[str, Any], at: Pointer, per_index: int | None, most_failed: int | None
) -> None:
    completions, parallelism = spec.get("completions"), spec.get("parallelism") or 0
    if completions is None:
        # The default is 1 where neither of the two is there, but in templates.
        if spec.get("parallelism") is not None or "jobTemplate" in at:
            check.required((*at, "completions"), "when completionMode is Indexed")
        completions = 1
    is_many = completions > _MANY and per_index is not None
    limit = _MANY_PARALLEL if is_many else _INDEXED_PARALLELISM
    if parallelism > limit:
        check.invalid(
            "limit-exceeded", (*at, "parallelism"), parallelism, f"at most {limit} when completionMode is Indexed"
        )
    if most_failed is not None:
        limit = min(completions, limit)
        if most_failed > limit:
            check.invalid(
                "limit-exceeded", (*at, "maxFailedIndexes"), most_failed, f"at most {limit}, and at most completions"
            )
    elif is_many:
        check.required((*at, "maxFailedIndexes"), f"when completions is above {_MANY}")


def _manual_selector(check: Check, value: Mapping[str, Any], at: Pointer) -> None:
    """Follow ValidateJobSpec for a selector that the Job brings along, pkg/apis/batch/validation/validation.go."""
    selector = value["spec"].get("selector")
    if selector is None:
        check.required((*at, "selector"), "when manualSelector is true")
    elif selector.get("matchLabels") or selector.get("matchExpressions"):
        # Unlike that of another workload, it may be empty.
        matching.selector(check, value, at)


def _generated_selector(check: Check, spec: Mapping[str, Any], name: str, at: Pointer) -> None:
    """Follow generateSelector, pkg/registry/batch/job/strategy.go, and validateGeneratedSelector.

    The server draws the UID of the Job, so labels with one cannot be right.
    """
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    made = {**dict.fromkeys(_JOB_NAME_LABELS, name), **dict.fromkeys(_UID_LABELS, _NO_VALUE)}
    for label, value in made.items():
        if label in labels and (labels[label] or "") != value:
            why = (
                "the name of the Job"
                if label in _JOB_NAME_LABELS and value != _NO_VALUE
                else "absent: the server sets it"
            )
            place = (*at, "template", "metadata", "labels", label)
            check.invalid("invalid-value", place, labels[label], f"{why}, unless manualSelector is true")
    selector = spec.get("selector")
    if not selector or not selectors.label_selector(check, selector, (*at, "selector")):
        return
    if not selectors.matches(selector, made) or not selectors.matches(selector, {**labels, **made}):
        if spec.get("manualSelector") is False:
            check.invalid("invalid-value", (*at, "manualSelector"), False, "true where selector is set")  # noqa: FBT003
        else:
            check.forbidden((*at, "selector"), "unless manualSelector is true")
