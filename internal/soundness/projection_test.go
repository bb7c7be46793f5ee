package soundness

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/engine/finding"
	"ringfence/internal/effort"
)

// Projection: what the engine does not decode changes nothing. It is held
// against the same engine without projection, on snapshots of any shape.

// textOf is all that an evaluation says, or its error.
func textOf(t testing.TB, set finding.Set, err error) string {
	t.Helper()
	if err != nil {
		return "error: " + err.Error()
	}

	data, err := snapshot.CanonicalFile(map[string]any{
		"findings": set, "verdicts": set.Verdicts, "errors": set.Errors, "reads": set.Reads,
	})
	if err != nil {
		t.Fatal(err)
	}

	return string(data)
}

// aboutControl is what a set says about one control.
func aboutControl(set finding.Set, id string) finding.Set {
	one := finding.Set{
		Verdicts: []finding.Verdict{},
		Errors:   map[string]string{},
		Reads:    map[string][]string{id: set.Reads[id]},
	}
	if e, broken := set.Errors[id]; broken {
		one.Errors[id] = e
	}

	another := func(s finding.Summary) bool { return s.ID != id }
	ofAnother := func(f finding.Finding) bool { return f.Control != id }
	one.Controls = slices.DeleteFunc(slices.Clone(set.Controls), another)
	one.Findings = slices.DeleteFunc(slices.Clone(set.Findings), ofAnother)
	for _, v := range set.Verdicts {
		if v.Control == id {
			one.Verdicts = append(one.Verdicts, v)
		}
	}

	return one
}

// engines are one policy set in the forms that must say the same.
type engines struct {
	projected, unprojected *engine.Engine
	singles                singles
	ids                    []string
}

// compare judges evidence with all of them: the projected engine and the whole
// one, and one control alone. It returns what was said.
func (e *engines) compare(t *testing.T, v *evidence, alone int) (finding.Set, error) {
	t.Helper()
	snap := v.snapshot(t)
	set, err := v.judge(e.projected, snap)
	full, errFull := v.judge(e.unprojected, snap)
	if got, want := textOf(t, set, err), textOf(t, full, errFull); got != want {
		t.Errorf("%s: projected is not whole:\n%s", v.client, aroundDifference(got, want))
	}

	if err != nil || e.singles == nil || len(set.Controls) == 0 {
		return set, err
	}

	id := set.Controls[alone%len(set.Controls)].ID
	one, err := v.judge(e.singles.engine(t, id), snap)
	if err != nil {
		t.Errorf("%s alone: %v", id, err)
	}

	got, want := textOf(t, aboutControl(one, id), nil), textOf(t, aboutControl(set, id), nil)
	if got != want {
		t.Errorf("%s: %s alone is not %[2]s among others:\n%s", v.client, id, aroundDifference(got, want))
	}

	return set, nil
}

// aroundDifference shows two texts around the first byte that differs.
func aroundDifference(got, want string) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}

	part := func(s string) string { return s[max(0, min(at, len(s))-200):min(at+300, len(s))] }
	return "got  …" + part(got) + "\nwant …" + part(want)
}

// census counts what happened to each control.
type census struct {
	outcomes map[string]int               // outcome -> subjects, "lead", "not-applicable", "error"
	changed  map[string]int               // control -> snapshots that changed an outcome
	lacks    map[string]int               // control -> findings about a document that lacks something
	before   map[string]map[string]string // client -> control -> verdicts
	refused  int
}

// verdictsOf are the verdicts by control, as text.
func verdictsOf(set finding.Set) map[string]string {
	all := map[string]string{}
	for _, s := range set.Controls {
		all[s.ID] = string(s.Outcome)
	}

	for _, v := range set.Verdicts {
		all[v.Control] += "\n" + v.Subject + " " + string(v.Outcome)
	}

	return all
}

func (c *census) add(client string, set finding.Set, err error) {
	if err != nil {
		c.refused++
		return
	}

	for id, verdicts := range verdictsOf(set) {
		if before, known := c.before[client]; known && before[id] != verdicts {
			c.changed[id]++
		}
	}

	for _, v := range set.Verdicts {
		c.outcomes[string(v.Outcome)]++
	}

	for _, s := range set.Controls {
		if s.Outcome == finding.NotApplicable {
			c.outcomes[string(s.Outcome)]++
		}
	}

	for _, f := range set.Findings {
		if f.Lead {
			c.outcomes["lead"]++
		}
		if strings.Contains(f.Message, " lacks ") {
			c.lacks[f.Control]++
		}
	}

	c.outcomes["error"] += len(set.Errors)
}

