"""`create`: an object of Flux as a file, in the work tree or in a pull request. No cluster is touched."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from gitops_action.adapters.files import replace_all
from gitops_action.adapters.git import Repository
from gitops_action.adapters.new_files import present_at
from gitops_action.errors import UsageError
from gitops_action.model import Manifest, Severity
from gitops_action.pipeline.judging import Judges
from gitops_action.pipeline.places import fetch_tip, opened
from gitops_action.pipeline.proposing import Proposed, propose
from gitops_action.pipeline.work_tree import configuration_of, files_of, open_folder
from gitops_action.records import dataclass
from gitops_action.repository.documents import Document, load
from gitops_action.repository.edited import EditedTree
from gitops_action.repository.paths import folders_of
from gitops_action.scaffold import flux_objects, names, placing
from gitops_action.validate.crds import Crds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.pipeline.places import Place
    from gitops_action.repository.tree import Tree


@dataclass(frozen=True, slots=True)
class Where:
    """Where the object goes: the folder of a cluster ("": found), or a file; `pull_request`: proposed, not written."""

    into: str = ""
    file: str = ""
    pull_request: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """What was, or would be, written: contents by path; `notes` for people; the pull request's address."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
    url: str = ""


def create(place: Place, value: Mapping[str, Any], where: Where) -> Created:
    """Write an object of Flux. Raises UsageError for a place or a name that is taken, or an object that would not be valid.

    Where anything is wrong, nothing is written.
    """
    if where.pull_request:
        return _proposed(place, value, where)
    folder = open_folder(place.repo)
    tree = files_of(folder)
    made = _placed(tree, value, where)
    if not where.dry_run:
        present = present_at(folder.path, made.files)
        taken = [path for path, content in present.items() if content is None or path not in tree.entries]
        if taken:
            raise UsageError(f"{taken[0]}: a link, a folder or a file that Git ignores is in the way")
        replace_all({folder.path / path: content for path, content in made.files.items()})
    return made


def _proposed(place: Place, value: Mapping[str, Any], where: Where) -> Created:
    if not place.token:
        raise UsageError(
            "GitHub is asked with the token in GITHUB_TOKEN (or GH_TOKEN); without --pull-request none is needed"
        )
    with ExitStack() as stack:
        local = stack.enter_context(Repository.open(place.repo))
        remote, hub = opened(place, local, stack)
        main = place.branch or hub.repository().default_branch
        tip = fetch_tip(remote, main, "push a first commit")
        made = _placed(remote.repository.tree(tip), value, where)
        if where.dry_run:
            return made
        kind, name = value["kind"], value["metadata"]["name"]
        title = f"Add {kind} {name}"
        lines = [f"{title} for Flux.", "", *(f"- `{path}`" for path in made.files), "", *made.notes]
        body = "\n".join(lines).rstrip() + "\n"
        branch = f"create/{kind.lower()}-{name}"
        pull = propose(remote, hub, main, tip, Proposed(branch, made.files, f"{title}\n", title, body))
        return Created(made.files, made.notes, pull.url)


def _placed(tree: Tree, value: Mapping[str, Any], where: Where) -> Created:
    file = names.folder(where.file, "--path-in-repo") if where.file else ""
    into = names.folder(where.into, "--into") if where.into else ""
    folder = into or (file.rpartition("/")[0] if file else placing.cluster_folder(tree))
    if into and into not in folders_of(tree.entries):
        raise UsageError(f"--into: there is no folder {into} in {tree.name}")
    path = file or placing.file_of(folder, value["metadata"]["name"], value["kind"])
    text = flux_objects.text(value)
    cluster = placing.Cluster(tree, folder)
    files = placing.place(tree, cluster, path, value, text)
    _require_valid(EditedTree(tree, files), path, text)
    return Created(files, tuple(placing.notes(tree, cluster, value)))


def _require_valid(tree: Tree, path: str, text: str) -> None:
    """Have the object judged as a check would judge it. Raises UsageError for what is wrong with it."""
    manifests = [
        Manifest(one.value, one, "")
        for one in load(text.encode(), path)
        if isinstance(one, Document) and isinstance(one.value, dict)
    ]
    found = Judges(configuration_of(tree), Crds()).judge(manifests).findings
    wrong = [one for one in found if one.severity is Severity.ERROR]
    if wrong:
        listed = "\n".join(f"{one.location}: {one.message}" for one in wrong)
        raise UsageError(f"the object would not be valid, so nothing was written:\n{listed}")
