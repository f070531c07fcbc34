"""The part of `doctor` that asks clusters: who the account is, what it may do there, and how Flux is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from gitops_action.cluster import requests, rights
from gitops_action.cluster.answers import Request
from gitops_action.doctor import accounts, clusters, policies
from gitops_action.doctor.accounts import Account, Need, Used
from gitops_action.doctor.lines import IN_CLUSTER, Line, State, Topic
from gitops_action.environments import DEFAULT
from gitops_action.errors import ClusterError, GitOpsError
from gitops_action.parts import part
from gitops_action.pipeline import flux_status
from gitops_action.pipeline.pages import items_of, pages
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitops_action.adapters.git import Repository
    from gitops_action.cluster.rights import Right
    from gitops_action.config import Config
    from gitops_action.doctor.repository import Clone
    from gitops_action.model import Manifest
    from gitops_action.pipeline.clusters import Clusters
    from gitops_action.pipeline.places import Place
    from gitops_action.ports import ApiServer, Progress

_MOST_QUESTIONS: Final = 400
_MOST_PAGES: Final = 5
_FORBIDDEN: Final = 403
_API_SERVICES: Final = "/apis/apiregistration.k8s.io/v1/apiservices"
_DEPLOYMENTS: Final = ("/apis/apps/v1/deployments", "/apis/apps/v1/namespaces/flux-system/deployments")


@dataclass(frozen=True, slots=True)
class _Target:
    """One cluster: the context of the kubeconfig ("": the current one, or the one server), and the environments in it."""

    context: str
    environments: tuple[str, ...]


def examine(
    repository: Repository | None, clone: Clone, place: Place, meant: Clusters, progress: Progress
) -> Iterator[Line]:
    """Look at each cluster that is meant."""
    from gitops_action.config import Config  # noqa: PLC0415 - start-up time

    config = clone.config or Config()
    try:
        targets = _targets(clone, config, meant)
    except GitOpsError as error:
        yield _unreached(error, "")
        return
    for target in targets:
        where = target.context if len(targets) > 1 else ""
        manifests: list[Manifest] = []
        if repository is not None and clone.config is not None:
            try:
                manifests = _manifests(repository, place, target.environments, progress)
            except GitOpsError as error:
                message = f"what is deployed there is not known ({error}): a few usual kinds were asked about"
                yield Line(Topic.CLUSTER, "kinds", State.WARNING, message, "gitops-action check", IN_CLUSTER, where)
        with progress.step(f"Look at the cluster {target.context}".rstrip()):
            yield from _cluster(target, config, meant, manifests, where)


def _targets(clone: Clone, config: Config, meant: Clusters) -> list[_Target]:
    """Return the clusters that the command line names; else those of the environments whose contexts are in the kubeconfig."""
    environments = tuple(clone.environments)
    if meant.server:
        return [_Target("", environments)]
    found: dict[str, list[str]] = defaultdict(list)
    if meant.contexts:
        for environment, context in meant.contexts.items():
            known = [one for one in environments if config.context(one) == context] or [*environments]
            found[context] += [environment] if environment else known
    else:
        from gitops_action.adapters import kubeconfig  # noqa: PLC0415 - as above

        loaded = kubeconfig.load(meant.kubeconfig)
        for environment in environments:
            context = config.context(environment) or environment
            if loaded is not None and context in loaded.contexts:
                found[context].append(environment)
    if not found:
        return [_Target("", environments)]
    return [_Target(context, tuple(dict.fromkeys(names))) for context, names in found.items()]


def _manifests(repository: Repository, place: Place, environments: Sequence[str], progress: Progress) -> list[Manifest]:
    from gitops_action.pipeline.desired import desired  # noqa: PLC0415 - as above
    from gitops_action.pipeline.settings import Overrides  # noqa: PLC0415

    wanted = desired(repository, "HEAD", Overrides(config=place.config), progress, environments)
    return list(wanted.manifests)


def _cluster(
    target: _Target, config: Config, meant: Clusters, manifests: Sequence[Manifest], where: str
) -> Iterator[Line]:
    from dataclasses import replace  # noqa: PLC0415 - one use

    from gitops_action.adapters.api_server import HttpApiServer  # noqa: PLC0415 - as above
    from gitops_action.config import Config as Nothing  # noqa: PLC0415

    named = replace(meant, contexts={"": target.context} if target.context else {})
    try:
        with HttpApiServer(named.access("", Nothing(), [""])) as server:
            who = server.send(rights.who())
            name = rights.name_of(who)
            if not name:
                message = f"the cluster does not say who asks: {who.message}"
                fix = "check the token or certificate in the kubeconfig, and that it has not run out"
                yield Line(Topic.CLUSTER, "account", State.MISSING, message, fix, IN_CLUSTER, where)
                return
            yield from _asked(server, name, target, config, manifests, where)
    except GitOpsError as error:
        yield _unreached(error, where)


def _unreached(error: GitOpsError, where: str) -> Line:
    fix = "check what is named, the address, the network and the certificate authority"
    return Line(Topic.CLUSTER, "cluster", State.MISSING, str(error), fix, IN_CLUSTER, where)


def _asked(  # noqa: PLR0913, PLR0917 - what a look at a cluster goes by
    server: ApiServer, name: str, target: _Target, config: Config, manifests: Sequence[Manifest], where: str
) -> Iterator[Line]:
    from gitops_action.validate.catalog import minors  # noqa: PLC0415 - as above

    told = server.send(Request("GET", "/version"))
    version = str(told.body.get("gitVersion") or "") if told.ok and isinstance(told.body, dict) else ""
    configured = {one for name_ in target.environments for one in config.settings(name_).kubernetes_versions}
    wanted = sorted({(one.id.api_version, one.id.kind) for one in manifests})
    about = clusters.Server(version, server.kinds, wanted, minors(), sorted(configured))
    yield from clusters.judge(about, where)
    deployed = sorted({one.environment for one in manifests}) or [one for one in target.environments if one != DEFAULT]
    namespaces = [config.deployment(one).namespace for one in deployed or [DEFAULT]]
    needed = [
        need
        for namespace in dict.fromkeys(namespaces)
        for need in accounts.needs(_used(server, manifests) or accounts.SAMPLE, namespace, _flux_kinds(server))
    ]
    yield from accounts.judge(_account(server, name, needed), list(dict.fromkeys(needed)), where)
    yield from policies.judge(name, server.send_all(Request("GET", path) for path in policies.PATHS), where)
    yield from clusters.judge_flux(about, _flux(server), where)


def _used(server: ApiServer, manifests: Sequence[Manifest]) -> list[Used]:
    """Return the kinds of what is deployed, as the server serves them, with their namespaces."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for manifest in manifests:
        kind = server.kinds.find(manifest.id.api_version, manifest.id.kind)
        if kind is not None:
            namespace = requests.namespace_of(kind, manifest.value)
            found[kind.api_version.rpartition("/")[0], kind.plural] |= {namespace} if namespace else set()
    return [Used(group, resource, frozenset(spaces)) for (group, resource), spaces in sorted(found.items())]


