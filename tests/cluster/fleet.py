"""A config repository on a Git server, a clone of it, and what deploys it to a real cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.deploying import Wish, deploy
from gitops_action.pipeline.places import Place
from tests.gitrepo import GitRepo, init

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gitops_action.deploy.record import Record
    from gitops_action.deploy.result import Action
    from tests.cluster.components import Cluster
    from tests.gitserver import GitServer


def namespace(name: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"


def settings(name: str, **data: str) -> str:
    lines = "".join(f"  {key}: {value!r}\n" for key, value in data.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{lines}"


def workload(name: str, tag: str = "1", replicas: int = 1, **spec: Any) -> str:
    more = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
{more}  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers: [{{name: app, image: "example.com/{name}:{tag}"}}]
"""


def overlay(folder: str, files: Mapping[str, str], space: str) -> dict[str, str]:
    """Return the files of an overlay in one namespace, the namespace itself among them."""
    listed = ", ".join(["namespace.yaml", *files])
    return {
        f"{folder}/kustomization.yaml": f"namespace: {space}\nresources: [{listed}]\n",
        f"{folder}/namespace.yaml": namespace(space),
        **{f"{folder}/{name}": text for name, text in files.items()},
    }


@dataclass
class Fleet:
    """The repository, its clone, and the cluster that it is deployed to."""

    origin: GitRepo
    clone: GitRepo
    cluster: Cluster
    remote: str
    name: str = ""
    told: list[str] = field(default_factory=list)

    @classmethod
    def begin(
        cls,
        folder: Path,
        cluster: Cluster,
        files: Mapping[str, Any],
        server: GitServer | None = None,
        name: str = "octo/fleet",
    ) -> Fleet:
        origin = init((server.root if server else folder) / f"{name}.git", bare=True)
        origin.commit(files, "Begin")
        clone = GitRepo(origin.clone(folder / "clone"))
        remote = f"{server.url}/{name}.git" if server else str(origin.path)
        clone.git("remote", "set-url", "origin", remote)
        return cls(origin, clone, cluster, remote)

    def commit(self, files: Mapping[str, Any], message: str = "Change") -> str:
        """Commit to the main branch, and let the clone have it."""
        sha = self.origin.commit(files, message)
        self.clone.git("fetch", "--quiet", str(self.origin.path), "main")
        self.clone.git("checkout", "--quiet", "--detach", sha)
        return sha

    @property
    def place(self) -> Place:
        """Where commands work."""
        return Place(self.clone.path)

    @property
    def clusters(self) -> Clusters:
        """How the cluster is reached."""
        return Clusters(str(self.cluster.kubeconfig))

    def deploy(
        self, environment: str = "production", via: str = "apply", *, user: str = "admin", **more: Any
    ) -> Record:
        wish = Wish(environment, via, actor="alice", **more)
        clusters = Clusters(str(self.cluster.kubeconfig_of(user)))
        return deploy(self.place, clusters, wish, SilentProgress(), self.told.append)


def actions(record: Record) -> dict[str, Action]:
    """Return what became of each object, by its name."""
    return {str(one.resource): one.action for one in record.outcome.objects}
