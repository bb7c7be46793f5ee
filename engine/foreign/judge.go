package foreign

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/query"
)

// Dataset is the one of a snapshot that is made of a pack's input: a document for
// each of its keys.
const Dataset = "pack.input"

// subject is what every control of a pack judges: the client's tenant.
const subject = "client"

// Seen is what a pack is judged on.
type Seen struct {
	TenantID string
	Input    ast.Object
	// Problem says why nothing of the input is evidence (too old, changed), "" if it is.
	Problem string
}

// Judge gives the verdict of each control, by id. An error is ctx's.
func (p *Pack) Judge(ctx context.Context, seen Seen) (map[string]*finding.Opinion, error) {
	opinions := map[string]*finding.Opinion{}
	said := make([]answers, len(p.products))
	for i, at := range p.products {
		said[i] = p.ask(ctx, at, seen)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}

	ran := commandsOf(seen.Input)
	for _, c := range p.controls {
		at := p.products[c.product]
		j := judgement{
			pack: p, control: c, seen: seen, said: said[c.product], commands: ran.of(at.shim.product),
		}
		opinions[c.ID] = j.opinion()
	}

	return opinions, nil
}

// answers are what the rules behind one shim say.
type answers struct {
	query.Answer
	results map[string][]result // by control
	failure error
}

// result is one element of the set behind a shim.
type result struct {
	rule        rule
	criticality string
	commands    []string
	details     string
	met         bool
}

// ask asks a shim for its sets, and the rules behind it one by one, since what is
// missing is a matter of the rule that found something.
func (p *Pack) ask(ctx context.Context, at product, seen Seen) (a answers) {
	in := query.Input{Value: seen.Input, Cache: topdown.NewVirtualCache()}
	if a.Answer, a.failure = at.query.Ask(ctx, in); a.failure != nil {
		return a
	}

	a.results = map[string][]result{}
	for _, r := range at.rules {
		err := at.query.Entries(ctx, r.Rule, in, func(entry *ast.Term) error {
			id, found := p.result(at, r, entry)
			a.results[id] = append(a.results[id], found)
			known := func(c control) bool { return c.ID == id }
			if !slices.ContainsFunc(p.controls, known) {
				return fmt.Errorf("a result is about %q, which no rule of the pack names", id)
			}
			return nil
		})
		if err != nil {
			a.failure = err
			return a
		}
	}

	return a
}

// result reads one element, and which control it is about.
func (p *Pack) result(at product, r rule, entry *ast.Term) (id string, found result) {
	if p.Manifest.Kind == Conftest {
		return r.ids[0], result{rule: r}
	}

	text := func(name string) string {
		if t := entry.Get(ast.StringTerm(name)); t != nil {
			if s, isText := t.Value.(ast.String); isText {
				return string(s)
			}
		}
		return ""
	}

	found = result{rule: r, criticality: text("Criticality"), details: text("ReportDetails")}
	if met := entry.Get(ast.StringTerm("RequirementMet")); met != nil {
		found.met = met.Value.Compare(ast.Boolean(true)) == 0
	}
	found.commands = texts(entry.Get(ast.StringTerm("Commandlet")))
	return text("PolicyId"), found
}

// texts are the strings of a list.
func texts(list *ast.Term) (all []string) {
	if list == nil {
		return nil
	}
	add := func(t *ast.Term) {
		if s, isText := t.Value.(ast.String); isText {
			all = append(all, string(s))
		}
	}

	switch v := list.Value.(type) {
	case *ast.Array:
		v.Foreach(add)
	case ast.Set:
		v.Foreach(add)
	}
	return all
}

// judgement is one control's way from the pack's answer to a verdict.
type judgement struct {
	pack     *Pack
	control  control
	seen     Seen
	said     answers
	commands commands
}

// opinion is the verdict, and the finding where it is not satisfied.
func (j judgement) opinion() *finding.Opinion {
	outcome, lead, reason := j.verdict()
	o := &finding.Opinion{
		Verdicts: []finding.Verdict{{Control: j.control.ID, Subject: subject, Outcome: outcome}},
	}
	if j.said.failure != nil {
		o.Error = j.said.failure.Error()
		o.Reason = "policy error: " + o.Error
	}
	if outcome == finding.Satisfied {
		return o
	}

	f := finding.Finding{
		UUID:     finding.ObservationUUID(j.seen.TenantID, j.control.ID, subject),
		Control:  j.control.ID,
		Subject:  subject,
		Outcome:  outcome,
		Lead:     lead,
		Severity: j.control.Severity,
		Message:  reason,
		Evidence: j.evidence(),
	}
	if v, failed := j.violation(); failed && (outcome == finding.NotSatisfied || lead) {
		f.Message = strings.Join(plainWords(v.Messages), "; ")
		if lead {
			f.Message += " (a lead: " + reason + ")"
		}
		f.Observed = query.One(v.Observed)
	}

	o.Findings = []finding.Finding{f}
	return o
}

