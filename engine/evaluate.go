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
	rule, err := checkInputs(snap.Manifest, in, asOf)
	if err != nil {
		return finding.Set{}, err
	}
	set, err := e.newSet(snap, in, asOf)
	if err != nil {
		return set, err
	}
	loaded, err := e.load(snap, rule)
	if err != nil {
		return set, err
	}
	for i := range e.controls {
		c := &e.controls[i]
		if c.Scope != "client" {
			continue
		}
		j := &judgement{control: c, intent: in, loaded: loaded}
		if err := j.evaluate(ctx, snap.Manifest, asOf); err != nil {
			return set, err
		}
		j.addTo(&set, asOf)
	}
	return set, nil
}

// InputError says that snapshot, intent and as-of do not belong together.
type InputError struct{ Problem string }

func (e *InputError) Error() string { return e.Problem }

func unfit(format string, args ...any) (ageRule, error) {
	return ageRule{}, &InputError{fmt.Sprintf(format, args...)}
}

func checkInputs(m snapshot.Manifest, in intent.Intent, asOf time.Time) (ageRule, error) {
	maxAge, err := intent.ParseAge(in.Client.MaxAge)
	if err != nil {
		return unfit("client.max_age: %v", err)
	}
	if !strings.EqualFold(m.TenantID, in.Client.TenantID) {
		return unfit("the snapshot is of tenant %s, the intent of %s", m.TenantID, in.Client.TenantID)
	}
	if m.Client != in.Client.Name {
		return unfit("the snapshot is filed under client %q, the intent is that of %q", m.Client, in.Client.Name)
	}
	collected, err := time.Parse(time.RFC3339, m.CollectedAt)
	if err != nil {
		return unfit("collected_at: %v", err)
	}
	if asOf.Before(collected) {
		return unfit("as-of %s is before the snapshot was collected, %s", asOf.UTC().Format(time.RFC3339), m.CollectedAt)
	}
	return ageRule{asOf.UTC(), maxAge}, nil
}

func (e *Engine) newSet(snap snapshot.Snapshot, in intent.Intent, asOf time.Time) (finding.Set, error) {
	raw, err := in.Canonical()
	if err != nil {
		return finding.Set{}, err
	}
	return finding.Set{
		Schema: finding.SchemaName, Client: in.Client.Name, TenantID: in.Client.TenantID,
		Snapshot: snap.Digest(), Intent: snapshot.Digest(raw), Policies: e.PolicyDigest(),
		AsOf:     asOf.UTC().Format(time.RFC3339),
		Controls: []finding.Summary{}, Findings: []finding.Finding{},
		Reads: map[string][]string{}, Errors: map[string]string{},
	}, nil
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
