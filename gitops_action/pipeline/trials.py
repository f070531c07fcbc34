"""Puts a change on trial at an API server that has nothing but what the change is made upon.

First the base: its custom resources, namespaces, policies, and the objects that the change is about. Then the change: what
others depend on is tried, and put in place; then all the rest is tried. Of a pull request nothing is ever put in place that
could call out: webhooks, aggregated servers and conversion webhooks are tried only.
"""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitops_action.cluster import refusal, requests
from gitops_action.cluster.answers import Request
from gitops_action.cluster.trials import Trial
from gitops_action.records import dataclass
from gitops_action.validate.crds import Crds, bundled, definition_of
from gitops_action.validate.encryption import unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitops_action.model import Manifest
    from gitops_action.ports import ApiServer

_Key: TypeAlias = tuple[str, str, str, str]
_CRD: Final = "CustomResourceDefinition"
_NAMESPACE: Final = "Namespace"
_POLICIES: Final = frozenset(
    {
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }
)
# What the server looks at when it judges other objects. A ResourceQuota is not among them: without the controller that
# counts, it would refuse everything.
RELIED_ON: Final = _POLICIES | {
    _CRD, _NAMESPACE, "IngressClass", "LimitRange", "PriorityClass", "RuntimeClass", "StorageClass",
}  # fmt: skip
_READY_SECONDS: Final = 15.0
_LOOK_SECONDS: Final = 0.05
_SENTINEL: Final = "gitops-action-policies-are-in-force"


@dataclass(frozen=True, slots=True)
class Job:
    """One environment's change: `changed` is tried upon `base`. `crds` are what either revision defines."""

    changed: Sequence[Manifest]
    base: Sequence[Manifest] = ()
    crds: Sequence[Crds] = ()


def try_out(server: ApiServer, job: Job) -> list[Trial]:
    """Return what the server says of each changed manifest. The server must be fresh, and is not afterwards.

    Raises ClusterError if it cannot be used at all.
    """
    return _Session(server, job).run()


