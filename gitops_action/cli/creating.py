"""`create`, on the command line: the options of `flux create`, and where the file goes."""
# ruff: noqa: PLC0415 - a command imports what it needs when it runs

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gitops_action.cli import options
from gitops_action.cli.output import write
from gitops_action.cli.shared import remote
from gitops_action.cli.surroundings import place_of
from gitops_action.inputs import ONLY_IN_CLI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gitops_action.pipeline.creating import Where

name = click.argument("name", metavar="NAME")
namespace = click.option(
    "--namespace", "-n", default="flux-system", show_default=True, metavar="NAME", help="The object's namespace."
)
interval = click.option("--interval", default="1m0s", show_default=True, metavar="TIME", help="How often Flux looks.")
label = click.option("--label", multiple=True, metavar="KEY=VALUE", help="A label of the object; several of them.")
where = options.together(
    options.option("--into", metavar="FOLDER", help="The cluster's folder. Found, if there is one only."),
    options.option("--path-in-repo", metavar="FILE", help="The file to write, instead of one named for the object."),
    click.option("--pull-request", is_flag=True, help="Propose it on GitHub, instead of writing into the work tree."),
    click.option("--local", is_flag=True, help="Write into the work tree. This is the default."),
    click.option("--dry-run", is_flag=True, help="Only say what would be done."),
    click.option("--export", is_flag=True, help="Print the object, and write nothing."),
    options.repo,
    remote,
)


@click.command(help=ONLY_IN_CLI["create source git"])
@name
@click.option("--url", required=True, metavar="URL", help="The repository: ssh://git@host/owner/name or https://….")
@options.option("--branch", metavar="NAME", help="A branch.")
@options.option("--tag", metavar="NAME", help="A tag.")
@options.option("--semver", "--tag-semver", "semver", metavar="RANGE", help="The newest tag in a range of versions.")
@options.option("--commit", metavar="SHA", help="A commit, of the branch if one is named.")
@options.option("--ref-name", metavar="REF", help="Any reference, such as refs/pull/420/head.")
@interval
@options.option("--fetch-timeout", metavar="TIME", help="How long fetching may take.")
@options.option(
    "--secret-ref", metavar="NAME", help="A Secret in the cluster with the credentials. Never a credential."
)
@click.option(
    "--provider",
    type=options.Word(["generic", "azure", "github"]),
    default="",
    metavar="generic|azure|github",
    help="Who gives the credentials.",
)
@click.option("--ignore-paths", multiple=True, metavar="PATTERN", help="What to leave out, as in .gitignore; several.")
@click.option("--recurse-submodules", is_flag=True, help="Fetch submodules too.")
@namespace
@label
@where
def create_source_git(  # noqa: PLR0913 - a command has the options it has
    *, name: str, url: str, branch: str, tag: str, semver: str, commit: str, ref_name: str, interval: str,
    fetch_timeout: str, secret_ref: str, provider: str, ignore_paths: Sequence[str], recurse_submodules: bool,
    namespace: str, label: Sequence[str], **place: Any,
) -> None:  # fmt: skip
    """Write a GitRepository."""
    from gitops_action.scaffold import flux_flags, flux_objects

    ignored = tuple(one for text in ignore_paths for one in text.split(",") if one)
    wanted = flux_objects.GitRepository(
        name, namespace, url, branch, tag, semver, commit, ref_name, interval, fetch_timeout, secret_ref, provider,
        ignored, recurse_submodules, flux_flags.labels(tuple(label)),
    )  # fmt: skip
    _create(flux_objects.git_repository(wanted), **place)


@click.command(help=ONLY_IN_CLI["create kustomization"])
@name
@click.option(
    "--source", required=True, metavar="SOURCE", help="[KIND/]NAME[.NAMESPACE]; a GitRepository without KIND."
)
@click.option("--path", default="./", show_default=True, metavar="FOLDER", help="The folder in the source.")
@click.option("--prune/--no-prune", default=False, show_default=True, help="Delete what is gone from the folder.")
@interval
@options.option("--retry-interval", metavar="TIME", help="When to try again after a failure.")
@click.option("--wait", is_flag=True, help="Ready only when all that was applied is healthy.")
@click.option("--health-check", multiple=True, metavar="CHECK", help="KIND/NAME.NAMESPACE that has to be healthy.")
@click.option(
    "--health-check-timeout",
    default="2m0s",
    show_default=True,
    metavar="TIME",
    help="How long health may take to come.",
)
@click.option("--depends-on", multiple=True, metavar="NAMES", help="[NAMESPACE/]NAME that has to be ready before.")
@options.option("--target-namespace", metavar="NAME", help="The namespace of all that is applied.")
@options.option("--service-account", metavar="NAME", help="The account that applies it.")
@click.option(
    "--decryption-provider", type=options.Word(["sops"]), default="", metavar="sops", help="What decrypts Secrets."
)
@options.option("--decryption-secret", metavar="NAME", help="The Secret in the cluster with the keys for that.")
@options.option("--kubeconfig-secret-ref", metavar="NAME", help="The Secret with a kubeconfig of another cluster.")
@namespace
@label
@where
def create_kustomization(  # noqa: PLR0913 - a command has the options it has
    *, name: str, source: str, path: str, prune: bool, interval: str, retry_interval: str, wait: bool,
    health_check: Sequence[str], health_check_timeout: str, depends_on: Sequence[str], target_namespace: str,
    service_account: str, decryption_provider: str, decryption_secret: str, kubeconfig_secret_ref: str, namespace: str,
    label: Sequence[str], **place: Any,
) -> None:  # fmt: skip
    """Write a Kustomization."""
    from gitops_action.scaffold import flux_flags, flux_objects

    checks = flux_flags.health_checks(tuple(health_check))
    wanted = flux_objects.Kustomization(
        name, namespace, flux_flags.source(source), path, prune, interval, retry_interval,
        health_check_timeout if wait or checks else "", wait, target_namespace, service_account,
        flux_flags.depends_on(tuple(depends_on)), checks, decryption_provider, decryption_secret, kubeconfig_secret_ref,
        flux_flags.labels(tuple(label)),
    )  # fmt: skip
    _create(flux_objects.kustomization(wanted), **place)


def _create(  # noqa: PLR0913 - as above
    value: Mapping[str, Any], *, into: str, path_in_repo: str, pull_request: bool, local: bool, dry_run: bool,
    export: bool, repo: Path, remote: str,
) -> None:  # fmt: skip
    from gitops_action.pipeline import creating as job
    from gitops_action.report.scaffold import created_text
    from gitops_action.scaffold.flux_objects import text

    if local and pull_request:
        raise click.UsageError("--local and --pull-request exclude each other")
    if export:
        write(text(value))
        return
    where: Where = job.Where(into, path_in_repo, pull_request, dry_run)
    done = job.create(place_of(repo, "", remote), value, where)
    write(created_text(done.files, done.url, dry_run=dry_run))
    for note in done.notes:
        click.echo(f"gitops-action: note: {note}", err=True)
