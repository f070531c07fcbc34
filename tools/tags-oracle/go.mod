module gitops-action/tools/tags-oracle

go 1.26.0

require github.com/Masterminds/semver/v3 v3.4.0

require github.com/fluxcd/pkg/version v0.10.0
