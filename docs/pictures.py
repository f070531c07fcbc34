"""`make pictures`: draw README's pictures from what the program prints about the sample change.

Needs Chromium (Debian: `apt-get install chromium fonts-noto-color-emoji fonts-liberation`); nothing is fetched. The
comment goes through GitHub's own Markdown parser; the style around it is ours, in the manner of GitHub's.
"""

from __future__ import annotations

import html
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cmarkgfm  # type: ignore[import-untyped]  # has no stubs
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # as above
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from examples.demo import git, make_repository
from gitops_action.adapters.processes import find_tool
from gitops_action.adapters.terminal import SilentProgress
from gitops_action.pipeline.places import Place
from gitops_action.pipeline.promoting import Wish
from gitops_action.pipeline.promotion import look
from gitops_action.report.promotion import body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.images.references import Repository as Reference
    from gitops_action.pipeline.image_looking import Made

ROOT: Final = Path(__file__).resolve().parent.parent
IMAGES: Final = ROOT / "docs" / "images"
STYLES: Final = ROOT / "docs" / "pictures.css"
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_WIDTH: Final = 900
_COLUMNS: Final = 112
_HTML_HEIGHT: Final = 760
_SECONDS: Final = 60
_SCALE: Final = 2
_DIFF: Final = re.compile(r'<pre lang="diff"><code>(?P<code>.*?)</code></pre>', re.DOTALL)
# Black, red, green, yellow, blue, magenta, cyan, white: bright enough for the window's background.
_COLOURS: Final = [
    (72, 79, 88),
    (255, 123, 114),
    (126, 231, 135),
    (227, 179, 65),
    (121, 192, 255),
    (210, 168, 255),
    (86, 212, 221),
    (214, 219, 225),
]
_THEME: Final = TerminalTheme((27, 31, 36), (214, 219, 225), _COLOURS, _COLOURS)
# What the picture shows unfolded: short, and each shows something else.
_UNFOLDED: Final = ("<code>web", "<code>shop-production/worker-database")
_RELEASE: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {1}
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/shop/web:{0}
"""
_POLICY: Final = """\
images:
  policies:
    web:
      image: registry.example.com/shop/web
      semver: 1.x
      paths: [environments/staging, base]
"""
_SHOP: Final = """\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
data:
  LOG_LEVEL: info
  RATE_LIMIT: "100"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
  namespace: shop
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get]
"""
_KINDS: Final = {"+": "added", "-": "removed", "@": "hunk"}


def main() -> int:
    """Draw all pictures; return 1 without a browser."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        sys.stderr.write(f"pictures: none of {', '.join(_BROWSERS)} is installed\n")
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gitops-pictures-") as folder:
        repository = Path(folder) / "fleet"
        base, head = make_repository(repository)
        comment = check(repository, base, head, "--output", "markdown")
        terminal = check(repository, base, head, "--excerpts", env={"FORCE_COLOR": "1", "COLUMNS": str(_COLUMNS)})
        for name, theme in (("comment", "light"), ("comment-dark", "dark")):
            draw(browser, Path(folder), page(comment_html(comment), theme), IMAGES / f"{name}.png")
        draw(browser, Path(folder), page(terminal_html(terminal), "terminal"), IMAGES / "terminal.png")
        opened = pull_request_html(promotion(Path(folder) / "promoted"))
        for name, theme in (("promotion", "light"), ("promotion-dark", "dark")):
            draw(browser, Path(folder), page(opened, theme), IMAGES / f"{name}.png")
        noticed = pull_request_html(drifted(), "opened this issue")
        for name, theme in (("drift", "light"), ("drift-dark", "dark")):
            draw(browser, Path(folder), page(noticed, theme), IMAGES / f"{name}.png")
        newer = pull_request_html(updated(Path(folder) / "updated"))
        for name, theme in (("images", "light"), ("images-dark", "dark")):
            draw(browser, Path(folder), page(newer, theme), IMAGES / f"{name}.png")
        # Its own script is all that may run in the page, so that it cannot be asked how high it is.
        report = check(repository, base, head, "--output", "html")
        source = Path(folder) / "report.html"
        source.write_text(report, encoding="utf-8")
        shoot(
            browser,
            Path(folder),
            f"{source.as_uri()}#view=sides&outcome=update&open",
            IMAGES / "html.png",
            _HTML_HEIGHT,
        )
    return 0


