// Package preflight is the gate before a client is onboarded: whether all that is critical,
// and all that provisioning asks for, is as promised; as the tenant is, and as it would be
// once somebody accepts what is pending.
//
//	sheet, err := preflight.Judge(ctx, preflight.Case{…})
//	page, err := sheet.HTML() // one page for the people who decide
//
// A [Sheet] decides nothing: it says what blocks, what is unknown, and who must do what
// next. It is no result that anybody signs. What a person attests is the run folder of an
// audit.
package preflight

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/simulate"
)

// SchemaName is the "schema" of a sheet.
const SchemaName = "ringfence.preflight/1"

// Case is what is judged.
type Case struct {
	Engine   *engine.Engine
	Snapshot snapshot.Snapshot
	Promise  intent.Intent
	AsOf     time.Time

	// Offers are those that the snapshot does not show: Lighthouse templates.
	Offers []Offer
}

// State is what the gate says of a control.
type State string

// The states, worst first.
const (
	Failed       State = "not-satisfied"
	Broken       State = "policy-error"
	Undetermined State = "undetermined"
	Unpromised   State = "not-promised" // nothing was promised, so nothing was checked
	Excepted     State = "excepted"
	Satisfied    State = "satisfied"
	Nothing      State = "not-applicable" // proven: there is nothing to judge
)

var worstFirst = []State{Failed, Broken, Undetermined, Unpromised, Excepted, Satisfied, Nothing}

// conditions are the exit codes that states stand for.
var conditions = map[State]int{Failed: 3, Broken: 1, Undetermined: 4, Unpromised: 4}

// Blocks reports whether a state keeps the gate shut.
func (s State) Blocks() bool { return conditions[s] != 0 }

// Line is one control of the gate.
type Line struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Severity    string `json:"severity"`
	Family      string `json:"family"`
	State       State  `json:"state"`
	After       State  `json:"after"` // once what is pending is accepted
	Reason      string `json:"reason,omitempty"`
	Remediation string `json:"remediation,omitempty"`

	// Findings are those that count, and Accepted the exceptions that hold; of the state
	// that is worse.
	Findings []finding.Finding `json:"findings"`
	Accepted []Accepted        `json:"accepted"`
	// Missing are the datasets that the control reads and that are not complete.
	Missing []Gap `json:"missing"`
}

// Worse is the worse of both states.
func (l Line) Worse() State {
	if slices.Index(worstFirst, l.After) < slices.Index(worstFirst, l.State) {
		return l.After
	}
	return l.State
}

// Predicted reports whether accepting what is pending makes the state worse.
func (l Line) Predicted() bool { return l.Worse() != l.State }

// Accepted is an exception that holds.
type Accepted struct {
	Name       string `json:"name"`
	ApprovedBy string `json:"approved_by"`
	Expires    string `json:"expires"`
	Reason     string `json:"reason"`
}

// Gap is a dataset of which not all was seen.
type Gap struct {
	Dataset    string `json:"dataset"`
	Status     string `json:"status"`
	Reason     string `json:"reason"`
	Permission string `json:"permission"` // that shows it
}

// Sheet is what the people who decide need to know.
type Sheet struct {
	Schema      string `json:"schema"`
	Notice      string `json:"notice"`
	Client      string `json:"client"`
	TenantID    string `json:"tenant_id"`
	MSP         string `json:"msp"`
	State       string `json:"state"` // of the client, in the fleet file
	AsOf        string `json:"as_of"`
	CollectedAt string `json:"collected_at"`
	Snapshot    string `json:"snapshot"`
	Intent      string `json:"intent"`
	Policies    string `json:"policies"`
	Engine      string `json:"engine"`

	Lines     []Line   `json:"controls"` // worst first
	Offers    []Offer  `json:"pending"`
	Unseen    []Gap    `json:"pending_unknown"`
	Elsewhere []string `json:"judged_elsewhere"` // controls of the gate that judge the MSP's own tenant
	Steps     []Step   `json:"steps"`

	// Simulation is what accepting the offers would change; nil where there is none.
	Simulation *simulate.Result `json:"simulation,omitempty"`

	Conditions []int `json:"conditions"`
}

// Notice is what every sheet says of itself.
const Notice = "A sheet for people who decide. It is not signed, and it attests nothing: " +
	"what a person attests is the signed run folder of an audit."

// IsGate reports whether a control is one of the gate: it is critical, or about
// provisioning.
func IsGate(c finding.Control) bool { return isGate(c.Severity, c.Family) }

