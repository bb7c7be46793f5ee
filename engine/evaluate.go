package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// Evaluate judges one client's snapshot against its intent as of a time, with
// every control of scope client. A broken control is undetermined and named in
// Set.Errors; an error is returned only where nothing can be judged: a snapshot
// of another tenant or from after as-of (*InputError), or one that is not what
// its manifest says (*snapshot.DigestError).
func (e *Engine) Evaluate(ctx context.Context, snap snapshot.Snapshot, in intent.Intent, asOf time.Time) (finding.Set, error) {
	raw, err := in.Canonical()
	if err != nil {
		return finding.Set{}, err
	}
	return e.evaluate(ctx, job{snap: snap, intent: in, raw: raw, asOf: asOf.UTC()})
}

// EvaluateFleet judges the MSP's own snapshot with the controls of scope msp
// and fleet, which see all clients as input.fleet. Its result is the MSP's
// alone.
func (e *Engine) EvaluateFleet(ctx context.Context, snap snapshot.Snapshot, fleet intent.Fleet, asOf time.Time) (finding.Set, error) {
	raw, err := fleet.Canonical()
	if err != nil {
		return finding.Set{}, err
	}
	return e.evaluate(ctx, job{snap: snap, intent: fleet.Intent(), raw: raw, fleet: &fleet, asOf: asOf.UTC()})
}

// HasFleet reports whether some control judges the fleet.
func (e *Engine) HasFleet() bool {
	return slices.ContainsFunc(e.controls, func(c control) bool { return c.Scope != "client" })
}

// job is one evaluation: a client's, or with fleet set the MSP's.
type job struct {
	snap   snapshot.Snapshot
	intent intent.Intent
	raw    []byte // intent.json
	fleet  *intent.Fleet
	asOf   time.Time
}

// judges reports whether a control is one of this evaluation.
func (j job) judges(c control) bool { return (c.Scope == "client") == (j.fleet == nil) }

func (e *Engine) evaluate(ctx context.Context, j job) (finding.Set, error) {
	rule, err := j.check()
	if err != nil {
		return finding.Set{}, err
	}
	set := finding.Set{
		Schema: finding.SchemaName, Client: j.intent.Client.Name, TenantID: j.intent.Client.TenantID,
		Snapshot: j.snap.Digest(), Intent: snapshot.Digest(j.raw), Policies: e.PolicyDigest(),
		AsOf:     j.asOf.Format(time.RFC3339),
		Controls: []finding.Summary{}, Findings: []finding.Finding{},
		Reads: map[string][]string{}, Errors: map[string]string{},
	}
	loaded, err := e.load(j, rule)
	if err != nil {
		return set, err
	}
	for i := range e.controls {
		if !j.judges(e.controls[i]) {
			continue
		}
		g := &judgement{job: j, control: &e.controls[i], loaded: loaded}
		if err := g.evaluate(ctx); err != nil {
			return set, err
		}
		g.addTo(&set)
	}
	return set, nil
}

// InputError says that snapshot, intent and as-of do not belong together.
type InputError struct{ Problem string }

func (e *InputError) Error() string { return e.Problem }

func unfit(format string, args ...any) (evidenceRule, error) {
	return evidenceRule{}, &InputError{fmt.Sprintf(format, args...)}
}

// check refuses inputs that do not belong together.
func (j job) check() (evidenceRule, error) {
	m, client := j.snap.Manifest, j.intent.Client
	maxAge, err := intent.ParseAge(client.MaxAge)
	if err != nil {
		return unfit("client.max_age: %v", err)
	}
	if !strings.EqualFold(m.TenantID, client.TenantID) {
		return unfit("the snapshot is of tenant %s, the intent of %s", m.TenantID, client.TenantID)
	}
	if m.Client != client.Name {
		return unfit("the snapshot is filed under client %q, the intent is that of %q", m.Client, client.Name)
	}
	collected, err := time.Parse(time.RFC3339, m.CollectedAt)
	if err != nil {
		return unfit("collected_at: %v", err)
	}
	if j.asOf.Before(collected) {
		return unfit("as-of %s is before the snapshot was collected, %s", j.asOf.Format(time.RFC3339), m.CollectedAt)
	}
	return evidenceRule{asOf: j.asOf, maxAge: maxAge}, nil
}

