"""From HelmReleases, and from charts in the tree, to the objects that Helm makes of them."""
