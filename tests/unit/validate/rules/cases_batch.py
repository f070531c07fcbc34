"""Jobs and CronJobs."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import DROPPED, Table

TEMPLATE: Final[dict[str, Any]] = {
    "metadata": {"labels": {"app": "backup"}},
    "spec": {"restartPolicy": "Never", "containers": [{"name": "backup", "image": "backup:1"}]},
}
SPEC: Final[dict[str, Any]] = {
    "parallelism": 2,
    "completions": 5,
    "backoffLimit": 0,
    "activeDeadlineSeconds": 60,
    "ttlSecondsAfterFinished": 0,
    "template": TEMPLATE,
}
INDEXED: Final[dict[str, Any]] = SPEC | {"completionMode": "Indexed", "backoffLimitPerIndex": 1, "maxFailedIndexes": 3}
JOB: Final[dict[str, Any]] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "backup", "namespace": "default"},
}
CRON_JOB: Final[dict[str, Any]] = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "backup", "namespace": "default"},
    "spec": {
        "schedule": "0 3 * * 1-5",
        "timeZone": "Europe/Berlin",
        "concurrencyPolicy": "Forbid",
        "suspend": False,
        "startingDeadlineSeconds": 60,
        "successfulJobsHistoryLimit": 0,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {"spec": SPEC},
    },
}
FAILURES: Final[dict[str, Any]] = {
    "rules": [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": {"containerName": "backup", "operator": "In", "values": [1, 5, 42]}},
    ]
}


def jobs(kind: str, manifest: dict[str, Any], root: str) -> Table:
    """Return the cases that Jobs and the templates of CronJobs share."""
    job = Table(kind, manifest, root)
    for field in ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        job.value("invalid-value", field, -1)
        job.values(field, 0)
    job.bad(
        "always restarted", "invalid-enum", "template.spec.restartPolicy", {"template.spec.restartPolicy": "Always"}
    )
    job.bad(
        "no restart policy", "required-field", "template.spec.restartPolicy", {"template.spec.restartPolicy": DROPPED}
    )
    job.value("required-field", "template.spec.restartPolicy", "")
    job.values("template.spec.restartPolicy", "OnFailure")
    job.values("template.spec.activeDeadlineSeconds", 5)
    job.value("invalid-name", "template.spec.containers.0.name", "Backup")
    job.value("invalid-label", "template.metadata.labels.app", "a b")
    job.value("invalid-format", "managedBy", "example", "a b/c", "/a", "a/")
    job.value("limit-exceeded", "managedBy", "a.b/" + "c" * 60)
    job.values("managedBy", "example.com/queue", "kubernetes.io/job-controller")
    for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
        change = {field: 1} if field == "backoffLimitPerIndex" else {}
        if change:
            job.bad(f"{field} without indexes", "forbidden-field", field, change)
    job.bad(
        "success without indexes",
        "forbidden-field",
        "successPolicy",
        {"successPolicy": {"rules": [{"succeededCount": 1}]}},
    )

    # Failures.
    job.good("a policy for failures", {"podFailurePolicy": FAILURES})
    failed = {"podFailurePolicy": FAILURES}
    job.bad(
        "a policy for failures and restarts",
        "invalid-enum",
        "template.spec.restartPolicy",
        failed | {"template.spec.restartPolicy": "OnFailure"},
    )
    job.bad(
        "replaced too early",
        "invalid-enum",
        "podReplacementPolicy",
        failed | {"podReplacementPolicy": "TerminatingOrFailed"},
    )
    job.good("replaced once it failed", failed | {"podReplacementPolicy": "Failed"})
    job.values("podReplacementPolicy", "Failed", "TerminatingOrFailed")
    conditions, codes = "podFailurePolicy.rules.0.onPodConditions", "podFailurePolicy.rules.1.onExitCodes"
    job.bad(
        "too many rules",
        "limit-exceeded",
        "podFailurePolicy.rules",
        {"podFailurePolicy": {"rules": [FAILURES["rules"][0]] * 21}},
    )
    job.bad(
        "a rule for nothing",
        "required-field",
        "podFailurePolicy.rules.0",
        failed | {"podFailurePolicy.rules.0": {"action": "Ignore"}},
    )
    job.bad(
        "a rule for both",
        "forbidden-field",
        "podFailurePolicy.rules.1.onPodConditions",
        failed | {"podFailurePolicy.rules.1.onPodConditions": [{"type": "a", "status": "True"}]},
    )
    job.bad(
        "an index that fails",
        "invalid-value",
        "podFailurePolicy.rules.0.action",
        failed | {"podFailurePolicy.rules.0.action": "FailIndex"},
    )
    job.bad("a wrong condition", "invalid-name", f"{conditions}.0.type", failed | {f"{conditions}.0.type": "a b"})
    job.bad("no condition", "required-field", f"{conditions}.0.type", failed | {f"{conditions}.0.type": ""})
    job.bad("a wrong status", "invalid-enum", f"{conditions}.0.status", failed | {f"{conditions}.0.status": "true"})
    job.good("no status", failed | {f"{conditions}.0.status": ""})
    job.bad(
        "too many conditions",
        "limit-exceeded",
        conditions,
        failed | {conditions: [{"type": "a", "status": "True"}] * 21},
    )
    job.bad(
        "another container", "invalid-reference", f"{codes}.containerName", failed | {f"{codes}.containerName": "other"}
    )
    job.bad("no exit codes", "required-field", f"{codes}.values", failed | {f"{codes}.values": []})
    job.bad(
        "too many exit codes", "limit-exceeded", f"{codes}.values", failed | {f"{codes}.values": list(range(1, 257))}
    )
    job.bad("success as a failure", "invalid-value", f"{codes}.values.0", failed | {f"{codes}.values": [0, 1]})
    job.good("success as no failure", failed | {f"{codes}.values": [0, 1], f"{codes}.operator": "NotIn"})
    job.bad("an exit code twice", "duplicate-item", f"{codes}.values.1", failed | {f"{codes}.values": [1, 1]})
    job.bad("exit codes in disorder", "invalid-value", f"{codes}.values.1", failed | {f"{codes}.values": [5, 1]})
    job.good("any container", failed | {f"{codes}.containerName": DROPPED})
    return job


def indexed(kind: str, manifest: dict[str, Any], root: str) -> Table:
    """Return the cases of indexed Jobs."""
    job = Table(kind, manifest, root)
    job.value("invalid-value", "backoffLimitPerIndex", -1)
    job.value("invalid-value", "maxFailedIndexes", -1)
    job.value("limit-exceeded", "maxFailedIndexes", 6)
    job.values("maxFailedIndexes", 5, 0)
    job.bad(
        "failures without a limit each", "required-field", "backoffLimitPerIndex", {"backoffLimitPerIndex": DROPPED}
    )
    job.bad("no completions", "required-field", "completions", {"completions": DROPPED, "maxFailedIndexes": DROPPED})
    job.value("limit-exceeded", "parallelism", 100_001)
    many = {"completions": 100_001, "maxFailedIndexes": 10_000, "parallelism": 10_000}
    job.good("many", many)
    job.bad("many in parallel", "limit-exceeded", "parallelism", many | {"parallelism": 10_001})
    job.bad("many failures", "limit-exceeded", "maxFailedIndexes", many | {"maxFailedIndexes": 10_001})
    job.bad(
        "many without a limit of failures", "required-field", "maxFailedIndexes", many | {"maxFailedIndexes": DROPPED}
    )
    job.good("an index that fails", {"podFailurePolicy": {"rules": [FAILURES["rules"][0] | {"action": "FailIndex"}]}})
    rule = "successPolicy.rules.0"
    job.value("required-field", "successPolicy.rules", [])
    job.value("limit-exceeded", "successPolicy.rules", [{"succeededCount": 1}] * 21)
    job.value("required-field", rule, {})
    job.value("invalid-value", f"{rule}.succeededCount", -1, 6)
    job.values(f"{rule}.succeededCount", 0, 5)
    job.value(
        "invalid-format", f"{rule}.succeededIndexes", "a", "5", "1,1", "2,1", "1-", "2-1", "1-1", "1-2-3", ",", " 1"
    )
    job.values(f"{rule}.succeededIndexes", "", "0", "0,2-4", "+1")
    job.bad(
        "more than indexes",
        "invalid-value",
        f"{rule}.succeededCount",
        {rule: {"succeededIndexes": "0,2-4", "succeededCount": 5}},
    )
    job.good("as many as indexes", {rule: {"succeededIndexes": "0,2-4", "succeededCount": 4}})
    return job


job = jobs("Job", JOB | {"spec": SPEC}, "spec")
cron_job_template = jobs("CronJob", CRON_JOB, "spec.jobTemplate.spec")
indexed_job = indexed("indexed Job", JOB | {"spec": INDEXED}, "spec")
indexed_cron_job = indexed(
    "indexed CronJob",
    CRON_JOB | {"spec": CRON_JOB["spec"] | {"jobTemplate": {"spec": INDEXED}}},
    "spec.jobTemplate.spec",
)

# Completions default to 1 in a Job, and not in a template.
neither = {"completions": DROPPED, "parallelism": DROPPED, "maxFailedIndexes": DROPPED}
indexed_job.good("neither completions nor parallelism", neither)
indexed_cron_job.bad("neither completions nor parallelism", "required-field", "completions", neither)
job.good("no indexes", {"completionMode": "NonIndexed"})
for table in (indexed_job, indexed_cron_job):
    table.bad("no mode", "required-field", "completionMode", {"completionMode": DROPPED})

# Selectors of Jobs.
for label in ("job-name", "batch.kubernetes.io/job-name"):
    where = ("template", "metadata", "labels", label)
    job.bad(f"another {label}", "invalid-value", where, {where: "other"})
    job.bad(f"no {label}", "invalid-value", where, {where: None})
    job.good(f"the {label}", {where: "backup"})
for label in ("controller-uid", "batch.kubernetes.io/controller-uid"):
    where = ("template", "metadata", "labels", label)
    job.bad(f"a {label}", "invalid-value", where, {where: "10d0c2a8-0a5d-4d4e-a6ea-2d0a2b7a9a3b"})
job.bad("a selector of its own", "forbidden-field", "selector", {"selector": {"matchLabels": {"app": "backup"}}})
job.bad(
    "a selector of its own, and no manual one",
    "invalid-value",
    "manualSelector",
    {"manualSelector": False, "selector": {"matchLabels": {"app": "backup"}}},
)
job.good("a selector of its name", {("selector", "matchLabels", "job-name"): "backup"})
job.bad("a selector of another name", "forbidden-field", "selector", {("selector", "matchLabels", "job-name"): "other"})
job.good("an expression that fits", {"selector": {"matchExpressions": [{"key": "other", "operator": "DoesNotExist"}]}})
manual = {"manualSelector": True, "selector": {"matchLabels": {"app": "backup"}}}
job.good("a manual selector", manual)
job.good("a manual selector of everything", {"manualSelector": True, "selector": {}})
job.good("a manual selector of all labels", {"manualSelector": True, "selector": {"matchLabels": {}}})
job.good("a manual selector of all expressions", {"manualSelector": True, "selector": {"matchExpressions": []}})
job.bad("a manual selector that is not there", "required-field", "selector", {"manualSelector": True})
job.bad(
    "a manual selector that does not match",
    "selector-mismatch",
    "selector.matchLabels.app",
    {"manualSelector": True, "selector": {"matchLabels": {"app": "other"}}},
)
job.bad(
    "a manual selector of an expression that does not match",
    "selector-mismatch",
    "selector.matchExpressions.0",
    {"manualSelector": True, "selector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}},
)
job.bad(
    "a wrong manual selector",
    "invalid-label",
    "selector.matchLabels.app",
    {"manualSelector": True, "selector": {"matchLabels": {"app": "a b"}}},
)
cron_job_template.bad("a selector", "forbidden-field", "selector", {"selector": {"matchLabels": {"app": "backup"}}})
cron_job_template.bad("a manual selector", "forbidden-field", "manualSelector", {"manualSelector": True})
cron_job_template.good("no manual selector", {"manualSelector": False})

CASES: Final = [*job.cases, *cron_job_template.cases, *indexed_job.cases, *indexed_cron_job.cases]