// mutations judges n mutants of the evidence in all forms of a policy set.
func (e *engines) mutations(t *testing.T, all []*evidence, n int) *census {
	t.Helper()
	c := &census{
		outcomes: map[string]int{},
		changed:  map[string]int{},
		lacks:    map[string]int{},
		before:   map[string]map[string]string{},
	}
	for _, v := range all {
		set, err := e.compare(t, v, 0)
		if err != nil {
			t.Fatal(err)
		}
		c.before[v.client] = verdictsOf(set)
	}

	for seed := range n {
		v := mutate(t, all, choicesOf(seed))
		set, err := e.compare(t, v, seed)
		if c.add(v.client, set, err); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}

	return c
}

// inAllForms loads a policy set with and without projection, and each control
// alone.
func inAllForms(t testing.TB, e *engine.Engine, alone singles) *engines {
	t.Helper()
	return &engines{e, e.Whole(), alone, idsOf(e)}
}

// choicesOf are those of a seed, enough for any mutant.
func choicesOf(seed int) []byte {
	b := make([]byte, 400)
	rand.New(rand.NewSource(int64(seed))).Read(b)
	return b
}

// TestProjection: whatever a snapshot holds, the built-in controls say the same
// of all of it as of what the plan decodes, together and alone.
func TestProjection(t *testing.T) {
	effort.WithoutRace(t)
	forms := inAllForms(t, builtin(t), onePerControl(t))
	c := forms.mutations(t, allEvidence(t), effort.Of(30, 60, 3000))
	t.Logf("%d mutants, %d refused, %v", effort.Of(30, 60, 3000), c.refused, c.outcomes)
	t.Logf("changed %v\nlacks %v", c.changed, c.lacks)

	if testing.Short() {
		return
	}

	for _, outcome := range []string{"satisfied", "not-satisfied", "undetermined", "not-applicable", "lead"} {
		if c.outcomes[outcome] == 0 {
			t.Errorf("no mutant is %s", outcome)
		}
	}

	var unchanged []string
	for _, id := range forms.ids {
		if c.changed[id] == 0 {
			unchanged = append(unchanged, id)
		}
	}

	if most := len(forms.ids) / 2; len(unchanged) > most || effort.Soaking() && len(unchanged) > 0 {
		t.Errorf("no mutation changes what %v say", unchanged)
	}

	if len(c.lacks) < 5 || c.refused == 0 {
		t.Errorf("gaps for %d controls only, %d refused", len(c.lacks), c.refused)
	}
}

// TestProjectionStrange is TestProjection for policies that read in odd ways,
// some of which fail.
func TestProjectionStrange(t *testing.T) {
	effort.WithoutRace(t)
	whole, err := engine.Load(policySet(strangeRules))
	if err != nil {
		t.Fatal(err)
	}

	forms := inAllForms(t, whole, onePerControlOf(t, policySet(strangeRules)))
	c := forms.mutations(t, allEvidence(t), effort.Of(15, 30, 400))
	t.Logf("%d mutants, %d refused, %v", effort.Of(15, 30, 400), c.refused, c.outcomes)

	if c.outcomes["error"] == 0 {
		t.Error("no policy fails")
	}
}

// localRules say something of one user at a time, and fail in every way that a
// policy can. Each is a control.
var localRules = []string{
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; to_number(u.creationType) == 0 }`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; u.userType == "Member" }
fail contains {"subject": u._subject, "message": "x"} if {
	some u in input.entra.users
	u.accountEnabled == false
}`,
	`subjects contains "client"
pass contains "client" if input.client.name == "nobody"
fail contains {
	"subject": "client",
	"message": "guests",
	"observed": u.userType,
	"evidence": [u._subject],
} if {
	some u in input.entra.users
	u.userType != "Member"
}`,
	`subjects contains "client"
pass contains "client" if input.client.name == "nobody"
fail contains {"subject": "client", "message": "guests", "observed": u.userType} if {
	some u in input.entra.users
	u.userType != "Member"
}`,
	`subjects contains u.userType if some u in input.entra.users
pass contains u.userType if { some u in input.entra.users; u.accountEnabled }
fail contains {"subject": u.userType, "message": "x", "observed": u.accountEnabled} if {
	some u in input.entra.users
	not u.accountEnabled
}`,
	`subjects contains u._subject if { some u in input.entra.users; u.userType == "Member" }
pass contains u._subject if some u in input.entra.users`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; u.userType == "Member" }
fail contains {"subject": u._subject, "message": u.mail} if {
	some u in input.entra.users
	u.userType != "Member"
}`,
	`subjects contains u._subject if some u in input.entra.users
