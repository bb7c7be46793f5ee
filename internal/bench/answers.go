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

// readers read what a program said of each client, by the program's name:
// client label -> control id -> sets.
var readers = map[string]func(file string) (map[string]map[string]sets, error){
	"opa exec":      opaAnswers,
	"conftest test": conftestAnswers,
}

func opaAnswers(file string) (map[string]map[string]sets, error) {
	var said struct {
		Result []struct {
			Path   string          `json:"path"`
			Result map[string]sets `json:"result"`
		} `json:"result"`
	}
	if err := readJSON(file, &said); err != nil {
		return nil, err
	}

	clients := map[string]map[string]sets{}
	for _, r := range said.Result {
		clients[labelOf(r.Path)] = r.Result
	}

	return clients, nil
}

func conftestAnswers(file string) (map[string]map[string]sets, error) {
	var said []struct {
		Filename string `json:"filename"`
		Warnings []struct {
			Msg      string `json:"msg"`
			Metadata struct {
				Sets sets `json:"sets"`
			} `json:"metadata"`
		} `json:"warnings"`
	}
	if err := readJSON(file, &said); err != nil {
		return nil, err
	}

	clients := map[string]map[string]sets{}
	for _, r := range said {
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

// compareAnswers holds what a program wrote against ringfence's results of all
// clients of a workload.
func compareAnswers(w workload, program, stdout, out string) (compared, error) {
	c := compared{Workload: w.Name, Program: program, Differences: []string{}}
	clients, err := readers[program](stdout)
	if err != nil {
		return c, err
	}

	labels, err := w.labels()
	if err != nil {
		return c, err
	}

	for _, label := range labels {
		set, err := readSet(filepath.Join(out, label))
		if err != nil {
			return c, err
		}

		n, diffs := differences(clients[label], set)
		for _, d := range diffs {
			c.Differences = append(c.Differences, label+": "+d)
		}

		c.Clients++
		c.Entries += n
	}

	slices.Sort(c.Differences)
	return c, nil
}
