"""Codes of a run as a whole and of its configuration."""

from __future__ import annotations

from typing import Final

from gitops_action.codes.code import Code
from gitops_action.model import Severity

RUNNING: Final = (
    Code(
        "no-manifests",
        Severity.ERROR,
        "There is nothing to check.",
        "Neither a manifest nor an overlay was found where you asked to look, so nothing can be said about it.",
        "Check the path. Manifests are .yaml, .yml or .json files with apiVersion and kind; `ignore` in .gitops.yaml "
        "leaves files out.",
    ),
    Code(
        "file-unchecked",
        Severity.WARNING,
        "A file that you named was not checked.",
        "Manifests are looked for in .yaml, .yml and .json files that the configuration does not ignore, and links are not "
        "followed. The message says why this file is not looked at.",
        "Rename the file, name another, or pass it on standard input (`-`).",
    ),
    Code(
        "nothing-affected",
        Severity.INFO,
        "The change affects no manifest and no overlay.",
        "Nothing that changed, or with --allow-empty nothing that was named, is a manifest or is built into one.",
        "Nothing, if that is what you meant. Otherwise look whether `ignore` in .gitops.yaml leaves the files out.",
    ),
    Code(
        "uncommitted",
        Severity.INFO,
        "Files of the work tree are changed and not committed.",
        "`check` and `diff` look at commits, so what is not committed yet was not looked at. Counted are YAML and JSON files "
        "that `git status` calls changed or untracked. Where a head is named, and in a job on GitHub, nobody looks.",
        "Commit them and check again, or run `gitops-action validate`, which reads the files as they are.",
    ),
    Code(
        "leg-missing",
        Severity.ERROR,
        "A leg of the matrix gave no report.",
        "One of the jobs that share the check failed before it could write its report, was cancelled, or did not hand the "
        "report on. What it would have checked is not known.",
        "Look at the log of that job, and run it again.",
    ),
    Code(
        "leg-incomplete",
        Severity.WARNING,
        "A leg of the matrix could not check everything.",
        "One of the jobs that share the check ended without an answer to some of its questions; what they are is said "
        "beside this.",
        "Look at what is said of its environments, and at the log of that job.",
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
        "config-invalid",
        Severity.ERROR,
        "The configuration file is wrong.",
        "`.gitops.yaml` has a setting that is not known, a value of the wrong kind, or settings that contradict each "
        "other. It does not come into force like this.",
        "Do what the message says at its line and column. The settings are described in docs/configuration.md; an "
        "editor that knows schemas/gitops.schema.json shows such mistakes while you type.",
    ),
    Code(
        "config-path-unmatched",
        Severity.WARNING,
        "A path of an environment, or a pattern of `ignore`, means no file of the repository.",
        "Paths start at the repository's root, and a misspelt one claims nothing: its files belong to another environment, "
        "or are looked at although `ignore` was to leave them out. In a pull request, a path counts that means something "
        "before or after the change. Files that Git ignores do not count.",
        "Correct the path as the message suggests, or take it out. `**/name` means `name` at any depth.",
    ),
    Code(
        "config-environment-unknown",
        Severity.WARNING,
        "A promotion path names an environment that the repository does not have.",
        "Without `environments` in the configuration their names are those of folders and files, and none has this one. "
        "Nothing is ever promoted on such a path.",
        "Correct the name, commit the folder, or say under `environments` which paths the environment has.",
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
        "The suppression, in the configuration or in a comment, had a last day, which is over. The findings it hid are "
        "shown again.",
        "Mend what is found. If it has to wait longer, set a new day with a reason.",
    ),
    Code(
        "suppression-unused",
        Severity.INFO,
        "A suppression matches nothing.",
        "Everything was checked and no finding matches the suppression, in the configuration or in a comment: the problem "
        "is gone, or the file, line, kind or name that the suppression means has changed.",
        "Remove the suppression, so that it cannot hide a later problem.",
    ),
    Code(
        "suppression-invalid",
        Severity.WARNING,
        "A comment is meant to suppress a finding, and is not understood.",
        "The comment begins with `gitops-action:`, and what follows is not of the form `ignore CODE -- REASON`, with an "
        "optional `until 2027-01-31` before the dashes. It has no effect.",
        "Write it in that form; the reason is required.",
    ),
    Code(
        "suppression-refused",
        Severity.WARNING,
        "A comment may not suppress this finding.",
        "Comments come with the change that they speak for, so they reach only what is wrong with the object they stand "
        "in. The configuration of the base branch can keep more from them, or all (`inlineSuppressions`).",
        "Mend what is found, or have the suppression added to the configuration.",
    ),
)
