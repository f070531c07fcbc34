"""Every reason code that a finding can carry: what it means and what to do. `explain CODE` prints it."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from gitops_action.errors import UsageError
from gitops_action.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Code:
    """A stable name for one kind of problem.

    `summary` is one line; `cause` and `remedy` are a few sentences for a person who sees it first.
    """

    name: str
    severity: Severity
    summary: str
    cause: str
    remedy: str


_ALL: Final = (
    # Loading
    # Runs
    Code(
        "no-manifests",
        Severity.ERROR,
        "There is nothing to check.",
        "Neither a manifest nor an overlay was found where you asked to look, so nothing can be said about it.",
        "Check the path. Manifests are .yaml, .yml or .json files with apiVersion and kind; `ignore` in .gitops.yaml "
        "leaves files out.",
    ),
    Code(
        "nothing-affected",
        Severity.INFO,
        "The change affects no manifest and no overlay.",
        "Nothing that changed is a manifest or is built into one, such as a change of documentation only.",
        "Nothing, if that is what you meant. Otherwise look whether `ignore` in .gitops.yaml leaves the files out.",
    ),
    Code(
        "merge-base-unknown",
        Severity.WARNING,
        "The commit that the change started from is not known.",
        "The last common commit of base and head is not in this clone, or their histories are unrelated, so the two were "
        "compared as they are: what came to the base in the meantime looks as if the change took it back.",
        "Fetch more history: `fetch-depth: 0` of actions/checkout, or `git fetch --unshallow`.",
    ),
    Code(
        "yaml-syntax",
        Severity.ERROR,
        "The file is not well-formed YAML.",
        "The YAML parser stopped at the line and column given. Nothing is known about this document; those before and "
        "after it in the file were read.",
        "Mend the syntax there. Frequent reasons: a tab used to indent, a missing colon or space after it, an unclosed "
        "quote or bracket.",
    ),
    Code(
        "yaml-duplicate-key",
        Severity.ERROR,
        "A mapping has the same key twice.",
        "Only one of the two values can count. kubectl silently takes the last one, kustomize and an API server with "
        'strict validation refuse the document. Keys are compared as they become JSON: `1` and `"1"` are the same.',
        "Remove one of the two; the message says where the first is. In a list, a `- ` before the key may be missing.",
    ),
    Code(
        "yaml-key",
        Severity.ERROR,
        "A key of a mapping cannot be a key in JSON.",
        "Kubernetes reads YAML as JSON, whose keys are text. Null (also an empty key), a list, a mapping or an integer "
        "of more than 63 bits cannot become one, and then the whole document is refused.",
        "Quote the key. Text in double braces is a template: render it first, or quote it.",
    ),
    Code(
        "yaml-value",
        Severity.ERROR,
        "A value cannot be read as Kubernetes reads YAML.",
        "The value is infinite or no number, which JSON lacks, or its tag (such as `!!int`) does not fit its text. The "
        "whole document is refused.",
        "Quote the value if it is meant as text; otherwise mend it or remove its tag.",
    ),
    Code(
        "yaml-merge",
        Severity.ERROR,
        "A merge key does not merge mappings.",
        "The value of `<<` has to be a mapping or a list of mappings, usually aliases (`<<: *name`).",
        "Refer to an anchor whose value is a mapping, or quote the key if it is meant as text.",
    ),
    Code(
        "yaml-merge-order",
        Severity.WARNING,
        "A merge key below a key of the same mapping brings another value for it.",
        "Readers differ: for kubectl the merged value counts because it comes later, for kustomize and by YAML's "
        "definition the written one does.",
        "Put `<<` above the keys of the mapping; then the written value counts everywhere.",
    ),
    Code(
        "yaml-alias-expansion",
        Severity.ERROR,
        "Aliases stand for too many values.",
        "Written out, the aliases of the document would be far larger than the document, or endless, as in a YAML bomb. "
        "An API server refuses such documents too.",
        "Use fewer aliases, or write the values out.",
    ),
    Code(
        "yaml-too-deep",
        Severity.ERROR,
        "Values are nested too deeply.",
        "Nothing that Kubernetes reads is nested like this, and following it would use up the machine.",
        "Flatten the values, or keep the file out of what is checked with an ignore in the configuration.",
    ),
    Code(
        "too-many-documents",
        Severity.ERROR,
        "A file has too many documents.",
        "Documents over the limit were not read, so nothing is known about them.",
        "Split the file into several with fewer documents.",
    ),
    Code(
        "file-encoding",
        Severity.ERROR,
        "A file is not UTF-8.",
        "Kubernetes' tools read files as UTF-8. The file is in another encoding, or it is no text.",
        "Save the file as UTF-8. If it is no text, keep it out of what is checked with an ignore in the configuration.",
    ),
    Code(
        "list-items",
        Severity.ERROR,
        "A List does not hold objects.",
        "`items` of a List has to be a list of objects.",
        "Mend the items, or remove the List and separate the objects with `---`.",
    ),
    # Files of the repository
    Code(
        "file-unreadable",
        Severity.ERROR,
        "A file could not be read, so nothing is known about it.",
        "The file is missing, damaged, of another kind than a file (a submodule, a device), closed to this user, or its "
        "content is not in this partial clone. The message says which.",
        "Make the file readable. A damaged object: `git fsck` names it; clone anew. A partial clone: clone without "
        "`--filter`.",
    ),
    Code(
        "file-too-large",
        Severity.ERROR,
        "A file is over the size limit and was not read.",
        "Files over the limit are not manifests that an API server would take (it refuses objects over about 1.5 MB), "
        "and reading them would let a pull request use up the machine.",
        "Split the file, or keep it out of what is checked with an ignore in the configuration.",
    ),
    Code(
        "path-not-utf8",
        Severity.ERROR,
        "A file's name is not UTF-8, so it was not read.",
        "Git keeps names as bytes, and these are no text. No kustomization can name such a file, and no report could "
        "show it.",
        "Rename the file; bytes that are not UTF-8 are shown as \\xNN.",
    ),
    Code(
        "path-escapes-repository",
        Severity.ERROR,
        "A path leads out of the repository.",
        "A symbolic link or a path in a kustomization leads, through `..` or as an absolute path, to files that are not "
        "in the repository. Following it would let a pull request read the machine that checks it.",
        "Refer to files inside the repository only.",
    ),
    Code(
        "kustomization-invalid",
        Severity.ERROR,
        "A kustomization file is not a kustomization.",
        "The file has the name that kustomize looks for, but it is no mapping, or its kind is neither Kustomization nor "
        "Component. kustomize refuses to build its folder and whatever builds on it.",
        "Mend the file, or rename it if it is not meant for kustomize.",
    ),
    Code(
        "kustomization-duplicate",
        Severity.ERROR,
        "A folder has more than one kustomization file.",
        "kustomize reads `kustomization.yaml`, `kustomization.yml` or `Kustomization`, and refuses a folder that has "
        "more than one of them.",
        "Keep one of them, with what the others hold.",
    ),
    Code(
        "component-unused",
        Severity.INFO,
        "No kustomization uses a component, so it was not built.",
        "A component can only be built as a part of a kustomization that lists it under `components`, and none does.",
        "Nothing is wrong if other repositories use it. Otherwise use it or remove it.",
    ),
    Code(
        "patch-unused",
        Severity.INFO,
        "A file looks like a patch, but no kustomization uses it.",
        "By its name or content the file is a patch, which is incomplete by nature and so was not validated as a "
        "manifest. As no kustomization of the repository uses it, it was not checked in a build either.",
        "List it under `patches` in a kustomization, or remove it. If it is a manifest, give it a name without `patch`.",
    ),
    Code(
        "template-unchecked",
        Severity.WARNING,
        "A file is a template, so nothing is known about the objects it makes.",
        "The file cannot be read as YAML because of the marks of a template language in it (`{{`, `{%`, `<%`), and it is "
        "in no Helm chart. What comes out of it depends on a program and values that are not known here.",
        "If it is meant as a manifest, quote the marks. Otherwise give it another suffix than `.yaml`, or ignore it in "
        "the configuration.",
    ),
    Code(
        "missing-kind",
        Severity.ERROR,
        "An object has no kind.",
        "The object has an apiVersion, or stands among manifests, but no `kind` that is text. An API server refuses "
        "it.",
        "Add the kind. If the file is not a Kubernetes manifest, ignore it in the configuration.",
    ),
    Code(
        "missing-api-version",
        Severity.ERROR,
        "An object has no apiVersion.",
        "The object has a kind but no `apiVersion` that is text. An API server refuses it.",
        "Add the apiVersion, for example `apps/v1` for a Deployment or `v1` for a Service. If the file is not a "
        "Kubernetes manifest, ignore it in the configuration.",
    ),
    # Rendering
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
        "Render it beforehand and commit the result, or let Flux or Argo CD install the chart (a HelmRelease, an "
        "Application).",
    ),
    # Configuration
    Code(
        "config-invalid",
        Severity.ERROR,
        "The configuration file is wrong.",
        "`.gitops.yaml` has a setting that is not known, a value of the wrong kind, or settings that contradict each "
        "other. It does not come into force like this.",
        "Do what the message says at its line and column. The settings are described in docs/configuration.md; an "
        "editor that knows schemas/gitops.schema.json shows such mistakes while you type.",
    ),
    Code(
        "config-base-invalid",
        Severity.WARNING,
        "The configuration of the base revision cannot be read.",
        "A pull request is judged by the configuration of its base, and that file is broken there. So the defaults "
        "hold, which ignore nothing, suppress nothing and allow no remote bases.",
        "Mend the file on the base branch. If this pull request does so, merge it.",
    ),
    Code(
        "config-change-not-in-force",
        Severity.INFO,
        "A change of the configuration does not hold yet.",
        "The pull request changes settings that decide how it is judged itself. Such settings are read from the base "
        "revision, or anyone who can open a pull request could switch the check off.",
        "Nothing is wrong. The settings hold from the merge on; merge them first if the rest of the pull request needs "
        "them.",
    ),
    Code(
        "suppression-expired",
        Severity.WARNING,
        "A suppression has expired, and what it hid is still there.",
        "The suppression in the configuration had a last day, which is over. The findings it hid are shown again.",
        "Mend what is found. If it has to wait longer, set a new `expires` with a reason.",
    ),
    Code(
        "suppression-unused",
        Severity.INFO,
        "A suppression matches nothing.",
        "Everything was checked and no finding matches the suppression: the problem is gone, or the file, kind or name "
        "that the suppression gives has changed.",
        "Remove the suppression, so that it cannot hide a later problem.",
    ),
    # Validation
    Code(
        "required-field",
        Severity.ERROR,
        "A field that the API server insists on is missing or null.",
        "The kind's schema requires the field, or it is one that every object needs: apiVersion, kind, a name. Null is "
        "the same as absent.",
        "Write the field. The message names it; the line is that of the mapping it belongs into.",
    ),
    Code(
        "unknown-field",
        Severity.ERROR,
        "A field that the kind does not have.",
        "The API server drops such a field or, with strict field validation, refuses the object. It is mostly a typing "
        "error, wrong indentation, or a field of another API version.",
        "Mend the name or the indentation, or remove the field.",
    ),
    Code(
        "wrong-type",
        Severity.ERROR,
        "A value has another type than the field.",
        "For example text where a number belongs. YAML decides by the way a value is written: 8080 is a number, "
        '"8080" is text, and unquoted yes, no, on and off may be booleans.',
        "Write the value as the message says; often only quotes are missing or too many.",
    ),
    Code(
        "invalid-enum",
        Severity.ERROR,
        "A value is none of those that the field takes.",
        "The API server knows a fixed list of values for the field; upper and lower case matter.",
        "Use one of the values that the message lists.",
    ),
    Code(
        "invalid-format",
        Severity.ERROR,
        "A value is not written in the form that the field takes.",
        "For example a quantity with an unknown unit, text that is not base64, or text that does not match the "
        "pattern of a custom resource's schema.",
        "Write the value in the form that the message describes.",
    ),
    Code(
        "invalid-value",
        Severity.ERROR,
        "A value is outside the limits of the field.",
        "Too small, too large, too short, too long, or not one of the alternatives that the kind's schema allows.",
        "Choose a value within the limits that the message names.",
    ),
    Code(
        "unknown-kind",
        Severity.ERROR,
        "The target version of Kubernetes has no such kind.",
        "The apiVersion is one of Kubernetes' own groups, or of a CustomResourceDefinition in the tree, and it has no "
        "such kind or version there. The API server answers that there are no matches for the kind.",
        "Mend apiVersion or kind, or choose the Kubernetes version that you run in the configuration.",
    ),
    Code(
        "api-removed",
        Severity.ERROR,
        "The API version is no longer served.",
        "Kubernetes removed the API version before or in the target version, or the CustomResourceDefinition says "
        "`served: false`. Applying the object fails.",
        "Move to the API version that the message names; https://kubernetes.io/docs/reference/using-api/deprecation-guide/ "
        "tells what changed.",
    ),
    Code(
        "schema-missing",
        Severity.WARNING,
        "There is no schema for the kind, so the object was not checked.",
        "The kind is not part of Kubernetes, and no CustomResourceDefinition for it is in the repository or among the "
        "bundled ones (Flux).",
        "Keep the CustomResourceDefinition in the repository, or accept that such objects are checked by the cluster only.",
    ),
    Code(
        "schema-invalid",
        Severity.ERROR,
        "The schema in a CustomResourceDefinition cannot be used.",
        "It is not a structural schema or has a part that no checker takes; the message says which. Its resources were "
        "not checked.",
        "Mend the CustomResourceDefinition. The API server refuses most such definitions too.",
    ),
    Code(
        "rule-unchecked",
        Severity.INFO,
        "A rule of a schema cannot be evaluated here and was left out.",
        "The pattern is written in a syntax that only the API server's own engine knows. Everything else in the schema "
        "was checked.",
        "Nothing needs to be done. The cluster's dry run checks the rule.",
    ),
    Code(
        "encrypted",
        Severity.INFO,
        "The object is encrypted with SOPS and was not checked.",
        "Its values are ciphertext, which no schema fits; they are decrypted in the cluster or on deployment.",
        "Nothing needs to be done.",
    ),
    Code(
        "engine-failed",
        Severity.ERROR,
        "An engine could not judge an object.",
        "The program that the engine runs gave an error for this object instead of a verdict; the message has it.",
        "Use the engine schema for this object, and report the case if the object is good.",
    ),
)

CODES: Final = {code.name: code for code in _ALL}


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that was probably meant by `word`: the same letters first, then few differences."""
    candidates = list(known)
    plain = {_letters(candidate): candidate for candidate in candidates}
    near = plain.get(_letters(word)) or next(iter(get_close_matches(word, candidates, n=1, cutoff=0.7)), None)
    return near if near != word else None