@dataclass(slots=True)
class _Session:
    server: ApiServer
    job: Job
    live: dict[_Key, Mapping[str, Any]] = field(default_factory=dict)

    def run(self) -> list[Trial]:
        changed = {manifest.id.key: None for manifest in self.job.changed}
        base = [manifest for manifest in self.job.base if _kind(manifest) in RELIED_ON or manifest.id.key in changed]
        self._make_room(changed)
        self._put_in_place(base, remember=changed)
        relied_on = [manifest for manifest in self.job.changed if _kind(manifest) in RELIED_ON]
        others = [manifest for manifest in self.job.changed if _kind(manifest) not in RELIED_ON]
        trials = self._try(relied_on)
        self._put_in_place(relied_on)
        trials += self._try(others)
        return trials

    def _make_room(self, changed: Mapping[_Key, None]) -> None:
        """Create what nobody of the change declares and everything needs: custom resources and namespaces."""
        everything = [*self.job.base, *self.job.changed]
        definitions = {str(one["metadata"]["name"]): one for one in _definitions(self.job, everything)}
        new = {key[3] for key in changed if key[1] == _CRD}
        self._install([one for name, one in definitions.items() if name not in new])
        declared = {key[3] for key in changed if key[1] == _NAMESPACE} - {m.id.name for m in self.job.base}
        names = {manifest.id.namespace for manifest in everything} - {""} - declared
        kind = self.server.kinds.find("v1", _NAMESPACE)
        if kind is not None:
            spaces = ({"apiVersion": "v1", "kind": _NAMESPACE, "metadata": {"name": name}} for name in sorted(names))
            self.server.send_all([requests.create(kind, one, dry_run=False) for one in spaces])

    def _put_in_place(self, manifests: Sequence[Manifest], remember: Mapping[_Key, None] | None = None) -> None:
        definitions = [manifest for manifest in manifests if _kind(manifest) == _CRD]
        spaces = [manifest for manifest in manifests if _kind(manifest) == _NAMESPACE]
        policies = [manifest for manifest in manifests if _kind(manifest) in _POLICIES]
        first = {id(manifest) for manifest in (*definitions, *spaces, *policies)}
        self._install([manifest.value for manifest in definitions])
        for group in (spaces, [manifest for manifest in manifests if id(manifest) not in first], policies):
            self._apply(group)
        if remember:
            self._remember([manifest for manifest in manifests if manifest.id.key in remember])
        if policies:
            self._wait_for_policies()

    def _apply(self, manifests: Sequence[Manifest]) -> None:
        """Put objects in place for real: as those who deploy them do, or else by plain creation."""
        sent = [(kind, value) for manifest in manifests if (kind := self._kind(value := _sent(manifest))) is not None]
        named = [(kind, value) for kind, value in sent if requests.name_of(value)]
        answers = self.server.send_all(requests.apply(kind, value, dry_run=False) for kind, value in named)
        left = [one for one, answer in zip(named, answers, strict=True) if refusal.is_of_apply(answer)]
        self.server.send_all(requests.create(kind, value, dry_run=False) for kind, value in left)

    def _remember(self, manifests: Sequence[Manifest]) -> None:
        """Note what the server made of the objects that the change is about."""
        asked = []
        for manifest in manifests:
            kind = self._kind(manifest.value)
            if kind is not None and requests.name_of(manifest.value):
                asked.append((manifest.id.key, requests.read(kind, manifest.value)))
        for (key, _), answer in zip(asked, self.server.send_all(request for _, request in asked), strict=True):
            if answer.ok and isinstance(answer.body, dict):
                self.live[key] = answer.body

    def _kind(self, value: Mapping[str, Any]) -> Any:
        api_version, kind = value.get("apiVersion"), value.get("kind")
        if not isinstance(api_version, str) or not isinstance(kind, str):
            return None
        found = self.server.kinds.find(api_version, kind)
        return found if found is not None and "create" in found.verbs else None

    def _install(self, definitions: Sequence[Mapping[str, Any]]) -> None:
        """Define custom resources, without conversion webhooks, and wait until they are served."""
        kind = self.server.kinds.find("apiextensions.k8s.io/v1", _CRD)
        usable = [_harmless(value) for value in definitions if value.get("apiVersion") == "apiextensions.k8s.io/v1"]
        if kind is None or not usable:
            return
        answers = self.server.send_all(requests.apply(kind, value, dry_run=False) for value in usable)
        waiting = [value for value, answer in zip(usable, answers, strict=True) if answer.ok]
        deadline = time.monotonic() + _READY_SECONDS
        while waiting and time.monotonic() < deadline:
            read = self.server.send_all(requests.read(kind, value) for value in waiting)
            waiting = [value for value, answer in zip(waiting, read, strict=True) if not _is_settled(answer.body)]
            if waiting:
                time.sleep(_LOOK_SECONDS)
        wanted = [pair for value, answer in zip(usable, answers, strict=True) if answer.ok for pair in _served(value)]
        while time.monotonic() < deadline:
            kinds = self.server.discover()
            if all(kinds.find(*pair) for pair in wanted):
                break
            time.sleep(_LOOK_SECONDS)

    def _wait_for_policies(self) -> None:
        """Wait until the server has read all policies: it has when it acts on one that came after them."""
        policy_kind = self.server.kinds.find("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy")
        binding_kind = self.server.kinds.find("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding")
        probe_kind = self.server.kinds.find("v1", "ConfigMap")
        if policy_kind is None or binding_kind is None or probe_kind is None:
            return
        name = f"{_SENTINEL}-{len(self.live)}-{time.monotonic_ns()}"
        policy, binding = _sentinel(name)
        self.server.send(requests.create(policy_kind, policy, dry_run=False))
        self.server.send(requests.create(binding_kind, binding, dry_run=False))
        probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
        deadline = time.monotonic() + _READY_SECONDS
        while self.server.send(requests.create(probe_kind, probe)).ok and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        for kind, value in ((binding_kind, binding), (policy_kind, policy)):
            self.server.send(Request("DELETE", requests.object_path(kind, value)))

    def _try(self, manifests: Sequence[Manifest]) -> list[Trial]:
        trials = []
        for manifest in manifests:
            value = _sent(manifest)
            trials.append(Trial(manifest, value, self._kind(value), self.live.get(manifest.id.key)))
        created = self._send(
            trials, requests.create, [i for i, one in enumerate(trials) if one.kind and one.live is None]
        )
        named = [
            i for i, one in enumerate(created) if one.kind and requests.name_of(one.sent) and "patch" in one.kind.verbs
        ]
        applied = self._send(created, requests.apply, named)
        again = [
            i
            for i, one in enumerate(applied)
            if one.live is not None and one.applied is not None and refusal.is_of_apply(one.applied)
        ]
        return self._send(applied, requests.create, again)

    def _send(self, trials: Sequence[Trial], make: Callable[..., Request], indices: Sequence[int]) -> list[Trial]:
        """Ask for one of the two answers of some trials, and return them all with it."""
        result = list(trials)
        asked = [make(kind, trials[i].sent) for i in indices if (kind := trials[i].kind) is not None]
        for i, answer in zip(indices, self.server.send_all(asked), strict=True):
            result[i] = (
                replace(result[i], created=answer) if make is requests.create else replace(result[i], applied=answer)
            )
        return result


