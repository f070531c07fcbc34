// The oracle of the tests: reads YAML with the library that kubectl and the API server read it with.
//
// Each line on standard input is a JSON string, the text of one YAML document; each line on standard output is an
// object with `json` (what the text means) or `error`, and `strictError` where the strict reading refuses it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

type answer struct {
	JSON        json.RawMessage `json:"json,omitempty"`
	Error       string          `json:"error,omitempty"`
	StrictError string          `json:"strictError,omitempty"`
}

func read(text string) (result answer) {
	defer func() {
		if problem := recover(); problem != nil {
			result = answer{Error: fmt.Sprint("panic: ", problem)}
		}
	}()
	value, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return answer{Error: err.Error()}
	}
	result.JSON = value
	if _, err := yaml.YAMLToJSONStrict([]byte(text)); err != nil {
		result.StrictError = err.Error()
	}
	return result
}

func serve(input io.Reader, output io.Writer) error {
	decoder := json.NewDecoder(bufio.NewReader(input))
	writer := bufio.NewWriter(output)
	encoder := json.NewEncoder(writer)
	for {
		var text string
		if err := decoder.Decode(&text); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("standard input is no line of JSON strings: %w", err)
		}
		if err := encoder.Encode(read(text)); err != nil {
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
		fmt.Fprintln(os.Stderr, "yaml-oracle:", err)
		os.Exit(1)
	}
}