def _letters(word: str) -> str:
    return re.sub(r"[\W_]", "", word).lower()


def explain(name: str) -> str:
    """Return what the code `name` means and what to do, as text of at most 80 columns.

    Raises UsageError for a name that is no code, with the one that was probably meant.
    """
    code = CODES.get(name)
    if code is None:
        near = closest(name, CODES)
        hint = f"did you mean `{near}`?" if near else f"the codes are: {', '.join(sorted(CODES))}"
        raise UsageError(f"there is no reason code `{name}`: {hint}")
    paragraphs = [f"{code.name} ({code.severity})", code.summary]
    paragraphs += [f"Cause: {code.cause}", f"Remedy: {code.remedy}"]
    return "\n\n".join(_wrapped(paragraph) for paragraph in paragraphs) + "\n"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, width=80, break_long_words=False, break_on_hyphens=False)


def markdown_page() -> str:
    """Return docs/codes.md: all codes in a table, then each with its cause and remedy."""
    codes = sorted(CODES.values(), key=lambda code: code.name)
    lines = [
        "# Reason codes",
        "",
        "Every finding carries one of these codes. `gitops-action explain CODE` prints the same text. Severities can be",
        "changed, and findings suppressed, in the [configuration](configuration.md). This page is generated from",
        "`gitops_action/codes.py`.",
        "",
        "| Code | Severity | Meaning |",
        "|---|---|---|",
        *(f"| [{code.name}](#{code.name}) | {code.severity} | {_cell(code.summary)} |" for code in codes),
    ]
    for code in codes:
        lines += ["", f"## {code.name}", "", f"**{code.severity}**: {code.summary}", "", f"Cause: {code.cause}", ""]
        lines.append(f"Remedy: {code.remedy}")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
