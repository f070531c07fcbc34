"""Schedules of CronJobs, and the names that Jobs and CronJobs may have."""

from __future__ import annotations

from typing import Final

from tests.unit.validate.rules.cases_batch import CRON_JOB, INDEXED, JOB, SPEC
from tests.unit.validate.rules.variants import Table

# Names.
named = Table("named Job", JOB | {"spec": INDEXED | {"completions": 10}})
named.good("61 letters", {"metadata.name": "a" * 61})
named.bad("62 letters", "invalid-name", "metadata.name", {"metadata.name": "a" * 62})
named.bad("a dot", "invalid-name", "metadata.name", {"metadata.name": "a.b"})
named.good("a dot without indexes", {"metadata.name": "a.b", "spec": SPEC})
named_cron_job = Table("named CronJob", CRON_JOB)
named_cron_job.good("52 letters", {"metadata.name": "a" * 52})
named_cron_job.bad("53 letters", "invalid-name", "metadata.name", {"metadata.name": "a" * 53})

# Schedules.
cron_job = Table("CronJob with a schedule", CRON_JOB, "spec")
cron_job.value("required-field", "schedule", "")
cron_job.value(
    "invalid-format",
    "schedule",
    *(
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 7",
        "a * * * *",
        "5-1 * * * *",
    ),
    *("*/0 * * * *", "@never", "TZ=UTC * * * * *", "CRON_TZ=UTC * * * * *", "@every 1", "1-2-3 * * * *", "-1 * * * *"),
)
cron_job.values(
    "schedule",
    *(
        "*/5 * * * *",
        "0 0 1 JAN sun",
        "@hourly",
        "@every 1h30m",
        "0,30 8-17/2 ? * MON-FRI",
        " 0  3 * * * ",
        "0 0 31 2 *",
    ),
)
cron_job.value("invalid-format", "timeZone", "", "Local", "Mars/Olympus", "UTC+1", "../UTC", "/UTC", "local")
cron_job.values("timeZone", "UTC", "Etc/UTC", "America/New_York")
for field in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
    cron_job.value("invalid-value", field, -1)
    cron_job.values(field, 0)
cron_job.values("concurrencyPolicy", "", "Allow", "Replace")

CASES: Final = [*named.cases, *named_cron_job.cases, *cron_job.cases]
