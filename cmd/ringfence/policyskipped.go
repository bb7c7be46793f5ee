package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"ringfence/engine/policyset"
	"ringfence/policies"
)

// skipped is an invariant that is no control, since nothing could prove it.
type skipped struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Page   string `json:"page"`
}

// skippedFile lists them, one a line: "ID | reason | page". Other lines are prose.
const skippedFile = "SKIPPED.md"

// skipped are the invariants that a policy set leaves out: the built-in set's, those of
// the folder, or of both.
func (p policyFlags) skipped() ([]skipped, error) {
	var all []skipped
	var sets []fs.FS
	if !p.only {
		sets = append(sets, policies.FS)
	}
	if p.dir != "" {
		sets = append(sets, os.DirFS(p.dir))
	}

	listed := map[string]bool{}
	for _, set := range sets {
		text, err := fs.ReadFile(set, skippedFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, broken(hintMend, "%w", err)
		}
		for _, s := range parseSkipped(string(text)) {
			if !listed[s.ID] {
				all = append(all, s)
			}
			listed[s.ID] = true
		}
	}

	return all, nil
}

func parseSkipped(text string) (all []skipped) {
	for line := range strings.Lines(text) {
		parts := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(parts) != 3 {
			continue
		}

		id, reason, page := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1]), strings.TrimSpace(parts[2])
		if policyset.IsID(id) {
			all = append(all, skipped{id, reason, page})
		}
	}

	return all
}
