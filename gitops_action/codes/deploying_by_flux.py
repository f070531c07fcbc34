"""Codes of what Flux would not deploy as it is meant."""

from __future__ import annotations

from typing import Final

from gitops_action.codes.code import Code
from gitops_action.model import Severity

FLUX: Final = (
    Code(
        "flux-path-missing",
        Severity.ERROR,
        "A Flux Kustomization deploys a folder that does not exist.",
        "Its `path`, seen from the root of its source, is no folder of this repository. Flux stops with an error, and leaves "
        "in the cluster what it has deployed before.",
        "Correct `spec.path`, or remove the Kustomization together with the folder.",
    ),
    Code(
        "flux-artifact-incomplete",
        Severity.ERROR,
        "A Flux Kustomization needs files that its artifact does not have.",
        "Flux deploys from an artifact, which does not have all that the folder is built from. A `.sourceignore` file or "
        "`spec.ignore` of the source leaves it out, or it is a link, which Flux always leaves out. Or an ArtifactGenerator does "
        "not copy it, or to another place than it is looked for.",
        "Change the pattern that the message names, or add one that brings the file back (`!path`). Copy the folder that the "
        "message names, too, so that it lies as far from the other as in the repository.",
    ),
    Code(
        "flux-source-elsewhere",
        Severity.INFO,
        "A Flux Kustomization deploys something that is not in this repository.",
        "Its source is another repository, an artifact, or a bucket. What it deploys is not known here, so it was neither "
        "judged nor compared.",
        "Nothing has to be done. Check it where it is kept.",
    ),
    Code(
        "flux-source-missing",
        Severity.WARNING,
        "A Flux Kustomization or HelmRelease takes its files from a source that is nowhere.",
        "`sourceRef` (or `chartRef`) names a source that nothing in this repository makes, although it has others of that kind. "
        "Either the name is almost that of one of them, or the repository has all that Flux was set up with. Flux reports that the "
        "source is not found, and changes nothing in the cluster any more. The name `flux-system` is never questioned.",
        "Correct the kind, the name or the namespace, or add the source. If it is made elsewhere, suppress the finding.",
    ),
    Code(
        "flux-dependency-missing",
        Severity.WARNING,
        "A Flux Kustomization waits for another that is not there.",
        "`spec.dependsOn` names a Kustomization that nothing in this repository makes for the same cluster. Unless it is made "
        "by something else, Flux waits for ever.",
        "Correct the name or the namespace, or remove the entry. If it is made elsewhere, suppress the finding.",
    ),
    Code(
        "flux-dependency-cycle",
        Severity.ERROR,
        "Flux Kustomizations wait for each other in a circle.",
        "Following `spec.dependsOn` leads back to where it began, so that Flux deploys none of them.",
        "Remove one of the entries that the message lists.",
    ),
    Code(
        "flux-not-bootstrapped",
        Severity.INFO,
        "Flux's own files are empty yet.",
        "`gotk-components.yaml` and `gotk-sync.yaml` hold nothing but comments. `flux bootstrap` fills them when it installs "
        "Flux in the cluster.",
        "Nothing has to be done, if the cluster is yet to be set up.",
    ),
    Code(
        "variable-without-value",
        Severity.WARNING,
        "A variable that Flux replaces has no value.",
        "The object uses `${…}` without a default, and neither `postBuild.substitute` nor `substituteFrom` sets the variable. "
        "Flux puts an empty text in its place, or stops with an error where it is strict.",
        "Set the variable, give it a default (`${name:=default}`), or write `$${…}` for a text that is meant as it is.",
    ),
    Code(
        "variable-unknown",
        Severity.INFO,
        "The value of a variable that Flux replaces is not in Git.",
        "It comes from a Secret, or from a ConfigMap that nothing in this repository makes for the same cluster. A "
        "placeholder stands for it, and what depends on it was not judged.",
        "Nothing has to be done. Check that what `substituteFrom` names is in the cluster before it is needed.",
    ),
    Code(
        "substitution-failed",
        Severity.ERROR,
        "Variables cannot be replaced in an object.",
        "After the build Flux replaces `${…}` in the text of each object. It cannot be read, or the object cannot be read any "
        "more afterwards, so that Flux deploys nothing of this Kustomization.",
        "Mend the expression; `$${…}` stands for a text that is meant as it is, and the label or annotation "
        "`kustomize.toolkit.fluxcd.io/substitute: disabled` leaves an object alone.",
    ),
)
