package finding

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
)

// Parse reads a set back from the bytes of findings.json and verdicts.ndjson,
// all but Metadata and Reads. Fields that it does not know are skipped; another
// schema, duplicate keys and invalid UTF-8 are errors.
func Parse(findings, verdicts []byte) (Set, error) {
	var s Set
	if err := json.Unmarshal(findings, &s); err != nil {
		return s, fmt.Errorf("reading findings.json: %w", err)
	}
	if s.Schema != SchemaName {
		return s, fmt.Errorf("reading findings.json: schema is %q, not %q", s.Schema, SchemaName)
	}

	n := 0
	for line := range bytes.Lines(verdicts) {
		n++
		var v Verdict
		if err := json.Unmarshal(line, &v); err != nil {
			return s, fmt.Errorf("reading verdicts.ndjson, line %d: %w", n, err)
		}

		s.Verdicts = append(s.Verdicts, v)
	}

	return s, nil
}
