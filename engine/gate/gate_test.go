package gate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
	"ringfence/engine/plan"
	"ringfence/engine/query"
)

const users = "entra.users"

// userA is the subject of the one document in hand.
const userA = users + "/a"

// taken is the dataset of users, with one document.
func taken(c snapshot.Coverage) map[string]*evidence.Dataset {
	d := &evidence.Dataset{
		Name: users, Schema: snapshot.Schemas()[users], Coverage: c, Complete: c.CompleteEverywhere(),
		Documents: &decode.Documents{
			Array:  ast.NewArray(ast.ObjectTerm([2]*ast.Term{ast.StringTerm("id"), ast.StringTerm("a")})),
			IDs:    []string{"a"},
			Scopes: []string{""},
		},
	}
	return map[string]*evidence.Dataset{users: d}
}

// control reads users, in each of its sets.
func control(kind plan.Kind) *Control {
	reads := plan.Reads{Datasets: map[string]plan.Dataset{users: {Kind: kind, Document: &plan.Field{}}}}
	return &Control{
		Control:    finding.Control{ID: "RF-Z-01", Severity: "high"},
		Plan:       plan.Plan{Subjects: reads, Pass: reads, Fail: reads},
		Reads:      []string{users},
		Wants:      map[string]*plan.Field{users: {}},
		failRules:  func() []query.Rule { return nil },
		aloneRules: func() []query.Rule { return nil },
		strictShapes: func() map[string]*decode.Shape {
			return map[string]*decode.Shape{users: decode.Compile(users, &plan.Field{}, snapshot.Schemas()[users])}
		},
	}
}

// TestVerdicts: what a policy says stands where the evidence is complete, and is
// undetermined, with the reason, where it is not.
func TestVerdicts(t *testing.T) {
	complete := snapshot.Coverage{Status: snapshot.Complete, Count: 1}
	denied := snapshot.Coverage{Status: snapshot.Denied, Evidence: &snapshot.Evidence{HTTPStatus: 403}}
	subjects := []string{userA}
	pass := query.Answer{Subjects: subjects, Pass: map[string]bool{userA: true}}
	fail := query.Answer{Subjects: subjects, Fail: map[string]query.Violation{userA: {Messages: []string{"is bad"}}}}
	neither := query.Answer{Subjects: subjects}

	for name, tc := range map[string]struct {
		answer   query.Answer
		coverage snapshot.Coverage
		kind     plan.Kind
		failure  error
		want     finding.Outcome
		message  string // begins with
	}{
		"pass":             {pass, complete, plan.Plain, nil, finding.Satisfied, ""},
		"pass, denied":     {pass, denied, plan.Plain, nil, finding.Undetermined, "not seen: entra.users: denied (HTTP 403)"},
		"fail":             {fail, complete, plan.Plain, nil, finding.NotSatisfied, "is bad"},
		"fail, denied":     {fail, denied, plan.Plain, nil, finding.NotSatisfied, "is bad"},
		"neither":          {neither, complete, plan.Plain, nil, finding.Undetermined, "the evidence shows neither"},
		"neither, denied":  {neither, denied, plan.Plain, nil, finding.Undetermined, "not seen: entra.users"},
		"a policy error":   {neither, complete, plan.Plain, errPolicy, finding.Undetermined, "policy error: it broke"},
		"pass and fail":    {both(pass, fail), complete, plan.Plain, nil, finding.Undetermined, "policy error: " + userA},
		"pass, by absence": {pass, denied, plan.Negated, nil, finding.Undetermined, "not seen: entra.users"},
	} {
		on := Case{Taken: taken(tc.coverage), Answer: tc.answer, Failure: tc.failure}
		o, err := control(tc.kind).Judge(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}

		var got finding.Outcome
		for _, v := range o.Verdicts {
			if v.Subject == userA {
				got = v.Outcome
			}
		}
		message := ""
		for _, f := range o.Findings {
			if f.Subject == userA {
				message = f.Message
			}
		}
		if got != tc.want || !strings.HasPrefix(message, tc.message) {
			t.Errorf("%s: %s %q, not %s %q", name, got, message, tc.want, tc.message)
		}
	}
}

// TestHoleIsASubject: what was not seen of the datasets behind subjects is a subject
// of its own, so that an empty list is no silence.
func TestHoleIsASubject(t *testing.T) {
	partial := snapshot.Coverage{Status: snapshot.Partial, Evidence: &snapshot.Evidence{Code: "cut"}}
	o, err := control(plan.Plain).Judge(t.Context(), Case{Taken: taken(partial)})
	if err != nil {
		t.Fatal(err)
	}

	want := []finding.Verdict{{Control: "RF-Z-01", Subject: users + "/*", Outcome: finding.Undetermined}}
	if diff := cmp.Diff(want, o.Verdicts); diff != "" {
		t.Error(diff)
	}
}

// TestNothingToJudge: a control without subjects says where it looked.
func TestNothingToJudge(t *testing.T) {
	o, err := control(plan.Plain).Judge(t.Context(), Case{Taken: taken(snapshot.Coverage{Status: snapshot.Complete})})
	if err != nil || len(o.Verdicts) > 0 || o.Reason != "nothing to judge in entra.users (1 documents)" {
		t.Errorf("%+v, %v", o, err)
	}
}

type policyError string

func (e policyError) Error() string { return string(e) }

const errPolicy = policyError("it broke")

// both says what two answers say.
func both(pass, fail query.Answer) query.Answer {
	pass.Fail = fail.Fail
	return pass
}
