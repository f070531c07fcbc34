"""Codes of charts and the releases that install them."""

from __future__ import annotations

from typing import Final

from gitops_action.codes.code import Code
from gitops_action.model import Severity

CHARTS: Final = (
    Code(
        "chart-unavailable",
        Severity.WARNING,
        "A chart could not be had, so what it renders to is unknown.",
        "The chart is not in Git and was not fetched: its host did not give it, or may not be asked, or only the cluster "
        "knows where it is. Or Flux does not find it in the repository, of which it leaves out links, and what "
        "`.sourceignore` and `spec.ignore` say. Nothing is known of the objects of this release, and nothing is said of them.",
        "The message says why. A host that the base branch does not name yet is allowed under `charts.allow` in the "
        "configuration; a mirror stands in for what cannot be reached (`charts.mirrors`). See docs/helm.md.",
    ),
    Code(
        "helm-missing",
        Severity.WARNING,
        "Releases were not rendered, as there is no Helm.",
        "The repository installs Helm charts, and the program `helm` was not found. Nothing is known of the objects of these "
        "releases, and nothing is said of them; everything else was checked.",
        "Install Helm (3.16 or newer), or use the container image, which has it.",
    ),
    Code(
        "chart-corrupt",
        Severity.ERROR,
        "A chart is not what it should be.",
        "What was fetched does not have the digest that the index names, or is an archive that no chart is: with links, ways "
        "out of it, or more than a chart needs. It was not used.",
        "Fetch it by hand and compare. If the repository of charts is yours, publish the version again under a new number.",
    ),
    Code(
        "helm-release-invalid",
        Severity.ERROR,
        "A release cannot be installed as it is written.",
        "The release names no chart, a kind of source that it cannot have, or a version that is neither a version nor a range "
        "of versions.",
        "Mend it at the place that is shown.",
    ),
    Code(
        "helm-render-failed",
        Severity.ERROR,
        "A chart does not render with these values.",
        "Helm stopped with an error, so nothing is known of the objects of this release. The message is Helm's. It is a "
        "warning where some values are not in Git, as it may render with them.",
        "Mend the values or the template; `helm template` with the same chart and values shows the same error.",
    ),
    Code(
        "helm-values-missing",
        Severity.WARNING,
        "Values of a release are not there.",
        "`valuesFrom` names a ConfigMap, a Secret or a key that is not in Git, or `valuesFiles` a file that the chart does not "
        "have. It is an error where Flux could not install the release either, and information for a Secret, which "
        "belongs elsewhere: the chart was rendered without these values.",
        "Correct the name. If something else makes the object in the cluster, `optional: true` says that it may be absent.",
    ),
    Code(
        "helm-values-invalid",
        Severity.ERROR,
        "Values of a release cannot be used.",
        "What `valuesFrom` leads to is no mapping, is not YAML, or does not fit the place that `targetPath` names.",
        "Mend the ConfigMap or Secret, or the path.",
    ),
    Code(
        "helm-values-encrypted",
        Severity.INFO,
        "Values of a release are encrypted.",
        "The values are encrypted in Git, so placeholders stand for them in what the chart renders to.",
        "Nothing is wrong: the cluster decrypts them. Objects that depend on them may look different there.",
    ),
    Code(
        "helm-schema-unchecked",
        Severity.INFO,
        "The schema of a chart was not checked.",
        "The chart's values.schema.json refers to other files or addresses, which Helm would read or fetch for whoever wrote "
        "the chart. So the values were not held to it.",
        "Put what it refers to into the schema itself (`$defs`).",
    ),
    Code(
        "helm-release-suspended",
        Severity.INFO,
        "A release is suspended.",
        "Flux leaves the release alone until it is resumed, so changes of it have no effect. It was rendered all the same, as "
        "what it has installed stays.",
        "Nothing is wrong. Remove `suspend: true` to have changes applied again.",
    ),
    Code(
        "depends-on-cycle",
        Severity.ERROR,
        "Releases wait for each other.",
        "Each release of the circle depends on the next one, so Flux installs none of them.",
        "Take one of the `dependsOn` out.",
    ),
)
