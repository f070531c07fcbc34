"""What an account may do in a cluster: too little for a job, or more than one that only previews should."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field
from typing import TYPE_CHECKING, Final

from gitops_action.cluster.rights import Right
from gitops_action.doctor.lines import Job, Line, State, Topic, listed
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from gitops_action.cluster.answers import Answer

_CONFLICT: Final = 409
_FORBIDDEN: Final = 403
_PREVIEW: Final = frozenset({Job.PREVIEW})
_DEPLOY_FOLDER: Final = "kubectl apply --server-side -k https://github.com/gitops-action/gitops-action/deploy"
_ADMISSION: Final = "admissionregistration.k8s.io"
_ONE_BY_ONE: Final = "objects are read one by one, and what an inventory would delete is unknown"
_HIDDEN: Final = "whether they have drifted is not known"
EVERYTHING: Final = Right("*", "*", "*")
# With any of these an account can become another, or take the policy away that keeps it from writing.
POWER: Final = (
    EVERYTHING,
    *(
        Right(verb, _ADMISSION, resource)
        # No policy is asked about any of these four.
        for resource in (
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        )
        for verb in ("create", "update", "patch", "delete", "deletecollection")
    ),
    *(Right("impersonate", "", kind) for kind in ("users", "groups", "serviceaccounts")),
    *(Right(verb, "rbac.authorization.k8s.io", "clusterroles") for verb in ("bind", "escalate")),
    Right("create", "", "serviceaccounts", "token"),
    Right("approve", "certificates.k8s.io", "signers"),
    # The kubelet itself takes either for leave to run commands, and asks no policy.
    Right("get", "", "nodes", "proxy"),
    Right("create", "", "nodes", "proxy"),
)
READING: Final = (Right("get", "", "secrets"), Right("list", "", "secrets"))
WRITING: Final = ("create", "update", "patch", "delete")
FLUX: Final = (
    ("kustomize.toolkit.fluxcd.io", "kustomizations"),
    ("source.toolkit.fluxcd.io", "gitrepositories"),
    ("source.toolkit.fluxcd.io", "ocirepositories"),
    ("helm.toolkit.fluxcd.io", "helmreleases"),
)


@dataclass(frozen=True, slots=True)
class Used:
    """A kind that is deployed, as the server serves it, and the namespaces it is in (none: it has none)."""

    group: str
    resource: str
    namespaces: frozenset[str] = frozenset()


# Where nobody knows what is deployed: a few kinds that are everywhere.
SAMPLE: Final = tuple(
    Used(group, resource)
    for group, resource in (("", "configmaps"), ("", "services"), ("", "namespaces"), ("apps", "deployments"))
)


@dataclass(frozen=True, slots=True)
class Need:
    """A right that a job needs, and where it would do: everywhere, else in all of `namespaces`.

    Without one that is not `essential` the job works, only not as well, as `without` says.
    """

    right: Right
    job: Job
    namespaces: frozenset[str] = frozenset()
    without: str = ""

    @property
    def essential(self) -> bool:
        """Whether the job cannot do without."""
        return not self.without


def needs(used: Sequence[Used], namespace: str, flux: Collection[tuple[str, str]] = FLUX) -> list[Need]:
    """Return what each job needs for the kinds that are deployed. `namespace` has the inventory of `deploy`.

    `flux` are the groups and resources of Flux that the cluster has.
    """
    found = []
    for one in used:
        # What a preview must not be able to touch has none, and no drift that such an account could see.
        guarded = one.group == _ADMISSION or (one.group, one.resource) == ("", "secrets")
        if not guarded:
            found += [_need(verb, one, Job.PREVIEW) for verb in ("get", "patch", "create")]
            found.append(_need("list", one, Job.PREVIEW, _ONE_BY_ONE))
        found += [_need(verb, one, Job.DRIFT, _HIDDEN if guarded else "") for verb in ("get", "patch", "create")]
        found += [_need(verb, one, Job.DEPLOY_APPLY) for verb in ("get", "list", "patch", "create")]
        found.append(_need("delete", one, Job.DEPLOY_APPLY, "what leaves Git cannot be deleted"))
        found.append(_need("get", one, Job.DEPLOY_FLUX, "the health of what Flux applied is not known"))
    inventory = Used("", "configmaps", frozenset({namespace}))
    lease = Used("coordination.k8s.io", "leases", frozenset({namespace}))
    found += [_need(verb, inventory, Job.DEPLOY_APPLY) for verb in ("get", "list", "patch", "create")]
    found += [_need(verb, lease, Job.DEPLOY_APPLY) for verb in ("get", "create", "update")]
    for kind in (Used(*one) for one in flux):
        found.append(_need("list" if kind.resource == "kustomizations" else "get", kind, Job.DEPLOY_FLUX))
        if kind.resource != "helmreleases":
            found.append(_need("patch", kind, Job.DEPLOY_FLUX, "Flux is not asked to look at once, but waited for"))
    return list(dict.fromkeys(found))


def _need(verb: str, used: Used, job: Job, without: str = "") -> Need:
    return Need(Right(verb, used.group, used.resource), job, used.namespaces, without)


@dataclass(frozen=True, slots=True)
class Account:
    """What an account said of itself: rights by whether it has them (None: not answered), and what became of the probes."""

    name: str
    held: Mapping[Right, bool | None] = field(default_factory=dict)
    probed: Sequence[Answer] = ()
    # The rights to write that it has in groups which a server of its own serves; and what of that is not known.
    aggregated: Sequence[Right] = ()
    aggregated_unknown: str = ""
    problem: str = ""

    def has(self, need: Need) -> tuple[bool | None, list[str]]:
        """Return whether a need is met (None: not known), and the namespaces in which it is not."""
        everywhere = self.held.get(need.right)
        if everywhere or not need.namespaces:
            return everywhere, []
        single = {one: self.held.get(need.right.within(one)) for one in sorted(need.namespaces)}
        missing = [one for one, held in single.items() if held is False]
        return (False if missing else None if None in single.values() else True), missing


def judge(account: Account, needed: Sequence[Need], where: str) -> Iterator[Line]:
    """Say what the account may do too little of, for each job, and too much of, for previews."""
    yield Line(Topic.CLUSTER, "account", State.OK, account.name, "", frozenset(_jobs(needed)), where)
    for job in _jobs(needed):
        yield from _rights(account, [one for one in needed if one.job is job], job, where)
    yield _power(account, where)
    yield _writes(account, where)
    yield from _aggregated(account, where)
    yield _secrets(account, where)


def _jobs(needed: Sequence[Need]) -> list[Job]:
    return sorted({one.job for one in needed}, key=list(Job).index)


def _rights(account: Account, needed: Sequence[Need], job: Job, where: str) -> Iterator[Line]:
    name, jobs = f"rights for {job.value}", frozenset({job})
    answers = {one: account.has(one) for one in needed}
    lacking = [one for one in needed if answers[one][0] is False and one.essential]
    unknown = [one for one in needed if answers[one][0] is None]
    spared = [one for one in needed if answers[one][0] is False and not one.essential]
    if lacking:
        message = f"it may not {_sentence(lacking, answers)}"
        yield Line(Topic.CLUSTER, name, State.MISSING, message, _grant(account, lacking, job), jobs, where)
    elif not any(one.essential for one in needed):
        message = "the cluster has none of the kinds that it needs rights for, so that nothing could be asked"
        yield Line(Topic.CLUSTER, name, State.UNKNOWN, message, "run it again once they are there", jobs, where)
    elif unknown:
        message = f"{len(unknown)} questions were not answered: {account.problem or 'nobody says why'}"
        yield Line(Topic.CLUSTER, name, State.UNKNOWN, message, "run it again", jobs, where)
    else:
        kinds = {(one.right.group, one.right.resource) for one in needed}
        yield Line(Topic.CLUSTER, name, State.OK, f"all that is needed, on {len(kinds)} kinds", "", jobs, where)
    if spared:
        said = (
            f"{without}: it may not {_sentence([one for one in spared if one.without == without], answers)}"
            for without in dict.fromkeys(one.without for one in spared)
        )
        grant = _grant(account, spared, job)
        yield Line(Topic.CLUSTER, f"{name}, optional", State.WARNING, "; ".join(said), grant, jobs, where)


def _sentence(lacking: Sequence[Need], answers: Mapping[Need, tuple[bool | None, list[str]]]) -> str:
    """Name what is lacking, by kind: get, patch configmaps in apps; create ingresses of networking.k8s.io."""
    verbs: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for one in lacking:
        verbs[one.right.kind, tuple(answers[one][1])].append(one.right.verb)
    parts = [
        f"{', '.join(dict.fromkeys(found))} {kind}" + (f" in {listed(spaces, 3)}" if spaces else "")
        for (kind, spaces), found in verbs.items()
    ]
    return "; ".join(parts[:4]) + (f"; and {len(parts) - 4} kinds more" if len(parts) > 4 else "")  # noqa: PLR2004 - as many as fit


def _grant(account: Account, lacking: Sequence[Need], job: Job) -> str:
    """Return the commands that would give what is lacking."""
    if job is Job.PREVIEW:
        return f"{_DEPLOY_FOLDER}; deploy/README.md says how to add your own kinds"
    verbs = ",".join(sorted({one.right.verb for one in lacking}))
    kinds = sorted({f"{one.right.resource}.{one.right.group}".rstrip(".") for one in lacking})
    role = f"gitops-action-{job.value}"
    _, _, rest = account.name.partition("system:serviceaccount:")
    subject = f"--serviceaccount={rest}" if rest else f"--user={account.name}"
    return (
        f"kubectl create clusterrole {role} --verb={verbs} --resource={','.join(kinds)} && "
        f"kubectl create clusterrolebinding {role} --clusterrole={role} {subject}"
    )


def _power(account: Account, where: str) -> Line:
    found = [right for right in POWER if account.held.get(right)]
    if EVERYTHING in found:
        message = "it may do everything (cluster-admin)"
        return _line("power", State.MISSING, message, f"preview with an account of its own: {_DEPLOY_FOLDER}", where)
    if found:
        message = f"it could take the policy away or become another: it may {listed(map(str, found))}"
        return _line("power", State.MISSING, message, "take these rights away from it", where)
    if any(account.held.get(right) is None for right in POWER):
        message = "whether it could take the policy away is not known: questions were not answered"
        return _line("power", State.UNKNOWN, message, "run it again", where)
    return _line("power", State.OK, "it can neither take policies away nor become another account", "", where)


def _writes(account: Account, where: str) -> Line:
    if any(answer.status == _CONFLICT or answer.ok for answer in account.probed):
        return _line("writes", State.MISSING, "real writes are not refused", _DEPLOY_FOLDER, where)
    if any("dry run" in answer.message and answer.status == _FORBIDDEN for answer in account.probed):
        return _line("writes", State.OK, "what is not a dry run is refused by a policy", "", where)
    # The rights to write that were asked about, other than those that give power.
    writing = [right for right in account.held if right.verb in WRITING and right not in POWER]
    if any(account.held[right] for right in writing):
        said = account.probed[0].message if account.probed else "nothing was asked"
        message = f"whether real writes are refused is not known: {said}"
        return _line("writes", State.UNKNOWN, message, _DEPLOY_FOLDER, where)
    if any(account.held[right] is None for right in writing):
        return _line("writes", State.UNKNOWN, "whether it may write is not known", "run it again", where)
    return _line("writes", State.OK, "it may not write", "", where)


def _aggregated(account: Account, where: str) -> Iterator[Line]:
    name = "aggregated servers"
    if account.aggregated:
        message = f"no policy guards what another server serves, and it may {listed(map(str, account.aggregated))}"
        yield _line(name, State.MISSING, message, "take these rights away from it", where)
    elif account.aggregated_unknown:
        yield _line(name, State.UNKNOWN, account.aggregated_unknown, _DEPLOY_FOLDER, where)
    else:
        yield _line(name, State.OK, "it may write to none", "", where)


def _secrets(account: Account, where: str) -> Line:
    answers = [account.held.get(right) for right in READING]
    if any(answers):
        message = "it may read Secrets: whoever has its credentials can read them all"
        return _line(
            "secrets", State.WARNING, message, "take these rights away, unless their previews are worth it", where
        )
    if None in answers:
        return _line("secrets", State.UNKNOWN, "whether it may read them is not known", "run it again", where)
    return _line("secrets", State.OK, "it may not read Secrets; a changed one is shown as forbidden", "", where)


def _line(name: str, state: State, message: str, fix: str, where: str) -> Line:
    return Line(Topic.CLUSTER, name, state, message, fix, _PREVIEW, where)
