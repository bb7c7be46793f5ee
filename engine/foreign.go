package engine

import (
	"context"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/finding"
	"ringfence/engine/foreign"
	"ringfence/engine/gate"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
	"ringfence/engine/policyset"
)

// loadPack is an engine whose controls are those of a foreign pack. They judge what
// one dataset holds of an input that is no answer of a tenant.
func loadPack(files policyset.Files) (*Engine, error) {
	pack, err := foreign.Load(files)
	if err != nil {
		return nil, err
	}

	e := &Engine{digest: files.Digest(), bundle: sync.OnceValues(files.Bundle), pack: pack}
	for _, c := range pack.Controls() {
		known := &gate.Control{Control: c, Reads: []string{foreign.Dataset}}
		e.controls = append(e.controls, &control{Control: known, observed: map[string]bool{}})
	}
	e.families = pack.Families()

	whole := &plan.Field{Whole: plan.Plain}
	e.shapes = shapes{intent.ClientKind: {foreign.Dataset: decode.Compile(foreign.Dataset, whole, nil)}}
	return e, nil
}

// Pack is the foreign pack whose controls the engine has, nil where they are ours.
func (e *Engine) Pack() *foreign.Pack { return e.pack }

// judgePack is judgeAll for a foreign pack.
func (j *job) judgePack(ctx context.Context, _ []*control) (map[string]*finding.Opinion, error) {
	reads := []string{foreign.Dataset}
	j.evidence.Announce(reads)
	if err := j.evidence.CheckOthers(ctx, map[string]bool{foreign.Dataset: true}); err != nil {
		return nil, err
	}

	taken, err := j.evidence.Take(reads)
	if err != nil {
		return nil, err
	}
	defer j.evidence.Release(reads)
	defer j.Meter.Start("evaluate")()

	d := taken[foreign.Dataset]
	seen := foreign.Seen{TenantID: j.tenant.Client.TenantID, Input: ast.NewObject()}
	if c := d.Coverage; c.Status != snapshot.Complete && c.Status != snapshot.Partial {
		seen.Problem = "not seen: " + d.Missing("")
	}

	if d.Documents != nil {
		value := ast.StringTerm("value")
		for i, id := range d.Documents.IDs {
			if v := d.Documents.Array.Elem(i).Get(value); v != nil {
				seen.Input.Insert(ast.StringTerm(id), v)
			}
		}
	}

	return j.pack.Judge(ctx, seen)
}
