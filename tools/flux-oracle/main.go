// The oracle of the tests: says what Flux's source-controller leaves out of an artifact, and does what its
// kustomize-controller does with one before it applies it.
//
// Each line on standard input is a JSON object, a question of one of these forms; each line on standard output is an
// object with the answer, or with `error`, what Flux would say.
//
//	{"kustomization": …, "files": {path: text}, "objects": [ConfigMaps and Secrets]}  →  {"objects": […]}
//	{"object": …, "variables": {name: value}, "always": false}                        →  {"object": …, "yaml": text}
//	{"text": …, "variables": {name: value}}                                           →  {"text": …}
//	{"source": {"ignore": text}, "files": {path: text}}                               →  {"left_out": [path, folder/]}
//
// `yaml` is the object as it is written before variables are put in; an object that is exempt comes back as it is.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/pkg/envsubst"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type question struct {
	Kustomization map[string]any               `json:"kustomization"`
	Files         map[string]string            `json:"files"`
	Objects       []*unstructured.Unstructured `json:"objects"`

	Source *struct {
		Ignore *string `json:"ignore"`
	} `json:"source"`

	Object    json.RawMessage   `json:"object"`
	Always    bool              `json:"always"`
	Text      *string           `json:"text"`
	Variables map[string]string `json:"variables"`
}

type answer struct {
	Objects []*unstructured.Unstructured `json:"objects,omitempty"`
	Object  json.RawMessage              `json:"object,omitempty"`
	YAML    string                       `json:"yaml,omitempty"`
	Text    *string                      `json:"text,omitempty"`
	LeftOut []string                     `json:"left_out,omitempty"`
	Error   string                       `json:"error,omitempty"`
}

func ask(q question) (result answer) {
	defer func() {
		if problem := recover(); problem != nil {
			result.Error = fmt.Sprint("panic: ", problem)
		}
	}()
	var err error
	switch {
	case q.Kustomization != nil:
		result.Objects, err = build(q.Kustomization, q.Files, q.Objects)
	case q.Source != nil:
		result.LeftOut, err = leftOut(q.Files, q.Source.Ignore)
	case q.Object != nil:
		result.Object, result.YAML, err = substitute(q.Object, q.Variables, q.Always)
	case q.Text != nil:
		var text string
		text, err = envsubst.Eval(*q.Text, func(name string) (string, bool) { return q.Variables[name], true })
		result.Text = &text
	default:
		err = errors.New("the question has no kustomization, source, object or text")
	}
	if err != nil {
		return answer{Error: err.Error(), YAML: result.YAML}
	}
	return result
}

func serve(input io.Reader, output io.Writer) error {
	decoder := json.NewDecoder(bufio.NewReader(input))
	writer := bufio.NewWriter(output)
	encoder := json.NewEncoder(writer)
	for {
		var q question
		if err := decoder.Decode(&q); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("standard input is no line of questions: %w", err)
		}
		if err := encoder.Encode(ask(q)); err != nil {
			return err
		}
		// One answer per question, so that a test can ask back and forth.
		if err := writer.Flush(); err != nil {
			return err
		}
	}
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "flux-oracle:", err)
		os.Exit(1)
	}
}
