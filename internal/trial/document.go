// Package trial lets an author try one control on a document that a person wrote, the
// smallest of which has ten lines:
//
//	{"keyvault": {"vaults": [{"properties": {"enablePurgeProtection": null}}]}}
//
// It is the document that "ringfence snapshot export --as-input" writes, of which
// everything may be left out: datasets that are not in it are missing and not empty,
// those that are in it are all that there is, unless its "coverage" says otherwise. What
// comes of it is no evidence of anything.
package trial

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/intent"
	"ringfence/internal/policycheck"
)

// Base is what holds where a document does not say otherwise.
type Base struct {
	Client intent.Client
	MSP    intent.MSP
	AsOf   time.Time
	Fleet  bool // the control sees all clients
}

// HandWritten is the label of a client that a document does not name.
const HandWritten = "hand-written"

// nobody is the tenant of a client that a document does not name.
const nobody = "00000000-0000-0000-0000-000000000000"

// Nobody is a client to whom nothing was promised.
func Nobody() intent.Client {
	return intent.Client{Name: HandWritten, TenantID: nobody, State: "live", Cloud: "public", MaxAge: "24h"}
}

// The parts of a document that are no area of datasets.
var fixed = []string{"as_of", "client", "collected_at", "coverage", "fleet", "msp", "params", "reach",
	"records", "snapshot"}

// Read reads a document. Names that nothing knows are errors, with the one that was
// perhaps meant.
func Read(data []byte, base Base) (d engine.Document, err error) {
	text, err := snapshot.UTF8(data)
	if err != nil {
		return d, err
	}

	parts, err := snapshot.ParseObject(text)
	if err != nil {
		return d, err
	}

	known := append(areas(), fixed...)
	for name := range parts {
		if !slices.Contains(known, name) {
			return d, unknown("part of the input", name, known)
		}
	}

	if d, err = readPromises(parts, base); err != nil {
		return d, err
	}
	d.Snapshot, err = seal(parts, d)
	return d, err
}

// areas are those that datasets have.
func areas() (all []string) {
	for _, name := range engine.Datasets() {
		area, _, _ := strings.Cut(name, ".")
		all = append(all, area)
	}
	return slices.Compact(all)
}

// unknown says that a name is not known, and which was perhaps meant.
func unknown(what, name string, known []string) error {
	if near := policycheck.Nearest(name, known); near != "" {
		return fmt.Errorf("%q is no %s: do you mean %q?", name, what, near)
	}
	return fmt.Errorf("%q is no %s", name, what)
}

// readPromises reads all but the datasets.
func readPromises(parts map[string]any, base Base) (d engine.Document, err error) {
	d.AsOf = base.AsOf.UTC().Format(time.RFC3339)
	if d.AsOf, err = timeOf(parts, "as_of", d.AsOf); err != nil {
		return d, err
	}
	if d.CollectedAt, err = timeOf(parts, "collected_at", d.AsOf); err != nil {
		return d, err
	}

	if d.Client, err = clientOf(parts["client"], base.Client); err != nil {
		return d, fmt.Errorf("client: %w", err)
	}

	d.MSP = map[string]any{"tenant_id": base.MSP.TenantID, "domains": base.MSP.Domains, "max_reach": nil, "walls": nil}
	if base.MSP.MaxReach != nil {
		d.MSP["max_reach"] = *base.MSP.MaxReach
	}
	for name, into := range map[string]*map[string]any{"msp": &d.MSP, "params": &d.Params} {
		set, err := objectOf(parts[name])
		if err != nil {
			return d, fmt.Errorf("%s: %w", name, err)
		}
		if *into == nil {
			*into = map[string]any{}
		}
		maps.Copy(*into, set)
	}

	if d.Reach, err = reachOf(parts["reach"]); err != nil {
		return d, fmt.Errorf("reach: %w", err)
	}
	if d.Accounts, err = accountsOf(parts["snapshot"]); err != nil {
		return d, fmt.Errorf("snapshot: %w", err)
	}

	if records, err := objectOf(parts["records"]); err != nil {
		return d, fmt.Errorf("records: %w", err)
	} else if records != nil {
		d.Records = records
	}

	if d.Fleet = parts["fleet"]; d.Fleet == nil && base.Fleet {
		d.Fleet = map[string]any{"clients": []any{}, "links": map[string]any{}, "paths": []any{}}
	}
	return d, nil
}

