"""Containers: their names, images, ports and restarts; and the manifests that the other tables of containers start from."""

from __future__ import annotations

from typing import Any, Final

from tests.unit.validate.rules.variants import DROPPED, Table

CONTAINER: Final[dict[str, Any]] = {
    "name": "web",
    "image": "nginx:1.27",
    "workingDir": "/srv",
    "terminationMessagePolicy": "File",
    "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}, {"name": "dns-tcp", "containerPort": 53}],
    "env": [
        {"name": "PLAIN", "value": "text"},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
        {"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a.properties"}}},
        {
            "name": "PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": "credentials", "key": "password", "optional": True}},
        },
    ],
    "envFrom": [{"prefix": "A_", "configMapRef": {"name": "settings"}}, {"secretRef": {"name": "credentials"}}],
    "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "1Gi"}},
    "livenessProbe": {"httpGet": {"path": "/", "port": "http", "httpHeaders": [{"name": "X-A", "value": "a"}]}},
    "readinessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 5, "successThreshold": 2},
    "startupProbe": {"exec": {"command": ["true"]}, "failureThreshold": 30, "terminationGracePeriodSeconds": 5},
    "lifecycle": {"postStart": {"exec": {"command": ["true"]}}, "preStop": {"sleep": {"seconds": 5}}},
    "volumeMounts": [
        {"name": "data", "mountPath": "/data", "subPath": "a/b", "mountPropagation": "HostToContainer"},
        {
            "name": "data",
            "mountPath": "/logs",
            "subPathExpr": "$(POD)",
            "readOnly": True,
            "recursiveReadOnly": "IfPossible",
        },
    ],
}
SPEC: Final[dict[str, Any]] = {
    "containers": [
        CONTAINER,
        {"name": "sidecar", "image": "envoy", "volumeDevices": [{"name": "disk", "devicePath": "/dev/a"}]},
    ],
    "initContainers": [{"name": "prepare", "image": "busybox"}],
    "volumes": [{"name": "data", "emptyDir": {}}, {"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}],
}
POD: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": SPEC,
}
TEMPLATE: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "PodTemplate",
    "metadata": {"name": "web", "namespace": "default"},
    "template": {"spec": SPEC},
}


def in_both() -> list[Table]:
    """Return a table for a Pod and one for a template, whose containers follow the same rules."""
    return [Table("Pod", POD, "spec"), Table("template", TEMPLATE, "template.spec")]


