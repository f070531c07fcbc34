"""Which cluster an environment is in, and how it is reached."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_action.errors import ClusterError, UsageError
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitops_action.adapters.api_server import Access
    from gitops_action.config import Config
    from gitops_action.model import Manifest


@dataclass(frozen=True, slots=True)
class Clusters:
    """What the command line says of clusters: a kubeconfig with contexts, or one server with a token.

    `contexts` has the context of each environment; that of "" is for all others. Nothing is asked of any cluster unless
    `asked`.
    """

    kubeconfig: str = ""
    contexts: Mapping[str, str] = field(default_factory=dict)
    server: str = ""
    authority: str = ""
    token: str = field(repr=False, default="")

    @property
    def asked(self) -> bool:
        """Whether a live cluster is to be looked at."""
        return bool(self.kubeconfig or self.contexts or self.server)

    def access(self, environment: str, config: Config, environments: Sequence[str]) -> Access:
        """Return how to reach an environment's cluster.

        A context is that of the command line, then of the configuration, then the one of the environment's name; a single
        environment may be in the current one. Raises UsageError where that leaves it open.
        """
        from gitops_action.adapters import kubeconfig  # noqa: PLC0415 - few runs look at a cluster

        if self.server:
            if len(environments) > 1:
                raise UsageError(
                    "one server cannot be the cluster of several environments: use a kubeconfig with contexts"
                )
            return kubeconfig.of_token(self.server, self._pem(), self.token)
        named = self.contexts.get(environment) or config.context(environment) or self.contexts.get("")
        if named:
            return kubeconfig.access(self.kubeconfig, named)
        loaded = kubeconfig.load(self.kubeconfig)
        if loaded is not None and environment in loaded.contexts:
            return loaded.access(environment)
        if len(environments) == 1:
            return kubeconfig.access(self.kubeconfig)
        if loaded is None:
            raise UsageError(
                f"which cluster environment `{environment}` is in is not known: there is no kubeconfig; name one with --kubeconfig, "
                "or set KUBECONFIG"
            )
        raise UsageError(
            f"which cluster environment `{environment}` is in is not known: give --context {environment}=CONTEXT, or set "
            f"`environments.{environment}.context` in the configuration"
        )

    def _pem(self) -> bytes | None:
        """Return the authority, which is given as PEM or as a file."""
        if not self.authority:
            return None
        if "-----BEGIN" in self.authority:
            return self.authority.encode()
        try:
            return Path(self.authority).read_bytes()
        except OSError as error:
            raise UsageError(f"the certificate authority cannot be read: {self.authority}: {error.strerror}") from error


def clusters(
    kubeconfig: str = "", contexts: Iterable[str] = (), *, server: str = "", authority: str = "", token: str = ""
) -> Clusters:
    """Read what is said of clusters; a context is CONTEXT or ENVIRONMENT=CONTEXT. Raises UsageError."""
    chosen: dict[str, str] = {}
    for text in contexts:
        environment, is_pair, name = text.partition("=")
        key, value = (environment, name) if is_pair else ("", environment)
        if not value or chosen.get(key, value) != value:
            raise UsageError(
                f"--context: `{text}`: give CONTEXT once, or ENVIRONMENT=CONTEXT once for each environment"
            )
        chosen[key] = value
    if server and (kubeconfig or chosen):
        raise UsageError("a server's address and a kubeconfig exclude each other")
    return Clusters(kubeconfig, chosen, server, authority, token)


def require_one(environment: str, manifests: Iterable[Manifest]) -> None:
    """Raise ClusterError where objects of an environment are for several clusters: which of them is asked is not known."""
    found = sorted({one.cluster for one in manifests} - {""})
    if len(found) > 1:
        names = ", ".join(f"`{one}`" for one in found)
        raise ClusterError(
            f"environment `{environment}` has the clusters {names}, which cannot be told apart: configure an environment for each"
        )
