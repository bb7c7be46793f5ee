package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// promises are the attributes of input.client that are null where nothing was
// promised. A control that needs one of them for its subjects is not
// applicable then.
var promises = []string{"azure", "cell", "fence", "keys", "partners", "responsible", "service_providers", "vendors"}

// dataset is one dataset of a snapshot, loaded for evaluation.
type dataset struct {
	schema    *snapshot.Schema
	coverage  snapshot.Coverage // with age and licences applied: see evidence
	documents []snapshot.Document
	subjects  map[string]int // subject -> index into documents
	array     ast.Value      // what policies see
}

// load reads the datasets that the controls of a scope need, and checks the
// digests of all others. A dataset that the snapshot does not hold has coverage
// "skipped" and no array: policies do not see it at all.
func (e *Engine) load(j job, rule evidenceRule) (map[string]*dataset, error) {
	loaded := map[string]*dataset{}
	skus, err := loadDataset(j.snap, snapshot.SKUDataset, rule)
	if err != nil {
		return nil, err
	}
	if skus.coverage.CompleteEverywhere() {
		rule.plans = snapshot.ServicePlans(skus.documents)
	}
	for _, c := range e.controls {
		if !j.judges(c) {
			continue
		}
		for _, name := range c.plan.Datasets() {
			if loaded[name] != nil {
				continue
			}
			d, err := loadDataset(j.snap, name, rule)
			if err != nil {
				return nil, err
			}
			loaded[name] = d
		}
	}
	for name := range j.snap.Manifest.Datasets {
		if loaded[name] == nil {
			if err := j.snap.CheckDigest(name); err != nil {
				return nil, err
			}
		}
	}
	return loaded, nil
}

func loadDataset(snap snapshot.Snapshot, name string, rule evidenceRule) (*dataset, error) {
	d := &dataset{schema: snapshot.Schemas()[name], coverage: rule.evidence(snap.Manifest, name), subjects: map[string]int{}}
	if !d.coverage.Holds() {
		if d.coverage.Status == snapshot.Complete { // proven empty: no licence
			d.array = ast.NewArray()
		}
		return d, nil
	}
	var err error
	if d.documents, err = snap.Documents(name); err != nil {
		return nil, err
	}
	return d, d.build(name)
}

func (d *dataset) build(name string) error {
	terms := make([]*ast.Term, len(d.documents))
	for i, doc := range d.documents {
		subject := snapshot.Subject(name, doc.ID)
		d.subjects[subject] = i
		body := make(map[string]any, len(doc.Spec)+len(doc.Observed)+3)
		maps.Copy(body, doc.Spec)
		maps.Copy(body, doc.Observed)
		body["_id"], body["_scope"], body["_subject"] = doc.ID, doc.Scope, subject
		v, err := ast.InterfaceToValue(body)
		if err != nil {
			return fmt.Errorf("%s: document %q: %w", name, doc.ID, err)
		}
		terms[i] = ast.NewTerm(v)
	}
	d.array = ast.NewArray(terms...)
	return nil
}

// input is the document that one control sees: only what its plan reads.
func (j job) input(c *control, loaded map[string]*dataset) (ast.Value, error) {
	client, err := clientInput(j.intent.Client, c.Control)
	if err != nil {
		return nil, err
	}
	fixed := map[string]any{
		"client": client, "msp": map[string]any{"tenant_id": j.intent.MSP.TenantID, "domains": j.intent.MSP.Domains},
		"as_of": j.asOf.Format(time.RFC3339), "collected_at": j.snap.Manifest.CollectedAt,
	}
	if j.fleet != nil {
		fixed["fleet"] = map[string]any{"clients": j.fleet.Clients}
	}
	v, err := ast.InterfaceToValue(fixed)
	if err != nil {
		return nil, err
	}
	areas := map[string]ast.Object{}
	for _, name := range c.plan.Datasets() {
		d := loaded[name]
		if d == nil || d.array == nil {
			continue
		}
		area, leaf, _ := strings.Cut(name, ".")
		if areas[area] == nil {
			areas[area] = ast.NewObject()
		}
		areas[area].Insert(ast.StringTerm(leaf), ast.NewTerm(d.array))
	}
	root := v.(ast.Object)
	for area, datasets := range areas {
		root.Insert(ast.StringTerm(area), ast.NewTerm(datasets))
	}
	return root, nil
}

// clientInput is the intent as a control sees it: its own parameters merged
// with their defaults, and no other control's.
func clientInput(cl intent.Client, c finding.Control) (map[string]any, error) {
	own := map[string]any{}
	for name, p := range c.Params {
		own[name] = p.Default
	}
	for name, v := range cl.Params[c.ID] {
		p, known := c.Params[name]
		if !known {
			return nil, fmt.Errorf("%s has no param %q", c.ID, name)
		}
		if err := p.Check(v); err != nil {
			return nil, fmt.Errorf("%s: param %s: %w", c.ID, name, err)
		}
		own[name] = v
	}
	cl.Params = nil
	b, err := intent.Marshal(cl)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	m["params"] = map[string]any{c.ID: own}
	return m, nil
}
