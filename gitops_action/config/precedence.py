"""Whose configuration is in force: a pull request is judged by its base's, and told where its own differs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

from gitops_action.config.load import ConfigError, load
from gitops_action.config.model import Config, Environment
from gitops_action.config.names import FILE_NAMES, SETTING_NAMES
from gitops_action.model import Finding, Location, Severity
from gitops_action.records import dataclass

# Every setting that decides whether a pull request passes, what it may fetch, or what is asked of the machine.
# Whoever adds a setting to Config decides here; a test holds the two together.
POWER: Final = frozenset(
    {
        "environments",
        "engines",
        "kubernetes_versions",
        "fail_on",
        "severity",
        "ignore",
        "suppressions",
        "inline_suppressions",
        "ignored_differences",
        "field_manager",
        "render",
        "charts",
        "helm",
        "schema_locations",
        "limits",
        "comment_author",
        "promotion",
        "images",
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """A configuration file of one revision; `data` is None where the revision has none."""

    data: bytes | None
    file: str = FILE_NAMES[0]


def in_force(head: Source, base: Source | None = None) -> tuple[Config, list[Finding]]:
    """Return the configuration to judge `head` by, and what is to be said about it.

    Without a `base` (no pull request) it is `head`'s own; ConfigError is raised if that cannot be read. With one,
    errors in `head`'s file are findings of the pull request. A base that cannot be read is replaced by the defaults,
    which grant nothing: the pull request may be the one that mends it.
    """
    if base is None:
        return load(head.data, head.file), []
    try:
        granting = load(base.data, base.file)
    except ConfigError as error:
        first = error.findings[0]
        message = f"the base's configuration cannot be read, so the defaults hold: {first.location}: {first.message}"
        # The line is one of the base's file; head's may be another.
        findings = [Finding("config-base-invalid", Severity.WARNING, message, base.file)]
        granting = Config(file=base.file)
    else:
        findings = []
    try:
        proposed = granting if head == base and not findings else load(head.data, head.file)
    except ConfigError as error:
        return granting, [*findings, *error.findings]
    if not findings:
        findings = changes_not_in_force(granting, proposed)
    return with_power_of(proposed, granting), findings


def with_power_of(own: Config, base: Config) -> Config:
    """Return the settings to judge a pull request by: `base`'s wherever they grant power.

    `own` is the pull request's configuration. Its environments that `base` does not know lend their names, without any
    settings, to paths that no environment of `base` claims.
    """
    known = {environment.name for environment in base.environments}
    announced = tuple(
        Environment(environment.name, environment.paths, announced=True)
        for environment in own.environments
        if environment.name not in known
    )
    granted = {setting.name: getattr(base, setting.name) for setting in fields(base) if setting.name in POWER}
    granted["environments"] = (*base.environments, *announced)
    return replace(own, **granted)


def changes_not_in_force(base: Config, head: Config) -> list[Finding]:
    """Return one finding that names the settings in which `head` differs from `base`; none if it does not."""
    changed = [
        setting for setting in SETTING_NAMES if setting in POWER and getattr(base, setting) != getattr(head, setting)
    ]
    if not changed:
        return []
    names = ", ".join(f"`{SETTING_NAMES[setting]}`" for setting in changed)
    message = f"changes of {names} come into force once merged: this pull request is judged by its base's settings"
    places = [head.locations[setting] for setting in changed if setting in head.locations]
    place = min(places, key=lambda it: (it.line or 0, it.column or 0), default=Location(head.file or base.file))
    return [Finding("config-change-not-in-force", Severity.INFO, message, place.file, place.line, place.column)]