func isGate(severity, family string) bool { return severity == "critical" || family == "provisioning" }

// Gate is the worst that a result says of the controls of the gate, and the day on which the
// first exception ends that keeps it open, "" for none. A result without such a control is
// undetermined.
func Gate(set finding.Set, promise intent.Intent, asOf time.Time) (worst State, until string) {
	findings, states := bySubject(set), []State{}
	for _, s := range set.Controls {
		if !isGate(s.Severity, s.Family) {
			continue
		}

		l := judged(s, findings[s.ID], set.Errors[s.ID], Case{Promise: promise, AsOf: asOf})
		states = append(states, l.State)
		for _, x := range l.Accepted {
			if until == "" || x.Expires < until {
				until = x.Expires
			}
		}
	}

	for _, worst := range worstFirst {
		if slices.Contains(states, worst) {
			return worst, until
		}
	}
	return Undetermined, until
}

// Judge judges a client before it is onboarded.
func Judge(ctx context.Context, c Case) (Sheet, error) {
	pending, err := Pending(c.Snapshot, c.Promise.MSP.TenantID, c.AsOf)
	if err != nil {
		return Sheet{}, err
	}
	offers := append(pending, c.Offers...)

	result, err := simulate.Judge(ctx, simulate.Case{
		Engine: c.Engine, Snapshot: c.Snapshot, Before: c.Promise, After: c.Promise, AsOf: c.AsOf,
		Documents: Changes(offers),
	})
	if err != nil {
		return Sheet{}, err
	}

	set, client := result.BeforeSet, c.Promise.Client
	s := Sheet{
		Schema: SchemaName, Notice: Notice,
		Client: client.Name, TenantID: client.TenantID, MSP: c.Promise.MSP.Name,
		State: client.State, AsOf: set.AsOf, CollectedAt: c.Snapshot.Manifest.CollectedAt, Snapshot: set.Snapshot,
		Intent: set.Intent, Policies: set.Policies, Engine: engine.Version,
		Lines: lines(result, c), Elsewhere: elsewhere(c.Engine),
		Offers: offers, Unseen: gaps(set, PendingDatasets()),
	}
	if len(offers) > 0 {
		s.Simulation = &result
	}

	s.Steps = s.steps(c.Promise)
	s.Conditions = s.conditions()
	return s, nil
}

// Changes are what accepting all offers would change. Two that delegate one subscription
// both remain.
func Changes(offers []Offer) (all []fleetfile.DocumentChange) {
	at := map[string]int{} // where the patch of a subscription is
	for _, o := range offers {
		for _, c := range o.Accepted {
			i, twice := at[c.ID]
			if c.Dataset != subscriptions || !twice {
				if c.Dataset == subscriptions {
					at[c.ID] = len(all)
				}
				all = append(all, c)
				continue
			}

			before, added := list(all[i].Set[managers]), list(c.Set[managers])
			all[i].Set = map[string]any{managers: append(slices.Clone(before), added[len(added)-1])}
		}
	}
	return all
}

