"""Annotations of Pods and templates that mean something to the server."""

from __future__ import annotations

from typing import Any

from tests.unit.validate.rules.cases_pods import POD, TEMPLATE
from tests.unit.validate.rules.variants import Case, Table

CASES: list[Case] = []
for kind, manifest, root in (("Pod", POD, ""), ("template", TEMPLATE, "template")):
    notes = Table(f"annotated {kind}", manifest, root)

    def note(key: str, value: str) -> dict[Any, Any]:
        """Return the change that adds an annotation."""
        return {("metadata", "annotations", key): value}

    COST = "controller.kubernetes.io/pod-deletion-cost"
    SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
    SECCOMP_WEB = "container.seccomp.security.alpha.kubernetes.io/web"
    ARMOR = "container.apparmor.security.beta.kubernetes.io/"
    notes.value("invalid-format", ("metadata", "annotations", COST), "+10", "008", "1.5", "", "2147483648", "-")
    notes.values(("metadata", "annotations", COST), "0", "-10", "2147483647", "-08")
    notes.value("forbidden-field", ("metadata", "annotations", "kubernetes.io/config.mirror"), "true")
    notes.value("invalid-format", ("metadata", "annotations", "scheduler.alpha.kubernetes.io/tolerations"), "[")
    notes.values(("metadata", "annotations", "scheduler.alpha.kubernetes.io/tolerations"), "", "[]")
    notes.value("invalid-format", ("metadata", "annotations", SECCOMP), "default", "localhost//a", "localhost/../a", "")
    notes.values(("metadata", "annotations", SECCOMP), "docker/default", "localhost/a/b", "unconfined")
    notes.value("invalid-format", ("metadata", "annotations", SECCOMP_WEB), "none")
    notes.value("invalid-reference", ("metadata", "annotations", f"{ARMOR}db"), "unconfined")
    notes.value("invalid-format", ("metadata", "annotations", f"{ARMOR}web"), "none")
    notes.values(("metadata", "annotations", f"{ARMOR}web"), "runtime/default", "localhost/a", "")
    notes.bad(
        "two profiles",
        "invalid-value",
        "spec.securityContext.seccompProfile.type",
        {**note(SECCOMP, "unconfined"), "spec.securityContext.seccompProfile": {"type": "RuntimeDefault"}},
    )
    notes.good(
        "one profile",
        {**note(SECCOMP, "docker/default"), "spec.securityContext.seccompProfile": {"type": "RuntimeDefault"}},
    )
    own = "spec.containers.0.securityContext.seccompProfile"
    notes.bad(
        "two paths",
        "invalid-value",
        f"{own}.localhostProfile",
        {**note(SECCOMP_WEB, "localhost/a"), own: {"type": "Localhost", "localhostProfile": "b"}},
    )
    own = "spec.containers.0.securityContext.appArmorProfile"
    notes.bad(
        "two AppArmor profiles",
        "invalid-value",
        f"{own}.type",
        {**note(f"{ARMOR}web", "unconfined"), own: {"type": "RuntimeDefault"}},
    )
    notes.good(
        "one AppArmor profile",
        {**note(f"{ARMOR}web", "localhost/a"), own: {"type": "Localhost", "localhostProfile": "a"}},
    )
    CASES += notes.cases