pass contains u._subject if { some u in input.entra.users; u.userType == "Member" }
fail contains {"subject": u._subject, "message": "x", "observed": u.identities} if {
	some u in input.entra.users
	u.userType == "Guest"
}`,
}

// crowded is evidence with 2,100 documents in datasets, enough to be judged in
// parts: copies of all clients', a few of them changed.
func crowded(t *testing.T, all []*evidence, datasets ...string) *evidence {
	t.Helper()
	m := &mutant{draw: &draw{}, all: all, reseal: map[string]bool{}}
	m.evidence = *all[0]
	m.datasets, m.sealed = maps.Clone(m.datasets), maps.Clone(m.sealed)
	for _, name := range datasets {
		var pool, docs []snapshot.Document
		for _, v := range all {
			pool = append(pool, v.datasets[name].Documents...)
		}

		for i := range 2100 {
			doc := pool[i%len(pool)]
			doc.ID = fmt.Sprintf("%s-%d", doc.ID, i)

			if i%8 == 0 {
				m.bytes = choicesOf(i)
				m.changeValue(name, &doc)
			}

			docs = append(docs, doc)
		}
		if name == "entra.users" { // whoever is drawn: one of localRules fails because of this one
			guest := docs[0]
			guest.Spec = maps.Clone(guest.Spec)
			guest.ID, guest.Spec["userType"], guest.Spec["mail"] = "guest", "Guest", json.Number("7")
			docs = append(docs, guest)
		}

		d := m.datasets[name]
		d.Documents = docs
		m.sealed[name] = seal(t, d)
	}

	return &m.evidence
}

// TestParts: documents judged in parts, and one for all that are alike, get what
// they get all at once, and so does a policy that fails. The race detector watches
// the latter, which are judged in parts as the built-in ones are.
func TestParts(t *testing.T) {
	failing, err := engine.Load(policySet(localRules))
	if err != nil {
		t.Fatal(err)
	}

	sets := map[string]*engine.Engine{"failing": failing}
	if !effort.Racing() {
		whole := builtin(t)
		var local []string
		for _, c := range whole.Controls() {
			if p, _ := whole.Plan(c.ID); p.Local && !compares(c) {
				local = append(local, c.ID)
			}
		}
		for _, id := range pickFrom(local, effort.Of(1, 3, len(local)), "judged in parts") {
			sets[id] = only(t, whole, id)
		}
	}

	for name, e := range sets {
		t.Run(name, func(t *testing.T) {
			datasets := []string{"entra.users"}
			for _, c := range e.Controls() {
				if p, _ := e.Plan(c.ID); p.Local {
					datasets = append(datasets, p.Datasets()[0]) // any others stay as small as they are
				} else if name == "failing" {
					t.Fatalf("%s is not local", c.ID)
				}
			}

			slices.Sort(datasets)
			v := crowded(t, allEvidence(t), slices.Compact(datasets)...)
			set, err := v.judge(e.Whole(), v.snapshot(t))
			want := textOf(t, set, err)
			for _, cores := range []int{3, 1}[:effort.Of(1, 2, 2)] {
				before := runtime.GOMAXPROCS(cores)
				set, err := v.judge(e, v.snapshot(t))
				runtime.GOMAXPROCS(before)

				if got := textOf(t, set, err); got != want {
					t.Errorf("in %d parts:\n%s", cores, aroundDifference(got, want))
				}

				if len(set.Findings) == 0 || name == "failing" && len(set.Errors) < 5 {
					t.Errorf("%d findings, errors %v", len(set.Findings), set.Errors)
				}
			}
		})
	}
}

// TestConcurrent: one engine judges several snapshots at once as one by one.
func TestConcurrent(t *testing.T) {
	e, all := builtin(t), allEvidence(t)
	for seed := range effort.Of(4, 12, 40) {
		all = append(slices.Clip(all), mutate(t, allEvidence(t), choicesOf(5000+seed)))
	}

	alone, together := make([]string, len(all)), make([]string, len(all))
	for i, v := range all {
		set, err := v.judge(e, v.snapshot(t))
		alone[i] = textOf(t, set, err)
	}

	var group sync.WaitGroup
	for i, v := range all {
		snap := v.snapshot(t)
		group.Go(func() {
			set, err := v.judge(e, snap)
			together[i] = textOf(t, set, err)
		})
	}

	group.Wait()

	if diff := cmp.Diff(alone, together); diff != "" {
		t.Errorf("%.3000s", diff)
	}
}

// FuzzProjection is TestProjection with the fuzzer's choices. Coverage differs
// from run to run, so fuzz with -fuzzminimizetime 1x.
func FuzzProjection(f *testing.F) {
	for seed := range 4 {
		f.Add(choicesOf(-seed)[:60])
	}
	forms, all := inAllForms(f, builtin(f), nil), allEvidence(f) // first: an input has a second
	f.Fuzz(func(t *testing.T, bytes []byte) { forms.compare(t, mutate(t, all, bytes), 0) })
}
