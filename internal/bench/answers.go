package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// answers are what a program says of each client: label -> control id -> sets.
type answers map[string]map[string]sets

// readers read what a program wrote to its standard output.
var readers = map[string]func(file string) (answers, error){
	opaExec:      opaAnswers,
	conftestTest: conftestAnswers,
}

func opaAnswers(file string) (answers, error) {
	var output struct {
		Result []struct {
			Path   string          `json:"path"`
			Result map[string]sets `json:"result"`
		} `json:"result"`
	}
	if err := readJSON(file, &output); err != nil {
		return nil, err
	}

	clients := answers{}
	for _, r := range output.Result {
		clients[labelOf(r.Path)] = r.Result
	}
	return clients, nil
}

func conftestAnswers(file string) (answers, error) {
	var output []struct {
		Filename string `json:"filename"`
		Warnings []struct {
			Msg      string `json:"msg"`
			Metadata struct {
				Sets sets `json:"sets"`
			} `json:"metadata"`
		} `json:"warnings"`
	}
	if err := readJSON(file, &output); err != nil {
		return nil, err
	}

	clients := answers{}
	for _, r := range output {
		controls := map[string]sets{}
		for _, w := range r.Warnings {
			controls[w.Msg] = w.Metadata.Sets
		}
		clients[labelOf(r.Filename)] = controls
	}
	return clients, nil
}

func labelOf(input string) string { return strings.TrimSuffix(filepath.Base(input), ".json") }

func readJSON(file string, v any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// readSet reads findings.json and verdicts.ndjson of one client.
func readSet(dir string) (set finding.Set, err error) {
	if err := readJSON(filepath.Join(dir, layout.Findings), &set); err != nil {
		return set, err
	}

	lines, err := os.ReadFile(filepath.Join(dir, layout.Verdicts))
	for line := range bytes.Lines(lines) {
		var v finding.Verdict
		if err := json.Unmarshal(line, &v); err != nil {
			return set, err
		}
		set.Verdicts = append(set.Verdicts, v)
	}

	return set, err
}

// compareAnswers holds what a program wrote to its standard output against ringfence's
// results of all clients of a workload.
func compareAnswers(w workload, program, stdout, results string) (compared, error) {
	labels, err := w.labels()
	if err != nil {
		return compared{}, err
	}

	clients, err := readers[program](stdout)
	if err != nil {
		return compared{}, err
	}

	c := compared{Workload: w.Name, Program: program, Clients: len(labels), Differences: []string{}}
	for _, label := range labels {
		set, err := readSet(filepath.Join(results, label))
		if err != nil {
			return c, err
		}

		entries, diffs := differences(clients[label], set)
		c.Entries += entries
		for _, d := range diffs {
			c.Differences = append(c.Differences, label+": "+d)
		}
	}

	slices.Sort(c.Differences)
	return c, nil
}