def _flux_kinds(server: ApiServer) -> list[tuple[str, str]]:
    kinds = ("Kustomization", "GitRepository", "OCIRepository", "HelmRelease")
    served = zip(accounts.FLUX, kinds, strict=True)
    return [(group, plural) for (group, plural), kind in served if server.kinds.of_group(group, kind) is not None]


def _account(server: ApiServer, name: str, needed: Sequence[Need]) -> Account:
    """Ask for each right everywhere first, and in single namespaces where that is refused."""
    first = list(dict.fromkeys([*accounts.POWER, *accounts.READING, *(one.right for one in needed)]))
    held, problem = _held(server, first)
    refused = [one for one in needed if held.get(one.right) is False]
    second = list(dict.fromkeys(one.right.within(space) for one in refused for space in sorted(one.namespaces)))
    more, other = _held(server, second[:_MOST_QUESTIONS])
    if len(second) > _MOST_QUESTIONS:
        other = other or f"there would have been {len(second)} to ask for single namespaces"
    writes, unknown = _aggregated(server)
    written, _ = _held(server, writes)
    return Account(
        name, held | more, server.send_all(rights.probes()), [one for one in writes if written[one]], unknown,
        problem or other,
    )  # fmt: skip


def _held(server: ApiServer, asked: Sequence[Right]) -> tuple[dict[Right, bool | None], str]:
    """Return whether the account has each right, and why the first that was not answered was not."""
    answers = server.send_all(rights.may(right) for right in asked)
    problem = next((one.message for one in answers if not one.ok), "")
    return {right: rights.allowed(answer) for right, answer in zip(asked, answers, strict=True)}, problem


def _aggregated(server: ApiServer) -> tuple[list[Right], str]:
    """Return the rights to write what servers beside the API server serve, and what of that is not known."""
    found, known = _listed(server, _API_SERVICES)
    if not known:
        return [], "whether the cluster has some, which no policy guards, may not be read"
    groups = {str(part(one, "spec").get("group")) for one in found if part(one, "spec").get("service")}
    kinds = server.kinds.in_groups(groups) if groups else []
    writes = [
        rights.Right(verb, kind.api_version.rpartition("/")[0], kind.plural)
        for kind in kinds
        for verb in accounts.WRITING
        if verb in kind.verbs
    ]
    silent = sorted(groups - {kind.api_version.rpartition("/")[0] for kind in kinds})
    unknown = f"no policy guards what they serve, and what {', '.join(silent)} has is not told" if silent else ""
    return writes[:_MOST_QUESTIONS], unknown


def _flux(server: ApiServer) -> clusters.Flux:
    try:
        status = flux_status.look(server)
    except ClusterError:
        status = None
    problem = ""
    for path in _DEPLOYMENTS:
        answer = server.send(Request("GET", path, {"labelSelector": clusters.PART_OF}))
        items = items_of(answer)
        if items is not None:
            return clusters.Flux(items, "", status)
        problem = answer.message
        if answer.status != _FORBIDDEN:
            break
    return clusters.Flux(None, problem, status)


def _listed(server: ApiServer, path: str) -> tuple[list[Mapping[str, Any]], bool]:
    found: list[Mapping[str, Any]] = []
    for answer in pages(server, path, most=_MOST_PAGES):
        items = items_of(answer)
        if items is None:
            return [], False
        found += items
    return found, True
