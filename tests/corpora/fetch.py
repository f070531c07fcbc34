"""`make corpora`: clone the public repositories that tests and benchmarks read, at their pinned commits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple


class Corpus(NamedTuple):
    """One repository: the folder it becomes, where it is, the commit.

    `part` is the folder of it that becomes that folder, `only` the one that is kept in its place; "" for all.
    """

    folder: str
    repository: str
    commit: str
    part: str = ""
    only: str = ""


# Short commit ids are resolved by the clone; a wrong one cannot be found.
CORPORA: Final = (
    Corpus("kubernetes-examples", "kubernetes/examples", "279e8e4fe314"),
    Corpus("flux2-kustomize-helm-example", "fluxcd/flux2-kustomize-helm-example", "4f1a5b1051b4"),
    Corpus("flux2-multi-tenancy", "fluxcd/flux2-multi-tenancy", "192da0594c0c"),
    Corpus("podinfo", "stefanprodan/podinfo", "eec06d1ea459", only="kustomize"),
    Corpus("kubeconform-fixtures", "yannh/kubeconform", "e65429b1e599", "fixtures"),
)


def destination() -> Path:
    """Return the folder that the tests read: $GITOPS_CORPORA or ../shared/corpora."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("GITOPS_CORPORA") or root.parent / "shared" / "corpora")


def fetch(corpus: Corpus, into: Path) -> None:
    """Clone one repository at its commit, unless its folder is there."""
    target = into / corpus.folder
    if target.exists():
        return
    clone = into / f".{corpus.folder}.clone"
    subprocess.run(["rm", "-rf", "--", clone], check=True)
    url = f"https://github.com/{corpus.repository}"
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", "--filter=blob:none", "--", url, clone], check=True)
    subprocess.run(["git", "-C", clone, "checkout", "--quiet", "--detach", corpus.commit], check=True)
    # What is read is files, not a clone of somebody's.
    shutil.rmtree(clone / ".git")
    kept = clone / corpus.part
    if corpus.only:
        kept = clone / ".kept"
        (kept / corpus.only).parent.mkdir(parents=True)
        (clone / corpus.only).rename(kept / corpus.only)
    kept.rename(target)
    subprocess.run(["rm", "-rf", "--", clone], check=True)
    print(f"corpora: {corpus.folder} at {corpus.commit}")


def main() -> int:
    """Fetch all; return 1 with one line where that cannot be done."""
    into = destination()
    try:
        into.mkdir(parents=True, exist_ok=True)
        for corpus in CORPORA:
            fetch(corpus, into)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"corpora: {error}; check the network, then run `make corpora` again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
