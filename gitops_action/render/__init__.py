"""From overlays to manifests that know their sources."""
