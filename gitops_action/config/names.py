"""What the configuration's file may be called, its top-level keys, and the fields of Config that they are read into."""

from __future__ import annotations

from typing import Final

FILE_NAMES: Final = (".gitops.yaml", ".gitops.yml")

FIELDS: Final = {
    "environments": "environments",
    "engines": "engines",
    "kubernetesVersions": "kubernetes_versions",
    "failOn": "fail_on",
    "severity": "severity",
    "ignore": "ignore",
    "suppressions": "suppressions",
    "inlineSuppressions": "inline_suppressions",
    "ignoreDifferences": "ignored_differences",
    "fieldManager": "field_manager",
    "render": "render",
    "charts": "charts",
    "helm": "helm",
    "schemaLocations": "schema_locations",
    "limits": "limits",
    "comment": "comment_author",
    "promotion": "promotion",
    "images": "images",
}
"""The field of each key."""
SETTING_NAMES: Final = {field: key for key, field in FIELDS.items()}
"""The key of each field."""
