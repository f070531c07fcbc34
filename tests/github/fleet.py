"""A repository with a remote, and a GitHub that follows it: what promotions are made in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline.places import Place
from gitops_action.pipeline.promoting import Wish
from gitops_action.pipeline.promotion import Reconciled, reconcile
from tests.github import promotion
from tests.github.conftest import WORKFLOW
from tests.gitrepo import GitRepo, init

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.github.fake import Fake
    from tests.github.state import Pull

CONFIG = """\
version: 1
environments:
  staging: {paths: ["apps/*/staging"]}
  production: {paths: ["apps/*/production"]}
promotion:
  paths:
    - {from: staging, to: production}
"""


def deployment(name: str, tag: str, replicas: int) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      containers:
        - name: app
          image: registry.example.com/{name}:{tag} # the release
"""


def app(name: str, *environments: tuple[str, str, int]) -> dict[str, str]:
    files = {}
    for environment, tag, replicas in environments:
        files[f"apps/{name}/{environment}/deployment.yaml"] = deployment(name, tag, replicas)
        files[f"apps/{name}/{environment}/kustomization.yaml"] = "resources:\n  - deployment.yaml\n"
    return files


@dataclass
class Fleet:
    """The remote repository, GitHub beside it, and a clone from which runs are made."""

    origin: GitRepo
    clone: Path
    fake: Fake

    @classmethod
    def begin(cls, folder: Path, fake: Fake, files: Mapping[str, Any], config: str = CONFIG) -> Fleet:
        origin = init(folder / "origin", bare=True)
        origin.commit({".gitops.yaml": config, **files}, "Begin")
        fake.state.git = str(origin.path)
        fake.state.pulls.clear()
        return cls(origin, origin.clone(folder / "clone"), fake)

    def commit(self, files: Mapping[str, Any], message: str = "Change (#1)") -> str:
        return self.origin.commit(files, message)

    def run(
        self, source: str = "", target: str = "", *, token: str = WORKFLOW, dry_run: bool = False, **more: Any
    ) -> Reconciled:
        place = Place(self.clone, token=token, repository=self.fake.state.repository, api_url=self.fake.url)
        wish = Wish(source, target, **more)
        return reconcile(place, wish, SilentProgress(), dry_run=dry_run)

    def steps(self, *between: str, **more: Any) -> list[str]:
        return [one.step.value for one in self.run(*between, **more).done]

    def read(self, path: str, revision: str = "main") -> str:
        return self.origin.git("show", f"{revision}:{path}")

    def branches(self) -> list[str]:
        return self.origin.git("for-each-ref", "--format=%(refname:short)", "refs/heads/promote").split()

    @property
    def open(self) -> list[Pull]:
        return [pull for pull in self.fake.state.pulls if pull.state == "open"]

    def merge(self, **more: Any) -> str:
        (pull,) = self.open
        return promotion.merge(self.fake.state, pull.number, **more)