WEB: Final = "containers.0"
TABLES: Final = in_both()
for spec in TABLES:
    # Names and images.
    spec.value("invalid-name", f"{WEB}.name", "Web", "a.b", "a" * 64)
    spec.value("required-field", f"{WEB}.name", "")
    spec.value("required-field", f"{WEB}.image", "")
    spec.bad("no image", "required-field", f"{WEB}.image", {f"{WEB}.image": DROPPED})
    spec.bad("a name twice", "duplicate-item", "containers.1.name", {"containers.1.name": "web"})
    spec.bad("a name of an init container", "duplicate-item", "initContainers.0.name", {"initContainers.0.name": "web"})
    spec.bad("no containers", "required-field", "containers", {"containers": []})
    spec.values(f"{WEB}.imagePullPolicy", "", "Always")

    # Ports.
    spec.value("invalid-value", f"{WEB}.ports.0.containerPort", 0, -1, 65536)
    spec.value("invalid-value", f"{WEB}.ports.0.hostPort", -1, 65536)
    spec.values(f"{WEB}.ports.0.hostPort", 0, 65535)
    spec.value("invalid-format", f"{WEB}.ports.0.name", "80", "HTTP", "a_b", "a" * 16, "a--b", "-a")
    spec.bad("a port twice", "duplicate-item", f"{WEB}.ports.1.name", {f"{WEB}.ports.1.name": "http"})
    spec.good("a port twice in two containers", {"containers.1.ports": [{"name": "http", "containerPort": 80}]})
    both = {f"{WEB}.ports.0.hostPort": 80, "containers.1.ports": [{"containerPort": 81, "hostPort": 80}]}
    spec.bad("a host port twice", "duplicate-item", "containers.1.ports.0.hostPort", both)
    spec.good("a host port for two protocols", both | {f"{WEB}.ports.0.protocol": "UDP"})
    spec.good("a host port for two addresses", both | {f"{WEB}.ports.0.hostIP": "127.0.0.1"})
    spec.good(
        "a host port of an init container",
        {f"{WEB}.ports.0.hostPort": 80, "initContainers.0.ports": [{"containerPort": 80, "hostPort": 80}]},
    )
    init_ports = [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]
    spec.bad(
        "a host port twice in an init container",
        "duplicate-item",
        "initContainers.0.ports.1.hostPort",
        {"initContainers.0.ports": init_ports},
    )
    spec.bad(
        "another port of the host's network",
        "invalid-value",
        f"{WEB}.ports.0.hostPort",
        {"hostNetwork": True, f"{WEB}.ports.0.hostPort": 81},
    )
    spec.good("a port of the host's network", {"hostNetwork": True, f"{WEB}.ports.0.hostPort": 80})
    spec.good(
        "another port of an init container",
        {"hostNetwork": True, "initContainers.0.ports": [{"containerPort": 80, "hostPort": 81}]},
    )

    # Init containers and restarts.
    for field, value in (
        *(
            ("livenessProbe", {"exec": {"command": ["a"]}}),
            ("readinessProbe", {}),
            ("startupProbe", {}),
            ("lifecycle", {}),
        ),
        ("lifecycle", {"preStop": {"exec": {"command": ["a"]}}}),
    ):
        spec.bad(
            f"an init container's {field} {value}",
            "forbidden-field",
            f"initContainers.0.{field}",
            {f"initContainers.0.{field}": value},
        )
    spec.good(
        "an init container's stop signal, which is dropped", {"initContainers.0.lifecycle": {"stopSignal": "SIGTERM"}}
    )
    sidecar = {"initContainers.0.restartPolicy": "Always"}
    spec.good("a sidecar's probe", sidecar | {"initContainers.0.readinessProbe": {"tcpSocket": {"port": 80}}})
    spec.bad(
        "a sidecar's empty probe",
        "required-field",
        "initContainers.0.readinessProbe",
        sidecar | {"initContainers.0.readinessProbe": {}},
    )
    spec.value("invalid-enum", "initContainers.0.restartPolicy", "Sometimes")
    spec.value("required-field", "initContainers.0.restartPolicy", "")
    spec.values("initContainers.0.restartPolicy", "Always", "Never", "OnFailure")
    spec.value("invalid-enum", f"{WEB}.restartPolicy", "Sometimes")
    spec.values(f"{WEB}.restartPolicy", "Always", "OnFailure")
    rule = {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}
    rules = f"{WEB}.restartPolicyRules"
    never = {f"{WEB}.restartPolicy": "Never"}
    spec.good("rules for restarts", never | {rules: [rule, rule | {"action": "RestartAllContainers"}]})
    spec.bad("rules without a policy", "required-field", f"{WEB}.restartPolicy", {rules: [rule]})
    spec.bad("too many rules", "limit-exceeded", rules, never | {rules: [rule] * 21})
    spec.bad("another action", "invalid-enum", f"{rules}.0.action", never | {rules: [rule | {"action": "Stop"}]})
    spec.bad("no exit codes", "required-field", f"{rules}.0.exitCodes", never | {rules: [{"action": "Restart"}]})
    codes = {"operator": "Is", "values": [1]}
    spec.bad(
        "another operator",
        "invalid-enum",
        f"{rules}.0.exitCodes.operator",
        never | {rules: [rule | {"exitCodes": codes}]},
    )
    codes = {"operator": "In", "values": list(range(256))}
    spec.bad(
        "too many exit codes",
        "limit-exceeded",
        f"{rules}.0.exitCodes.values",
        never | {rules: [rule | {"exitCodes": codes}]},
    )

# What differs: a Pod has its host ports filled in.
pod, template = TABLES
same = {"hostNetwork": True, "containers.1.ports": [{"containerPort": 80}]}
pod.bad("a port of the host's network twice", "duplicate-item", "containers.1.ports.0.containerPort", same)
template.good("a port of the host's network twice", same)

CASES: Final = [case for table in TABLES for case in table.cases]