// accountsOf is input.snapshot, nil where a document does not have it.
func accountsOf(value any) (any, error) {
	set, err := objectOf(value)
	if err != nil || set == nil {
		return nil, err
	}

	for name := range set {
		if name != "datasets" {
			return nil, unknown("part of it", name, []string{"datasets"})
		}
	}
	if _, isList := set["datasets"].([]any); !isList {
		return nil, fmt.Errorf("datasets is no list […]")
	}
	return set, nil
}

// reachOf is input.reach, nil where a document does not have it.
func reachOf(value any) (*fact.Radii, error) {
	if value == nil {
		return nil, nil
	}

	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	radii := &fact.Radii{Anybody: []string{}, Principals: []fact.Radius{}}
	if err := json.Unmarshal(text, radii); err != nil {
		return nil, err
	}
	radii.Sort()
	return radii, radii.Check()
}

func timeOf(parts map[string]any, name, otherwise string) (string, error) {
	value, there := parts[name]
	if !there {
		return otherwise, nil
	}

	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "", fmt.Errorf("%s is not a time like 2026-11-23T12:00:00Z", name)
	}
	return at.UTC().Format(time.RFC3339), nil
}

func objectOf(value any) (map[string]any, error) {
	if value == nil {
		return nil, nil
	}
	object, is := value.(map[string]any)
	if !is {
		return nil, fmt.Errorf("it is no object {…}")
	}
	return object, nil
}

// clientOf is a client with the attributes that a document sets.
func clientOf(value any, base intent.Client) (c intent.Client, err error) {
	set, err := objectOf(value)
	if err != nil {
		return c, err
	}

	var attributes map[string]any
	text, err := intent.Marshal(base)
	if err == nil {
		err = json.Unmarshal(text, &attributes)
	}
	if err != nil {
		return c, err
	}

	delete(attributes, "params")
	for name := range set {
		if _, known := intent.ClientTable.Row(name); !known || name == "params" {
			return c, unknown("attribute of a client", name, slices.Sorted(maps.Keys(attributes)))
		}
	}

	maps.Copy(attributes, set)
	if text, err = json.Marshal(attributes); err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, err
	}

	one := intent.Intent{Client: c}
	one.Normalize()
	return one.Client, nil
}

// seal makes a snapshot of a document's datasets.
func seal(parts map[string]any, d engine.Document) (snapshot.Snapshot, error) {
	covered, err := coverageOf(parts["coverage"])
	if err != nil {
		return snapshot.Snapshot{}, fmt.Errorf("coverage: %w", err)
	}

	var all []snapshot.Dataset
	for _, area := range areas() {
		datasets, err := objectOf(parts[area])
		if err != nil {
			return snapshot.Snapshot{}, fmt.Errorf("%s: %w", area, err)
		}

		for _, leaf := range slices.Sorted(maps.Keys(datasets)) {
			one, err := datasetOf(area+"."+leaf, datasets[leaf])
			if err != nil {
				return snapshot.Snapshot{}, err
			}
			all = append(all, one)
		}
	}

	for name, c := range covered {
		if !slices.ContainsFunc(all, func(d snapshot.Dataset) bool { return d.Name == name }) {
			all = append(all, snapshot.Dataset{Name: name, Coverage: c})
		}
	}

	for i := range all {
		c, said := covered[all[i].Name]
		if !said {
			c = snapshot.Coverage{Status: snapshot.Complete}
		}
		c.StartedAt, c.EndedAt = d.CollectedAt, d.CollectedAt
		all[i].Coverage = c
	}

	manifest := snapshot.Manifest{
		Client: d.Client.Name, TenantID: d.Client.TenantID, Cloud: d.Client.Cloud, Tool: HandWritten,
	}
	all = append(all, snapshot.Dataset{ // a snapshot has a time only with a dataset
		Name: "none.none", Coverage: snapshot.Coverage{Status: snapshot.Skipped, EndedAt: d.CollectedAt},
	})
	return snapshot.Seal(manifest, all)
}