// answer is what a control's policy says, before the gate.
type answer struct {
	subjects []string
	pass     map[string]bool
	fail     map[string]violation
}

// violation is what fail says about one subject; several entries are merged.
type violation struct {
	messages           []string
	observed, expected []any
	evidence           []string
}

// ask evaluates a control's query. Its error is the control's, not the run's.
func (c *control) ask(ctx context.Context, input rego.EvalOption) (answer, error) {
	results, err := c.query.Eval(ctx, input)
	if err != nil {
		a, only := c.askSubjects(ctx, input)
		if only != nil {
			a = answer{}
		}
		return a, err
	}
	return parseAnswer(results)
}

func (c *control) askSubjects(ctx context.Context, input rego.EvalOption) (answer, error) {
	results, err := c.subjectsOnly.Eval(ctx, input)
	if err != nil {
		return answer{}, err
	}
	return parseAnswer(results)
}

func parseAnswer(results rego.ResultSet) (answer, error) {
	a := answer{pass: map[string]bool{}, fail: map[string]violation{}}
	if len(results) != 1 {
		return a, fmt.Errorf("the policy has %d results, not one", len(results))
	}
	b := results[0].Bindings
	subjects, err := texts(b["subjects"])
	if err != nil {
		return a, fmt.Errorf("subjects: %w", err)
	}
	a.subjects = subjects
	pass, err := texts(b["pass"])
	if err != nil {
		return a, fmt.Errorf("pass: %w", err)
	}
	for _, s := range pass {
		a.pass[s] = true
	}
	fails, _ := b["fail"].([]any)
	for _, f := range fails {
		if err := a.addFail(f); err != nil {
			return a, fmt.Errorf("fail: %w", err)
		}
	}
	return a, a.check()
}

func (a *answer) addFail(entry any) error {
	m, ok := entry.(map[string]any)
	if !ok {
		return fmt.Errorf(`%v is not an object {"subject", "message", …}`, entry)
	}
	subject, okSubject := m["subject"].(string)
	message, okMessage := m["message"].(string)
	if !okSubject || !okMessage {
		return fmt.Errorf(`an entry needs "subject" and "message" strings`)
	}
	evidence, err := texts(m["evidence"])
	if err != nil {
		return fmt.Errorf("evidence of %s: %w", subject, err)
	}
	v := a.fail[subject]
	v.messages = append(v.messages, message)
	v.evidence = append(v.evidence, evidence...)
	if o, has := m["observed"]; has {
		v.observed = append(v.observed, o)
	}
	if x, has := m["expected"]; has {
		v.expected = append(v.expected, x)
	}
	a.fail[subject] = v
	return nil
}

// check refuses a verdict on something that is no subject.
func (a *answer) check() error {
	known := make(map[string]bool, len(a.subjects))
	for _, s := range a.subjects {
		known[s] = true
	}
	for s := range a.pass {
		if !known[s] {
			return fmt.Errorf("pass holds %s, which is no subject", s)
		}
	}
	for s := range a.fail {
		if !known[s] {
			return fmt.Errorf("fail holds %s, which is no subject", s)
		}
	}
	return nil
}

// texts reads a set of strings; nil is the empty set.
func texts(v any) ([]string, error) {
	if v == nil {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%v is not a list", v)
	}
	out := make([]string, len(list))
	for i, e := range list {
		if out[i], ok = e.(string); !ok {
			return nil, fmt.Errorf("%v is not a string", e)
		}
	}
	slices.Sort(out)
	return out, nil
}

// one is the value of a list of one, the list itself otherwise; numbers keep
// their digits.
func one(list []any) any {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(encode(a), encode(b)) })
	return list
}

func encode(v any) string {
	b, _ := json.Marshal(v) // values from OPA always encode
	return string(b)
}
