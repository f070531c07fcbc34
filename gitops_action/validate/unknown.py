"""Says why there is no schema for a kind: nobody can have it, Kubernetes has not, or nobody told us of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gitops_action.records import dataclass
from gitops_action.regex import regex
from gitops_action.validate.catalog import every_kind
from gitops_action.validate.crds import bundled
from gitops_action.validate.lifecycle import not_in
from gitops_action.validate.problems import Problem, closest, did_you_mean, is_slip, quoted
from gitops_action.validate.rules.forms import DNS_1035_LABEL, DNS_SUBDOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_action.validate.catalog import Catalog
    from gitops_action.validate.crds import Crds


@dataclass(frozen=True, slots=True)
class _Meant:
    """A field of a manifest, and what it should probably say."""

    field: str
    name: str


_VERSION: Final = regex(r"v[1-9][0-9]*(?:(?:alpha|beta)[1-9][0-9]*)?")
SWAPPED: Final = "apiVersion and kind stand in each other's place"


def missing(api_version: str, kind: str, catalog: Catalog, crds: Crds) -> Problem:
    """Return what is wrong with a kind that neither the `catalog` nor the tree's `crds` nor the bundled ones define.

    An error where the server cannot have it either, else `schema-missing`.
    """
    group = api_version.rpartition("/")[0]
    known = every_kind().get((api_version, kind))
    if known is not None:
        return not_in(known, catalog)
    if group and (impossible := _impossible(api_version, kind)):
        return impossible
    defined = [*crds.api_versions(group, kind), *bundled().api_versions(group, kind)]
    if crds.api_versions(group, kind):
        message = f"the CustomResourceDefinition of {kind} has no {api_version}; it has {', '.join(defined)}"
        return _unknown("apiVersion", message)
    # The group of a custom resource has a dot (ValidateCustomResourceDefinition).
    if group in catalog.groups or "." not in group:
        return _not_built_in(api_version, kind, catalog, crds)
    if wrong := _misspelt(api_version, kind, catalog, crds) or _no_part_of_flux(api_version, kind, catalog, defined):
        return wrong
    reason = ""
    if (group, kind) in crds.outdated:
        reason = ": its CustomResourceDefinition is of v1beta1, which is not read"
    elif defined:
        reason = f": the bundled schemas have {', '.join(defined)}"
    return Problem("schema-missing", ("kind",), f"no schema for {api_version} {kind}, so it is not checked{reason}")


def in_order(problem: Problem, value: Mapping[str, Any]) -> Problem:
    """Place what is wrong with both apiVersion and kind at the one that is written first."""
    if not problem.message.startswith(SWAPPED):
        return problem
    first = next(field for field in value if field in {"apiVersion", "kind"})
    return replace(problem, pointer=(first,))


def _unknown(field: str, message: str) -> Problem:
    return Problem("unknown-kind", (field,), message)


def _impossible(api_version: str, kind: str) -> Problem | None:
    """Say why nobody can define such a kind; see ValidateCustomResourceDefinition and validateCustomResourceDefinitionNames."""
    group, _, version = api_version.rpartition("/")
    if not (DNS_SUBDOMAIN.fits(group) and DNS_1035_LABEL.fits(version)):
        what = "it is a group and a version, such as apps/v1"
        return _unknown("apiVersion", f"there can be no apiVersion {quoted(api_version)}: {what}")
    if not DNS_1035_LABEL.fits(kind.lower()):
        return _unknown("kind", f"there can be no kind {quoted(kind)}: it has letters and digits only")
    return None


def _not_built_in(api_version: str, kind: str, catalog: Catalog, crds: Crds) -> Problem:
    """Say that Kubernetes has no such kind in one of its own groups, or that none could have this apiVersion."""
    kinds = catalog.kinds
    versions = {version for version, _ in kinds}
    if (kind, api_version) in kinds or ("/" in kind and api_version not in versions):
        message = f"{SWAPPED}: {quoted(api_version)} and {quoted(kind)}"
        return _unknown("apiVersion", message)
    elsewhere = {
        version for among in (kinds, crds.kinds(), bundled().kinds()) for version, name in among if name == kind
    }
    if elsewhere:
        message = f"there is no {api_version} {kind}; {kind} is of {' or '.join(sorted(elsewhere))}"
        return _unknown("apiVersion", message)
    if api_version not in versions:
        hint = did_you_mean(api_version, sorted(versions))
        return _unknown("apiVersion", f"Kubernetes {catalog.version} has no apiVersion {quoted(api_version)}{hint}")
    names = sorted(name for version, name in kinds if version == api_version)
    hint = did_you_mean(kind, names) or _of_another_group(kind, catalog)
    return _unknown("kind", f"Kubernetes {catalog.version} has no {api_version} {kind}{hint}")


def _of_another_group(kind: str, catalog: Catalog) -> str:
    """Return the hint for a kind that is misspelt and stands under the apiVersion of another group, too."""
    meant = closest(kind, sorted({name for _, name in catalog.kinds}))
    versions = sorted(version for version, name in catalog.kinds if name == meant)
    return f"; did you mean {meant}, which is of {' or '.join(versions)}?" if meant else ""


def _misspelt(api_version: str, kind: str, catalog: Catalog, crds: Crds) -> Problem | None:
    meant = _meant(api_version.rpartition("/")[0], kind, catalog, crds)
    if meant is None:
        return None
    return _unknown(meant.field, f"there is no {api_version} {kind}; did you mean {meant.name}?")


def _no_part_of_flux(api_version: str, kind: str, catalog: Catalog, defined: list[str]) -> Problem | None:
    """Say that a group of Flux has no such kind, which others have, or that none of its versions is called so.

    Other kinds and versions may be those of another release of Flux.
    """
    group, _, version = api_version.rpartition("/")
    if group not in {known.rpartition("/")[0] for known, _ in bundled().kinds()}:
        return None
    if defined and not _VERSION.fullmatch(version):
        return _unknown("apiVersion", f"there is no {api_version} {kind}; {kind} is of {' or '.join(sorted(defined))}")
    others = {known for kinds in (bundled().kinds(), catalog.kinds) for known, name in kinds if name == kind}
    if not defined and others:
        return _unknown("kind", f"there is no {api_version} {kind}; {kind} is of {' or '.join(sorted(others))}")
    return None


def _meant(group: str, kind: str, catalog: Catalog, crds: Crds) -> _Meant | None:
    """Return the known kind, or group, that is written here with one slip of the pen."""
    known = {
        (api_version.rpartition("/")[0], name)
        for kinds in (crds.kinds(), bundled().kinds(), catalog.kinds)
        for api_version, name in kinds
    }
    for other_group, other_kind in sorted(known):
        if other_group == group and is_slip(kind, other_kind):
            return _Meant("kind", other_kind)
        if other_kind == kind and is_slip(group, other_group):
            return _Meant("apiVersion", other_group)
    return None
