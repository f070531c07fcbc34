"""Codes of overlays that cannot be built."""

from __future__ import annotations

from typing import Final

from gitops_action.codes.code import Code
from gitops_action.model import Severity

RENDERING: Final = (
    Code(
        "kustomize-build-failed",
        Severity.ERROR,
        "An overlay cannot be built.",
        "kustomize stopped with an error, so nothing is known of the objects of this overlay. The message says what "
        "kustomize found, and the place is the nearest one that could be made out.",
        "Mend it there; `kustomize build` in the overlay's folder shows the same error. A file outside of the folder of "
        "the kustomization that names it is refused by default, as by kustomize itself; `loadRestrictor: none` in the "
        "configuration allows any file of the repository, as Flux does.",
    ),
    Code(
        "render-timeout",
        Severity.ERROR,
        "An overlay took too long to build.",
        "kustomize was ended after the time limit for one overlay, so nothing is known of its objects. The others were "
        "rendered.",
        "Look for what is slow (a very large file, many replacements, a remote base), or raise `timeoutSeconds` in the "
        "configuration.",
    ),
    Code(
        "renders-nothing",
        Severity.WARNING,
        "An overlay builds to no object at all.",
        "kustomize built the overlay without an error, and nothing came out: it names no resource, or all it names is "
        "empty, local, or deleted by patches. There was nothing to check.",
        "Add the resources that were meant, or remove the overlay.",
    ),
    Code(
        "image-unused",
        Severity.INFO,
        "An entry of `images` in a kustomization changes no image of what is built.",
        "No image has the name of the entry. Names are compared as a whole, with registry and repository and without the tag: "
        "`web` does not mean `ghcr.io/org/web`. Of a base that has set `newName`, the new name counts.",
        "Correct the name, or remove the entry. It is only said where it is certain: of no component, and where no replacement, "
        "transformer or patch comes afterwards.",
    ),
    Code(
        "remote-base-refused",
        Severity.ERROR,
        "An overlay builds on something outside of the repository.",
        "A kustomization names a URL or another repository. What a pull request names is not fetched, as that would let "
        "it reach into the network of the machine that checks it; so the overlay was not rendered.",
        "Copy what is needed into the repository, or allow the host or repository under `remoteBases` in the "
        "configuration; that holds from the base branch on.",
    ),
    Code(
        "render-plugin-refused",
        Severity.ERROR,
        "An overlay needs a program to be run.",
        "A kustomization asks for Helm, or for a generator or transformer that is not built into kustomize. These run "
        "what the pull request chose, so they are off and the overlay was not rendered.",
        "Charts can be switched on in the base branch's configuration (`render.helmCharts`; see docs/helm.md). Anything else "
        "has to be rendered beforehand, and the result committed.",
    ),
)
