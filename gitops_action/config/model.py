"""The configuration as the program reads it. Its file is described in `schemas/gitops.schema.json`."""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gitops_action.config import remote_bases
from gitops_action.config.charts import Charts, TreeChart
from gitops_action.config.deployment import Deployment
from gitops_action.config.images import Images
from gitops_action.config.promotion import Promotion
from gitops_action.config.suppressions import IgnoredDifference, InlineSuppressions, Suppression
from gitops_action.model import Finding, Location, Severity
from gitops_action.records import dataclass
from gitops_action.repository.documents import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.config.globs import PathPattern
    from gitops_action.config.locations import SchemaLocation

COMMENT_AUTHOR: Final = "github-actions[bot]"


class FailOn(StrEnum):
    """The least severity that fails a check."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"

    def reached_by(self, severity: Severity) -> bool:
        """Whether a finding of `severity` fails the check."""
        return self is not FailOn.NEVER and severity.rank <= Severity(self.value).rank


class Engine(StrEnum):
    """What judges manifests."""

    SCHEMA = "schema"
    KUBECONFORM = "kubeconform"
    APISERVER = "apiserver"


DEFAULT_ENGINES: Final = (Engine.SCHEMA,)


class LoadRestrictor(StrEnum):
    """From where an overlay may load files."""

    ROOT_ONLY = "root-only"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment. A setting that is None is the configuration's own.

    `context` is that of the kubeconfig which reaches its cluster; `server_side_apply` says how it is deployed, `deploy`
    how `deploy` does it. `announced` means that only the pull request under check knows it: it lends its name to paths
    that no other environment claims, and has no settings.
    """

    name: str
    paths: tuple[PathPattern, ...]
    engines: tuple[Engine, ...] | None = None
    kubernetes_versions: tuple[str, ...] | None = None
    fail_on: FailOn | None = None
    context: str = ""
    server_side_apply: bool = False
    announced: bool = False
    deploy: Deployment = field(default_factory=Deployment)


@dataclass(frozen=True, slots=True)
class Render:
    """How overlays are built. `timeout` is in seconds and for one overlay; `helm_charts` lets kustomize have Helm inflate charts."""

    load_restrictor: LoadRestrictor = LoadRestrictor.ROOT_ONLY
    timeout: float = 60.0
    remote_bases: tuple[str, ...] = ()
    helm_charts: bool = False

    def allows_remote(self, reference: str) -> bool:
        """Whether an overlay may fetch `reference`, as its kustomization writes it."""
        return remote_bases.is_allowed(reference, self.remote_bases)


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds in one environment."""

    engines: tuple[Engine, ...]
    kubernetes_versions: tuple[str, ...]
    fail_on: FailOn


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; `Config()` is what holds without a file. `precedence` says which settings grant power.

    No `engines` means the schemas alone, no `kubernetes_versions` the newest that an engine knows. `file` is "" without a file. `locations` are
    the places of the file's top-level keys, by field name here. `deployed` is no setting: it is what Flux's objects say
    of directories, once `environments.with_flux` has looked.
    """

    environments: tuple[Environment, ...] = ()
    engines: tuple[Engine, ...] = ()
    kubernetes_versions: tuple[str, ...] = ()
    fail_on: FailOn = FailOn.ERROR
    severity: Mapping[str, Severity] = field(default_factory=dict)
    ignore: tuple[PathPattern, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    inline_suppressions: InlineSuppressions = InlineSuppressions()
    ignored_differences: tuple[IgnoredDifference, ...] = ()
    field_manager: str = ""
    render: Render = Render()
    charts: Charts = field(default_factory=Charts)
    helm: tuple[TreeChart, ...] = ()
    schema_locations: tuple[SchemaLocation, ...] = ()
    limits: Limits = field(default_factory=Limits)
    comment_author: str = COMMENT_AUTHOR
    promotion: Promotion = field(default_factory=Promotion)
    images: Images = field(default_factory=Images)
    deployed: Mapping[str, str] = field(default_factory=dict, compare=False)
    file: str = field(default="", compare=False)
    locations: Mapping[str, Location] = field(default_factory=dict, compare=False)

    def ignores(self, path: str) -> bool:
        """Whether `path` holds no configuration of a cluster and is not to be looked at."""
        return bool(self.ignore) and any(pattern.matches(path) for pattern in self.ignore)

    def settings(self, environment: str) -> Settings:
        """Return what holds in `environment`, known to the configuration or not."""
        for known in self.environments:
            if known.name == environment:
                return Settings(
                    known.engines or self.engines or DEFAULT_ENGINES,
                    known.kubernetes_versions or self.kubernetes_versions,
                    known.fail_on or self.fail_on,
                )
        return Settings(self.engines or DEFAULT_ENGINES, self.kubernetes_versions, self.fail_on)

    @property
    def contexts(self) -> dict[str, str]:
        """The kubeconfig's context of each environment that has one set."""
        return {known.name: known.context for known in self.environments if known.context}

    def context(self, environment: str) -> str:
        """Return the kubeconfig's context of an environment, "" if none is set."""
        return self.contexts.get(environment, "")

    def applies_server_side(self, environment: str) -> bool:
        """Whether an environment is known to be deployed by server-side apply."""
        return any(known.server_side_apply for known in self.environments if known.name == environment)

    def deployment(self, environment: str) -> Deployment:
        """Return how an environment is deployed."""
        return next((known.deploy for known in self.environments if known.name == environment), Deployment())

    def asks(self, engine: Engine) -> bool:
        """Whether an engine judges any environment."""
        return engine in self.engines or any(engine in (known.engines or ()) for known in self.environments)

    def with_server(self) -> Config:
        """Return the configuration with an API server among the engines, wherever it does not say which engines."""
        return self if self.engines else replace(self, engines=(*DEFAULT_ENGINES, Engine.APISERVER))

    def failed_by(self, findings: Iterable[Finding]) -> bool:
        """Whether one of `findings` reaches what fails the check in its environment."""
        return any(self.settings(finding.environment).fail_on.reached_by(finding.severity) for finding in findings)

    def overridden(
        self,
        *,
        engines: Sequence[Engine] = (),
        kubernetes_versions: Sequence[str] = (),
        fail_on: FailOn | None = None,
    ) -> Config:
        """Put what the command line says, where it says anything, in place of every environment's settings."""
        environments = tuple(
            replace(
                known,
                engines=None if engines else known.engines,
                kubernetes_versions=None if kubernetes_versions else known.kubernetes_versions,
                fail_on=None if fail_on else known.fail_on,
            )
            for known in self.environments
        )
        return replace(
            self,
            environments=environments,
            engines=tuple(engines) or self.engines,
            kubernetes_versions=tuple(kubernetes_versions) or self.kubernetes_versions,
            fail_on=fail_on or self.fail_on,
        )