def _sent(manifest: Manifest) -> Mapping[str, Any]:
    return unseal(manifest.value).value


def _kind(manifest: Manifest) -> str:
    return manifest.id.kind


def _definitions(job: Job, manifests: Iterable[Manifest]) -> Iterable[Mapping[str, Any]]:
    """Yield a definition for each kind that is used and that the server does not have by itself."""
    used = {(manifest.id.api_version, manifest.id.kind) for manifest in manifests}
    for api_version, kind in sorted(used):
        if "." not in api_version.partition("/")[0]:
            continue
        known = [version for crds in job.crds for version in crds.of(api_version, kind)]
        own = next((version.manifest.value for version in known if version.manifest is not None), None)
        if own is not None:
            yield own
        elif bundled().of(api_version, kind):
            group = api_version.rpartition("/")[0]
            served = [one for name in bundled().api_versions(group, kind) for one in bundled().of(name, kind)]
            yield definition_of(group, kind, served)


def _harmless(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a definition whose versions are converted by nobody."""
    spec = definition.get("spec")
    if not isinstance(spec, dict) or "conversion" not in spec:
        return definition
    return {**definition, "spec": {key: value for key, value in spec.items() if key != "conversion"}}


def _served(definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    spec = definition["spec"]
    group, kind = spec["group"], spec["names"]["kind"]
    return [(f"{group}/{version['name']}", kind) for version in spec["versions"] if version.get("served")]


def _is_settled(body: Any) -> bool:
    """Whether a definition is in force, or will never be."""
    conditions = body.get("status", {}).get("conditions") if isinstance(body, dict) else None
    told = {one.get("type"): one.get("status") for one in conditions or ()}
    return told.get("Established") == "True" or told.get("NamesAccepted") == "False"


def _sentinel(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a policy, and its binding, that refuses the ConfigMap of that name and nothing else."""
    group = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [{**rule, "resourceNames": [name]}]},
        "validations": [{"expression": "false"}],
    }
    metadata = {"name": name}
    binding = {"policyName": name, "validationActions": ["Deny"]}
    return (
        {"apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": metadata, "spec": spec},
        {"apiVersion": group, "kind": "ValidatingAdmissionPolicyBinding", "metadata": metadata, "spec": binding},
    )
