// The oracle of the tests: which tags pass a filter, what is extracted of them, and which are versions in a range, as Go and
// the libraries that Flux uses say it.
//
// Each line on standard input is a JSON object {"tags": […], "pattern": …, "extract": …, "range": …}; each line on standard
// output is {"extracted": {tag: text}, "order": [tags in the range, the newest last]}, or {"error": …}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"

	"github.com/Masterminds/semver/v3"
	"github.com/fluxcd/pkg/version"
)

type question struct {
	Tags    []string `json:"tags"`
	Pattern string   `json:"pattern"`
	Extract string   `json:"extract"`
	Range   string   `json:"range"`
}

type answer struct {
	Extracted map[string]string `json:"extracted"`
	Order     []string          `json:"order"`
	Error     string            `json:"error,omitempty"`
}

func ask(q question) answer {
	pattern, err := regexp.Compile(q.Pattern)
	if err != nil {
		return answer{Error: err.Error()}
	}
	constraint, err := semver.NewConstraint(q.Range)
	if err != nil {
		return answer{Error: err.Error()}
	}
	result := answer{Extracted: map[string]string{}, Order: []string{}}
	versions := map[string]*semver.Version{}
	for _, tag := range q.Tags {
		match := pattern.FindStringSubmatchIndex(tag)
		if match == nil {
			continue
		}
		text := tag
		if q.Extract != "" {
			text = string(pattern.ExpandString(nil, q.Extract, tag, match))
		}
		result.Extracted[tag] = text
		if parsed, err := version.ParseVersion(text); err == nil && constraint.Check(parsed) {
			versions[tag] = parsed
			result.Order = append(result.Order, tag)
		}
	}
	sort.Strings(result.Order)
	sort.SliceStable(result.Order, func(one, other int) bool {
		return versions[result.Order[one]].LessThan(versions[result.Order[other]])
	})
	return result
}

func main() {
	decoder := json.NewDecoder(bufio.NewReader(os.Stdin))
	encoder := json.NewEncoder(os.Stdout)
	for {
		var q question
		if err := decoder.Decode(&q); err == io.EOF {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, "tags-oracle:", err)
			os.Exit(1)
		}
		if err := encoder.Encode(ask(q)); err != nil {
			fmt.Fprintln(os.Stderr, "tags-oracle:", err)
			os.Exit(1)
		}
	}
}
