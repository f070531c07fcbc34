"""Codes of manifests that the API server would not take, or that nobody could judge."""

from __future__ import annotations

from typing import Final

from gitops_action.codes.code import Code
from gitops_action.model import Severity

VALIDATING: Final = (
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