def check(repository: Path, base: str, head: str, *options: str, env: Mapping[str, str] | None = None) -> str:
    """Return what the check of the sample change prints."""
    argv = [sys.executable, "-m", "gitops_action", "check", "--base", base, "--head", head, *options]
    done = subprocess.run(
        argv,
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 1:
        sys.exit(f"pictures: the check ended with {done.returncode}; it is to find the planted mistake")
    return done.stdout


def promotion(repository: Path) -> str:
    """Return the body of the pull request that a change of the sample repository's staging becomes."""
    base, _ = make_repository(repository)
    git(repository, "reset", "--quiet", "--hard", base)
    for environment, replicas in (("staging", 1), ("production", 6)):
        folder = repository / "environments" / environment
        (folder / "web-release.yaml").write_text(_RELEASE.format("2.4.0", replicas), encoding="utf-8")
        kustomization = folder / "kustomization.yaml"
        text = kustomization.read_text(encoding="utf-8")
        patched = text.replace("patches:\n", "patches:\n  - path: web-release.yaml\n")
        added = text + "patches:\n  - path: web-release.yaml\n"
        kustomization.write_text(patched if patched != text else added, encoding="utf-8")
    git(repository, "commit", "--quiet", "--no-gpg-sign", "--all", "--message=Releases of the web server")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--no-gpg-sign", "--amend", "--no-edit")
    release = repository / "environments/staging/web-release.yaml"
    release.write_text(_RELEASE.format("2.5.0", 2), encoding="utf-8")
    git(repository, "commit", "--quiet", "--no-gpg-sign", "--all", "--message=Release web 2.5.0 (#41)")
    (one,) = look(Place(repository), "HEAD", Wish("staging", "production"), SilentProgress(), checked=True).checked
    return body(one.proposal, one.changes, url="https://github.com/octo/shop")


class Tags:
    """A registry that has these tags, and says nothing else."""

    def tags(self, repository: Reference) -> list[str]:
        """Return the tags of a repository."""
        return ["1.4.2", "1.5.0", "1.5.1", "1.6.0", "2.0.0-rc.1", "latest"] if repository.path == "shop/web" else []

    def digest(self, repository: Reference, tag: str) -> str:
        """Say that nobody asked for digests."""
        raise NotImplementedError

    def created(self, repository: Reference, tag: str) -> Made:
        """Say that nobody asked when images were made."""
        raise NotImplementedError


def updated(repository: Path) -> str:
    """Return the body of the pull request that brings a newer image into the sample repository."""
    from gitops_action.adapters.git import Repository  # noqa: PLC0415 - as below
    from gitops_action.pipeline.image_looking import look as look_for_images  # noqa: PLC0415
    from gitops_action.pipeline.image_scene import Scene  # noqa: PLC0415
    from gitops_action.report.images import body as images_body  # noqa: PLC0415

    base, _ = make_repository(repository)
    git(repository, "reset", "--quiet", "--hard", base)
    config = repository / ".gitops.yaml"
    text = config.read_text(encoding="utf-8") if config.exists() else "version: 1\n"
    config.write_text(f"{text}{_POLICY}", encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--no-gpg-sign", "--message=Follow new images")
    with Repository.open(repository) as opened:
        scene = Scene.open(opened, "HEAD")
        scene.locks = ()
        (one,) = look_for_images(scene, Tags(), datetime.now(UTC)).proposals
        return images_body(one, scene.files.__getitem__, url="https://github.com/octo/shop", commit=scene.head)


def drifted() -> str:
    """Return the issue about a cluster that somebody has edited, as `drift` writes it: on a real API server, for real."""
    from gitops_action.adapters.control_plane import control_plane  # noqa: PLC0415 - only this picture needs a cluster
    from gitops_action.pipeline.clusters import Clusters  # noqa: PLC0415
    from gitops_action.pipeline.deploying import Wish as Deployment  # noqa: PLC0415
    from gitops_action.pipeline.deploying import deploy  # noqa: PLC0415
    from gitops_action.pipeline.drifting import Wish as Watch  # noqa: PLC0415
    from gitops_action.pipeline.drifting import drift  # noqa: PLC0415
    from gitops_action.report.drift import issue  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, control_plane() as plane:
        repository = Path(folder) / "fleet"
        place = repository / "clusters/production"
        place.mkdir(parents=True)
        (place / "shop.yaml").write_text(_SHOP, encoding="utf-8")
        git(repository, "init", "--quiet", "--initial-branch=main")
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", "Begin")
        config = Path(folder) / "kubeconfig"
        config.write_text(plane.kubeconfig(), encoding="utf-8")
        where, clusters, silent = Place(repository), Clusters(str(config)), SilentProgress()
        deploy(where, clusters, Deployment("production", "apply"), silent)
        kubectl = [str(find_tool("kubectl")), "--kubeconfig", str(config), "--namespace", "shop"]
        patch = '{"data": {"LOG_LEVEL": "debug", "RATE_LIMIT": "5000"}}'
        subprocess.run([*kubectl, "patch", "configmap", "settings", "--patch", patch], check=True, capture_output=True)
        subprocess.run([*kubectl, "delete", "role", "reader"], check=True, capture_output=True)
        (found,) = drift(where, clusters, Watch(("production",), settle=0.0), silent)
        return issue(found)


def pull_request_html(markdown: str, did: str = "wants to merge 1 commit into <code>main</code>") -> str:
    """Return a pull request's description, or an issue's, as GitHub would show it."""
    text = cmarkgfm.github_flavored_markdown_to_html(
        markdown, Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG
    )
    text = _DIFF.sub(lambda found: f'<pre class="diff"><code>{_coloured(found["code"])}</code></pre>', text)
    text = text.replace("<details><summary>", "<details open><summary>")
    head = f'<b>gitops-bot</b> <span class="bot">bot</span> {did}'
    return f'<div class="comment"><div class="head">{head}</div><div class="body">{text}</div></div>'


def comment_html(markdown: str) -> str:
    """Return the comment as GitHub would show it, with the box around it."""
    # Raw HTML is ours to trust here: the comment is made from the sample repository.
    body = cmarkgfm.github_flavored_markdown_to_html(
        markdown, Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG
    )
    body = _DIFF.sub(lambda found: f'<pre class="diff"><code>{_coloured(found["code"])}</code></pre>', body)
    for name in _UNFOLDED:
        body, count = re.subn(rf"<details>(?=<summary>[^\n]*{name}</code>)", "<details open>", body)
        if count != 1:
            sys.exit(f"pictures: {count} parts of the comment are about {name[6:]}; choose others to unfold")
    head = '<b>github-actions</b> <span class="bot">bot</span> commented 2 minutes ago'
    return f'<div class="comment"><div class="head">{head}</div><div class="body">{body}</div></div>'


def _coloured(code: str) -> str:
    """Give the lines of a diff their colours."""
    lines = [f'<span class="{_KINDS.get(line[:1], "same")}">{line}</span>' for line in code.rstrip("\n").split("\n")]
    return "\n".join(lines)


def terminal_html(text: str) -> str:
    """Return what a terminal showed, as lines of coloured text."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)
    body = console.export_html(inline_styles=True, code_format="{code}", theme=_THEME)
    prompt = '<span class="prompt">$</span> gitops-action check --base origin/main'
    return f'<div class="window"><div class="bar"><i></i><i></i><i></i></div><pre>{prompt}\n{body}</pre></div>'


def page(body: str, theme: str) -> str:
    """Return the whole page."""
    style = STYLES.read_text(encoding="utf-8")
    return (
        f'<!doctype html><html class="{html.escape(theme)}"><meta charset="utf-8"><style>{style}</style>'
        f"<body>{body}<script>document.documentElement.dataset.height = document.body.scrollHeight</script></html>"
    )


def draw(browser: str, folder: Path, content: str, target: Path) -> None:
    """Write the page as a picture, as high as its content."""
    source = folder / f"{target.stem}.html"
    source.write_text(content, encoding="utf-8")
    found = re.search(r'data-height="(\d+)"', _run(browser, folder, source.as_uri(), "--dump-dom"))
    if not found:
        sys.exit(f"pictures: {browser} did not say how high the page is")
    shoot(browser, folder, source.as_uri(), target, int(found[1]))


def shoot(browser: str, folder: Path, address: str, target: Path, height: int) -> None:
    """Write what is at an address as a picture."""
    _run(
        browser,
        folder,
        address,
        f"--screenshot={target}",
        f"--window-size={_WIDTH},{height}",
        f"--force-device-scale-factor={_SCALE}",
    )
    sys.stdout.write(f"pictures: drew {target.relative_to(ROOT)}\n")


def _run(browser: str, folder: Path, address: str, *options: str) -> str:
    """Run the browser without a window and without a network; a profile of its own is thrown away."""
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as profile:
        argv = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-sync",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}",
            f"--window-size={_WIDTH},600",
            *options,
            address,
        ]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=_SECONDS)
    if done.returncode:
        sys.exit(f"pictures: {browser} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
