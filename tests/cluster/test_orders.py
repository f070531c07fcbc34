"""Comments that deploy and look for drift, in a real cluster and on a GitHub beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitops_action.adapters.github import GitHub
from gitops_action.adapters.runner_event import CommentEvent
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline.chat import answer
from gitops_action.pipeline.chat_orders import Means, Reply
from gitops_action.pipeline.clusters import Clusters
from gitops_action.pipeline.places import Place
from tests.cluster.components import cluster
from tests.github import promotion
from tests.github.conftest import WORKFLOW
from tests.github.conftest import fleet as github
from tests.github.fake import Fake
from tests.github.fleet import Fleet
from tests.github.holding import holding
from tests.github.state import Pull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cluster.components import Cluster

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.xdist_group("drift")]
_CONFIG = """\
version: 1
environments:
  production: {paths: [environments/production], deploy: {via: apply, namespace: NAME, timeout: 20s}}
"""
_FILE = "environments/production/settings.yaml"


def settings(space: str, value: str) -> str:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {space}}}\ndata: {{a: '{value}'}}\n"
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("orders")) as found:
        yield found


class Talk:
    """A pull request that changes production, and people who comment on it."""

    def __init__(self, folder: Path, shared: Cluster, fake: Fake) -> None:
        self.shared, self.state = shared, fake.state
        self.space = f"web-{abs(hash(folder)) % 10**8}"
        files = {_FILE: settings(self.space, "1")}
        self.fleet = Fleet.begin(folder, fake, files, _CONFIG.replace("NAME", self.space))
        origin = self.fleet.origin
        base = origin.git("rev-parse", "main")
        origin.git("branch", "topic", "main")
        origin.git("symbolic-ref", "HEAD", "refs/heads/topic")
        head = origin.commit({_FILE: settings(self.space, "2")}, "Two (#7)")
        origin.git("symbolic-ref", "HEAD", "refs/heads/main")
        self.state.pulls.append(Pull(7, head_ref="topic", head_sha=head, base_sha=base))
        self.state.roles |= {"alice": "write", "bob": "triage", "carol": "read"}

    def say(self, text: str, author: str = "alice", *, known: bool = True) -> Reply:
        comment = self.state.add_comment(7, author, text)
        event = CommentEvent("created", comment.id, text, author, False, 7, self.state.repository)
        place = Place(self.fleet.clone, token=WORKFLOW, repository=self.state.repository, api_url=self.fleet.fake.url)
        means = Means(Clusters(str(self.shared.kubeconfig)) if known else Clusters(), "https://example.com/run")
        with GitHub(WORKFLOW, self.state.repository, self.fleet.fake.url) as comments:
            reply = answer(event, place, comments, SilentProgress(), means)
        assert reply is not None
        return reply

    def live(self) -> str | None:
        """Return what the cluster has."""
        found = self.shared.get(f"/api/v1/namespaces/{self.space}/configmaps/settings")
        return found["data"]["a"] if found else None


@pytest.fixture
def talk(tmp_path: Path, shared: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    monkeypatch.setattr("gitops_action.pipeline.drifting.pause", lambda _: None)
    with Fake(github(), holding()) as fake:
        fake.state.pulls.clear()
        yield Talk(tmp_path, shared, fake)
        assert fake.violations == []


def test_what_is_merged_is_deployed_on_order(talk: Talk) -> None:
    assert "only what is merged is deployed" in talk.say("/deploy production").text
    assert talk.live() is None
    merged = promotion.merge(talk.state, 7)
    reply = talk.say("/deploy production")
    assert reply.ok, reply.text
    assert talk.live() == "2"
    (made,) = talk.state.deployments
    assert (made.sha, made.statuses[0][0], made.payload["actor"]) == (merged, "success", "alice")


def test_what_was_merged_elsewhere_is_not_deployed(talk: Talk) -> None:
    """Whoever may write can merge into a branch of their own, without a review."""
    talk.fleet.origin.git("branch", "mine", "main")
    pull = talk.state.pull(7)
    assert pull is not None
    pull.base_ref = "mine"
    promotion.merge(talk.state, 7)
    reply = talk.say("/deploy production")
    assert not reply.ok
    assert "the main branch does not have it" in reply.text
    assert talk.live() is None
    assert talk.state.deployments == []


@pytest.mark.parametrize(
    ("text", "author", "words"),
    [
        ("/deploy production", "bob", "needs the role `write`"),
        ("/drift production", "carol", "needs the role `triage`"),
        ("/rollback production", "bob", "needs the role `write`"),
        ("/deploy staging", "alice", "there is no environment `staging`"),
        ("/deploy", "alice", "usage"),
        ("/rollback production", "alice", "GitHub knows no deployment"),
    ],
)
def test_orders_that_are_refused_change_nothing(talk: Talk, text: str, author: str, words: str) -> None:
    promotion.merge(talk.state, 7)
    reply = talk.say(text, author)
    assert not reply.ok
    assert words in reply.text.replace("&#96;", "`")
    assert talk.live() is None
    assert [one.statuses[0][0] for one in talk.state.deployments] in ([], ["error"])


def test_without_a_kubeconfig_nothing_is_touched(talk: Talk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nowhere"))
    promotion.merge(talk.state, 7)
    reply = talk.say("/deploy production", known=False)
    assert not reply.ok
    assert "which cluster environment" in reply.text
    assert talk.state.deployments == []


def test_drift_is_looked_for_on_order(talk: Talk) -> None:
    promotion.merge(talk.state, 7)
    assert talk.say("/deploy production").ok
    assert talk.say("/drift production", "bob").ok
    talk.shared.patch(f"/api/v1/namespaces/{talk.space}/configmaps/settings", {"data": {"a": "by hand"}})
    reply = talk.say("/drift", "bob")
    assert not reply.ok
    assert "by hand" in reply.text
    # One answer says it; the issue is the scheduled job's.
    assert talk.state.issues == []
