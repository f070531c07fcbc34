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
        "kind-mismatch",
        Severity.ERROR,
        "The object fits another kind than the one that it names.",
        "Fields are unknown or missing, and another kind of the same apiVersion accepts the object as it is, as when a "
        "manifest was copied and its kind was not changed. The API server answers with each of those fields.",
        "Mend the kind; or, if it is right, the fields that the message names.",
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
        "api-deprecated",
        Severity.WARNING,
        "The API version is deprecated: a later version of Kubernetes will not serve it.",
        "The target version still serves it, with a warning. The message names the version of Kubernetes that will not, "
        "where that is known, and what to use. For custom resources the CustomResourceDefinition says so.",
        "Move to the API version that the message names before you upgrade. `--kubernetes-version` may be given several "
        "times, to see today what the next version will say.",
    ),
    Code(
        "schema-missing",
        Severity.WARNING,
        "There is no schema for the kind, so the object was not checked.",
        "The kind is not part of Kubernetes, and no CustomResourceDefinition for it is in the repository or among the "
        "bundled ones (Flux), and no configured location has a schema.",
        "Keep the CustomResourceDefinition in the repository, name a catalog in `schemaLocations` of the configuration, "
        "or accept that such objects are checked by the cluster only.",
    ),
    Code(
        "schema-unreachable",
        Severity.ERROR,
        "Nobody knows whether there is a schema for the kind, so the object was not checked.",
        "A location in `schemaLocations` of the configuration could not be asked: the host does not answer, answers with "
        "an error or with something that is no JSON, or the folder is not there. The message says which.",
        "Try again if the host is out of order; a proxy is taken from HTTPS_PROXY. Otherwise mend the location, or keep "
        "the schemas in the repository.",
    ),
    Code(
        "schema-invalid",
        Severity.ERROR,
        "A schema cannot be used.",
        "The schema of a CustomResourceDefinition is not structural, or the file of a configured location is no JSON "
        "schema, or it has a part that no checker takes; the message says which. Its resources were not checked.",
        "Mend the schema. The API server refuses most such definitions too.",
    ),
    Code(
        "rule-violated",
        Severity.ERROR,
        "A value breaks a rule of its CustomResourceDefinition.",
        "The definition has rules in the Common Expression Language (x-kubernetes-validations) that the API server "
        "evaluates for each object. The message is the rule's own.",
        "Change the value as the message says. If the message only shows the rule, read it there: `self` is the value at "
        "the place that is named.",
    ),
    Code(
        "rule-unchecked",
        Severity.INFO,
        "A rule of a schema cannot be evaluated here and was left out.",
        "A pattern is written in a syntax that only the API server's own engine knows; or a rule (CEL) of a "
        "CustomResourceDefinition uses something that is unknown here, or would take too long. Everything else in the "
        "schema was checked.",
        "Nothing needs to be done. The cluster's dry run checks the rule.",
    ),
    Code(
        "encrypted",
        Severity.INFO,
        "Values of the object are encrypted with SOPS and were not checked.",
        "What is ciphertext now is decrypted in the cluster or on deployment, so nobody can tell here what it is. "
        "Everything else in the object was checked: its fields, and all values that are plain.",
        "Nothing needs to be done. Where the message says that no value is encrypted, the rules in the metadata of SOPS "
        "leave nothing to encrypt: take the `sops` block out if that is meant.",
    ),
    Code(
        "encryption-missing",
        Severity.ERROR,
        "A value is plain text that SOPS, by the rules in the document itself, has to encrypt.",
        "The document has the metadata of SOPS, and its rule (`encrypted_regex`, `encrypted_suffix`, `unencrypted_regex` or "
        "`unencrypted_suffix`; without any, all values but those of keys that end in `_unencrypted`) covers the value. It was "
        "edited without SOPS, or a merge or a generator wrote over it. Anyone who reads the repository can read it, and SOPS "
        "and Flux cannot decrypt the document: they refuse a value that is no ciphertext. Null and empty texts are "
        "never encrypted, and rules about comments are not judged here. The message never shows the value.",
        "Go back to the encrypted value and change it with `sops edit`; or take the `sops` block out and encrypt the file "
        "again (`sops encrypt --in-place`). A credential that has been pushed in plain text stays in Git's history: replace it "
        "by another. A value that is no secret belongs into a document, or under a key, that the rule leaves alone.",
    ),
    Code(
        "engine-failed",
        Severity.ERROR,
        "An engine could not judge an object.",
        "The program that the engine runs gave an error for this object instead of a verdict; the message has it.",
        "Use the engine schema for this object, and report the case if the object is good.",
    ),
    Code(
        "invalid-name",
        Severity.ERROR,
        "A name is not of the form that its kind demands.",
        "Names become parts of DNS names and of URLs, so each kind allows only some characters and lengths; the message "
        "says which.",
        "Choose a name of that form: lower-case letters, digits and `-` fit almost everywhere.",
    ),
    Code(
        "invalid-label",
        Severity.ERROR,
        "A label or annotation cannot be stored.",
        "Keys have the form [prefix/]name, label values at most 63 letters, digits, `-`, `_` and `.`, and all annotations "
        "together at most 256 KiB.",
        "Mend the key or the value. What does not fit into a label can often be an annotation.",
    ),
    Code(
        "invalid-reference",
        Severity.ERROR,
        "Something refers to a part of the same object that is not there.",
        "A volume mount names a volume, a claim a device, a port a name, and so on; the named part must exist in this object.",
        "Mend the name, or add what it names.",
    ),
    Code(
        "selector-mismatch",
        Severity.ERROR,
        "The selector does not match the labels of the template.",
        "A workload must select the Pods that it makes, or it would make more of them for ever; the server refuses it.",
        "Give template.metadata.labels the labels of the selector. The selector itself cannot be changed once applied.",
    ),
    Code(
        "duplicate-item",
        Severity.ERROR,
        "Two items of a list have the same key.",
        "The items of this list are told apart by a key such as name, and each key may occur once.",
        "Rename one of the two, or delete the one that is too many.",
    ),
    Code(
        "apply-conflict",
        Severity.WARNING,
        "Server-side apply would refuse a list that has the same key twice.",
        "A plain create takes the list, but server-side apply, which Flux and `kubectl apply --server-side` use, cannot "
        "tell the two items apart.",
        "Delete or rename one of the two.",
    ),
    Code(
        "forbidden-field",
        Severity.ERROR,
        "A field may not be set together with another field or value.",
        "Each of the two would be good alone; the server refuses them together. The message names the other.",
        "Delete the one that you do not mean.",
    ),
    Code(
        "limit-exceeded",
        Severity.ERROR,
        "Something is larger than the server stores, or a request larger than its limit.",
        "The server bounds the size of lists, texts and objects; a container may not request more than its limit.",
        "Make it smaller; the message has the bound.",
    ),
    Code(
        "immutable-field",
        Severity.ERROR,
        "A field is changed that cannot be changed once the object is there.",
        "The API server refuses such an update, for example of a Deployment's selector or a Job's template, so applying "
        "the change fails while the old object exists.",
        "Take the change back, or replace the object: delete it first, give it another name, or let the deployer recreate "
        "it (`kustomize.toolkit.fluxcd.io/force: enabled`).",
    ),
    Code(
        "admission-denied",
        Severity.ERROR,
        "The object is valid, and admission refuses it.",
        "An admission policy of the change itself, Pod Security or another plugin of the API server denies the object. The "
        "message names it.",
        "Change what the message names, or the policy.",
    ),
    Code(
        "server-warning",
        Severity.WARNING,
        "The API server takes the object with a warning.",
        "The server answers with a warning for what it accepts and nobody should rely on. The message is the server's own.",
        "Do what the warning says, or accept it with a suppression.",
    ),
)