// datasetOf reads the documents of one dataset.
func datasetOf(name string, value any) (d snapshot.Dataset, err error) {
	schema := snapshot.Schemas()[name]
	if schema == nil {
		return d, unknown("dataset", name, engine.Datasets())
	}

	list, is := value.([]any)
	if !is {
		return d, fmt.Errorf("%s: it is no list […]", name)
	}

	d.Name, d.Documents = name, []snapshot.Document{}
	for i, element := range list {
		body, is := element.(map[string]any)
		if !is {
			return d, fmt.Errorf("%s[%d]: it is no object {…}", name, i)
		}
		d.Documents = append(d.Documents, documentOf(schema, body, i))
	}

	slices.SortStableFunc(d.Documents, func(a, b snapshot.Document) int { return strings.Compare(a.ID, b.ID) })
	for i := range d.Documents[:max(0, len(d.Documents)-1)] {
		if id := d.Documents[i].ID; id == d.Documents[i+1].ID {
			return d, fmt.Errorf("%s: two documents have the id %q", name, id)
		}
	}
	return d, nil
}

// documentOf reads one document: what policies see, or what the API gave. Its id is
// _id, or what the schema makes of it; the place in the list where it has none.
func documentOf(schema *snapshot.Schema, body map[string]any, i int) snapshot.Document {
	d := snapshot.Document{Spec: maps.Clone(body)}
	d.Scope, _ = body["_scope"].(string)
	d.ID, _ = body["_id"].(string)
	for _, ours := range []string{"_id", "_scope", "_subject"} {
		delete(d.Spec, ours)
	}

	if d.ID == "" {
		if normal, err := schema.NormalizePart(maps.Clone(d.Spec), d.Scope); err == nil {
			d.ID = normal.ID
		}
	}
	if d.ID == "" {
		d.ID = fmt.Sprint(i + 1)
	}
	return d
}

// coverageOf reads what a document says of how complete its datasets are: as it is
// exported, {"datasets": {"entra.users": {"status": "denied"}}}, or by hand,
// {"entra.users": "denied"}.
func coverageOf(value any) (map[string]snapshot.Coverage, error) {
	said, err := objectOf(value)
	if err != nil {
		return nil, err
	}
	if datasets, is := said["datasets"].(map[string]any); is {
		said = datasets
	}

	all := map[string]snapshot.Coverage{}
	for name, v := range said {
		if snapshot.Schemas()[name] == nil {
			return nil, unknown("dataset", name, engine.Datasets())
		}

		var c finding.Coverage
		if status, isText := v.(string); isText {
			c.Status = status
		} else if text, err := json.Marshal(v); err != nil || json.Unmarshal(text, &c) != nil {
			return nil, fmt.Errorf(`%s: write "denied", or {"status": "denied"}`, name)
		}

		all[name] = sealed(c)
	}
	return all, nil
}

// sealed is a coverage as a manifest has it.
func sealed(c finding.Coverage) snapshot.Coverage {
	why := func(reason string) *snapshot.Evidence {
		if reason == "" {
			return nil
		}
		return &snapshot.Evidence{Message: reason}
	}

	s := snapshot.Coverage{Status: snapshot.Status(c.Status)}
	if s.Status != snapshot.Complete {
		s.Evidence = why(c.Reason)
	} else if proof, is := strings.CutPrefix(c.Reason, "proof: "); is {
		s.Proof = proof
	}
	for _, scope := range c.Scopes {
		s.Scopes = append(s.Scopes, snapshot.Scope{
			Scope: scope.Scope, Status: snapshot.Status(scope.Status), Evidence: why(scope.Reason),
		})
	}
	return s
}
