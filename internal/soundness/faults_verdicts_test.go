package soundness

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"ringfence/collectors"
	"ringfence/collectors/emulator"
	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
)

// The other half of the fault matrix: no fault at any dataset makes a verdict satisfied
// that is not so without it.

// faultCase is a fault at the endpoints of some datasets, of which no control sees more
// than one.
type faultCase struct {
	matrixFault
	units []collectors.Unit
}

// TestFaultsAndVerdicts: every fault at every dataset, at clients that have what controls
// find. Datasets that no control sees together have the fault at once.
func TestFaultsAndVerdicts(t *testing.T) {
	effort.WithoutRace(t)
	var strangers atomic.Int64
	foreign := "https://" + listen(t, &strangers)

	m := newFaultMeter(t, "fabrikam", "trey-research", "proseware", "relecloud")
	own, ofMSP := casesOf(t, foreign, false), casesOf(t, foreign, true)
	for _, label := range m.labels {
		for _, c := range pickFrom(own, effort.Of(1, 5, len(own)), label) {
			m.try(t, c, label)
		}
	}
	for _, c := range pickFrom(ofMSP, effort.Of(1, 2, len(ofMSP)), "fleet") {
		m.tryMSP(t, c)
	}

	if m.satisfied == 0 {
		t.Error("nothing is satisfied: the test sees nothing")
	}
	if n := strangers.Load(); n > 0 {
		t.Errorf("%d connections to a foreign host", n)
	}
	t.Logf("%d clients, %d of %d faults at datasets: %d collections, %d satisfied verdicts",
		len(m.labels), effort.Of(1, 5, len(own))+effort.Of(1, 2, len(ofMSP)), len(own)+len(ofMSP), m.runs, m.satisfied)
}

// casesOf are all faults at all datasets of a client's own tenant, or of what the MSP's
// says of clients.
func casesOf(t *testing.T, foreign string, shared bool) (all []faultCase) {
	t.Helper()
	groups := apart(t, shared)
	for _, f := range matrix(foreign) {
		for _, group := range groups {
			all = append(all, faultCase{f, group})
		}
	}
	return all
}

// apart are the datasets that are asked for, in groups of which no control sees more than
// one: neither reads it, nor needs it to read another. Without the organization there is
// no snapshot; TestFaultsAtGuards has that.
func apart(t *testing.T, shared bool) (groups [][]collectors.Unit) {
	t.Helper()
	seen := seenTogether(t)
	sees := func(u collectors.Unit) func(collectors.Unit) bool {
		return func(other collectors.Unit) bool {
			a, b := u.Schema.Dataset, other.Schema.Dataset
			return slices.ContainsFunc(seen, func(all []string) bool { return slices.Contains(all, a) && slices.Contains(all, b) })
		}
	}

	for _, u := range collectors.All() {
		s := u.Schema
		if s.Shared() != shared || s.Dataset == snapshot.OrganizationDataset || s.Inside != "" || s.Hosts != nil ||
			s.DelegatedOnly != nil {
			continue
		}

		free := slices.IndexFunc(groups, func(group []collectors.Unit) bool { return !slices.ContainsFunc(group, sees(u)) })
		if free < 0 {
			groups, free = append(groups, nil), len(groups)
		}
		groups[free] = append(groups[free], u)
	}
	return groups
}

// seenTogether are the datasets that each control sees: those of its plan, what those are
// read by, and what proves what may be seen. Every dataset is seen with those above it, too.
func seenTogether(t *testing.T) (all [][]string) {
	t.Helper()
	proofs := snapshot.Guards(snapshot.GuardTenant, snapshot.GuardSubscriptions)
	e := builtin(t)
	for _, c := range e.Controls() {
		plan, _ := e.Plan(c.ID)
		names := slices.Clone(proofs)
		for _, name := range plan.Datasets() {
			names = append(names, andAbove(name)...)
		}
		all = append(all, names)
	}

	for name := range snapshot.Schemas() {
		all = append(all, append(andAbove(name), proofs...))
	}
	return all
}

// andAbove is a dataset, and all that it is read by.
func andAbove(name string) (all []string) {
	all = []string{name}
	if s := snapshot.Schemas()[name]; s != nil {
		for _, above := range s.Before() {
			all = append(all, andAbove(above)...)
		}
	}
	return all
}

