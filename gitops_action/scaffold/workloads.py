"""A first application with a base and an overlay for each environment, and the namespaces that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gitops_action.scaffold.wish import Setup

# A small web server that is made to be an example: https://github.com/stefanprodan/podinfo
IMAGE: Final = "ghcr.io/stefanprodan/podinfo"
RANGE: Final = "6.x"
_TAG: Final = "6.9.0"
_KUSTOMIZATION: Final = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def files(setup: Setup) -> dict[str, str]:
    """Return the files of `apps/` and `infrastructure/`, by path."""
    app = setup.app
    found = {
        f"apps/base/{app}/kustomization.yaml": _kustomization("deployment.yaml", "service.yaml"),
        f"apps/base/{app}/deployment.yaml": _deployment(app),
        f"apps/base/{app}/service.yaml": _service(app),
        "infrastructure/base/kustomization.yaml": _kustomization("namespaces.yaml"),
        "infrastructure/base/namespaces.yaml": _namespace(app),
    }
    for environment in setup.environments:
        # The last one is what users see, mostly.
        replicas = 2 if environment == setup.environments[-1] else 1
        found[f"apps/{environment}/kustomization.yaml"] = _kustomization(app)
        found[f"apps/{environment}/{app}/kustomization.yaml"] = _overlay(app, replicas)
        found[f"infrastructure/{environment}/kustomization.yaml"] = _kustomization("../base")
    return found


def _kustomization(*resources: str) -> str:
    listed = "".join(f"  - {one}\n" for one in resources)
    return f"{_KUSTOMIZATION}resources:\n{listed}"


def _overlay(app: str, replicas: int) -> str:
    head = _kustomization(f"../../base/{app}")
    return f"""\
{head}\
namespace: {app}
replicas:
  - name: {app}
    count: {replicas}
# A new tag here is a change that is promoted.
images:
  - name: {IMAGE}
    newTag: {_TAG}
"""


def _namespace(app: str) -> str:
    return f"""\
# What has to be there before the applications. Operators and what they need belong here, too.
apiVersion: v1
kind: Namespace
metadata:
  name: {app}
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""


def _service(app: str) -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {app}
spec:
  selector:
    app.kubernetes.io/name: {app}
  ports:
    - name: http
      port: 80
      targetPort: http
"""


def _deployment(app: str) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app}
  labels:
    app.kubernetes.io/name: {app}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {app}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {app}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: {app}
          # An example: put your own image here, and its tags into the overlays.
          image: {IMAGE}
          ports:
            - name: http
              containerPort: 9898
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
          resources:
            requests:
              cpu: 50m
              memory: 32Mi
            limits:
              memory: 128Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          emptyDir: {{}}
"""