// asked is the name by which the shim knows the control.
func (j judgement) asked() string {
	if j.pack.Manifest.Kind == Conftest {
		return subject
	}
	return j.control.ID
}

func (j judgement) violation() (query.Violation, bool) {
	v, failed := j.said.Fail[j.asked()]
	return v, failed
}

// verdict decides: the outcome, whether it is a lead, and why it is not what the pack
// says. Of a policy about which the pack says both, the violation counts.
func (j judgement) verdict() (outcome finding.Outcome, lead bool, reason string) {
	_, failed := j.violation()
	passed := j.said.Pass[j.asked()]
	switch {
	case j.said.failure != nil:
		return finding.Undetermined, false, "policy error: " + j.said.failure.Error()
	case j.seen.Problem != "":
		return finding.Undetermined, failed, j.seen.Problem
	case failed:
		if missing := j.missingForFail(); len(missing) > 0 {
			return finding.Undetermined, true, notSeen(missing)
		}
		return finding.NotSatisfied, false, ""
	case passed:
		if missing := j.missing(j.control.rules, false); len(missing) > 0 {
			return finding.Undetermined, false, notSeen(missing)
		}
		return finding.Satisfied, false, ""
	}

	return finding.Undetermined, false, j.undecided()
}

// undecided is the reason of a policy that neither passes nor fails.
func (j judgement) undecided() string {
	for _, r := range j.said.results[j.control.ID] {
		if _, how, partly := strings.Cut(r.criticality, "/"); partly {
			subject := "the pack does not check this ("
			if j.pack.Manifest.Kind == Results {
				subject = "the tool does not say that it passes ("
			}
			return subject + how + "): " + strings.Join(plainWords([]string{r.details}), "")
		}
	}

	if missing := j.missing(j.control.rules, false); len(missing) > 0 {
		return "the pack gives no answer; " + notSeen(missing)
	}
	return "the pack gives no answer for this input"
}

// missingForFail is what is missing of that which the rules that found the violation
// ask the absence of.
func (j judgement) missingForFail() []string {
	var found []rule
	for _, r := range j.said.results[j.control.ID] {
		if !r.met {
			found = append(found, r.rule)
		}
	}
	return j.missing(found, true)
}

// missing is what is not in the input of that which some rules read, and which of
// the commands behind the results did not succeed. gating: only what is asked the
// absence of.
func (j judgement) missing(rules []rule, gating bool) []string {
	all := map[string]bool{}
	for _, r := range rules {
		if r.readsAll() && (!gating || r.reads.Gates()) {
			all["what the policy reads of the input: no plan can follow it"] = true
		}
		for _, place := range j.lacking(r, gating) {
			all[place+" is not in the input"] = true
		}
	}

	for _, r := range j.said.results[j.control.ID] {
		for _, command := range r.commands {
			switch why := j.commands.problem(command); {
			case why == "":
			case j.pack.Manifest.Kind == Results:
				all[command] = true // it says itself what is missing
			default:
				all["command "+command+" "+why] = true
			}
		}
	}

	return slices.Sorted(maps.Keys(all))
}

func notSeen(missing []string) string { return "not seen: " + strings.Join(missing, ", ") }

// evidence are the keys of the input that the control reads and that are there.
func (j judgement) evidence() []string {
	keys := []string{}
	read, _ := j.pack.Keys(j.control.ID)
	for _, key := range read {
		if j.seen.Input.Get(ast.StringTerm(key)) != nil && !slices.Contains(onlyWords[j.pack.Manifest.Kind], key) {
			keys = append(keys, snapshot.Subject(Dataset, key)+"#/value")
		}
	}
	return keys
}

var tag = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)

// plainWords are messages without the mark-up that a tool's own report wants.
func plainWords(messages []string) []string {
	var plain []string
	for _, m := range messages {
		m = tag.ReplaceAllStringFunc(m, func(t string) string {
			return cmp.Or(map[string]string{"<br/>": " ", "<br>": " "}[t], "")
		})
		plain = append(plain, strings.Join(strings.Fields(m), " "))
	}
	slices.Sort(plain)
	return slices.Compact(plain)
}