// elsewhere are the controls of the gate that judge the MSP's own tenant, not the client's.
func elsewhere(e *engine.Engine) []string {
	ids := []string{}
	for _, c := range e.Controls() {
		if IsGate(c) && c.Scope == finding.MSPScope {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// gaps are those of the datasets that are not complete, as judged.
func gaps(set finding.Set, datasets []string) []Gap {
	all := []Gap{}
	for _, name := range datasets {
		c, has := set.Coverage[name]
		switch permission := permissionOf(name); {
		case !has:
			all = append(all, Gap{name, "missing", "the snapshot says nothing of it", permission})
		case !c.Complete():
			all = append(all, Gap{name, c.Status, c.Reason, permission})
		}
	}
	return all
}

func permissionOf(dataset string) string {
	if s := snapshot.Schemas()[dataset]; s != nil {
		return s.Permission
	}
	return ""
}

// lines are the controls of the gate, worst first.
func lines(r simulate.Result, c Case) []Line {
	before, after := bySubject(r.BeforeSet), bySubject(r.AfterSet)
	summaries := map[string]finding.Summary{}
	for _, s := range r.AfterSet.Controls {
		summaries[s.ID] = s
	}

	all := []Line{}
	for i, now := range r.BeforeSet.Controls {
		meta := r.BeforeSet.Metadata[i]
		if !IsGate(meta) {
			continue
		}

		was := judged(now, before[now.ID], r.BeforeSet.Errors[now.ID], c)
		is := judged(summaries[now.ID], after[now.ID], r.AfterSet.Errors[now.ID], c)
		line := Line{
			ID: now.ID, Title: meta.Title, Severity: meta.Severity, Family: meta.Family,
			State: was.State, After: is.State,
			Remediation: meta.Remediation, Reason: was.Reason, Findings: was.Findings, Accepted: was.Accepted,
			Missing: gaps(r.BeforeSet, r.BeforeSet.Reads[now.ID]),
		}
		if line.Predicted() {
			line.Reason, line.Findings, line.Accepted = is.Reason, is.Findings, is.Accepted
		}
		all = append(all, line)
	}

	slices.SortStableFunc(all, func(a, b Line) int {
		return cmp.Compare(slices.Index(worstFirst, a.Worse()), slices.Index(worstFirst, b.Worse()))
	})
	return all
}

func bySubject(s finding.Set) map[string][]finding.Finding {
	all := map[string][]finding.Finding{}
	for _, f := range s.Findings {
		all[f.Control] = append(all[f.Control], f)
	}
	return all
}

// judged is what the gate says of one control in one set.
func judged(s finding.Summary, findings []finding.Finding, problem string, c Case) Line {
	l := Line{State: Satisfied, Reason: s.Reason, Findings: []finding.Finding{}, Accepted: []Accepted{}}
	outcomes := map[finding.Outcome]bool{}
	for _, f := range findings {
		if f.Accepted() {
			x := f.Excepted
			l.Accepted = append(l.Accepted, Accepted{x.Name, x.ApprovedBy, x.Expires, x.Reason})
			continue
		}
		outcomes[f.Outcome] = true
		l.Findings = append(l.Findings, f)
	}

	switch {
	case outcomes[finding.NotSatisfied]:
		l.State = Failed
	case problem != "":
		l.State, l.Reason = Broken, problem
	case outcomes[finding.Undetermined], s.Outcome == finding.Undetermined && len(l.Accepted) == 0:
		l.State = Undetermined
	case s.Outcome == finding.NotApplicable:
		l.notApplicable(s, c)
	case len(l.Accepted) > 0:
		l.State = Excepted
	}

	l.Accepted = slices.Compact(l.Accepted)
	return l
}

// notApplicable tells a tenant in which there is nothing to judge, which was proven, from a
// promise that nobody made. The latter proves nothing: an empty fleet file would open every
// gate. Somebody has to make the promise, or to accept that there is none, by an exception
// of kind evidence-gap for the whole control.
func (l *Line) notApplicable(s finding.Summary, c Case) {
	if !strings.HasPrefix(s.Reason, "not promised") {
		l.State = Nothing
		return
	}

	l.State = Unpromised
	for _, x := range c.Promise.Exceptions {
		if x.Control == s.ID && x.Subject == nil && x.Kind == "evidence-gap" && !x.Expired(c.AsOf) {
			l.State = Excepted
			l.Accepted = append(l.Accepted, Accepted{x.Name, x.ApprovedBy, x.Expires, x.Reason})
		}
	}
}

// conditions are the exit codes that hold, sorted.
func (s Sheet) conditions() []int {
	all := []int{}
	for _, l := range s.Lines {
		for _, state := range []State{l.State, l.After} {
			if state.Blocks() {
				all = append(all, conditions[state])
			}
		}
	}
	if len(s.Unseen) > 0 || len(s.Lines) == 0 {
		all = append(all, conditions[Undetermined])
	}

	slices.Sort(all)
	return slices.Compact(all)
}

// Decision is the sheet in one sentence.
func (s Sheet) Decision() string {
	has := func(code int) bool { return slices.Contains(s.Conditions, code) }
	blocking := len(s.Of(Failed))
	switch {
	case has(conditions[Failed]):
		return fmt.Sprintf("Blocked: %s not as promised", controls(blocking))
	case has(conditions[Broken]):
		return "Not known: a policy failed"
	case has(conditions[Undetermined]):
		return "Not known: evidence or a promise is missing"
	}
	return "Nothing blocks: all that the gate asks for is satisfied, excepted or not there"
}

func controls(n int) string {
	if n == 1 {
		return "1 control is"
	}
	return fmt.Sprintf("%d controls are", n)
}

// Open reports whether nothing blocks.
func (s Sheet) Open() bool { return len(s.Conditions) == 0 }

// Of are the lines in one of the states, now or once what is pending is accepted.
func (s Sheet) Of(states ...State) (all []Line) {
	for _, l := range s.Lines {
		if slices.Contains(states, l.Worse()) {
			all = append(all, l)
		}
	}
	return all
}
