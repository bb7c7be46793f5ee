package foreign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
)

// Snapshot seals an input, a JSON object, as a snapshot with one dataset: a document
// for each key, {"value": …}. What is a secret by its name is left out: a snapshot is
// kept for years and shown to many. m says whose it is; readAt is when the other tool
// read the tenant.
func Snapshot(m snapshot.Manifest, input map[string]any, readAt time.Time) (snapshot.Snapshot, error) {
	input = snapshot.WithoutSecrets(input)
	at := readAt.UTC().Format(time.RFC3339Nano)
	d := snapshot.Dataset{
		Name:      Dataset,
		Documents: []snapshot.Document{},
		Coverage: snapshot.Coverage{
			Status: snapshot.Complete, Proof: "taken at its word", StartedAt: at, EndedAt: at,
		},
	}

	for _, key := range slices.Sorted(maps.Keys(input)) {
		if key == "" {
			return snapshot.Snapshot{}, fmt.Errorf("the input has a key without a name")
		}
		d.Documents = append(d.Documents, snapshot.Document{ID: key, Spec: map[string]any{"value": input[key]}})
	}

	value, err := ast.InterfaceToValue(input)
	if err != nil {
		return snapshot.Snapshot{}, err
	}
	if failed := commandsOf(value.(ast.Object))[""].failed; len(failed) > 0 {
		names := strings.Join(slices.Sorted(maps.Keys(failed)), ", ")
		d.Coverage.Status, d.Coverage.Proof = snapshot.Partial, ""
		d.Coverage.Evidence = &snapshot.Evidence{
			Code: "commands_failed", Message: "commands of the tool did not succeed: " + names,
		}
	}

	return snapshot.Seal(m, []snapshot.Dataset{d})
}
