"""What is to be updated: computed from Git, from what registries have, and from what is held back. Writes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, Protocol

from gitops_action.codes import CODES, closest, finding_at
from gitops_action.config.images import Grouping, Reflection
from gitops_action.errors import RegistryError, UsageError
from gitops_action.images.decisions import Action, Decision, decide, wants_digest
from gitops_action.images.patterns import PatternError
from gitops_action.images.plan import Looked, Plan, assign, branch_of, propose, without_conflicts
from gitops_action.images.policies import Fact, Order
from gitops_action.images.seeking import Wanted
from gitops_action.images.uses import repository_of
from gitops_action.model import Finding
from gitops_action.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gitops_action.images.objects import Policies
    from gitops_action.images.policies import Policy, Ranking
    from gitops_action.images.references import Repository
    from gitops_action.images.uses import Use
    from gitops_action.pipeline.image_scene import Scene

MOST_FACTS: Final = 200
"""How many images of one policy a registry is asked for, at most, to find out which was made last."""
_THREADS: Final = 8
_NO_POLICY: Final = (
    "there is no policy, so that nothing was looked at: neither an ImagePolicy in the tree nor `images.policies` in the "
    "configuration"
)


class Made(Protocol):
    """What an image says of itself; see `adapters.registry.Made`."""

    @property
    def created(self) -> datetime | None: ...  # noqa: D102
    @property
    def labels(self) -> Mapping[str, str]: ...  # noqa: D102


class Registry(Protocol):
    """What registries are asked; see `adapters.registry.Registry`."""

    def tags(self, repository: Repository) -> list[str]: ...  # noqa: D102
    def digest(self, repository: Repository, tag: str) -> str: ...  # noqa: D102
    def created(self, repository: Repository, tag: str) -> Made: ...  # noqa: D102


@dataclass
class _Look:
    """One look at all policies."""

    scene: Scene
    registry: Registry
    now: datetime
    findings: list[Finding] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def policy(self, policy: Policy, uses: Sequence[Use], tags: list[str] | RegistryError) -> None:
        """Decide on the uses of one policy."""
        if isinstance(tags, RegistryError):
            self._broken(policy, uses, tags.code, _advised(tags, policy))
            return
        try:
            order = Order(policy)
        except (PatternError, ValueError) as error:
            self._broken(policy, uses, "image-policy-invalid", str(error))
            return
        try:
            facts = self._facts(policy, order, tags, uses)
            ranking = order.rank(tags, [use.tag for use in uses if use.tag], facts)
            picked = ranking.newest
            if picked is None:
                self._note(policy, "image-policy-empty", _nothing(ranking))
                self.looked.append(Looked(policy, len(tags), uses=len(uses)))
                return
            digest = self.registry.digest(policy.repository, picked) if wants_digest(policy, uses) else ""
            self.decisions += [self._decided(policy, use, ranking, picked, digest) for use in uses]
            self.looked.append(Looked(policy, len(tags), picked, uses=len(uses)))
        except _TooManyError as error:
            self._broken(policy, uses, "image-policy-broad", str(error))
        except RegistryError as error:
            self._broken(policy, uses, error.code, _advised(error, policy))

    def _decided(self, policy: Policy, use: Use, ranking: Ranking, picked: str, digest: str) -> Decision:
        if (
            policy.digest is not Reflection.ALWAYS
            and use.tag
            and ranking.order(picked, use.tag) == 0
            and use.tag != picked
        ):
            # The same version in another spelling is another image to the registry.
            digest = self.registry.digest(policy.repository, use.tag) if digest else ""
        decided = decide(policy, use, ranking, picked, digest)
        environment = self.scene.environment(use.file)
        component = self.scene.component(use.file, environment)
        decided = replace(decided, environment=environment, component=component)
        if decided.action is Action.UPDATE:
            lock = self.scene.held(use.file, self.now)
            if lock is not None:
                return replace(decided, action=Action.HELD, reason=f"held: {lock}", edits=())
        return decided

    def _facts(self, policy: Policy, order: Order, tags: Sequence[str], uses: Sequence[Use]) -> dict[str, Fact]:
        if not policy.wants_facts:
            return {}
        wanted = list(dict.fromkeys([*order.candidates(tags), *(use.tag for use in uses if use.tag in set(tags))]))
        if len(wanted) > MOST_FACTS:
            raise _TooManyError(f"{len(wanted)} tags pass the filter, and at most {MOST_FACTS} are asked for")
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="registry") as pool:
            made = pool.map(lambda tag: self.registry.created(policy.repository, tag), wanted)
            return {tag: Fact(one.created, one.labels) for tag, one in zip(wanted, made, strict=True)}

    def _broken(self, policy: Policy, uses: Sequence[Use], code: str, message: str) -> None:
        self._note(policy, code, message)
        self.looked.append(Looked(policy, problem=message, uses=len(uses)))

    def _note(self, policy: Policy, code: str, message: str) -> None:
        self.findings.append(finding_at(code, f"{policy.id}: {message}", policy.location))


class _TooManyError(Exception):
    """A policy would have to ask for too many images."""


def look(scene: Scene, registry: Registry, now: datetime, only: Sequence[str] = ()) -> Plan:
    """Return what is to be updated, of the policies `only` (all where none is named).

    What is wrong with one policy is a finding, and the others go on. Raises UsageError for one that is not there.
    """
    declared = scene.policies()
    _require(only, declared)
    usable, findings = _usable(declared.policies, scene)
    marked = scene.marked()
    assigned, absent = assign(marked, declared.policies, declared.suspended)
    followed = {id(use) for uses in assigned.values() for use in uses}
    # A marker of another's policy says that somebody else sets this value.
    foreign = {
        (use.file, use.document, slot.pointer) for use in marked if id(use) not in followed for slot in use.slots
    }
    for policy in usable:
        if policy.paths:
            mine = (
                use
                for use in _found(policy, scene)
                if foreign.isdisjoint((use.file, use.document, slot.pointer) for slot in use.slots)
            )
            assigned.setdefault(policy.id, []).extend(mine)
    assigned, conflicts = without_conflicts(assigned)
    findings += [*declared.findings, *absent, *conflicts, *scene.findings]
    wanted = {one.id for one in usable if not only or one.label in only or one.id in only}
    # What shares a pull request with one that is wanted has to be known too.
    grouped = scene.config.images.grouping is not Grouping.POLICY
    chosen = [one for one in usable if grouped or one.id in wanted]
    this = _Look(scene, registry, now)
    busy = [one for one in chosen if assigned.get(one.id)]
    findings += scene.set_by_flux([use for one in busy if one.id in wanted for use in assigned[one.id]])
    tags = _tags(registry, {one.repository for one in busy})
    for policy in busy:
        this.policy(policy, assigned[policy.id], tags[policy.repository])
    clashed = {one.message for one in conflicts}
    for policy in chosen:
        if policy not in busy and not any(f"`{policy.id}`" in message for message in clashed):
            message = f"{policy.id}: no marker names it, and its image is not used in its paths"
            findings.append(finding_at("image-policy-unused", message, policy.location))
    notes = () if declared.policies or declared.findings or declared.suspended else (_NO_POLICY,)
    planned = _planned(scene, this, findings)
    proposals = [one for one in planned.proposals if any(update.policy in wanted for update in one.updates)]
    return replace(planned, proposals=proposals, notes=notes)


def _require(only: Sequence[str], declared: Policies) -> None:
    known = {name for one in declared.policies for name in (one.label, one.id)} | declared.suspended
    for name in only:
        if name not in known and not any(one.message.startswith(f"{name}: ") for one in declared.findings):
            near = closest(name, known)
            hint = f"did you mean `{near}`?" if near else f"there are {', '.join(sorted(known)) or 'none at all'}"
            raise UsageError(f"there is no policy of images `{name}`: {hint}")


def _planned(scene: Scene, this: _Look, findings: Sequence[Finding]) -> Plan:
    grouping = scene.config.images.grouping
    proposals, decisions, refused = propose(this.decisions, grouping, scene.files.__getitem__)
    broken = {one.policy.id for one in this.looked if one.problem}
    held = [one for one in decisions if one.action is Action.HELD]
    kept = {branch_of(policy, "", grouping)[0] for policy in broken}
    kept |= {branch_of(one.policy, one.environment, grouping)[0] for one in held}
    said = sorted([*findings, *this.findings, *refused], key=lambda one: one.sort_key)
    return Plan(this.looked, decisions, proposals, list(dict.fromkeys(said)), frozenset(kept))


def _usable(policies: Sequence[Policy], scene: Scene) -> tuple[list[Policy], list[Finding]]:
    """Leave out policies whose registry would be asked without encryption although the configuration does not say so."""
    plain = scene.config.images.insecure
    usable, findings = [], []
    for policy in policies:
        if policy.insecure and not policy.repository.is_loopback and policy.repository.host not in plain:
            message = (
                f"{policy.id}: its ImageRepository says `insecure: true`: list {policy.repository.host} under "
                "`images.insecure` in .gitops.yaml, if it is to be asked without encryption"
            )
            place = policy.location
            severity = CODES["image-policy-invalid"].severity
            findings.append(Finding("image-policy-invalid", severity, message, place.file, place.line, place.column))
        else:
            usable.append(policy)
    return usable, findings


def _found(policy: Policy, scene: Scene) -> list[Use]:
    wanted = Wanted(
        lambda image: repository_of(image) == policy.repository, policy.fields, policy.digest is not Reflection.NEVER
    )
    hint = policy.repository.path.rpartition("/")[2]
    return scene.found(wanted, [hint], lambda path: any(pattern.matches(path) for pattern in policy.paths))


def _tags(registry: Registry, repositories: set[Repository]) -> dict[Repository, list[str] | RegistryError]:
    """Ask for the tags of each repository once, several at a time."""

    def ask(repository: Repository) -> list[str] | RegistryError:
        try:
            return registry.tags(repository)
        except RegistryError as error:
            return error

    ordered = sorted(repositories)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="registry") as pool:
        return dict(zip(ordered, pool.map(ask, ordered), strict=True))


def _advised(error: RegistryError, policy: Policy) -> str:
    if error.code == "registry-denied" and policy.secret:
        return f"{error} (the Secret {policy.secret} that its ImageRepository names is not read)"
    return str(error)


def _nothing(ranking: Ranking) -> str:
    """Say why no tag is picked."""
    parts = [
        f"{count} {what}"
        for count, what in (
            (ranking.excluded, "left out by the filter"),
            (ranking.unread, "that its order cannot read"),
            (ranking.outside, "outside of its range"),
        )
        if count
    ]
    why = ", ".join(parts) or "none at all"
    return f"no tag of its image is picked: {ranking.all} in the registry, {why}"