// faultMeter holds verdicts with a fault against those without.
type faultMeter struct {
	*fleet
	labels []string
	shares map[string][]snapshot.Dataset // without a fault, by client
	before map[string]map[string]finding.Outcome

	runs, satisfied int
}

func newFaultMeter(t *testing.T, labels ...string) *faultMeter {
	t.Helper()
	w := emulator.GenerateClients(1, nil)
	for _, label := range labels {
		w.Add(label, emulator.Size{Users: 4, Resources: 6})
	}

	m := &faultMeter{
		fleet: serve(t, w), labels: labels,
		shares: map[string][]snapshot.Dataset{}, before: map[string]map[string]finding.Outcome{},
	}
	msp := collectWith(t, w, snapshot.FleetClient, nil, 5)
	for _, label := range labels {
		m.shares[label] = m.shareOf(t, msp, label)
		m.before[label] = m.outcomes(t, label, collectWith(t, w, label, nil, 5, m.shares[label]...))
	}
	return m
}

// shareOf is what the MSP's tenant says of a client.
func (m *faultMeter) shareOf(t *testing.T, msp snapshot.Snapshot, label string) []snapshot.Dataset {
	t.Helper()
	shares, err := collectors.OpenShares(msp)
	if err != nil {
		t.Fatal(err)
	}
	return shares.Of(m.world.Client(label).ID)
}

// try has a fault in a client's tenant.
func (m *faultMeter) try(t *testing.T, c faultCase, label string) {
	t.Helper()
	snap, err := tryWith(t, m.world, label, at(c.Fault, c.units), 5, m.shares[label]...)
	if err != nil {
		t.Errorf("%s, %s: %v", label, c, err)
		return
	}
	m.compare(t, c, label, snap)
}

// tryMSP has it in the MSP's tenant, where no client's own datasets see it.
func (m *faultMeter) tryMSP(t *testing.T, c faultCase) {
	t.Helper()
	msp := collectWith(t, m.world, snapshot.FleetClient, at(c.Fault, c.units), 5)
	for _, label := range m.labels {
		m.compare(t, c, label, collectWith(t, m.world, label, nil, 5, m.shareOf(t, msp, label)...))
	}
}

func (m *faultMeter) compare(t *testing.T, c faultCase, label string, snap snapshot.Snapshot) {
	t.Helper()
	m.runs++
	for subject, outcome := range m.outcomes(t, label, snap) {
		control, _, _ := strings.Cut(subject, " ")
		if outcome != finding.Satisfied {
			continue
		}

		m.satisfied++
		if was := m.before[label][subject]; was != finding.Satisfied && !c.saysNone(t, control) {
			t.Errorf("%s, %s: %s is satisfied, and was %q", label, c, subject, was)
		}
	}
}

// saysNone reports whether the fault is a null that Microsoft documents, in a property that
// the control reads. Such a body is what another tenant answers, and nothing is missing in
// it: without allowedCloudEndpoints, a tenant works together with no other cloud.
func (c faultCase) saysNone(t *testing.T, control string) bool {
	t.Helper()
	if c.Kind != "nulls" {
		return false
	}

	plan, _ := builtin(t).Plan(control)
	for _, u := range c.units {
		field := plan.Document(u.Schema.Dataset)
		for name, p := range u.Schema.Properties {
			isNone := p.Presence == snapshot.Nullable || p.Presence == snapshot.Absent
			if isNone && field != nil && field.Names[name] != nil {
				return true
			}
		}
	}
	return false
}

// String is a fault and where it happens.
func (c faultCase) String() string {
	text := c.Kind + " " + c.Value + " at"
	for _, u := range c.units {
		text += " " + u.Schema.Dataset
	}
	return text
}

// outcomes are the verdicts of a client's snapshot, by control and subject.
func (m *faultMeter) outcomes(t *testing.T, label string, snap snapshot.Snapshot) map[string]finding.Outcome {
	t.Helper()
	promise, err := m.file.Promise(label)
	if err != nil {
		t.Fatal(err)
	}
	set, err := builtin(t).Evaluate(t.Context(), snap, promise, now)
	if err != nil {
		t.Fatal(err)
	}

	all := map[string]finding.Outcome{}
	for _, v := range set.Verdicts {
		all[v.Control+" "+v.Subject] = v.Outcome
	}
	return all
}
