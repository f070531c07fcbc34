"""Codes of files that cannot be read, or not as meant."""

from __future__ import annotations

from typing import Final

from gitops_action.codes.code import Code
from gitops_action.model import Severity

LOADING: Final = (
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
        "yaml-tag",
        Severity.WARNING,
        "Text that begins with `!` is read as a tag and gets lost.",
        "Without quotes, what begins with `!` is a tag of YAML up to the next blank. Kubernetes' tools ignore tags that they do not "
        "know: of `note: ![draft]` nothing is left, of `note: !important read this` only `read this`. A tag is reported "
        "where it is all there is, or has a comma or a bracket in it, as no tag that is meant as one has.",
        "Quote the value if it is meant as text; otherwise remove the tag.",
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
        "The file has the name that kustomize looks for, but it is empty or no mapping, its kind is neither "
        "Kustomization nor Component, or a value is of another type than the field takes: a tag such as 1.20 that YAML reads "
        "as a number, a text where a list is expected. kustomize refuses to build its folder and whatever builds on it. Or it is written "
        "so that kustomize could read it otherwise than it looks (a field in two spellings, a YAML tag such as "
        "`!!binary`), so it is not given to kustomize.",
        "Mend the file at the place that is named, or rename it if it is not meant for kustomize. Numbers, and words such as "
        "`true`, `yes` and `on`, are texts in quotes only.",
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
        "file-unlisted",
        Severity.WARNING,
        "No kustomization lists a manifest that lies beside one.",
        "The folder has a kustomization file, and that decides what is deployed of it: `kustomize build` and Flux apply what it "
        "lists, and no other file of the folder. Neither does another kustomization list or use this one. So the file was judged, "
        "but its objects are in no environment: nothing creates them, and if they were listed before, they are deleted.",
        "List the file under `resources` of the kustomization. If something else applies it, or it is an example, move it to a "
        "folder without a kustomization, or name it under `ignore` in the configuration.",
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
)
