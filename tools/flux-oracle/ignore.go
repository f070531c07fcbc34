package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
)

// leftOut follows reconcileArtifact of source-controller v1.9.3 (gitrepository_controller.go), and SourceIgnoreFilter and
// Archive of fluxcd/pkg/artifact v0.18.1: what of a repository's files does not get into its artifact.
func leftOut(files map[string]string, ignore *string) ([]string, error) {
	root, err := os.MkdirTemp("", "flux-oracle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	if err := write(root, files); err != nil {
		return nil, err
	}
	domain := strings.Split(root, string(filepath.Separator))
	patterns, err := sourceignore.LoadIgnorePatterns(root, domain)
	if err != nil {
		return nil, err
	}
	if ignore != nil {
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(*ignore), domain)...)
	}
	matcher := gitignore.Matcher(sourceignore.NewDefaultMatcher(patterns, domain))
	if len(patterns) > 0 {
		matcher = sourceignore.NewMatcher(append(sourceignore.VCSPatterns(domain), patterns...))
	}
	found := []string{}
	err = filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || path == root {
			return err
		}
		if matcher.Match(strings.Split(path, string(filepath.Separator)), info.IsDir()) {
			name, _ := filepath.Rel(root, path)
			if info.IsDir() {
				name += "/"
			}
			found = append(found, name)
		}
		return nil
	})
	slices.Sort(found)
	return found, err
}
